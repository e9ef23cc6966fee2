"""On which day something turned: a team moved to another model, a price changed. Pure, and silent where nothing did."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

MOVED_BY = 0.25
"""A share that moved less than this between the days before and after is no move."""

DAYS_EACH_SIDE = 2


def moved_on(days: Sequence[tuple[date, int, int]]) -> date | None:
    """Give the first day of a lasting move, from (day, answers of the model, answers of all models).

    It is the split with the largest difference between the shares before and after, weighed by how much was asked on
    either side (the between-group sum of squares); None where no split moves the share by a quarter.
    """
    best: tuple[float, float, date] | None = None
    for place in range(DAYS_EACH_SIDE, len(days) - DAYS_EACH_SIDE + 1):
        before, after = _sums(days[:place]), _sums(days[place:])
        if not before[1] or not after[1]:
            continue
        move = after[0] / after[1] - before[0] / before[1]
        weight = move * move * before[1] * after[1] / (before[1] + after[1])
        if best is None or weight > best[0]:
            best = (weight, move, days[place][0])
    return None if best is None or abs(best[1]) < MOVED_BY else best[2]


def price_changed_on(days: Sequence[tuple[date, Decimal]]) -> date | None:
    """Give the day from which the price of a token was another one than before, from (day, price).

    Where it changed more than once, the day of the largest change. Differences below a thousandth are rounding.
    """
    best: tuple[Decimal, date] | None = None
    for (_, before), (day, after) in pairwise(days):
        larger = max(before, after)
        change = abs(after - before) / larger if larger else Decimal(0)
        if change > Decimal("0.001") and (best is None or change > best[0]):
            best = (change, day)
    return best[1] if best else None


def _sums(days: Sequence[tuple[date, int, int]]) -> tuple[int, int]:
    return sum(day[1] for day in days), sum(day[2] for day in days)
