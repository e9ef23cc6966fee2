"""The runs behind a figure: every part of a sum, found in the ledger by run, so that they add up to it exactly."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.costs.ledger import ZERO
from core.costs.sums import COLUMNS, NAMED, Group, Scope
from core.domain.money import CostState
from core.domain.run import Visibility
from core.store import tables
from core.store.columns import Money
from core.store.database import Database, table
from core.store.history_filter import may_see

ATTEMPT, RUN, RUN_TAG = (table(each) for each in (tables.Attempt, tables.Run, tables.RunTag))
OF_ATTEMPT = (Group.MODEL, Group.PROVIDER, Group.PLACE, Group.STATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A part of the ledger: UTC days from `first` to `last`, both in, or one `hour` of them.

    Of `parts` all must fit: a group and the key of a row, as the sums of days know them ("0" where nobody is named).
    """

    first: date
    last: date
    parts: tuple[tuple[Group, str], ...] = ()
    hour: int | None = None

    @property
    def start(self) -> datetime:
        """Give its first moment."""
        return datetime.combine(self.first, time(self.hour or 0), UTC)

    @property
    def end(self) -> datetime:
        """Give the moment after its last."""
        if self.hour is not None:
            return self.start + timedelta(hours=1)
        return datetime.combine(self.last, time(), UTC) + timedelta(days=1)

    def within(self, scope: Scope) -> "Slice":
        """Give it cut down to a scope."""
        wanted = ((Group.PERSON, scope.person), (Group.TEAM, scope.team), (Group.PROJECT, scope.project))
        more = tuple((group, str(key)) for group, key in wanted if key is not None)
        parts = tuple(dict.fromkeys((*more, *self.parts)))
        return Slice(first=self.first, last=self.last, parts=parts, hour=self.hour)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBehind:
    """One run's share of a figure, USD: `cost` is what of it lies in the slice, over `attempts`."""

    public_id: str
    created_at: datetime
    person: str
    prompt: str
    cost: Decimal
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What stands behind a figure: the dearest `runs`, how many there are in all, and their exact sum in USD.

    `hidden` of them are in the bin or for their author's eyes only: they count `hidden_amount` and are not listed.
    """

    runs: tuple[RunBehind, ...]
    count: int
    amount: Decimal
    hidden: int
    hidden_amount: Decimal


def behind(database: Database, wanted: Slice, *, viewer: str = "", limit: int = 50) -> Behind:
    """Find the runs behind a figure, the dearest first. Raises StoreError."""
    with database.read() as connection:
        # What an AI judge was asked stands in no list, yet its cost is in every sum.
        listed = sa.or_(may_see(connection, viewer), RUN.c.visibility == Visibility.ASIDE)
        seen = sa.and_(listed, RUN.c.deleted_at.is_(None))
        cost = sa.func.sum(ATTEMPT.c.cost, type_=Money)
        each = (
            sa.select(
                RUN.c.id,
                sa.case((seen, 1), else_=0).label("seen"),
                sa.func.coalesce(cost, 0).label("cost"),
                sa.func.count().label("attempts"),
            )
            .join(ATTEMPT, ATTEMPT.c.run_id == RUN.c.id)
            .where(*conditions(wanted))
            .group_by(RUN.c.id)
        )
        whole = each.subquery()
        sums = connection.execute(
            sa.select(
                whole.c.seen,
                sa.func.count().label("runs"),
                sa.type_coerce(sa.func.sum(whole.c.cost), Money).label("amount"),
            ).group_by(whole.c.seen)
        ).all()
        rows = connection.execute(each.where(seen).order_by(sa.desc("cost"), RUN.c.id).limit(limit)).all()
        described = _described(connection, [row.id for row in rows])
    runs = [
        RunBehind(
            public_id=described[row.id].public_id,
            created_at=described[row.id].created_at,
            person=described[row.id].person or "",
            prompt=described[row.id].prompt,
            cost=row.cost or ZERO,
            attempts=int(row.attempts),
        )
        for row in rows
    ]
    hidden = [row for row in sums if not row.seen]
    return Behind(
        runs=tuple(runs),
        count=sum(int(row.runs) for row in sums),
        amount=sum((row.amount or ZERO for row in sums), ZERO),
        hidden=sum(int(row.runs) for row in hidden),
        hidden_amount=sum((row.amount or ZERO for row in hidden), ZERO),
    )


def conditions(wanted: Slice) -> list[sa.ColumnElement[bool]]:
    """Give the conditions on attempts and their runs that a slice stands for."""
    found = [
        ATTEMPT.c.started_at >= wanted.start,
        ATTEMPT.c.started_at < wanted.end,
        ATTEMPT.c.cost_state != CostState.PENDING,
    ]
    for group, key in wanted.parts:
        if group in OF_ATTEMPT:
            found.append(ATTEMPT.c[COLUMNS[group]] == key)
        elif group is Group.TAG:
            found.append(RUN.c.id.in_(sa.select(RUN_TAG.c.run_id).where(RUN_TAG.c.tag_id == int(key))))
        else:
            column = RUN.c[COLUMNS[group]]
            found.append(column == int(key) if int(key) else column.is_(None))
    return found


def _described(connection: Connection, runs: list[int]) -> dict[int, Any]:
    person = NAMED["person"]
    rows = connection.execute(
        sa.select(
            RUN.c.id, RUN.c.public_id, RUN.c.created_at, person.c.name.label("person"),
            sa.func.substr(RUN.c.prompt, 1, 120).label("prompt"),
        )
        .outerjoin(person, person.c.id == RUN.c.person_id)
        .where(RUN.c.id.in_(runs))
    )  # fmt: skip
    return {row.id: row for row in rows}
