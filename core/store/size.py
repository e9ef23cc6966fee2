"""How large a database is, for the page of settings and the shell's doctor."""

from dataclasses import dataclass

import sqlalchemy as sa

from core.store import tables
from core.store.database import Database, table

COUNTED = (tables.Run, tables.Shot, tables.Attempt, tables.VerdictRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSize:
    """Bytes on disk (an SQLite file with its log; on PostgreSQL the whole database) and rows by table."""

    bytes: int
    rows: dict[str, int]


def measure(database: Database) -> StoreSize:
    """Give a database's size and its numbers of runs, shots, attempts and verdicts. Raises StoreError and its kinds."""
    with database.read() as connection:
        rows = {
            table(model).name: int(
                connection.execute(sa.select(sa.func.count()).select_from(table(model))).scalar_one()
            )
            for model in COUNTED
        }
        if database.path is None:
            size = int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
        else:
            parts = [database.path, *(database.path.with_name(database.path.name + end) for end in ("-wal", "-shm"))]
            size = sum(part.stat().st_size for part in parts if part.exists())
    return StoreSize(bytes=size, rows=rows)
