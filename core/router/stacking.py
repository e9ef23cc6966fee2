"""How the layers are weighed together, and how the sum is made honest: both from predictions that saw no answer.

What separates models on a prompt and what makes a prompt hard for all are different questions, so they get weights of
their own: the first decides the choice, the second only the level of the predicted quality.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float64]

CAUTION = 300.0
"""Prompts' worth of evidence that it takes to leave the usual weights: on few labels, learned ones are worse.

Usual is 1, since each layer adds what those above it left unexplained.
"""

CAUTION_OF_MEANS = 1000.0
"""The same where the layers' sum is a mean of two opinions: what it is better by hardly shows on the rows at hand."""

FEWEST_TO_CALIBRATE = 50
EDGE = 1e-3


def centred(values: Floats, known: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Give each row's mean over its known entries, (n, 1), and what is left without it, 0 where unknown."""
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    level = np.where(known, values, 0.0).sum(axis=1, keepdims=True) / count
    return level, np.where(known, values - level, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """One weight per layer for differences between models, and one for the level common to them; none is negative."""

    difference: Floats
    level: Floats

    def combine(self, layers: Floats) -> Floats:
        """Give the weighted sum (n, models) of layers (layers, n, models)."""
        level = layers.mean(axis=2, keepdims=True)
        return np.asarray(
            np.tensordot(self.difference, layers - level, axes=1) + np.tensordot(self.level, level, axes=1)
        )


def fit_weights(
    layers: Floats, target: Floats, weight: Floats, *, used: Floats, heard: Floats, caution: float = CAUTION
) -> Weights:
    """Fit by non-negative least squares what layers (layers, n, models) say about the target, NaN where unknown.

    `used` has a 1 for each layer that may take part in the level, `heard` for each that may tell models apart; a layer
    with 0 gets no weight. `caution` is the prompts' worth of evidence that it takes to leave these.
    """
    known = ~np.isnan(target)
    level, difference = centred(np.nan_to_num(target), known)
    some = known.any(axis=1)
    root = np.sqrt(weight)[:, None]
    parts = [centred(layer, known) for layer in layers]
    # by what is heard at all, not by how much: else a layer that is half heard would be given twice its weight
    apart = [root * on * part[1] for on, part in zip(heard > 0, parts, strict=True)]
    common = [(root * on * part[0])[some] for on, part in zip(used, parts, strict=True)]
    return Weights(
        difference=_least_squares(apart, root * difference, start=heard, caution=caution),
        level=_least_squares(common, (root * level)[some], start=used, caution=caution),
    )


def _least_squares(columns: list[Floats], target: Floats, *, start: Floats, caution: float) -> Floats:
    """Solve with a pull towards `start`, worth `caution` rows of the layers' own variance."""
    if not len(target):
        return start
    matrix = np.stack([column.ravel() for column in columns], axis=1)
    doubt = np.sqrt(caution * (matrix**2).sum(axis=0) / len(target))
    solution, _ = nnls(np.vstack([matrix, np.diag(doubt)]), np.concatenate([target.ravel(), doubt * start]))
    return np.asarray(solution)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Platt's scaling of the log-odds: keeps the order of models, so it never changes a choice by quality alone."""

    slope: float = 1.0
    shift: float = 0.0

    @classmethod
    def fit(cls, predicted: Floats, actual: Floats, weight: Floats) -> Self:
        """Fit to pairs (n, models), NaN where unknown; few pairs, or pairs that say nothing, leave all as it is."""
        known = ~np.isnan(actual)
        values, hits = log_odds(predicted[known]), actual[known]
        mass = np.broadcast_to(weight[:, None], actual.shape)[known]
        if known.any(axis=1).sum() < FEWEST_TO_CALIBRATE or hits.sum() in (0, hits.size):
            return cls()
        model = LogisticRegression(C=np.inf).fit(
            np.concatenate([values, values])[:, None],
            np.repeat([1, 0], values.size),
            sample_weight=np.concatenate([mass * hits, mass * (1 - hits)]),
        )
        slope, shift = float(model.coef_[0, 0]), float(model.intercept_[0])
        return cls(slope=slope, shift=shift) if slope > 0 else cls()

    def __call__(self, predicted: Floats) -> Floats:
        """Give calibrated qualities, strictly between 0 and 1."""
        return np.asarray(1 / (1 + np.exp(-(self.slope * log_odds(predicted) + self.shift))))


def log_odds(quality: Floats) -> Floats:
    """Give the log-odds, qualities held a little inside (0, 1) without losing their order at the edges."""
    inside = EDGE + (1 - 2 * EDGE) * np.clip(quality, 0, 1)
    return np.asarray(np.log(inside / (1 - inside)) + (quality - np.clip(quality, 0, 1)))
