"""The review of a month: the five questions of the Costs page, answered from the ledger's sums in one read."""

import calendar
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.costs import sums
from core.costs.anomalies import Anomaly, anomalies
from core.costs.bridge import Bridge, Effect, Part, bridge
from core.costs.bridge_sentence import Words, sentence
from core.costs.forecast import Forecast, forecast
from core.costs.judged import Judged, judged
from core.costs.ledger import ZERO
from core.costs.rounding import rounded_shares
from core.costs.savings import INPUTS, OUTPUTS, Baseline, Saving, Used, saving
from core.costs.sums import ALL, DaySum, Group, GroupSum, Scope, Totals
from core.costs.turning import moved_on, price_changed_on
from core.costs.unit_costs import Bought, Buy, ModelFigures, buys
from core.domain.model import Place
from core.domain.money import CostState, TokenClass
from core.store.daily_costs import CALLS, COSTS, day_number, day_of_number
from core.store.database import Database
from core.store.run_reads import label_of

PAST_DAYS = 63
USUAL_DAYS = 28
FIRST_DAYS = 7
"""During a month's first seven days the page opens on the month before."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Month:
    """A UTC month; `number` is 202610 for October 2026."""

    year: int
    month: int

    @property
    def number(self) -> int:
        """Give it as one number that sorts."""
        return self.year * 100 + self.month

    @property
    def first(self) -> date:
        """Give its first day."""
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        """Give its last day."""
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    @property
    def before(self) -> "Month":
        """Give the month before it."""
        return month_of_day(self.first - timedelta(days=1))

    @property
    def after(self) -> "Month":
        """Give the month after it."""
        return month_of_day(self.last + timedelta(days=1))

    @property
    def label(self) -> str:
        """Give its name on the page: October 2026."""
        return f"{self.first:%B} {self.year}"


def month_of_day(day: date) -> Month:
    """Give the month of a day."""
    return Month(year=day.year, month=day.month)


def month_of_number(number: int) -> Month:
    """Give the month of 202610."""
    return Month(year=number // 100, month=number % 100)


def opening_month(now: datetime) -> Month:
    """Give the month the page opens on: the last full one during a month's first seven days, else this one."""
    today = now.astimezone(UTC).date()
    this = month_of_day(today)
    return this.before if today.day <= FIRST_DAYS else this


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthReview:
    """What one month's review says. Sums are exact USD; `shown` are the groups' to the cent, adding up to the total.

    `days` are by day and group. Bridge, movers and sentence compare with `against`. `saving` is of models on own
    machines against the baseline named in it, an estimate that is in no sum; None where it cannot be said.
    """

    month: Month
    against: Month
    by: Group
    totals: Totals
    before: Totals
    days: tuple[DaySum, ...]
    groups: tuple[GroupSum, ...]
    shown: Mapping[str, Decimal]
    bridge: Bridge
    why: str
    movers: tuple[Effect, ...]
    bought: Bought
    bought_before: Bought
    buys: tuple[Buy, ...]
    forecast: Forecast | None
    anomalies: tuple[Anomaly, ...]
    saving: Saving | None
    group_names: Mapping[str, str]

    @property
    def difference(self) -> Decimal:
        """Give how much more this month cost than the one before."""
        return self.totals.amount - self.before.amount


