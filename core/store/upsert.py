"""Writing a row that may be there already, the same way on both databases."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection


def insert_or_leave(connection: Connection, into: sa.Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless one with the same key stands there; tell whether it was inserted."""
    statement = _insert(connection, into).values(values).on_conflict_do_nothing()
    return connection.execute(statement.returning(*into.primary_key)).first() is not None


def insert_or_update(connection: Connection, into: sa.Table, rows: list[dict[str, Any]], *, key: str) -> None:
    """Insert rows; where one with the same value in `key` stands there, all its other columns take the new values."""
    if not rows:
        return
    statement = _insert(connection, into)
    changed = {name: statement.excluded[name] for name in rows[0] if name != key}
    connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=changed), rows)


def _insert(connection: Connection, into: sa.Table) -> Any:
    # Each dialect is imported only where it is in use: together they are 10 MB in every process.
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415

        return postgresql.insert(into)
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415

    return sqlite.insert(into)
