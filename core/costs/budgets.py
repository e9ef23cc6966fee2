"""Budgets that hold: the worst case is reserved before a run is written, and given up when its shots settle.

Reserve, call, settle: each is one transaction. On PostgreSQL whoever reserves locks the budgets that apply, in the
order of their keys; on SQLite there is one writer at a time. What was spent and what is held are read in one statement,
so that a shot which settles meanwhile is seen once, never twice and never not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.costs.estimate import Estimates
from core.costs.ledger import ZERO
from core.costs.sums import NAMED
from core.domain.model import ModelCard
from core.domain.run import RunPlan
from core.errors import BudgetReached, InputError, NotFound
from core.store import reservations, tables
from core.store.columns import Money
from core.store.daily_costs import CALLS, TAGS, day_number
from core.store.database import Database, table

BUDGET, RUN, RUN_TAG, ATTEMPT = (table(each) for each in (tables.Budget, tables.Run, tables.RunTag, tables.Attempt))
HELD = reservations.RESERVATION


class BudgetScope(StrEnum):
    """For whom a budget is."""

    EVERYTHING = "everything"
    TEAM = "team"
    PROJECT = "project"
    PERSON = "person"
    TAG = "tag"


class Period(StrEnum):
    """For how long: a UTC day, a week from Monday, a month, or one run."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    RUN = "run"


class Then(StrEnum):
    """What happens at the stop: only a warning, Auto prefers cheaper models, no call outside, or no call at all."""

    WARN = "warn"
    CHEAPER = "cheaper"
    INSIDE = "inside"
    STOP = "stop"

    @property
    def hard(self) -> bool:
        """Tell whether calls are refused."""
        return self in (Then.INSIDE, Then.STOP)


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetRecord:
    """One budget. `name` is the person, team, project or tag, empty for everything; limits are USD."""

    id: int
    scope: BudgetScope
    scope_id: int
    name: str
    period: Period
    warn_at: Decimal | None
    stop_at: Decimal | None
    then: Then
    created_at: datetime
    created_by: str

    @property
    def label(self) -> str:
        """Give it in words: "the month's budget of Marketing"."""
        whom = {"": "the workspace"}.get(self.name, self.name)
        return f"the budget of {whom} for {'one run' if self.period is Period.RUN else f'the {self.period}'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a budget stands in its present period, USD. `held` is what calls under way may still cost."""

    budget: BudgetRecord
    spent: Decimal
    held: Decimal

    @property
    def left(self) -> Decimal | None:
        """Give what may still be spent, None without a stop; never less than nothing."""
        stop = self.budget.stop_at
        return None if stop is None else max(ZERO, stop - self.spent - self.held)

    @property
    def warned(self) -> bool:
        """Tell whether the warning is reached."""
        return self.budget.warn_at is not None and self.spent >= self.budget.warn_at

    @property
    def reached(self) -> bool:
        """Tell whether nothing is left."""
        return self.left is not None and not self.left


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """The worst that one model's shots of a run may cost: `each` is USD for one answer, None without a known price."""

    card: ModelCard
    shots: int
    each: Decimal | None

    @property
    def whole(self) -> Decimal:
        """Give USD for all its shots; nothing where it is not known."""
        return (self.each or ZERO) * self.shots

    @property
    def words(self) -> str:
        """Give it as a call: Sage × 2."""
        return f"{self.card.label} × {self.shots}" if self.shots > 1 else self.card.label


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
        moment = now or datetime.now(UTC)
        with self._database.write() as connection:
            scope_id = _scope_id(connection, scope, name)
            same = sa.and_(BUDGET.c.scope == scope, BUDGET.c.scope_id == scope_id, BUDGET.c.period == period)
            connection.execute(
                sa.update(BUDGET).where(same, BUDGET.c.undone_at.is_(None)).values(undone_at=moment, undone_by=person)
            )
            return int(
                connection.execute(
                    sa.insert(BUDGET)
                    .values(
                        scope=scope,
                        scope_id=scope_id,
                        period=period,
                        warn_at=warn_at,
                        stop_at=stop_at,
                        then=then,
                        created_at=moment,
                        created_by=person,
                    )
                    .returning(BUDGET.c.id)
                ).scalar_one()
            )

    def end(self, budget_id: int, *, person: str = "", now: datetime | None = None) -> None:
        """Take a budget back; what it refused stays refused. Raises NotFound."""
        with self._database.write() as connection:
            ended = connection.execute(
                sa.update(BUDGET)
                .where(BUDGET.c.id == budget_id, BUDGET.c.undone_at.is_(None))
                .values(undone_at=now or datetime.now(UTC), undone_by=person)
            )
            if not ended.rowcount:
                raise NotFound("There is no such budget.", next_step="It may have been changed; reload the page.")

    def standings(self, *, now: datetime | None = None) -> tuple[Standing, ...]:
        """Give every budget with how it stands, oldest first; of a budget for one run nothing is ever spent."""
        moment = now or datetime.now(UTC)
        with self._database.read() as connection:
            found = _records(connection, sa.select(BUDGET).where(BUDGET.c.undone_at.is_(None)).order_by(BUDGET.c.id))
            return tuple(_standing(connection, budget, moment) for budget in found)

    def left(
        self, *, person: str = "", team: str = "", project: str = "", tags: Sequence[str] = (),
        now: datetime | None = None,
    ) -> Standing | None:  # fmt: skip
        """Give the tightest budget that a run of this person, booked so, would meet; None where there is none.

        Budgets for one run say nothing of what is left and are not among them.
        """
        moment = now or datetime.now(UTC)
        with self._database.read() as connection:
            keys = {
                (BudgetScope.PERSON, _known(connection, BudgetScope.PERSON, person)),
                (BudgetScope.TEAM, _known(connection, BudgetScope.TEAM, team)),
                (BudgetScope.PROJECT, _known(connection, BudgetScope.PROJECT, project)),
                *((BudgetScope.TAG, _known(connection, BudgetScope.TAG, tag)) for tag in tags),
            }
            found = _applying(connection, {(scope, key) for scope, key in keys if key}, lock=False)
            standings = [
                _standing(connection, budget, moment)
                for budget in found
                if budget.period is not Period.RUN and budget.stop_at is not None
            ]
        return min(standings, key=lambda each: each.left or ZERO, default=None)

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
        for budget in _applying(connection, _keys_of(connection, run_id), lock=True):
            if budget.then.hard and budget.stop_at is not None:
                _refuse_unpriced(budget, needs)
                _refuse_over(budget, budget.stop_at, needs, used=_used(connection, budget, now, run_id=run_id))
        worst = {need.card.name: need.each for need in needs if need.each}
        if worst:
            reservations.hold(connection, run_id, worst, now=now)


