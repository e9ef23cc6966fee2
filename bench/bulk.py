"""Writes columns into tables as fast as the database takes them: executemany on SQLite, COPY on PostgreSQL.

SQLAlchemy's own bulk insert spends longer on each value than the database does, so values arrive here in the
database's own form (whole microseconds, pico-dollars, JSON as text) and only the names come from the tables.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from core.store import daily_costs, search_index
from core.store.columns import UtcTime
from core.store.database import Database
from core.store.tables import Table
from core.store.upgrade import upgrade

Column = Sequence[Any] | np.ndarray[Any, Any]

FAST = ("synchronous=OFF", "cache_size=-200000", "temp_store=MEMORY", "foreign_keys=OFF")

ONE_WRITE = ("journal_mode=OFF",)
"""For a database that holds nothing yet: no page is written twice, and a filling that breaks off leaves a wreck."""


class Bulk:
    """One open transaction into which whole columns are written."""

    def __init__(self, connection: sa.Connection) -> None:
        """Write through a connection that is open already."""
        self._connection = connection
        self._sqlite = connection.dialect.name == "sqlite"

    def insert(self, table: sa.Table, rows: int, columns: Mapping[str, Column | str | int | bool | None]) -> None:
        """Write so many rows. A column is a sequence, or one value for all; those left out take their default."""
        if not rows:
            return
        given = {name: self._values(table.c[name], value) for name, value in columns.items()}
        for column in table.c:
            if column.name not in given and column.default is not None and column.default.is_scalar:
                given[column.name] = itertools.repeat(column.default.arg, rows)  # type: ignore[attr-defined]
        records = zip(*given.values(), strict=False)
        if self._sqlite:
            self._execute_many(table, given, records)
        else:
            self._copy(table, given, records)

    def next_id(self, table: sa.Table) -> int:
        """Give the first free key of a table."""
        highest = self._connection.execute(sa.select(sa.func.max(table.c.id))).scalar()
        return int(highest or 0) + 1

    def ids_of(self, table: sa.Table, names: Sequence[str], more: Mapping[str, Any]) -> np.ndarray[Any, Any]:
        """Give the keys of named rows (people, teams …) in that order, writing those that are missing."""
        known = dict(self._connection.execute(sa.select(table.c.name, table.c.id)).all())
        missing = [{"name": name} | dict(more) for name in names if name not in known]
        if missing:
            self._connection.execute(sa.insert(table), missing)
            known = dict(self._connection.execute(sa.select(table.c.name, table.c.id)).all())
        return np.array([known[name] for name in names])

    def fill_sums(self) -> None:
        """Make the ledger's sums by day from what was written."""
        daily_costs.fill(self._connection)

    def move_sequences_on(self, tables: Iterable[sa.Table]) -> None:
        """Let PostgreSQL continue counting after the keys that were written here."""
        if self._sqlite:
            return
        for table in tables:
            self._connection.execute(
                sa.text(
                    f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', 'id'), "
                    f'(SELECT coalesce(max(id), 1) FROM "{table.name}"))'
                )
            )

    def _values(self, column: sa.Column[Any], value: Any) -> Iterable[Any]:
        if isinstance(value, np.ndarray):
            return self._times(value) if isinstance(column.type, UtcTime) else value.tolist()
        return itertools.repeat(value) if value is None or isinstance(value, str | int | bool) else value

    def _times(self, micros: np.ndarray[Any, Any]) -> Iterable[Any]:
        if self._sqlite:
            return micros.tolist()
        return np.char.add(np.datetime_as_string(micros.astype("datetime64[us]")), "Z").tolist()

    def _execute_many(self, table: sa.Table, given: Mapping[str, Any], records: Iterator[Any]) -> None:
        names = ", ".join(f'"{name}"' for name in given)
        marks = ", ".join("?" * len(given))
        driver: Any = self._connection.connection.driver_connection
        driver.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', records)

    def _copy(self, table: sa.Table, given: Mapping[str, Any], records: Iterator[Any]) -> None:
        names = ", ".join(f'"{name}"' for name in given)
        cursor: Any = self._connection.connection.cursor()
        with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
            for record in records:
                copy.write_row(record)


@contextmanager
def bulk(database: Database) -> Iterator[Bulk]:
    """Make the tables where they are missing and open the one transaction of a filling.

    Indexes of an empty database are made at the end, which is many times faster than row by row.
    """
    upgrade(database)
    database.close()
    with database.engine.connect() as connection:
        empty = connection.execute(sa.text("SELECT count(*) FROM shot")).scalar() == 0
        connection.commit()
        if database.is_sqlite:
            for pragma in (*FAST, *(ONE_WRITE if empty else ())):
                connection.exec_driver_sql(f"PRAGMA {pragma}")
            connection.commit()
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif connection.exec_driver_sql("SELECT usesuper FROM pg_user WHERE usename = current_user").scalar():
            # References are checked row by row otherwise; the tests check them once for all.
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        indexes = [index for table in Table.metadata.tables.values() for index in table.indexes] if empty else []
        for index in indexes:
            index.drop(connection)
        # Words are taken in all at once too; on PostgreSQL no trigger runs in this transaction.
        later = empty or not database.is_sqlite
        if later:
            search_index.pause(connection)
        yield Bulk(connection)
        for index in indexes:
            index.create(connection)
        if later:
            search_index.fill(connection)
        connection.commit()
        connection.invalidate()  # the pragmas above are for this filling alone; the next connection sets its own


def to_micros(moment: datetime) -> int:
    """Give an aware time in whole microseconds since 1970."""
    return round(moment.timestamp() * 1_000_000)
