"""Budgets that hold: the worst case is reserved before a run is written, and given up when its shots settle.

Reserve, call, settle: each is one transaction. On PostgreSQL whoever reserves locks the budgets that apply, in the
order of their keys; on SQLite there is one writer at a time.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.costs import budget_reads, notices
from core.costs.budget import BudgetRecord, BudgetScope, Ended, Facing, Need, Period, Standing, Then
from core.costs.budget_reads import BUDGET
from core.costs.estimate import Estimates
from core.costs.notices import Notice, Told
from core.costs.refusing import refuse_over, refuse_unpriced
from core.domain.model import ModelCard
from core.domain.run import RunPlan
from core.errors import BudgetReached, InputError, NotFound
from core.store import reservations
from core.store.database import Database

ENDED_SHOWN = 20


class Budgets:
    """The budgets of one workspace. Raises StoreError and its kinds."""

    def __init__(self, database: Database, estimates: Estimates) -> None:
        """Keep the database and what knows the worst case of a run."""
        self._database = database
        self._estimates = estimates

    def enter(
        self,
        *,
        scope: BudgetScope,
        name: str = "",
        period: Period,
        warn_at: Decimal | None,
        stop_at: Decimal | None,
        then: Then,
        person: str = "",
        now: datetime | None = None,
    ) -> int:
        """Set a budget, in place of the one for the same scope and period; give its id.

        Raises InputError for limits that make no sense, NotFound where there is no such person, team, project or tag.
        """
        _check(warn_at, stop_at, then)
        with self._database.write() as connection:
            key = (scope, _scope_id(connection, scope, name))
            return _put(connection, key, period, (warn_at, stop_at, then), person=person, now=now)

    def change(
        self,
        budget_id: int,
        *,
        period: Period,
        warn_at: Decimal | None,
        stop_at: Decimal | None,
        then: Then,
        person: str = "",
        now: datetime | None = None,
    ) -> int:
        """Put a changed budget in the place of one that counts; give its id. The earlier one can be put back.

        Raises InputError for limits that make no sense, NotFound where it counts no more.
        """
        _check(warn_at, stop_at, then)
        with self._database.write() as connection:
            known = budget_reads.one(connection, budget_id)
            if known is None or not _end(connection, budget_id, person=person, now=now):
                raise _gone()
            key = (known.scope, known.scope_id)
            return _put(connection, key, period, (warn_at, stop_at, then), person=person, now=now)

    def end(self, budget_id: int, *, person: str = "", now: datetime | None = None) -> None:
        """Take a budget back; what it refused stays refused. Raises NotFound."""
        with self._database.write() as connection:
            if not _end(connection, budget_id, person=person, now=now):
                raise _gone()

    def put_back(
        self, budget_id: int, *, instead_of: int | None = None, person: str = "", now: datetime | None = None
    ) -> int:
        """Set a budget that was changed or removed once more as it was; give its new id.

        It takes the place of the one for the same scope and period, and of `instead_of`. Raises NotFound.
        """
        with self._database.write() as connection:
            known = budget_reads.one(connection, budget_id)
            if known is None:
                raise _gone()
            if instead_of is not None:
                _end(connection, instead_of, person=person, now=now)
            limits = (known.warn_at, known.stop_at, known.then)
            return _put(connection, (known.scope, known.scope_id), known.period, limits, person=person, now=now)

    def standings(self, *, now: datetime | None = None) -> tuple[Standing, ...]:
        """Give every budget with how it stands, oldest first; of a budget for one run nothing is ever spent."""
        moment = now or datetime.now(UTC)
        with self._database.read() as connection:
            found = budget_reads.active(connection)
            return tuple(budget_reads.standing(connection, budget, moment) for budget in found)

    def ended(self, *, limit: int = ENDED_SHOWN) -> tuple[Ended, ...]:
        """Give the budgets that were changed or removed, the last first."""
        with self._database.read() as connection:
            return budget_reads.ended(connection, limit)

    def facing(
        self, *, person: str = "", team: str = "", project: str = "", tags: Sequence[str] = (),
        now: datetime | None = None,
    ) -> Facing:  # fmt: skip
        """Give every budget that a run of this person, booked so, would meet, with how it stands."""
        moment = now or datetime.now(UTC)
        with self._database.read() as connection:
            keys = budget_reads.keys_of(connection, person=person, team=team, project=project, tags=tags)
            found = budget_reads.applying(connection, keys)
            standings = [budget_reads.standing(connection, budget, moment) for budget in found]
        standings.sort(key=lambda each: (each.to_go is None, each.to_go or 0))
        return Facing(standings=tuple(standings))

    def standing(self, plan: RunPlan, *, now: datetime | None = None) -> Facing:
        """Give every budget that a plan would meet: what is left, and whether Auto is to prefer cheaper models."""
        return self.facing(person=plan.person, team=plan.team, project=plan.project, tags=plan.tags, now=now)

    def tell(self, standing: Standing, *, person: str, now: datetime | None = None) -> None:
        """Note that a person was shown that a budget's warning is passed. Once a person and period."""
        with self._database.write() as connection:
            notices.tell(connection, standing.budget, Told.WARNED, person=person, now=now or datetime.now(UTC))

    def told(self, standings: Sequence[Standing], *, now: datetime | None = None) -> Mapping[int, tuple[Notice, ...]]:
        """Give who was told of each budget in its present period, by the budget's id."""
        with self._database.read() as connection:
            return notices.told(connection, [each.budget for each in standings], now or datetime.now(UTC))

    def refused(self, error: BudgetReached, *, person: str, now: datetime | None = None) -> None:
        """Note which calls of a person a budget refused."""
        with self._database.write() as connection:
            budget = budget_reads.one(connection, error.budget)
            if budget is not None:
                moment = now or datetime.now(UTC)
                notices.tell(connection, budget, Told.REFUSED, person=person, calls=error.calls, now=moment)

    def needs(self, plan: RunPlan, cards: Sequence[ModelCard]) -> tuple[Need, ...]:
        """Give the worst case of a plan: its prompt and every answer at its longest, by model."""
        found = self._estimates.of(
            prompt=plan.prompt, models=cards, shots=1, settings=plan.settings, per_model=dict(plan.per_model)
        )
        worst = {each.model: each.worst_case for each in found.per_model}
        return tuple(Need(card=card, shots=plan.shots_per_model, each=worst[card.name]) for card in cards)

    def reserve(self, connection: Connection, run_id: int, needs: Sequence[Need], *, now: datetime) -> None:
        """Hold the worst case of a run that is written in this transaction.

        Raises BudgetReached, naming the calls that were not made, where a hard limit leaves no room for all of it:
        then the caller's transaction must fail, so that nothing of the run starts.
        """
        for budget in budget_reads.applying(connection, budget_reads.keys_of_run(connection, run_id), lock=True):
            if budget.then.hard and budget.stop_at is not None:
                refuse_unpriced(budget, needs)
                used = budget_reads.used(connection, budget, now, run_id=run_id)
                refuse_over(budget, budget.stop_at, needs, used=used)
        worst = {need.card.name: need.each for need in needs if need.each}
        if worst:
            reservations.hold(connection, run_id, worst, now=now)