def period_start(period: Period, now: datetime) -> datetime:
    """Give when a period of a moment began, UTC."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if period is Period.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period is Period.MONTH else day


def _refuse_unpriced(budget: BudgetRecord, needs: Sequence[Need]) -> None:
    unknown = [need for need in _counted(budget, needs) if need.each is None]
    if unknown:
        raise _reached(
            f"{_sentence(budget)} cannot hold for {', '.join(need.card.label for need in unknown)}: no price is known.",
            needs,
            next_step="Enter a price under Costs, Prices, or choose other models.",
        )


def _refuse_over(
    budget: BudgetRecord, stop_at: Decimal, needs: Sequence[Need], *, used: tuple[Decimal, Decimal]
) -> None:
    counted = _counted(budget, needs)
    worst = sum((need.whole for need in counted), ZERO)
    left = stop_at - used[0] - used[1]
    if not counted or (worst <= left and (worst or left > 0)):
        return
    inside = " Models on this machine or our network may still be asked." if budget.then is Then.INSIDE else ""
    raise _reached(
        f"{_sentence(budget)} leaves {_dollars(max(left, ZERO))} of {_dollars(stop_at)}, "
        f"and this run could cost {_dollars(worst)}.",
        needs,
        next_step=f"Choose cheaper models, fewer shots or shorter answers, or change the budget.{inside}",
    )


def _dollars(amount: Decimal) -> str:
    return f"${amount:,.2f}" if not amount or amount >= 1 else f"${amount:.4f}"


def _counted(budget: BudgetRecord, needs: Sequence[Need]) -> list[Need]:
    """Give the calls that the budget speaks of: all, or those outside."""
    return [need for need in needs if budget.then is Then.STOP or not need.card.place.inside]


def _sentence(budget: BudgetRecord) -> str:
    return budget.label[0].upper() + budget.label[1:]


def _reached(message: str, needs: Sequence[Need], *, next_step: str) -> BudgetReached:
    calls = tuple(need.words for need in needs)
    return BudgetReached(f"{message} Nothing was sent: {', '.join(calls)}.", next_step=next_step, calls=calls)


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
    found = _known(connection, scope, name)
    if found is None:
        raise NotFound(f"There is no {scope} named “{name}”.", next_step=f"Choose a {scope} that exists.")
    return found


def _known(connection: Connection, scope: BudgetScope, name: str) -> int | None:
    source = NAMED[scope.value]
    return connection.execute(sa.select(source.c.id).where(source.c.name == " ".join(name.split()))).scalar()


def _keys_of(connection: Connection, run_id: int) -> set[tuple[BudgetScope, int]]:
    run = connection.execute(
        sa.select(RUN.c.person_id, RUN.c.team_id, RUN.c.project_id).where(RUN.c.id == run_id)
    ).one()
    tags = connection.execute(sa.select(RUN_TAG.c.tag_id).where(RUN_TAG.c.run_id == run_id)).scalars()
    booked = (
        (BudgetScope.PERSON, run.person_id), (BudgetScope.TEAM, run.team_id), (BudgetScope.PROJECT, run.project_id),
        *((BudgetScope.TAG, tag) for tag in tags),
    )  # fmt: skip
    return {(scope, key) for scope, key in booked if key}


def _applying(connection: Connection, keys: set[tuple[BudgetScope, int]], *, lock: bool) -> list[BudgetRecord]:
    """Give the budgets that a run meets, by key; with `lock` nobody else may reserve against them meanwhile."""
    mine = [sa.and_(BUDGET.c.scope == scope, BUDGET.c.scope_id == key) for scope, key in sorted(keys)]
    query = (
        sa.select(BUDGET)
        .where(BUDGET.c.undone_at.is_(None), sa.or_(BUDGET.c.scope == BudgetScope.EVERYTHING, *mine))
        .order_by(BUDGET.c.id)
    )
    return _records(connection, query.with_for_update() if lock else query)


def _records(connection: Connection, query: sa.Select[Any]) -> list[BudgetRecord]:
    return [
        BudgetRecord(
            id=row.id,
            scope=BudgetScope(row.scope),
            scope_id=row.scope_id,
            name=_name(connection, row),
            period=Period(row.period),
            warn_at=row.warn_at,
            stop_at=row.stop_at,
            then=Then(row.then),
            created_at=row.created_at,
            created_by=row.created_by,
        )
        for row in connection.execute(query).all()
    ]


def _name(connection: Connection, row: Any) -> str:
    if row.scope == BudgetScope.EVERYTHING:
        return ""
    source = NAMED[row.scope]
    return str(connection.execute(sa.select(source.c.name).where(source.c.id == row.scope_id)).scalar() or "")


def _standing(connection: Connection, budget: BudgetRecord, now: datetime) -> Standing:
    spent, held = (ZERO, ZERO) if budget.period is Period.RUN else _used(connection, budget, now)
    return Standing(budget=budget, spent=spent, held=held)


def _used(
    connection: Connection, budget: BudgetRecord, now: datetime, *, run_id: int | None = None
) -> tuple[Decimal, Decimal]:
    """Give what was spent in the budget's period and what is held against it, in one statement."""
    if budget.period is Period.RUN:
        spent: sa.ScalarSelect[Any] = (
            sa.select(sa.func.sum(ATTEMPT.c.cost, type_=Money)).where(ATTEMPT.c.run_id == run_id).scalar_subquery()
        )
        held = reservations.held_sum(HELD.c.run_id == run_id, now=now)
    else:
        first = day_number(period_start(budget.period, now))
        counted: sa.ColumnElement[bool]
        theirs: sa.ColumnElement[bool]
        if budget.scope is BudgetScope.TAG:
            tagged = sa.select(RUN_TAG.c.run_id).where(RUN_TAG.c.tag_id == budget.scope_id)
            counted, theirs = TAGS.c.tag_id == budget.scope_id, HELD.c.run_id.in_(tagged)
        elif budget.scope is BudgetScope.EVERYTHING:
            counted, theirs = sa.true(), sa.true()
        else:
            name = f"{budget.scope}_id"
            counted, theirs = CALLS.c[name] == budget.scope_id, HELD.c[name] == budget.scope_id
        source = TAGS if budget.scope is BudgetScope.TAG else CALLS
        spent = (
            sa.select(sa.func.sum(source.c.amount, type_=Money)).where(source.c.day >= first, counted).scalar_subquery()
        )
        held = reservations.held_sum(theirs, now=now)
    row = connection.execute(sa.select(spent.label("spent"), held.label("held"))).one()
    return row.spent or ZERO, row.held or ZERO
