"""Everything that one look at the Costs page shows, gathered once: the review, how it stands, its bill, what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from core.costs.auto_saved import AutoSavings
from core.costs.decisions import Decision, Decisions
from core.costs.discounts import Discount
from core.costs.forecast import Forecast
from core.costs.ledger import ZERO
from core.costs.month import Month, against, this_month
from core.costs.months import Adjusted, ClosedMonth, Months
from core.costs.prices import Prices
from core.costs.review import MonthReview, Reviews
from core.costs.savings import Saving
from core.costs.sums import ALL, Group, Scope
from core.costs.whole_bill import Elsewhere, elsewhere
from core.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is coming: the running month's forecast beside what was spent on each of its days, USD, and its budget."""

    month: Month
    forecast: Forecast
    days: tuple[tuple[date, Decimal], ...]
    budget: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """What a meeting looks at, in USD.

    `review` is frozen where the month is closed and everybody's spending is asked for. `arrived` is what came for it
    since, booked where it arrived; `adjustments` are what arrived in this month for closed ones. `bill` is what bills
    list beyond the ledger, None without a bill or where a part of the spending is asked for: a bill knows no teams.
    `auto` is what Auto saved, an estimate in no sum, None where nothing can be said. `outlook` is of the running month,
    while it or the month before it is looked at.
    """

    review: MonthReview
    scope: Scope
    budget: Decimal | None
    closed: ClosedMonth | None
    frozen: bool
    arrived: Decimal
    adjustments: tuple[Adjusted, ...]
    outlook: Outlook | None
    auto: Saving | None
    bill: Elsewhere | None
    bill_before: Elsewhere | None
    decisions: tuple[Decision, ...]
    notes: Mapping[str, str]
    discounts: tuple[Discount, ...]
    at: datetime

    @property
    def month(self) -> Month:
        """Give the month that is looked at."""
        return self.review.month

    @property
    def over(self) -> bool:
        """Tell whether the month has ended, so that it can be closed."""
        return self.at.astimezone(UTC).date() > self.month.last

    @property
    def standing(self) -> str:
        """Give "closed by Cara on 3 Nov" or "open"."""
        if self.closed is None:
            return "open"
        day = self.closed.closed_at
        return f"closed by {self.closed.closed_by or 'someone'} on {day.day} {day:%b}"


class Meetings:
    """Gathers what the Costs page shows of one workspace. Raises StoreError and its kinds."""

    def __init__(self, database: Database, prices: Prices) -> None:
        """Keep where to ask."""
        self._auto = AutoSavings(database, prices)
        self._database = database
        self._reviews, self._months = Reviews(database), Months(database)
        self._decisions, self._discounts = Decisions(database), prices.discounts

    def of(self, month: Month, *, now: datetime, by: Group = Group.MODEL, scope: Scope = ALL) -> Meeting:
        """Gather a month, split by one group, for everybody or for a part of the spending."""
        budget = self._reviews.budget(month, scope=scope)
        closed = self._months.closed(month)
        kept = closed.review(by) if closed is not None and scope == ALL else None
        review = kept or self._reviews.month(month, now=now, by=by, scope=scope, budget=budget)
        return Meeting(
            review=review,
            scope=scope,
            budget=budget,
            closed=closed,
            frozen=kept is not None,
            arrived=self._arrived(review) if kept is not None else ZERO,
            adjustments=self._months.adjustments(month) if scope == ALL else (),
            outlook=self._outlook(month, now=now, scope=scope),
            auto=closed.auto if kept is not None and closed is not None else self._saved(month, scope),
            bill=elsewhere(self._database, month.first, month.last) if scope == ALL else None,
            bill_before=elsewhere(self._database, *against(month, now)) if scope == ALL else None,
            decisions=self._decisions.of(month),
            notes=self._decisions.notes(month),
            discounts=_holding(self._discounts.all(), month),
            at=now,
        )

    def _outlook(self, month: Month, *, now: datetime, scope: Scope) -> Outlook | None:
        this = this_month(now)
        if month not in (this, this.before):
            return None
        budget = self._reviews.budget(this, scope=scope)
        return Outlook(
            month=this,
            forecast=self._reviews.ahead(now=now, scope=scope, budget=budget),
            days=self._reviews.by_day(this.first, this.last, scope=scope),
            budget=budget,
        )

    def _saved(self, month: Month, scope: Scope) -> Saving | None:
        if scope.person is not None or 0 in (scope.team, scope.project):
            return None
        names = {
            group.value: self._reviews.names(group).get(str(key), "")
            for group, key in ((Group.TEAM, scope.team), (Group.PROJECT, scope.project))
            if key is not None
        }
        start, end = (datetime.combine(day, time(), UTC) for day in (month.first, month.after.first))
        return self._auto.between(start, end, **names).saved

    def _arrived(self, frozen: MonthReview) -> Decimal:
        total, _ = self._reviews.spent(frozen.month.first, frozen.month.last)
        return total.amount - frozen.totals.amount


def _holding(discounts: Sequence[Discount], month: Month) -> tuple[Discount, ...]:
    start, end = (datetime.combine(day, time(), UTC) for day in (month.first, month.after.first))
    return tuple(
        each for each in discounts if each.valid_from < end and (each.valid_until is None or each.valid_until > start)
    )
