"""Spending that nobody is named for: found by run, and booked afterwards to a person, team or project."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.costs.ledger import ZERO
from core.costs.sums import NAMED
from core.errors import InputError, NotFound
from core.store import daily_costs, tables
from core.store.among import among
from core.store.columns import Money
from core.store.database import Database, table

RUN, ATTEMPT = table(tables.Run), table(tables.Attempt)
What = Literal["person", "team", "project"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnbookedRun:
    """A run without a person, team or project: the beginning of its prompt, and what it cost in the period in USD."""

    public_id: str
    created_at: datetime
    prompt: str
    person: str
    team: str
    cost: Decimal


class Unbooked:
    """Runs of one workspace that are booked to nobody. Raises StoreError and its kinds."""

    def __init__(self, database: Database) -> None:
        """Keep where to ask."""
        self._database = database

    def runs(self, what: What, first: date, last: date, *, limit: int = 200) -> tuple[UnbookedRun, ...]:
        """Give the dearest runs without a person, team or project, by their attempts from `first` to `last`.

        Days are UTC and both in; an attempt belongs to the day on which it was sent, as in the ledger.
        """
        start = datetime.combine(first, time(), UTC)
        end = datetime.combine(last, time(), UTC) + timedelta(days=1)
        cost = sa.func.sum(ATTEMPT.c.cost, type_=Money)
        person, team = NAMED["person"], NAMED["team"]
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(
                    RUN.c.public_id, RUN.c.created_at, sa.func.substr(RUN.c.prompt, 1, 120).label("prompt"),
                    person.c.name.label("person"), team.c.name.label("team"),
                    cost.label("cost"),
                )
                .join(ATTEMPT, ATTEMPT.c.run_id == RUN.c.id)
                .outerjoin(person, person.c.id == RUN.c.person_id)
                .outerjoin(team, team.c.id == RUN.c.team_id)
                .where(RUN.c[f"{what}_id"].is_(None), ATTEMPT.c.started_at >= start, ATTEMPT.c.started_at < end)
                .group_by(RUN.c.id, RUN.c.public_id, RUN.c.created_at, RUN.c.prompt, person.c.name, team.c.name)
                .order_by(sa.func.coalesce(cost, 0).desc(), RUN.c.id)
                .limit(limit)
            ).all()  # fmt: skip
        return tuple(
            UnbookedRun(
                public_id=row.public_id,
                created_at=row.created_at,
                prompt=row.prompt,
                person=row.person or "",
                team=row.team or "",
                cost=row.cost or ZERO,
            )
            for row in rows
        )

    def assign(self, what: What, runs: Sequence[str], name: str) -> int:
        """Book runs without one, by public id, to the person, team or project of this name; give how many there were.

        The ledger's sums move along in the same transaction. Raises NotFound for an unknown name, InputError for a
        project that stays inside: what was sent outside before cannot be taken back by a booking.
        """
        with self._database.write() as connection:
            source = NAMED[what]
            found = connection.execute(sa.select(source).where(source.c.name == name)).one_or_none()
            if found is None:
                raise NotFound(f"There is no {what} named “{name}”.", next_step=f"Choose a {what} that exists.")
            if what == "project" and found.inside_only:
                raise InputError(
                    f"{name} stays inside; runs that may have gone outside cannot be booked to it.",
                    next_step="Choose another project.",
                )
            keys = connection.execute(
                sa.select(RUN.c.id).where(among(connection, RUN.c.public_id, runs), RUN.c[f"{what}_id"].is_(None))
            ).scalars()
            return _book(connection, what, keys.all(), found.id)

    def take_back(self, what: What, runs: Sequence[str], name: str) -> int:
        """Book runs that `assign` booked to this name to nobody again; give how many there still were."""
        source = NAMED[what]
        with self._database.write() as connection:
            keys = connection.execute(
                sa.select(RUN.c.id)
                .join(source, source.c.id == RUN.c[f"{what}_id"])
                .where(among(connection, RUN.c.public_id, runs), source.c.name == name)
            ).scalars()
            return _book(connection, what, keys.all(), None)


def _book(connection: Connection, what: What, keys: Sequence[int], target: int | None) -> int:
    daily_costs.rebook(connection, keys, {f"{what}_id": target})
    return len(keys)
