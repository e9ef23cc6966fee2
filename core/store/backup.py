"""Copies of an SQLite database, taken while it is in use."""

import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from core.errors import StoreError
from core.store.database import Database
from core.store.faults import plain_sqlite_error


def backup_to(database: Database, target: Path) -> Path:
    """Write a whole copy of an SQLite database to a file and give its path; whoever writes meanwhile goes on.

    The file appears under its name only once it is complete. Raises StoreError and its kinds where the database is no
    SQLite file, or where the copy cannot be written.
    """
    source = database.path
    if source is None:
        raise StoreError(
            "Only an SQLite database can be copied from here.",
            next_step="On PostgreSQL use pg_dump, or the backups of whoever runs the server.",
        )
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(source, timeout=10)) as origin, closing(sqlite3.connect(part)) as copy:
            origin.backup(copy)
        part.replace(target)
    except (sqlite3.Error, OSError) as error:
        with suppress(OSError):
            part.unlink()
        raise _refusal(error, target) from error
    return target


def _refusal(error: sqlite3.Error | OSError, target: Path) -> StoreError:
    kind = type(plain_sqlite_error(error)) if isinstance(error, sqlite3.Error) else StoreError
    return kind(
        f"The copy could not be written to {target}.",
        next_step="Choose a folder with room that the app may write to. The database itself is as it was.",
        detail=str(error),
    )


def keep_copy(database: Database, reason: str) -> Path | None:
    """Keep a copy in the folder `backups` beside an SQLite database, named for the time and the reason.

    Gives its path; None on PostgreSQL. Raises StoreError and its kinds.
    """
    source = database.path
    if source is None:
        return None
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    return backup_to(database, source.parent / "backups" / f"{source.stem}-{moment}-{reason}.db")