class Reviews:
    """Reviews of one workspace's months. Every method is one read; raises StoreError and its kinds."""

    def __init__(self, database: Database) -> None:
        """Keep where to ask."""
        self._database = database

    def months(self) -> tuple[Month, ...]:
        """Give the months with spending or calls, the newest first."""
        with self._database.read() as connection:
            low, high = connection.execute(sa.select(sa.func.min(CALLS.c.day), sa.func.max(CALLS.c.day))).one()
        if low is None:
            return ()
        found, last = [], month_of_day(day_of_number(int(low)))
        month = month_of_day(day_of_number(int(high)))
        while month >= last:
            found.append(month)
            month = month.before
        return tuple(found)

    def month(
        self,
        month: Month,
        *,
        now: datetime,
        by: Group = Group.MODEL,
        scope: Scope = ALL,
        budget: Decimal | None = None,
        baseline: str = "",
    ) -> MonthReview:
        """Review a month; the one that `now` is in gets a forecast, an earlier one none.

        `budget` (USD) is what the forecast is held against; `baseline` names a model, or is the one most was spent on.
        """
        against = month.before
        with self._database.read() as connection:
            total = sums.totals(connection, month.first, month.last, scope=scope)
            earlier = sums.totals(connection, against.first, against.last, scope=scope)
            groups = sums.by_group(connection, month.first, month.last, by=by, scope=scope)
            names = sums.labels(connection, Group.TEAM)
            days = sums.by_day(connection, month.first, month.last, by=by, scope=scope)
            found, why = _why(connection, month, against, scope, names)
            of_models = _model_days(connection, month, scope)
            words = judged(connection, month.first, month.last, scope=scope)
            words_before = judged(connection, against.first, against.last, scope=scope)
            return MonthReview(
                month=month,
                against=against,
                by=by,
                totals=total,
                before=earlier,
                days=days,
                groups=groups,
                shown=rounded_shares({group.key: group.amount for group in groups}),
                bridge=found,
                why=why,
                movers=found.movers(),
                bought=_bought(total, words),
                bought_before=_bought(earlier, words_before),
                buys=_buys(of_models, words, {row.key for row in groups if row.free and by is Group.MODEL}),
                forecast=self._forecast(connection, month, now, scope, budget),
                anomalies=anomalies(
                    sums.hours(connection, month.first - timedelta(days=USUAL_DAYS), month.last),
                    since=datetime(month.year, month.month, 1, tzinfo=UTC),
                ),
                saving=_own_machines(connection, month, scope, baseline),
                group_names=names,
            )

    def spent(
        self, first: date, last: date, *, by: Group = Group.MODEL, scope: Scope = ALL
    ) -> tuple[Totals, tuple[GroupSum, ...]]:
        """Give what any period of whole UTC days cost, in all and by group."""
        with self._database.read() as connection:
            return sums.totals(connection, first, last, scope=scope), sums.by_group(
                connection, first, last, by=by, scope=scope
            )

    def _forecast(
        self, connection: Connection, month: Month, now: datetime, scope: Scope, budget: Decimal | None
    ) -> Forecast | None:
        today = now.astimezone(UTC).date()
        if month_of_day(today) != month:
            return None
        rows = sums.by_day(connection, today - timedelta(days=PAST_DAYS), today, by=Group.STATE, scope=scope)
        costs: dict[date, Decimal] = defaultdict(lambda: ZERO)
        for row in rows:
            costs[row.day] += row.amount
        return forecast(sorted(costs.items()), today=today, budget=budget)


def _why(
    connection: Connection, month: Month, against: Month, scope: Scope, names: Mapping[str, str]
) -> tuple[Bridge, str]:
    """Explain the change by team and model, with the days on which its main causes began."""
    # Charges know no person; for one person's spending the bridge would explain another sum.
    scope = replace(scope, person=None)
    found = bridge(
        sums.cells(connection, against.first, against.last, scope=scope),
        sums.cells(connection, month.first, month.last, scope=scope),
    )

    def day_of(effect: Effect) -> date | None:
        if effect.part is Part.MIX:
            own = replace(scope, team=int(effect.group))
            return _moved(sums.by_day(connection, against.first, month.last, by=Group.MODEL, scope=own), effect.model)
        if effect.part is Part.PRICE:
            return _repriced(sums.class_days(connection, against.first, month.last, scope=scope), effect.model)
        return None

    labels = {effect.model: label_of(effect.model) for effect in found.effects}
    groups = {**names, "0": "no team"}
    return found, sentence(found, words=Words(models=labels, groups=groups, day_of=day_of))


