"""The figures by which routers are compared, as their authors define them. Arrays in, plain numbers out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BUDGETS = 10
BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCurve:
    """Two models: the share of calls to the strong one (rising, 0 to 1) and the share of the quality gap recovered."""

    strong_share: Floats
    gap_recovered: Floats

    @property
    def apgr(self) -> float:
        """Average performance gap recovered: the area under the curve; 0.5 for a router that draws lots."""
        return float(np.trapezoid(self.gap_recovered, self.strong_share))

    def cpt(self, target: float) -> float | None:
        """Call-performance threshold: the least percentage of strong calls that recovers `target` of the gap.

        Read off the straight lines between the points, where they first reach it; None when they never do.
        """
        reached = np.flatnonzero(self.gap_recovered >= target)
        if not reached.size:
            return None
        right = int(reached[0])
        if right == 0:
            return 100 * float(self.strong_share[0])
        low, high = self.gap_recovered[right - 1], self.gap_recovered[right]
        left_share, right_share = self.strong_share[right - 1], self.strong_share[right]
        return 100 * float(left_share + (right_share - left_share) * (target - low) / (high - low))


def pair_curve(score: Floats, *, weak: Floats, strong: Floats) -> PairCurve | None:
    """Give the curve of a router that prefers the strong model where `score` is high, prompts in any order.

    As RouteLLM computes it (arXiv 2406.18665 section 3.2 and its evaluation code): eleven thresholds at the deciles of
    the score; None when both models are equally good on average, where the gap has no meaning.
    """
    gap = float(strong.mean() - weak.mean())
    if gap == 0:
        return None
    edges = np.quantile(score, np.linspace(0, 1, BUDGETS + 1))
    chosen = [score >= edge for edge in edges[:-1]] + [score > edges[-1]]
    share = np.array([part.mean() for part in chosen])
    quality = np.array([np.where(part, strong, weak).mean() for part in chosen])
    order = np.lexsort((quality, share))
    return PairCurve(strong_share=share[order], gap_recovered=(quality[order] - weak.mean()) / gap)


def rising_hull(cost: Floats, quality: Floats) -> tuple[Floats, Floats]:
    """Give the upper convex hull of points of cost and quality, cut where quality no longer rises."""
    hull: list[tuple[float, float]] = []
    for x, y in sorted(zip(cost.tolist(), quality.tolist(), strict=True), key=lambda point: (point[0], -point[1])):
        if hull and y <= hull[-1][1]:
            continue  # costs as much or more and is no better
        while len(hull) > 1 and _below(hull[-2], hull[-1], (x, y)):
            hull.pop()
        hull.append((x, y))
    points = np.array(hull)
    return points[:, 0], points[:, 1]


def _below(first: tuple[float, float], middle: tuple[float, float], last: tuple[float, float]) -> bool:
    rise = (middle[1] - first[1]) * (last[0] - first[0])
    return rise <= (last[1] - first[1]) * (middle[0] - first[0])


def aiq(cost: Floats, quality: Floats, *, largest_cost: float) -> float:
    """Average improvement in quality: the area under the rising hull, its end drawn flat to the common largest cost.

    Divided by that cost, as RouterBench's code does (arXiv 2403.12031): what lies left of the cheapest point is 0.
    """
    xs, ys = rising_hull(cost, quality)
    xs, ys = np.append(xs, max(largest_cost, float(xs[-1]))), np.append(ys, ys[-1])
    return float(np.trapezoid(ys, xs) / xs[-1])


def saved_at(share: float, cost: Floats, quality: Floats, *, best_cost: float, best_quality: float) -> float | None:
    """Give the largest part of `best_cost` saved by any point that keeps `share` of `best_quality`; None if none does.

    Negative where every such point costs more.
    """
    kept = quality >= share * best_quality
    if not kept.any() or best_cost <= 0:
        return None
    return float(1 - cost[kept].min() / best_cost)


def brier(predicted: Floats, actual: Floats) -> float:
    """Give the mean squared error of predicted qualities, pooled over what is known."""
    known = ~np.isnan(actual)
    return float(np.mean((predicted[known] - actual[known]) ** 2))


def ece(predicted: Floats, actual: Floats, *, bins: int = BINS) -> float:
    """Give the expected calibration error: mean |predicted − actual| over bins of equal mass, pooled over models."""
    known = ~np.isnan(actual)
    order = np.argsort(predicted[known], kind="stable")
    parts = np.array_split(order, min(bins, order.size))
    off = [abs(predicted[known][part].mean() - actual[known][part].mean()) * part.size for part in parts]
    return float(np.sum(off) / order.size)


def bootstrap(
    statistic: Callable[[NDArray[np.intp]], float | None], n: int, *, rounds: int, seed: int, level: float = 0.95
) -> tuple[float, float] | None:
    """Give the percentile interval of a statistic of resampled prompts; None when it is undefined too often.

    The same seed draws the same prompts, so intervals of several routers, and of differences, are paired.
    """
    random = np.random.default_rng(seed)
    values = [value for _ in range(rounds) if (value := statistic(random.integers(0, n, n))) is not None]
    if len(values) < max(2, rounds // 2):
        return None
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
