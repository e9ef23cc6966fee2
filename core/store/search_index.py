"""The index of all words of prompts and answers, beside the tables: made with them, kept by triggers.

Both databases fold case and accents, split at whatever is no letter or digit, and know no stop words or stems, because
prompts come in any language. A row is there exactly for texts that are not empty. The index can be made anew from the
texts at any time, so no migration describes it: after each upgrade `make` adds what is missing.
"""

from types import ModuleType

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.store import search_postgresql, search_sqlite
from core.store.search_texts import INDEX


def make(connection: Connection) -> None:
    """Make the index and its triggers where they are missing; a new index takes in all texts that are there."""
    dialect = _dialect(connection)
    new = not sa.inspect(connection).has_table(INDEX)
    _run(connection, dialect.TABLE if new else ())
    _run(connection, dialect.TRIGGERS)
    _run(connection, dialect.FILL if new else ())


def pause(connection: Connection) -> None:
    """Let texts come in without the index seeing them, until `fill`."""
    _run(connection, _dialect(connection).NO_TRIGGERS)


def fill(connection: Connection) -> None:
    """Make the index of all texts anew, and keep it from now on."""
    dialect = _dialect(connection)
    _run(connection, (*dialect.EMPTY, *dialect.FILL, *dialect.TRIGGERS))


def _run(connection: Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)


def _dialect(connection: Connection) -> ModuleType:
    return search_sqlite if connection.dialect.name == "sqlite" else search_postgresql
