"""Which model to take: the best quality minus λ times cost, and the λ that keeps a share of the best quality."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression

from core.router.layers import Floats

Choices = NDArray[np.intp]

GRID = np.concatenate([[0.0], np.logspace(-3, 1, 161)])
"""λ as multiples of one over the cost of the best single model: 0.1 gives up 10 points of quality to save all of it."""

UNKNOWN_COST = 1e12
"""Stands for a cost that is not known where ties are broken: dearer than any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostModel:
    """Expected cost in USD of each model on a prompt: a part that is always paid and a part per character."""

    fixed: Floats
    per_character: Floats

    @classmethod
    def fit(cls, characters: Floats, cost: Floats) -> Self:
        """Fit to costs (n, models), NaN where unknown; a model whose cost is never known stays NaN."""
        fixed, slope = np.full(cost.shape[1], np.nan), np.zeros(cost.shape[1])
        for model in range(cost.shape[1]):
            known = ~np.isnan(cost[:, model])
            if known.any():
                line = LinearRegression(positive=True).fit(characters[known, None], cost[known, model])
                fixed[model], slope[model] = float(line.intercept_), float(line.coef_[0])
                if fixed[model] < 0:  # long answers to short prompts: the mean says it better than a line
                    fixed[model], slope[model] = float(cost[known, model].mean()), 0.0
        return cls(fixed=fixed, per_character=slope)

    def at(self, characters: Floats) -> Floats:
        """Give expected costs (n, models)."""
        return np.asarray(self.fixed + characters[:, None] * self.per_character)


def choose(quality: Floats, cost: Floats, *, price: float) -> Choices:
    """Give the model (n,) with the best quality − price · cost; at equal worth the cheaper, then the first.

    `price` is λ in quality per USD. At 0, cost plays no part but to break ties.
    """
    worth = quality - price * cost if price else quality
    best = worth.max(axis=1, keepdims=True)
    return np.asarray(np.where(worth >= best - 1e-12, np.nan_to_num(cost, nan=UNKNOWN_COST), np.inf).argmin(axis=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """What each λ of a grid comes to on given prompts: mean cost in USD and mean quality, both (grid,)."""

    multiples: Floats
    cost: Floats
    quality: Floats


def curve_of(predicted: Floats, expected_cost: Floats, *, quality: Floats, cost: Floats, unit: float) -> Curve:
    """Choose by predictions over the λ grid and read what the choices truly were worth; `unit` is the cost in λ."""
    rows = np.arange(len(predicted))
    paid, got = [], []
    for multiple in GRID:
        chosen = choose(predicted, expected_cost, price=multiple / unit)
        paid.append(np.nanmean(cost[rows, chosen]))
        got.append(np.nanmean(quality[rows, chosen]))
    return Curve(multiples=GRID, cost=np.array(paid), quality=np.array(got))


def calibrated_multiple(curve: Curve, *, share: float, best_quality: float) -> float:
    """Give the λ, as a multiple, that costs least while it and all below keep `share` of the best model's quality.

    0 where none does: then quality alone decides. A lucky bump further on the curve would not be there again.
    """
    lost = np.flatnonzero(curve.quality < share * best_quality)
    end = int(lost[0]) if lost.size else len(curve.quality)
    return float(curve.multiples[curve.cost[:end].argmin()]) if end else 0.0
