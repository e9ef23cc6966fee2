"""Settings that people change in the app: who, when, to what. Rows are only added, so each change can be undone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import NotFound
from core.store import tables
from core.store.database import Database, table

CHANGE = table(tables.SettingChange)
UNSET = {"unset": True}
"""What a row carries that puts a setting back to its default; it wraps, because any JSON value may be a setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of a setting. `value` is what it became, `was` what it had been; None where the default held."""

    id: int
    key: str
    scope: str
    value: Any
    was: Any
    person: str
    changed_at: datetime


class Preferences:
    """The settings of one workspace. `scope` tells whose a setting is ("person:Anna"); empty is everybody's."""

    def __init__(self, database: Database) -> None:
        """Read and write this database."""
        self._database = database

    def get(self, key: str, *, scope: str = "", default: Any = None) -> Any:
        """Give a setting's present value, `default` where nobody has set it. Values are what JSON can hold."""
        with self._database.read() as connection:
            row = _newest(connection, key, scope, 1)
        return default if not row or row[0].value == UNSET else row[0].value["value"]

    def several(self, keys: Iterable[str], *, scope: str = "") -> dict[str, Any]:
        """Give the present values of those of these settings that somebody has set, in one question."""
        newest = (
            sa.select(sa.func.max(CHANGE.c.id))
            .where(CHANGE.c.key.in_(tuple(keys)), CHANGE.c.scope == scope)
            .group_by(CHANGE.c.key)
        )
        with self._database.read() as connection:
            rows = connection.execute(sa.select(CHANGE.c.key, CHANGE.c.value).where(CHANGE.c.id.in_(newest))).all()
        return {row.key: row.value["value"] for row in rows if row.value != UNSET}

    def set(self, key: str, value: Any, *, person: str, scope: str = "") -> None:
        """Change a setting; setting what it is already adds nothing to its history."""
        with self._database.write() as connection:
            _add(connection, key, scope, {"value": value}, person)

    def history(self, key: str, *, scope: str = "", limit: int = 50) -> tuple[Change, ...]:
        """Give a setting's changes, newest first."""
        with self._database.read() as connection:
            rows = _newest(connection, key, scope, limit + 1)
        before = [_value(row.value) for row in rows[1:]] + [None]
        return tuple(
            Change(
                id=row.id,
                key=key,
                scope=scope,
                value=_value(row.value),
                was=was,
                person=row.person,
                changed_at=row.changed_at,
            )
            for row, was in zip(rows[:limit], before, strict=False)
        )

    def undo(self, key: str, *, person: str, scope: str = "") -> Any:
        """Put a setting back to what it was before its last change, and give that; None stands for the default.

        Undoing twice brings the change back, for the undoing is a change too. Raises NotFound where nobody has set it.
        """
        with self._database.write() as connection:
            rows = _newest(connection, key, scope, 2)
            if not rows:
                raise NotFound("This setting was never changed.", next_step="There is nothing to undo.")
            before = rows[1].value if len(rows) > 1 else UNSET
            _add(connection, key, scope, before, person)
        return _value(before)


def _newest(connection: Connection, key: str, scope: str, limit: int) -> list[Any]:
    return list(
        connection.execute(
            sa.select(CHANGE.c.id, CHANGE.c.value, CHANGE.c.person, CHANGE.c.changed_at)
            .where(CHANGE.c.key == key, CHANGE.c.scope == scope)
            .order_by(CHANGE.c.id.desc())
            .limit(limit)
        )
    )


def _add(connection: Connection, key: str, scope: str, value: Any, person: str) -> None:
    present = _newest(connection, key, scope, 1)
    if present and present[0].value == value:
        return
    connection.execute(
        sa.insert(CHANGE).values(key=key, scope=scope, value=value, person=person, changed_at=datetime.now(UTC))
    )


def _value(stored: Any) -> Any:
    return None if stored == UNSET else stored["value"]
