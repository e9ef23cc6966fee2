"""What a month will come to, and the day on which a budget runs out; with little data it says what is missing.

Days are drawn anew from past days of the same kind (working day or weekend) by the Bayesian bootstrap (Rubin 1981):
each of 4,000 futures first weighs the past days at random and then draws its days from them, so that both the spread
between days and the doubt about their level show in the interval. Recent days count more (half as much after three
weeks). No normal distribution is assumed: one retry storm makes the interval lopsided, as it should.
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from core.costs.ledger import ZERO
from core.costs.rounding import rounded

FUTURES = 4000
SEED = 20260101
HALF_LIFE_DAYS = 21
LONGEST_PAST = 63
FEWEST_DAYS = 7
FEWEST_OF_A_KIND = 3
LIKELY = (10.0, 90.0)
"""The interval covers eight futures of ten."""

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A month's end in USD: the middle of the futures, and the range that eight of ten fall into.

    `missing` says in words why there is no forecast; then the other figures are None. `by_day` is (day, low, middle,
    high) of the sum since the month began, for the burn-up. `runs_out_on` is the day on which the budget is used up in
    the middle future; `chance_over` the share of futures in which that happens within the month.
    """

    spent: Decimal
    days_left: int
    middle: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    by_day: tuple[tuple[date, Decimal, Decimal, Decimal], ...] = ()
    runs_out_on: date | None = None
    chance_over: float | None = None
    missing: str = ""


def forecast(
    days: Sequence[tuple[date, Decimal]], *, today: date, budget: Decimal | None = None, seed: int = SEED
) -> Forecast:
    """Forecast the month of `today` from the cost of past UTC days, oldest first.

    Days without spending may be left out. Today counts as it stands, or as a usual day where that is more.
    """
    import numpy as np  # noqa: PLC0415 - pages load this module long before they need a forecast

    last = today.replace(day=calendar.monthrange(today.year, today.month)[1])
    first = today.replace(day=1)
    costs = dict(days)
    spent = sum((cost for day, cost in days if first <= day <= today), ZERO)
    left = (last - today).days
    past = _past(costs, today)
    used = sum(1 for _, cost in past if cost)
    if used < FEWEST_DAYS:
        have = f"there {'is' if used == 1 else 'are'} {used}" if used else "there is none"
        return Forecast(
            spent=spent,
            days_left=left,
            missing=f"A forecast needs {FEWEST_DAYS} whole days with spending; {have} so far.",
        )
    coming = [today + timedelta(days=ahead) for ahead in range(left + 1)]
    drawn = _draw(past, coming, today, np.random.default_rng(seed))
    so_far = float(costs.get(today, ZERO))
    drawn[:, 0] = np.maximum(drawn[:, 0], so_far)
    sums = float(spent) - so_far + np.cumsum(drawn, axis=1)
    low, middle, high = np.percentile(sums, (LIKELY[0], 50.0, LIKELY[1]), axis=0)
    return Forecast(
        spent=spent,
        days_left=left,
        middle=_dollars(middle[-1]),
        low=_dollars(low[-1]),
        high=_dollars(high[-1]),
        by_day=tuple(
            (day, _dollars(low[at]), _dollars(middle[at]), _dollars(high[at])) for at, day in enumerate(coming)
        ),
        runs_out_on=_runs_out(coming, middle, spent, budget),
        chance_over=None if budget is None else float(np.mean(sums[:, -1] > float(budget))),
    )


def _past(costs: dict[date, Decimal], today: date) -> list[tuple[date, Decimal]]:
    """Give every whole day since spending began, at most nine weeks; days without spending are days too."""
    begun = min((day for day, cost in costs.items() if cost), default=today)
    start = max(begun, today - timedelta(days=LONGEST_PAST))
    return [(day, costs.get(day, ZERO)) for day in (start + timedelta(days=at) for at in range((today - start).days))]


def _draw(
    past: Sequence[tuple[date, Decimal]], coming: Sequence[date], today: date, random: "np.random.Generator"
) -> "Floats":
    """Give futures × days of cost in dollars."""
    import numpy as np  # noqa: PLC0415

    drawn = np.empty((FUTURES, len(coming)))
    weekend = [_weekend(day) for day, _ in past]
    for kind in (False, True):
        places = [at for at, day in enumerate(coming) if _weekend(day) is kind]
        of_kind = [day for day, each in zip(past, weekend, strict=True) if each is kind]
        source = of_kind if len(of_kind) >= FEWEST_OF_A_KIND else list(past)
        values = np.array([float(cost) for _, cost in source])
        freshness = np.array([0.5 ** ((today - day).days / HALF_LIFE_DAYS) for day, _ in source])
        weights = random.standard_gamma(freshness, size=(FUTURES, len(source))) + 1e-12
        edges = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
        for at in places:
            chosen = (random.random((FUTURES, 1)) > edges).sum(axis=1)
            drawn[:, at] = values[np.minimum(chosen, len(values) - 1)]
    return drawn


def _runs_out(coming: Sequence[date], middle: "Floats", spent: Decimal, budget: Decimal | None) -> date | None:
    if budget is None:
        return None
    if spent >= budget:
        return coming[0]
    return next((day for day, total in zip(coming, middle, strict=True) if total > float(budget)), None)


def _weekend(day: date) -> bool:
    return day.weekday() >= 5


def _dollars(amount: float) -> Decimal:
    return rounded(Decimal(str(round(float(amount), 6))))
