"""What the money bought: cost per run, per accepted answer, per picked winner; and which model is a best buy.

Only judged runs can tell what a winner cost, so their cost is divided by their winners, and the share of runs that
were judged stands beside it. Quality is the share of judged comparisons in which a model was picked or tied.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from core.costs.ledger import EXACT, PICO_DOLLAR, ZERO

CONFIDENCE_Z = 1.959964
"""Two-sided 95 %."""

FEWEST_JUDGED = 10
"""Below this many judged comparisons a model has counts but no rank."""

ROUNDS = 2000
SEED = 20260102
FEWEST_DAYS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """What a period bought, in counts and USD. `judged_amount` is the cost of the judged runs alone.

    `accepted` counts answers that were picked, tied, or found good enough; `winners` runs with a picked winner.
    """

    amount: Decimal = ZERO
    runs: int = 0
    judged_runs: int = 0
    judged_amount: Decimal = ZERO
    accepted: int = 0
    winners: int = 0

    @property
    def per_run(self) -> Decimal | None:
        """Give USD for a run, None where there is none."""
        return _each(self.amount, self.runs)

    @property
    def per_accepted(self) -> Decimal | None:
        """Give USD of the judged runs for each accepted answer."""
        return _each(self.judged_amount, self.accepted)

    @property
    def per_winner(self) -> Decimal | None:
        """Give USD of the judged runs for each picked winner."""
        return _each(self.judged_amount, self.winners)

    @property
    def judged_share(self) -> float | None:
        """Give the share of runs that somebody judged."""
        return self.judged_runs / self.runs if self.runs else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFigures:
    """What is known of one model in a period: (USD, answers) by day; `good` of `judged` comparisons were fine."""

    model: str
    days: tuple[tuple[Decimal, int], ...]
    judged: int
    good: int
    free: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Buy:
    """One dot of quality against cost, with likely ranges (95 %); None where there is too little to say.

    `cost` is USD for one answer. `best` marks a best buy: no other model is at least as good for less or equal money.
    """

    model: str
    cost: Decimal | None
    cost_low: Decimal | None
    cost_high: Decimal | None
    quality: float | None
    quality_low: float | None
    quality_high: float | None
    judged: int
    answers: int
    free: bool
    best: bool


def buys(models: Iterable[ModelFigures]) -> tuple[Buy, ...]:
    """Give all models by cost, cheapest first, those that are best buys marked.

    Only models with at least ten judged comparisons and a cost can be, or beat, a best buy.
    """
    found = [_buy(each) for each in models]
    ranked = [buy for buy in found if buy.cost is not None and buy.judged >= FEWEST_JUDGED]
    best = {buy.model for buy in ranked if not any(_beats(other, buy) for other in ranked)}
    marked = [replace(buy, best=buy.model in best) for buy in found]
    return tuple(sorted(marked, key=lambda buy: (buy.cost is None, buy.cost or ZERO, buy.model)))


def wilson(good: int, judged: int) -> tuple[float, float] | None:
    """Give the likely range of a share (Wilson 1927, 95 %); None where nothing was judged."""
    if not judged:
        return None
    share, square = good / judged, CONFIDENCE_Z**2
    centre = (share + square / (2 * judged)) / (1 + square / judged)
    half = CONFIDENCE_Z / (1 + square / judged) * math.sqrt(share * (1 - share) / judged + square / (4 * judged**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def _buy(figures: ModelFigures) -> Buy:
    answers = sum(count for _, count in figures.days)
    cost = _each(sum((amount for amount, _ in figures.days), ZERO), answers)
    low, high = _cost_range(figures.days)
    quality = wilson(figures.good, figures.judged)
    return Buy(
        model=figures.model,
        cost=cost,
        cost_low=low,
        cost_high=high,
        quality=figures.good / figures.judged if figures.judged else None,
        quality_low=quality[0] if quality else None,
        quality_high=quality[1] if quality else None,
        judged=figures.judged,
        answers=answers,
        free=figures.free,
        best=False,
    )


def _beats(other: Buy, buy: Buy) -> bool:
    if other.cost is None or buy.cost is None or other.quality is None or buy.quality is None:
        return False
    as_good = other.cost <= buy.cost and other.quality >= buy.quality
    return as_good and (other.cost < buy.cost or other.quality > buy.quality)


def _cost_range(days: Sequence[tuple[Decimal, int]]) -> tuple[Decimal | None, Decimal | None]:
    """Give the likely range of the mean cost, by drawing whole days anew: answers of one day are alike."""
    used = [(float(amount), count) for amount, count in days if count]
    if len(used) < FEWEST_DAYS:
        return None, None
    import numpy as np  # noqa: PLC0415 - pages load this module long before they need it

    table = np.array(used)
    random = np.random.default_rng(SEED)
    drawn = table[random.integers(0, len(table), (ROUNDS, len(table)))].sum(axis=1)
    low, high = np.percentile(drawn[:, 0] / drawn[:, 1], (2.5, 97.5))
    return _pico(low), _pico(high)


def _pico(amount: float) -> Decimal:
    return EXACT.quantize(Decimal(str(float(amount))), PICO_DOLLAR)


def _each(amount: Decimal, count: int) -> Decimal | None:
    return EXACT.quantize(EXACT.divide(amount, Decimal(count)), PICO_DOLLAR) if count else None
