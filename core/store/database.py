"""The one place that opens a database: SQLite in WAL mode by default, PostgreSQL by URL."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from core.errors import DiskFull, ReadOnlyStore, StoreBusy, StoreError, StoreUnreachable

BUSY_SECONDS = 10


def table(model: Any) -> sa.Table:
    """Give the Core table of a SQLModel class."""
    return cast(sa.Table, model.__table__)


class Database:
    """A workspace's database: short read and write transactions, errors in plain words.

    On SQLite a write takes the write lock at once (BEGIN IMMEDIATE), so that two writers wait instead of failing.
    """

    def __init__(self, url: str) -> None:
        """Remember the URL; nothing is opened before the first transaction."""
        self.url = sa.make_url(url)
        if self.url.drivername in ("postgres", "postgresql"):
            self.url = self.url.set(drivername="postgresql+psycopg")
        self.engine: Engine = (
            _sqlite(self.url)
            if self.is_sqlite
            else sa.create_engine(self.url, pool_pre_ping=True, pool_size=5, max_overflow=10)
        )

    @property
    def is_sqlite(self) -> bool:
        """Tell whether the database is one file on this machine."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path | None:
        """Give the file of an SQLite database."""
        return Path(self.url.database) if self.is_sqlite and self.url.database else None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction for reading. Raises StoreError and its kinds."""
        with plain_errors(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that commits at the end, or rolls back on any error. Raises StoreError and its kinds."""
        with plain_errors(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _sqlite(url: sa.URL) -> Engine:
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS})

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            try:
                connection.execute(f"PRAGMA {pragma}")
            except sqlite3.OperationalError as error:
                if "readonly" not in str(error):
                    raise

    return engine


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn a driver's error into one that says what to do."""
    try:
        yield
    except DBAPIError as error:
        raise plain_error(error) from error


def plain_error(error: DBAPIError) -> StoreError:
    """Give the StoreError that says in plain words what a driver's error means."""
    words = str(error.orig).lower()
    detail = str(error.orig)
    if "full" in words or "no space left" in words:
        return DiskFull("The disk is full: the change could not be saved.", detail=detail)
    if "readonly" in words or "read-only" in words or "permission denied" in words:
        return ReadOnlyStore("The database can only be read: the change could not be saved.", detail=detail)
    if "locked" in words or "busy" in words or "lock timeout" in words:
        return StoreBusy("The database was busy for too long: the change could not be saved.", detail=detail)
    if "unable to open" in words or "connect" in words or "closed" in words:
        return StoreUnreachable("The database cannot be opened.", detail=detail)
    return StoreError("The database refused the change.", detail=detail, next_step="Nothing was half saved. Try again.")
