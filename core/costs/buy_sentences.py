"""What cost against quality says in words, made from the figures beside it and from nothing else."""

import math
from collections.abc import Callable, Sequence
from decimal import Decimal

from core.costs.unit_costs import FEWEST_JUDGED, Buy

TIMES_DEARER = Decimal("1.5")
"""Below this factor two costs are about the same."""


def say_buys(buys: Sequence[Buy], *, label: Callable[[str], str]) -> tuple[str, ...]:
    """Say who leads by how much, what that costs, and who is never the best buy; or what is missing."""
    ranked = [buy for buy in buys if buy.judged >= FEWEST_JUDGED and buy.cost is not None and buy.quality is not None]
    if not ranked:
        most = max((buy.judged for buy in buys), default=0)
        return (f"Too early to tell: a model needs {FEWEST_JUDGED} judged answers, the most judged one has {most}.",)
    if len(ranked) == 1:
        return (f"Only {label(ranked[0].model)} has {FEWEST_JUDGED} judged answers: there is nothing to compare yet.",)
    by_quality = sorted(ranked, key=lambda buy: (-(buy.quality or 0.0), buy.cost or Decimal(0), buy.model))
    first, second = by_quality[:2]
    found = [f"{_apart(first, second, label)}; {_dearer(first, second, label)}."]
    worse = [label(buy.model) for buy in by_quality if not buy.best]
    if worse:
        names = worse[0] if len(worse) == 1 else f"{', '.join(worse[:-1])} and {worse[-1]}"
        found.append(f"{names} {'is' if len(worse) == 1 else 'are'} never the best buy.")
    return tuple(found)


def apart(one: Buy, other: Buy) -> tuple[float, float] | None:
    """Give the likely range of the difference of two shares (Newcombe's hybrid score interval, 1998, 95 %)."""
    if one.quality is None or one.quality_low is None or one.quality_high is None:
        return None
    if other.quality is None or other.quality_low is None or other.quality_high is None:
        return None
    middle = one.quality - other.quality
    down = math.hypot(one.quality - one.quality_low, other.quality_high - other.quality)
    up = math.hypot(one.quality_high - one.quality, other.quality - other.quality_low)
    return middle - down, middle + up


def _apart(first: Buy, second: Buy, label: Callable[[str], str]) -> str:
    span = apart(first, second) or (0.0, 0.0)
    names = f"{label(first.model)} and {label(second.model)}"
    if span[0] <= 0.0:
        return f"{names} are at most {max(abs(span[0]), span[1]) * 100:.0f} in 100 apart"
    more = f"{span[0] * 100:.0f} to {span[1] * 100:.0f} in 100 more often"
    return f"{label(first.model)} is picked or tied {more} than {label(second.model)}"


def _dearer(first: Buy, second: Buy, label: Callable[[str], str]) -> str:
    dear, cheap = sorted((first, second), key=lambda buy: buy.cost or Decimal(0), reverse=True)
    if not dear.cost:
        return "neither costs anything"
    if not cheap.cost:
        return f"{label(cheap.model)} is free of charge"
    times = dear.cost / cheap.cost
    if times < TIMES_DEARER:
        return "they cost about the same"
    factor = f"{times:.1f}".removesuffix(".0") if times < 10 else f"{times:.0f}"
    return f"{label(dear.model)} costs {factor} times as much"
