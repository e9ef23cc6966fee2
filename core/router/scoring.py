"""Scores one router on the test prompts of a backtest: every figure of its report, with intervals."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.router import metrics
from core.router.choice import GRID, choose
from core.router.layers import Floats

ROUNDS = 200
KEPT = (0.98, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """The test part: true quality and cost, (n, models), NaN where unknown; `priced` models have a known cost.

    `baseline` is the best single model with a price, chosen on the training part; `best` the best of all.
    """

    __test__ = False  # not a test case, whatever its name says

    quality: Floats
    cost: Floats
    priced: NDArray[np.intp]
    best: int
    baseline: int | None
    largest_cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a router does on the test part.

    `chosen` (n,) are its choices by quality alone; `swept` (grid, n) those for each λ of the grid, among
    priced models; `score` (n,) how much it prefers the stronger of two models; `predicted` (n, models) its qualities,
    where it has any.
    """

    chosen: NDArray[np.intp]
    swept: NDArray[np.intp] | None
    score: Floats | None
    predicted: Floats | None


def outcome_of(predicted: Floats, expected_cost: Floats, test: Test, *, calibrated: bool = True) -> Outcome:
    """Let predicted qualities and expected costs choose, over the λ grid."""
    swept = None
    if test.baseline is not None:
        unit = float(np.nanmean(unit_of(expected_cost, test)))
        columns = test.priced
        swept = np.stack(
            [columns[choose(predicted[:, columns], expected_cost[:, columns], price=step / unit)] for step in GRID]
        )
    score = None
    if predicted.shape[1] == 2 and len(test.priced) == 2:
        strong = strong_of(test)
        score = predicted[:, strong] - predicted[:, 1 - strong]
    return Outcome(
        chosen=_by_quality(predicted, expected_cost, test.best),
        swept=swept,
        score=score,
        predicted=predicted if calibrated else None,
    )


def _by_quality(predicted: Floats, expected_cost: Floats, best: int) -> NDArray[np.intp]:
    """Choose by quality alone; the best single model stays where no other is better."""
    chosen, rows = choose(predicted, expected_cost, price=0.0), np.arange(len(predicted))
    return np.where(predicted[:, best] >= predicted[rows, chosen] - 1e-12, best, chosen)


def unit_of(expected_cost: Floats, test: Test) -> Floats:
    """Give the expected cost of the baseline on each prompt, which λ is measured in."""
    return expected_cost[:, test.baseline or 0]


def strong_of(test: Test) -> int:
    """Give which of two models is the strong one: the dearer on average, as RouteLLM has it."""
    return int(np.nanmean(test.cost, axis=0).argmax())


def report(router: Outcome, test: Test, *, seed: int, rounds: int = ROUNDS) -> dict[str, Any]:
    """Give all figures with 95 % intervals from resampled prompts under "ci"; None where a figure has no meaning."""
    n = len(test.quality)
    everything = np.arange(n)
    figures = _figures(router, test, everything)
    draws = np.random.default_rng(seed)
    samples = [_figures(router, test, draws.integers(0, n, n)) for _ in range(rounds)]
    ci = {}
    for name, value in figures.items():
        seen = [sample[name] for sample in samples if sample[name] is not None]
        enough = value is not None and len(seen) > rounds // 2
        ci[name] = [float(edge) for edge in np.quantile(np.array(seen), [0.025, 0.975])] if enough else None
    return {**figures, "ci": ci}


def _figures(router: Outcome, test: Test, rows: NDArray[np.intp]) -> dict[str, float | None]:
    got = test.quality[rows, router.chosen[rows]]
    found: dict[str, float | None] = {
        "quality": float(np.nanmean(got)),
        **dict.fromkeys(("cost_usd", "apgr", "cpt50", "cpt80", "aiq", "saved_at_98", "saved_at_95", "brier", "ece")),
    }
    if router.swept is not None and test.baseline is not None:
        cost = np.nanmean(test.cost[rows[None, :], router.swept[:, rows]], axis=1)
        quality = np.nanmean(test.quality[rows[None, :], router.swept[:, rows]], axis=1)
        found["cost_usd"] = float(cost[0])
        found["aiq"] = metrics.aiq(cost, quality, largest_cost=test.largest_cost)
        best_cost = float(np.nanmean(test.cost[rows, test.baseline]))
        best_quality = float(np.nanmean(test.quality[rows, test.baseline]))
        for share in KEPT:
            found[f"saved_at_{share * 100:.0f}"] = metrics.saved_at(
                share, cost, quality, best_cost=best_cost, best_quality=best_quality
            )
    if router.score is not None:
        strong = strong_of(test)
        curve = metrics.pair_curve(
            router.score[rows], weak=test.quality[rows, 1 - strong], strong=test.quality[rows, strong]
        )
        if curve is not None:
            found |= {"apgr": curve.apgr, "cpt50": curve.cpt(0.5), "cpt80": curve.cpt(0.8)}
    if router.predicted is not None:
        found["brier"] = metrics.brier(router.predicted[rows], test.quality[rows])
        found["ece"] = metrics.ece(router.predicted[rows], test.quality[rows])
    return found
