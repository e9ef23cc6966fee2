"""The one place that opens a database: SQLite in WAL mode by default, PostgreSQL by URL."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.errors import StoreBusy, StoreUnreachable
from core.store.faults import plain_error, plain_sqlite_error

BUSY_SECONDS = 10
# Ten people with a few fragments each read at once; connections above the first ten are closed after use.
POOL = {"pool_size": 10, "max_overflow": 30, "pool_timeout": BUSY_SECONDS}


def table(model: Any) -> sa.Table:
    """Give the Core table of a SQLModel class."""
    return cast(sa.Table, model.__table__)


class Database:
    """A workspace's database: short read and write transactions, errors in plain words.

    On SQLite a write takes the write lock at once (BEGIN IMMEDIATE), so that two writers wait instead of failing.
    A read sees one moment of the database, however many statements it makes.
    """

    def __init__(self, url: str) -> None:
        """Remember the URL; nothing is opened before the first transaction."""
        self.url = sa.make_url(url)
        if self.url.drivername in ("postgres", "postgresql"):
            self.url = self.url.set(drivername="postgresql+psycopg")
        self.engine: Engine = _sqlite(self.url, self.path) if self.is_sqlite else _postgresql(self.url)

    @property
    def is_sqlite(self) -> bool:
        """Tell whether the database is one file on this machine."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path | None:
        """Give the file of an SQLite database."""
        name = self.url.database if self.is_sqlite else None
        if not name or name == ":memory:":
            return None
        return Path(unquote(name.removeprefix("file:"))) if "uri" in self.url.query else Path(name)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction for reading, of which every statement sees the same moment.

        Raises StoreError and its kinds. Write nothing in it: on SQLite the change would be refused or lost.
        """
        with plain_errors(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that commits at the end, or rolls back on any error. Raises StoreError and its kinds."""
        with plain_errors(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    def watch(self) -> "Watch":
        """Give a probe that tells cheaply whether anybody else has written; close it after use."""
        return Watch(self)

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


class Watch:
    """Tells whether the database may have changed since the last question, for pages that follow a run.

    On SQLite this is `PRAGMA data_version` on a connection of its own (about five microseconds, no lock), which moves
    at every commit of another connection. On PostgreSQL the answer is always yes: ask the rows.
    Not for two threads at once.
    """

    def __init__(self, database: Database) -> None:
        """Open the connection on the first question."""
        self._database = database
        self._connection: sqlite3.Connection | None = None
        self._seen: int | None = None

    def changed(self) -> bool:
        """Tell whether something may have been written since the last call; the first answer is yes.

        Raises StoreError and its kinds.
        """
        if not self._database.is_sqlite:
            return True
        try:
            if self._connection is None:
                # Not one of the pool's: a watch is held for as long as somebody looks at a run.
                (name, *_), options = self._database.engine.dialect.create_connect_args(self._database.url)
                self._connection = sqlite3.connect(name, uri=bool(options.get("uri")), check_same_thread=False)
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error as error:
            raise plain_sqlite_error(error) from error
        moved = bool(version != self._seen)
        self._seen = version
        return moved

    def close(self) -> None:
        """Close the connection; a later question opens it anew."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _postgresql(url: sa.URL) -> Engine:
    engine = sa.create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": BUSY_SECONDS}, **POOL)

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
        connection.commit()

    return engine


def _sqlite(url: sa.URL, path: Path | None) -> Engine:
    connect = {"check_same_thread": False, "timeout": BUSY_SECONDS}
    engine = sa.create_engine(url, connect_args=connect, json_deserializer=_from_json, **POOL)

    @sa.event.listens_for(engine, "do_connect")
    def _make_room(*_arguments: object) -> None:
        if path is not None and "uri" not in url.query:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreUnreachable(
                    f"The folder {path.parent} cannot be made, so there is no place for the database.",
                    next_step="Check CLAUDEPROMPTER_DATA and DATABASE_URL, and that the app may write there.",
                    detail=str(error),
                ) from error

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        _use_wal(connection)

    return engine


def _from_json(text: str) -> Any:
    """Read what a column holds; sums by day hold nothing so often that parsing it took a third of reading them."""
    return {} if text == "{}" else json.loads(text)


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging; SQLite itself does not wait for a lock here, and two first starts may meet."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_READONLY:
                return
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn a driver's error into one that says what to do."""
    try:
        yield
    except DBAPIError as error:
        raise plain_error(error) from error
    except PoolTimeout as error:
        raise StoreBusy("Too many pages read the database at once.", detail=str(error)) from error