def _moved(days: tuple[DaySum, ...], model: str) -> date | None:
    asked: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for row in days:
        asked[row.day][1] += row.answers
        asked[row.day][0] += row.answers if row.key == model else 0
    return moved_on([(day, own, every) for day, (own, every) in sorted(asked.items()) if every])


def _repriced(rows: tuple[tuple[date, str, str, str, int, Decimal], ...], model: str) -> date | None:
    prices = [
        (day, amount / quantity)
        for day, _, name, token_class, quantity, amount in rows
        if name == model and token_class == TokenClass.OUTPUT and quantity
    ]
    return price_changed_on(prices)


def _bought(total: Totals, words: Judged) -> Bought:
    return Bought(
        amount=total.amount,
        runs=words.runs,
        judged_runs=words.judged_runs,
        judged_amount=words.judged_amount,
        accepted=words.accepted,
        winners=words.winners,
    )


def _model_days(connection: Connection, month: Month, scope: Scope) -> Mapping[str, list[tuple[Decimal, int]]]:
    found: dict[str, list[tuple[Decimal, int]]] = defaultdict(list)
    for row in sums.by_day(connection, month.first, month.last, by=Group.MODEL, scope=scope):
        found[row.key].append((row.amount, row.answers))
    return found


def _buys(days: Mapping[str, list[tuple[Decimal, int]]], words: Judged, free: set[str]) -> tuple[Buy, ...]:
    said = {model: (count, good) for model, count, good in words.by_model}
    return buys(
        ModelFigures(
            model=model,
            days=tuple(of_days),
            judged=said.get(model, (0, 0))[0],
            good=said.get(model, (0, 0))[1],
            free=model in free,
        )
        for model, of_days in days.items()
    )


def _own_machines(connection: Connection, month: Month, scope: Scope, baseline: str) -> Saving | None:
    """Give what answers on own machines saved against a baseline, priced as it was paid in the month."""
    rows = connection.execute(
        sa.select(
            COSTS.c.model, COSTS.c.place, COSTS.c.token_class,
            sa.func.sum(COSTS.c.quantity).label("quantity"),
            sa.func.sum(COSTS.c.amount, type_=COSTS.c.amount.type).label("amount"),
        )
        .where(
            COSTS.c.day >= day_number(month.first), COSTS.c.day <= day_number(month.last),
            COSTS.c.cost_state.in_((CostState.PRICED, CostState.FREE)), *scope.conditions(COSTS),
        )
        .group_by(COSTS.c.model, COSTS.c.place, COSTS.c.token_class)
    ).all()  # fmt: skip
    found = sums.by_group(connection, month.first, month.last, by=Group.MODEL, scope=scope)
    answers = {row.key: row.answers for row in found}
    outside = sorted({row.model for row in rows if row.place == Place.CLOUD})
    prices = {
        model: {
            TokenClass(row.token_class): row.amount / int(row.quantity)
            for row in rows
            if row.model == model and row.quantity
        }
        for model in outside
    }
    whole = [model for model in outside if {TokenClass.INPUT, TokenClass.OUTPUT} <= set(prices[model])]
    spent = {model: sum((row.amount for row in rows if row.model == model), ZERO) for model in whole}
    named = baseline or max(whole, key=lambda model: spent[model], default="")
    if named not in whole:
        return None
    written = sum(int(row.quantity) for row in rows if row.model == named and row.token_class in OUTPUTS)
    inside = {row.model for row in rows if row.place != Place.CLOUD}
    return saving(
        [
            Used(
                model=model,
                answers=answers.get(model, 0),
                tokens={
                    TokenClass(row.token_class): int(row.quantity)
                    for row in rows
                    if row.model == model and row.token_class in (*INPUTS, *OUTPUTS)
                },
                cost=sum((row.amount for row in rows if row.model == model), ZERO),
            )
            for model in sorted(inside)
        ],
        Baseline(
            model=named,
            unit_prices=prices[named],
            usual_output=Decimal(written) / answers[named] if answers.get(named) else None,
        ),
    )
