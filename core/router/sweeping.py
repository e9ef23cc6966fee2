"""Decides past runs anew for every λ, among the answers that were judged on each, and resamples prompts for bands.

numpy alone: pages wait for this. A run is one row; prompts are resampled whole, with all their runs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.router.layers import Floats, Rows
from core.router.lessons import Held

GRID = np.concatenate([[0.0], np.logspace(-3, 1, 81)])
"""λ as multiples of one over the baseline's mean cost: 0.1 gives up 10 points of quality to save all of it."""

ROUNDS = 400
LEAST_RUNS, LEAST_SHARE = 10, 0.25
"""The baseline must have been judged on so many of the runs, and on this share of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Runs on which the baseline and another model were judged, both with a cost; arrays are (runs, models) or (runs,).

    `open` says which answers Auto may take. `rows` are the places of the runs among all that are held.
    """

    rows: Rows
    open: NDArray[np.bool_]
    quality: Floats
    cost: Floats
    seconds: Floats
    predicted: Floats
    expected: Floats
    prompt: Rows
    fold: Rows
    baseline: int
    unit: float

    def take(self, chosen: Rows, values: Floats) -> Floats:
        """Give the values of the chosen models, (…, runs)."""
        return np.asarray(values[np.arange(len(self.rows)), chosen])

    def sweep(self) -> Rows:
        """Give what Auto takes for each λ, (grid, runs)."""
        return np.stack([self.choose(multiple) for multiple in GRID])

    def choose(self, multiple: float) -> Rows:
        """Give what Auto takes at one λ: the best worth, at equal worth the cheaper."""
        worth = np.where(self.open, self.predicted - multiple / self.unit * self.expected, -np.inf)
        best = worth.max(axis=1, keepdims=True)
        return np.asarray(np.where(self.open & (worth >= best - 1e-12), self.expected, np.inf).argmin(axis=1))


def compared(held: Held, rows: Rows) -> Compared | None:
    """Give the comparable part of these runs, with the best single model as baseline; None where there is none."""
    quality, cost = held.quality[rows], held.cost[rows]
    expected = held.expected_cost[held.prompt[rows]]
    able = ~np.isnan(quality) & ~np.isnan(cost) & ~np.isnan(expected)
    baseline = best_single(quality, able)
    if baseline is None:
        return None
    kept = able[:, baseline] & (able.sum(axis=1) > 1)
    if not kept.any():
        return None
    rows, able = rows[kept], able[kept]
    prompt = held.prompt[rows]
    unit = float(expected[kept][:, baseline].mean())
    return Compared(
        rows=rows,
        open=able,
        quality=quality[kept],
        cost=cost[kept],
        seconds=held.seconds[rows],
        predicted=held.predicted[prompt],
        expected=np.where(able, expected[kept], 0.0),
        prompt=prompt,
        fold=held.fold[prompt],
        baseline=baseline,
        unit=unit or 1.0,  # a free baseline: λ is then per dollar
    )


def best_single(quality: Floats, able: NDArray[np.bool_]) -> int | None:
    """Give the best model of those judged often enough, by differences on the same prompts; None where there is none.

    Least squares of quality = prompt + model, so that a model asked only hard things is not taken for a weak one.
    """
    n, models = quality.shape
    often = able.sum(axis=0) >= max(LEAST_RUNS, LEAST_SHARE * n)
    able = able & (able.sum(axis=1) > 1)[:, None]
    if not often.any() or not able.any():
        return None
    share = able / np.maximum(able.sum(axis=1, keepdims=True), 1)
    known = np.where(able, quality, 0.0)
    laplacian = np.diag(able.sum(axis=0).astype(np.float64)) - able.T @ share
    wanted = (known - share * known.sum(axis=1, keepdims=True) * able).sum(axis=0)
    strength = np.linalg.lstsq(laplacian + 1e-9 * np.eye(models), wanted, rcond=None)[0]
    return int(np.where(often, strength, -np.inf).argmax())


class Resamples:
    """How often each run counts in each of many resamples of the prompts; the same for every figure: paired."""

    def __init__(self, prompt: Rows, *, seed: int = 0, rounds: int = ROUNDS) -> None:
        """Draw prompts with replacement."""
        _, place = np.unique(prompt, return_inverse=True)
        n = int(place.max()) + 1
        draws = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=rounds)
        self._counts = draws[:, place].astype(np.float32)

    def sums(self, values: Floats) -> Floats:
        """Give the sums of values (runs,) or (runs, m) in each resample, (rounds,) or (rounds, m)."""
        return np.asarray(self._counts @ np.asarray(values, dtype=np.float32), dtype=np.float64)

    def means(self, values: Floats) -> Floats:
        """Give the means in each resample."""
        total = self._counts.sum(axis=1)
        sums = self.sums(values)
        return np.asarray(sums / (total[:, None] if sums.ndim > 1 else total))


def multiple_of(share: float, cost: Floats, quality: Floats, base: float) -> int:
    """Give the place on the grid that costs least while it and all below keep `share` of the baseline's quality.

    `cost` and `quality` are the curve's, (grid,), on the runs that may be looked at. A lucky bump of the curve further
    on is passed over: on other runs it would not be there. 0 where nothing keeps it.
    """
    lost = np.flatnonzero(quality < share * base)
    end = int(lost[0]) if lost.size else len(GRID)
    return int(cost[:end].argmin()) if end else 0


def chosen_without_looking(part: Compared, swept: Rows, share: float, cost: Floats, quality: Floats) -> Rows:
    """Give what Auto takes (runs,) when λ for each fold is read off the other folds' curve.

    `cost` and `quality` are (grid, runs) of the swept choices.
    """
    base = part.quality[:, part.baseline]
    chosen = np.empty(len(part.rows), dtype=np.intp)
    for fold in np.unique(part.fold):
        inside = part.fold == fold
        others = ~inside if (~inside).any() else inside
        at = multiple_of(
            share, cost[:, others].mean(axis=1), quality[:, others].mean(axis=1), float(base[others].mean())
        )
        chosen[inside] = swept[at, inside]
    return chosen
