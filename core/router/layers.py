"""The layers of the blend, each shrunk towards the one above by a mass: prior, class mean, neighbours, linear.

Arrays: features X (n, d), quality Y (n, models) with NaN where unknown, weights per row. A layer is a plain function
of training rows, so that it can be fitted on any part of them and judged on the rest.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

PRIOR_MASS = 2.0
"""Prompts that the mean over all models counts for, against a model's own mean."""


def prior_means(quality: Floats, weight: Floats, *, start: Floats | None = None, mass: float = PRIOR_MASS) -> Floats:
    """Give each model's mean quality, shrunk to `start`, else to the mean of all; 0.5 where nothing is known."""
    known = ~np.isnan(quality)
    total, mass_of = _sums(np.ones((len(quality), 1)), quality, weight)
    overall = float(total.sum() / mass_of.sum()) if known.any() else 0.5
    towards = np.full(quality.shape[1], overall) if start is None else start
    return np.asarray((total[0] + mass * towards) / (mass_of[0] + mass))


def class_means(shares: Floats, quality: Floats, weight: Floats, *, prior: Floats, mass: float) -> Floats:
    """Give (classes, models) mean qualities shrunk to the prior; `shares` (n, classes) say how much a row counts."""
    total, mass_of = _sums(shares, quality, weight)
    return np.asarray((total + mass * prior) / (mass_of + mass))


def _sums(shares: Floats, quality: Floats, weight: Floats) -> tuple[Floats, Floats]:
    known = ~np.isnan(quality)
    weighted = shares.T * weight
    return weighted @ np.where(known, quality, 0.0), weighted @ known


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """How neighbours count: the nearest `k`, each by exp(width · (similarity - reference)), towards 0 by `mass`.

    `reference` is the similarity usual among the training rows, so that a usual neighbour counts as one prompt.
    """

    k: int
    width: float
    mass: float
    reference: float

    def shares(self, similarity: NDArray[np.floating[Any]]) -> Floats:
        """Give the weight of each of the nearest `k`; 0 where similarity is -inf."""
        near = similarity[:, : self.k]
        return np.asarray(np.exp(self.width * (near - self.reference)) * np.isfinite(near), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """Weighted sums over neighbours, each (q, models): of the rest, of weights, of squared weights."""

    total: Floats
    mass: Floats
    squares: Floats

    def mean(self, mass: float) -> Floats:
        """Give Σ wᵢ restᵢ / (Σ wᵢ + mass): 0 where neighbours say nothing."""
        return self.total / (self.mass + mass)

    @property
    def effective(self) -> Floats:
        """Give how many equally weighted neighbours the weights amount to."""
        return np.divide(self.mass**2, self.squares, out=np.zeros_like(self.mass), where=self.squares > 0)


def local_sums(shares: Floats, rest: Floats) -> Local:
    """Sum over neighbours: `shares` (q, k), `rest` (q, k, models) with NaN where unknown."""
    known = ~np.isnan(rest)
    seen = known.astype(np.float64)
    return Local(
        total=np.einsum("qk,qkm->qm", shares, np.where(known, rest, 0.0)),
        mass=np.einsum("qk,qkm->qm", shares, seen),
        squares=np.einsum("qk,qkm->qm", shares**2, seen),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """A fitted ridge: coefficients (models, d) and intercepts (models,)."""

    slope: Floats
    start: Floats

    def at(self, X: Floats) -> Floats:
        """Give predictions (n, models)."""
        return np.asarray(X @ self.slope.T + self.start)