def _put(
    connection: Connection,
    key: tuple[BudgetScope, int],
    period: Period,
    limits: tuple[Decimal | None, Decimal | None, Then],
    *,
    person: str,
    now: datetime | None,
) -> int:
    """Write a budget in the place of the one for the same scope and period."""
    moment = now or datetime.now(UTC)
    same = sa.and_(BUDGET.c.scope == key[0], BUDGET.c.scope_id == key[1], BUDGET.c.period == period)
    connection.execute(
        sa.update(BUDGET).where(same, BUDGET.c.undone_at.is_(None)).values(undone_at=moment, undone_by=person)
    )
    values: dict[str, Any] = {
        "scope": key[0], "scope_id": key[1], "period": period, "warn_at": limits[0], "stop_at": limits[1],
        "then": limits[2], "created_at": moment, "created_by": person,
    }  # fmt: skip
    return int(connection.execute(sa.insert(BUDGET).values(values).returning(BUDGET.c.id)).scalar_one())


def _end(connection: Connection, budget_id: int, *, person: str, now: datetime | None) -> bool:
    ended = connection.execute(
        sa.update(BUDGET)
        .where(BUDGET.c.id == budget_id, BUDGET.c.undone_at.is_(None))
        .values(undone_at=now or datetime.now(UTC), undone_by=person)
    )
    return bool(ended.rowcount)


def _gone() -> NotFound:
    return NotFound("There is no such budget.", next_step="It may have been changed; reload the page.")


def _check(warn_at: Decimal | None, stop_at: Decimal | None, then: Then) -> None:
    if warn_at is None and stop_at is None:
        raise InputError("A budget needs a sum.", next_step="Say at how many dollars to warn, or to stop.")
    if any(limit is not None and limit < 0 for limit in (warn_at, stop_at)):
        raise InputError("A budget cannot be less than nothing.", next_step="Give a sum of $0 or more.")
    if warn_at is not None and stop_at is not None and warn_at > stop_at:
        raise InputError("The warning would come after the stop.", next_step="Warn at a smaller sum than you stop at.")
    if then.hard and stop_at is None:
        raise InputError("Nothing says when to stop.", next_step="Give the sum to stop at, or choose only to warn.")


def _scope_id(connection: Connection, scope: BudgetScope, name: str) -> int:
    if scope is BudgetScope.EVERYTHING:
        return 0
    found = budget_reads.known(connection, scope, name)
    if found is None:
        raise NotFound(f"There is no {scope} named “{name}”.", next_step=f"Choose a {scope} that exists.")
    return found


__all__ = [
    "BudgetRecord", "BudgetScope", "Budgets", "Ended", "Facing", "Need", "Notice", "Period", "Standing", "Then", "Told",
]  # fmt: skip
