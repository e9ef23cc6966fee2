"""The review of a month: the five questions of the Costs page, answered from the ledger's sums in one read."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.costs import sums
from core.costs.anomalies import Anomaly, anomalies
from core.costs.bridge import Bridge, Effect
from core.costs.forecast import Forecast, forecast
from core.costs.judged import Judged, judged
from core.costs.ledger import ZERO
from core.costs.month import Month, against, month_of_day, month_of_number, opening_month, this_month
from core.costs.month_budget import budget_of
from core.costs.own_machines import own_machines
from core.costs.rounding import rounded_shares
from core.costs.savings import Saving
from core.costs.sums import ALL, DaySum, Group, GroupSum, Scope, Totals
from core.costs.unit_costs import Bought, Buy, ModelFigures, buys
from core.costs.why import Cause, Why, explain
from core.store.daily_costs import CALLS, day_of_number
from core.store.database import Database

__all__ = ["Month", "MonthReview", "Reviews", "month_of_day", "month_of_number", "opening_month"]

PAST_DAYS = 63
USUAL_DAYS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthReview:
    """What one month's review says. Sums are exact USD; `shown` are the groups' to the cent, adding up to the total.

    `days` are by day and group. Bridge, movers and sentence compare with `against` until the day `against_until`: as
    many days of it as have begun while the month lasts. `saving` is of models on own
    machines against the baseline named in it, an estimate that is in no sum; None where it cannot be said.
    """

    month: Month
    against: Month
    against_until: date
    by: Group
    totals: Totals
    before: Totals
    days: tuple[DaySum, ...]
    groups: tuple[GroupSum, ...]
    shown: Mapping[str, Decimal]
    bridge: Bridge
    causes: tuple[Cause, ...]
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

    @property
    def explained(self) -> Why:
        """Give the bridge with its names and days, which makes the sentence."""
        return Why(bridge=self.bridge, names=self.group_names, causes=self.causes)

    @property
    def why(self) -> str:
        """Give the sentence in dollars."""
        return self.explained.sentence(against=self.against_words if self.partial else "")

    @property
    def movers(self) -> tuple[Effect, ...]:
        """Give the largest effects, largest first."""
        return self.bridge.movers()

    @property
    def partial(self) -> bool:
        """Tell whether it is held against a part of the month before."""
        return self.against_until != self.against.last

    @property
    def against_words(self) -> str:
        """Give what it is held against: September, or 1 to 25 October."""
        name = f"{self.against.first:%B}"
        return f"1 to {self.against_until.day} {name}" if self.partial else name


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
        first, until = against(month, now)
        with self._database.read() as connection:
            groups = sums.by_group(connection, month.first, month.last, by=by, scope=scope)
            total = sums.totals(connection, month.first, month.last, scope=scope)
            earlier = sums.totals(connection, first, until, scope=scope)
            names = sums.labels(connection, Group.TEAM)
            why = explain(connection, (month.first, month.last), (first, until), scope=scope, names=names)
            words = judged(connection, month.first, month.last, scope=scope)
            return MonthReview(
                month=month,
                against=month.before,
                against_until=until,
                by=by,
                totals=total,
                before=earlier,
                days=sums.by_day(connection, month.first, month.last, by=by, scope=scope),
                groups=groups,
                shown=rounded_shares({group.key: group.amount for group in groups}),
                bridge=why.bridge,
                causes=why.causes,
                bought=_bought(total, words),
                bought_before=_bought(earlier, judged(connection, first, until, scope=scope, each_model=False)),
                buys=_buys(connection, month, scope, words),
                forecast=_ahead(connection, now, scope, budget) if month == this_month(now) else None,
                anomalies=anomalies(
                    sums.hours(connection, month.first - timedelta(days=USUAL_DAYS), month.last),
                    since=datetime(month.year, month.month, 1, tzinfo=UTC),
                ),
                saving=own_machines(connection, month, scope, baseline),
                group_names=names,
            )

    def names(self, by: Group) -> Mapping[str, str]:
        """Give the names of people, teams, projects or tags by their key."""
        with self._database.read() as connection:
            return sums.labels(connection, by)

    def budget(self, month: Month, *, scope: Scope = ALL) -> Decimal | None:
        """Give what a month was allowed to cost in USD, None where no budget was set."""
        with self._database.read() as connection:
            return budget_of(connection, month, scope)

    def spent(
        self, first: date, last: date, *, by: Group = Group.MODEL, scope: Scope = ALL
    ) -> tuple[Totals, tuple[GroupSum, ...]]:
        """Give what any period of whole UTC days cost, in all and by group."""
        with self._database.read() as connection:
            return sums.totals(connection, first, last, scope=scope), sums.by_group(
                connection, first, last, by=by, scope=scope
            )

    def ahead(self, *, now: datetime, scope: Scope = ALL, budget: Decimal | None = None) -> Forecast:
        """Forecast the month that `now` is in; `budget` (USD) is what it is held against."""
        with self._database.read() as connection:
            return _ahead(connection, now, scope, budget)

    def by_day(self, first: date, last: date, *, scope: Scope = ALL) -> tuple[tuple[date, Decimal], ...]:
        """Give what each day with spending cost in USD, from `first` to `last`, both in."""
        with self._database.read() as connection:
            return _by_day(connection, first, last, scope)


def _ahead(connection: Connection, now: datetime, scope: Scope, budget: Decimal | None) -> Forecast:
    today = now.astimezone(UTC).date()
    days = _by_day(connection, today - timedelta(days=PAST_DAYS), today, scope)
    return forecast(days, today=today, budget=budget)


def _by_day(connection: Connection, first: date, last: date, scope: Scope) -> tuple[tuple[date, Decimal], ...]:
    costs: dict[date, Decimal] = defaultdict(lambda: ZERO)
    for row in sums.by_day(connection, first, last, by=Group.STATE, scope=scope):
        costs[row.day] += row.amount
    return tuple(sorted(costs.items()))


def _bought(total: Totals, words: Judged) -> Bought:
    return Bought(
        amount=total.amount,
        runs=words.runs,
        judged_runs=words.judged_runs,
        judged_amount=words.judged_amount,
        accepted=words.accepted,
        winners=words.winners,
    )


def _buys(connection: Connection, month: Month, scope: Scope, words: Judged) -> tuple[Buy, ...]:
    days: dict[str, list[tuple[Decimal, int]]] = defaultdict(list)
    for row in sums.by_day(connection, month.first, month.last, by=Group.MODEL, scope=scope):
        days[row.key].append((row.amount, row.answers))
    models = sums.by_group(connection, month.first, month.last, by=Group.MODEL, scope=scope)
    free = {row.key for row in models if row.free}
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
