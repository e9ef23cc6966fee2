"""Brings a database to the tables of this version: at every start, and in no time when there is nothing to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError, ProgrammingError

from core.errors import StoreError, StoreTooNew
from core.store import daily_measures, search_index, vector_columns
from core.store.backup import keep_copy
from core.store.database import BUSY_SECONDS, Database, plain_errors
from core.store.tables import Table

HEAD = "0010"
"""The newest step in migrations/versions; a constant, so that an ordinary start need not import alembic."""

MIGRATIONS = Path(__file__).with_name("migrations")
OTHERS_MAY_TAKE_SECONDS = 600
ADVISORY_LOCK = 7_043_118_260_411

VERSION = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def upgrade(database: Database) -> None:
    """Bring a database to this version's tables; an empty one gets them all.

    Any number of processes may call this at once: one does the work, the others wait. Before an SQLite file of an
    earlier version is changed, a copy is kept in the folder `backups` beside it. The whole upgrade is one transaction.

    Raises StoreTooNew when a later version of the app wrote the database, StoreError when its tables are not this
    app's, and StoreError's other kinds when it cannot be opened or written.
    """
    if version_of(database) == HEAD:
        return
    with _alone(database) as connection:
        version = _version(connection) if sa.inspect(connection).has_table(VERSION.name) else None
        if version is None:
            _make_all(connection)
        elif version != HEAD:
            _take_steps(connection, database, version)
        else:
            return
        add_beside(connection)


def add_beside(connection: Connection) -> None:
    """Add what no migration describes, where it is missing: index of words, pgvector's columns, sums of measures."""
    search_index.make(connection)
    vector_columns.prefer(connection)
    daily_measures.fill_where_missing(connection)


def version_of(database: Database) -> str | None:
    """Give the version of a database's tables, None where it has none yet. Raises StoreError and its kinds."""
    with database.read() as connection:
        try:
            return _version(connection)
        except (OperationalError, ProgrammingError) as error:
            if getattr(error.orig, "sqlstate", None) == "42P01" or "no such table" in str(error.orig):
                return None
            raise


def _take_steps(connection: Connection, database: Database, version: str) -> None:
    from core.store import steps  # noqa: PLC0415 - alembic takes 100 ms and no ordinary start needs it

    if version not in steps.known_versions(MIGRATIONS):
        raise StoreTooNew("A newer version of the app wrote this database.", detail=f"version {version}, here {HEAD}")
    keep_copy(database, f"version-{version}")
    steps.run_steps(connection, MIGRATIONS)


def _version(connection: Connection) -> str | None:
    return connection.execute(sa.select(VERSION.c.version_num)).scalar()


def _make_all(connection: Connection) -> None:
    ours = set(Table.metadata.tables) & set(sa.inspect(connection).get_table_names())
    if ours:
        raise StoreError(
            "The database holds tables of the same names that this app did not make.",
            next_step="Give the app a database, or a PostgreSQL schema, of its own.",
            detail=", ".join(sorted(ours)),
        )
    Table.metadata.create_all(connection, checkfirst=False)
    VERSION.create(connection)
    connection.execute(VERSION.insert().values(version_num=HEAD))


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    """Open the one transaction in which nobody else changes the tables; it commits at the end."""
    with plain_errors(), database.engine.connect() as connection:
        if database.is_sqlite:
            # A step may rebuild a table, and dropping the old one must not take the rows that point to it along.
            for pragma in ("foreign_keys=OFF", f"busy_timeout={OTHERS_MAY_TAKE_SECONDS * 1000}"):
                connection.exec_driver_sql(f"PRAGMA {pragma}")
            connection.commit()
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{OTHERS_MAY_TAKE_SECONDS}s'")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
        try:
            yield connection
            _check_references(connection, database)
            connection.commit()
        finally:
            connection.rollback()
            if database.is_sqlite:
                for pragma in ("foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
                    connection.exec_driver_sql(f"PRAGMA {pragma}")


def _check_references(connection: Connection, database: Database) -> None:
    if database.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise StoreError("The upgrade would have left rows that point nowhere; nothing was changed.")
