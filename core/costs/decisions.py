"""What reviews decided, carried from one to the next until it is done or dropped; and notes on their sections."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from core.costs.review import Month, month_of_number
from core.errors import InputError, NotFound
from core.store import tables
from core.store.database import Database, table

DECISION, NOTE = table(tables.Decision), table(tables.ReviewNote)


class DecisionState(StrEnum):
    """How a decision stands."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision. `month` is the review that took it; `until` a day, None for "until the next review"."""

    id: int
    month: Month
    text: str
    owner: str
    until: date | None
    state: DecisionState
    created_by: str
    ended_at: datetime | None

    def carried(self, month: Month) -> bool:
        """Tell whether it comes from an earlier review than that of `month`."""
        return self.month < month


class Decisions:
    """Decisions and notes of one workspace. Raises StoreError and its kinds."""

    def __init__(self, database: Database) -> None:
        """Keep where to ask."""
        self._database = database

    def add(
        self, month: Month, text: str, *, owner: str = "", until: date | None = None, person: str = "",
        now: datetime | None = None,
    ) -> int:  # fmt: skip
        """Write a decision down; give its id. Raises InputError for an empty text."""
        if not text.strip():
            raise InputError("A decision needs words.", next_step="Say what shall be done.")
        with self._database.write() as connection:
            return int(
                connection.execute(
                    sa.insert(DECISION)
                    .values(
                        month=month.number,
                        text=text.strip(),
                        owner=owner,
                        until=_moment(until),
                        state=DecisionState.OPEN,
                        created_at=now or datetime.now(UTC),
                        created_by=person,
                    )
                    .returning(DECISION.c.id)
                ).scalar_one()
            )

    def change(
        self, decision_id: int, *, text: str | None = None, owner: str | None = None, until: date | None = None,
        next_review: bool = False,
    ) -> None:  # fmt: skip
        """Change the words, the owner or the day; what is None stays, and `next_review` takes the day away.

        Raises NotFound, and InputError for an empty text.
        """
        if text is not None and not text.strip():
            raise InputError("A decision needs words.", next_step="Say what shall be done, or drop it.")
        values: dict[str, Any] = {"text": text, "owner": owner, "until": _moment(until)}
        known = {name: value for name, value in values.items() if value is not None}
        self._update(decision_id, {**known, "until": None} if next_review else known)

    def mark(self, decision_id: int, state: DecisionState, *, person: str = "", now: datetime | None = None) -> None:
        """Say that a decision is done, dropped, or open again. Raises NotFound."""
        over = state is not DecisionState.OPEN
        self._update(
            decision_id,
            {
                "state": state,
                "ended_at": (now or datetime.now(UTC)) if over else None,
                "ended_by": person if over else "",
            },
        )

    def of(self, month: Month) -> tuple[Decision, ...]:
        """Give the decisions a month's review looks at, oldest first.

        Its own, those still open from earlier ones, and those from earlier ones that ended in or after the month.
        """
        first = datetime(month.year, month.month, 1, tzinfo=UTC)
        carried = sa.and_(
            DECISION.c.month < month.number,
            sa.or_(DECISION.c.state == DecisionState.OPEN, DECISION.c.ended_at >= first),
        )
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(DECISION)
                .where(sa.or_(DECISION.c.month == month.number, carried))
                .order_by(DECISION.c.month, DECISION.c.id)
            ).all()
        return tuple(
            Decision(
                id=row.id,
                month=month_of_number(row.month),
                text=row.text,
                owner=row.owner,
                until=row.until.date() if row.until else None,
                state=DecisionState(row.state),
                created_by=row.created_by,
                ended_at=row.ended_at,
            )
            for row in rows
        )

    def write_note(self, month: Month, section: str, text: str, *, person: str = "") -> None:
        """Put a note on a section of a month's review, in place of the one before."""
        with self._database.write() as connection:
            connection.execute(
                sa.insert(NOTE).values(
                    month=month.number, section=section, text=text, person=person, written_at=datetime.now(UTC)
                )
            )

    def notes(self, month: Month) -> dict[str, str]:
        """Give the present note of each section that has one."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(NOTE).where(NOTE.c.month == month.number).order_by(NOTE.c.id)).all()
        found = {row.section: row.text for row in rows}
        return {section: text for section, text in found.items() if text}

    def _update(self, decision_id: int, values: dict[str, Any]) -> None:
        if not values:
            return
        with self._database.write() as connection:
            changed = connection.execute(sa.update(DECISION).where(DECISION.c.id == decision_id).values(values))
            if not changed.rowcount:
                raise NotFound("There is no such decision.", next_step="Reload the page.")


def _moment(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC)
