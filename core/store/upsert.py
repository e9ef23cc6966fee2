"""Writing a row that may be there already, the same way on both databases."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection


def insert_or_leave(connection: Connection, into: sa.Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless one with the same key stands there; tell whether it was inserted."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(into).values(values).on_conflict_do_nothing()
    return connection.execute(statement.returning(*into.primary_key)).first() is not None


def insert_or_add(
    connection: Connection, into: sa.Table, rows: Sequence[Mapping[str, Any]], added: Sequence[str]
) -> None:
    """Insert rows; where one with the same key stands, the columns `added` are added to it."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(into)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=list(into.primary_key),
            set_={name: into.c[name] + statement.excluded[name] for name in added},
        ),
        list(rows),
    )
