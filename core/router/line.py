"""A ridge that judges itself: one decomposition gives every penalty, and each row's prediction by the others.

The leave-one-out residual of a linear smoother is its residual divided by one minus the row's leverage (Allen's PRESS,
1974), so that no part of the rows has to be fitted again.
"""

from dataclasses import dataclass

import numpy as np

from core.router.layers import Floats, Linear, Rows
from core.router.stacking import centred

PENALTIES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
LEARNED_ROWS = 20_000
"""More rows than these teach a line little and cost seconds; an even choice of them is taken."""

TINY = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """A ridge with the predictions (n, models) that each row gets from the others."""

    line: Linear
    held_out: Floats
    penalty: float


def learn_line(X: Floats, target: Floats, weight: Floats) -> Learned:
    """Fit a ridge to target (n, models), NaN where unknown.

    What tells models apart and what is common to all have a penalty each, so that neither blurs the other.
    Models that are known on the same rows are fitted in one go; one that is nowhere known stays 0.
    """
    some = np.arange(len(X)) if len(X) <= LEARNED_ROWS else np.linspace(0, len(X) - 1, LEARNED_ROWS).astype(np.intp)
    known = ~np.isnan(target)
    patterns, group = np.unique(known[some], axis=1, return_inverse=True)
    parts = [
        _Part.of(X, target, weight, some[patterns[:, number]], np.flatnonzero(group.ravel() == number))
        for number in range(patterns.shape[1])
        if patterns[:, number].any()
    ]
    apart, common = [], []
    for penalty in PENALTIES:
        level, difference = centred((_held_out(parts, penalty, target) - np.nan_to_num(target))[some], known[some])
        apart.append(float((weight[some, None] * difference**2).sum()))
        common.append(float((weight[some, None] * level**2).sum()))
    best, usual = PENALTIES[int(np.argmin(apart))], PENALTIES[int(np.argmin(common))]
    line = _both(_line(parts, best, target, X), _line(parts, usual, target, X))
    held = line.at(X)
    of_parts = _apart(_held_out(parts, best, target)) + _common(_held_out(parts, usual, target))
    for part in parts:
        held[np.ix_(part.rows, part.models)] = of_parts[np.ix_(part.rows, part.models)]
    return Learned(line=line, held_out=held, penalty=best)


def _held_out(parts: "list[_Part]", penalty: float, target: Floats) -> Floats:
    held = np.zeros_like(target)
    for part in parts:
        held[np.ix_(part.rows, part.models)] = part.held_out(penalty)
    return held


def _line(parts: "list[_Part]", penalty: float, target: Floats, X: Floats) -> Linear:
    slope, start = np.zeros((target.shape[1], X.shape[1])), np.zeros(target.shape[1])
    for part in parts:
        slope[part.models], start[part.models] = part.line(penalty)
    return Linear(slope=slope, start=start)


def _both(apart: Linear, common: Linear) -> Linear:
    """Take the differences between models from the one line and what is common to all from the other."""
    return Linear(
        slope=_apart(apart.slope.T).T + _common(common.slope.T).T,
        start=(_apart(apart.start[None]) + _common(common.start[None]))[0],
    )


def _common(values: Floats) -> Floats:
    return np.broadcast_to(values.mean(axis=1, keepdims=True), values.shape)


def _apart(values: Floats) -> Floats:
    return values - _common(values)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Rows on which the same models are known, decomposed: √w·(X − mean) = U·√λ·Vᵀ."""

    rows: Rows
    models: Rows
    scaled: Floats
    middle: Floats
    left: Floats
    values: Floats
    wanted: Floats
    mean: Floats
    root: Floats
    share: Floats

    @classmethod
    def of(cls, X: Floats, target: Floats, weight: Floats, rows: Rows, models: Rows) -> "_Part":
        mass = weight[rows] + TINY
        share = mass / mass.sum()
        root = np.sqrt(mass)[:, None]
        middle, mean = share @ X[rows], share @ target[np.ix_(rows, models)]
        scaled = root * (X[rows] - middle)
        if scaled.shape[0] < scaled.shape[1]:
            values, left = np.linalg.eigh(scaled @ scaled.T)
        else:
            values, right = np.linalg.eigh(scaled.T @ scaled)
            left = scaled @ right / np.sqrt(np.maximum(values, TINY))
        keep = values > TINY
        return cls(
            rows=rows, models=models, scaled=scaled, middle=middle, left=left[:, keep], values=values[keep],
            wanted=root * (target[np.ix_(rows, models)] - mean), mean=mean, root=root, share=share,
        )  # fmt: skip

    def held_out(self, penalty: float) -> Floats:
        """Give what each row gets from the others, (rows, models)."""
        shrunk = self.values / (self.values + penalty)
        fitted = self.left @ (shrunk[:, None] * (self.left.T @ self.wanted))
        leverage = (self.left**2) @ shrunk + self.share
        rest = (self.wanted - fitted) / np.maximum(1 - leverage, 1e-3)[:, None]
        return np.asarray(self.mean + (self.wanted - rest) / self.root)

    def line(self, penalty: float) -> tuple[Floats, Floats]:
        """Give slopes (models, d) and intercepts (models,)."""
        dual = self.left @ ((self.left.T @ self.wanted) / (self.values + penalty)[:, None])
        slope = (self.scaled.T @ dual).T
        return slope, self.mean - slope @ self.middle


def flat(X: Floats, target: Floats) -> Learned:
    """Give the line that says nothing."""
    models = target.shape[1]
    line = Linear(slope=np.zeros((models, X.shape[1])), start=np.zeros(models))
    return Learned(line=line, held_out=np.zeros_like(target), penalty=np.inf)


__all__ = ["PENALTIES", "Learned", "flat", "learn_line"]
