"""What a database driver's error means: by its code, because words change with versions and languages."""

import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from core.errors import DiskFull, ReadOnlyStore, StoreBusy, StoreError, StoreUnreachable

SQLITE_KINDS: dict[int, type[StoreError]] = {
    sqlite3.SQLITE_FULL: DiskFull,
    sqlite3.SQLITE_READONLY: ReadOnlyStore,
    sqlite3.SQLITE_PERM: ReadOnlyStore,
    sqlite3.SQLITE_BUSY: StoreBusy,
    sqlite3.SQLITE_LOCKED: StoreBusy,
    sqlite3.SQLITE_CANTOPEN: StoreUnreachable,
    sqlite3.SQLITE_NOTADB: StoreUnreachable,
    sqlite3.SQLITE_CORRUPT: StoreUnreachable,
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html; a class is its first two characters.
POSTGRES_KINDS: dict[str, type[StoreError]] = {
    "53100": DiskFull,
    "25006": ReadOnlyStore,
    "42501": ReadOnlyStore,
    "55P03": StoreBusy,
    "57014": StoreBusy,
    "40001": StoreBusy,
    "40P01": StoreBusy,
    "53300": StoreBusy,
    "08": StoreUnreachable,
    "28": StoreUnreachable,
    "3D": StoreUnreachable,
    "57P": StoreUnreachable,
}

MESSAGES: dict[type[StoreError], str] = {
    DiskFull: "The disk is full: the change could not be saved.",
    ReadOnlyStore: "The database can only be read: the change could not be saved.",
    StoreBusy: "The database was busy for too long: the change could not be saved.",
    StoreUnreachable: "The database cannot be opened.",
    StoreError: "The database refused the change.",
}

FILE_NEXT_STEPS: dict[int, str] = {
    sqlite3.SQLITE_CANTOPEN: "Check that the data folder exists and that the app may write to it.",
    sqlite3.SQLITE_NOTADB: "The file is not a database. Move it away, or restore a copy from data/backups.",
    sqlite3.SQLITE_CORRUPT: "The file is damaged. Restore a copy from data/backups.",
}


def plain_error(error: DBAPIError) -> StoreError:
    """Give the StoreError that says in plain words what an error of SQLAlchemy's means."""
    if isinstance(error.orig, sqlite3.Error):
        return plain_sqlite_error(error.orig)
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        lost = error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
        return _said(StoreUnreachable if lost else StoreError, str(error.orig))
    known = (POSTGRES_KINDS[key] for key in (state, state[:3], state[:2]) if key in POSTGRES_KINDS)
    return _said(next(known, StoreError), str(error.orig))


def plain_sqlite_error(error: sqlite3.Error) -> StoreError:
    """Give the StoreError that says in plain words what an error of SQLite's means."""
    # An extended code keeps its kind in the lowest byte. Errors of Python's own layer carry no code at all.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return _said(SQLITE_KINDS.get(code, StoreError), str(error), FILE_NEXT_STEPS.get(code, ""))


def _said(kind: type[StoreError], detail: str, next_step: str = "") -> StoreError:
    if kind is StoreError:
        next_step = "Nothing was half saved. Try again."
    return kind(MESSAGES[kind], detail=detail, next_step=next_step)
