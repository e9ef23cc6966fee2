"""Finds masses, k, kernel and penalty of the layers by cross-validation on training rows, and nothing else.

Each function gives what it chose together with the layer's predictions for rows that it did not learn from. What is
judged is the error in the differences between models, for these decide the choice.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from sklearn.linear_model import RidgeCV

from core.router.classify import Rows, held_out
from core.router.layers import Floats, Kernel, class_means, fit_linear, local_sums
from core.router.stacking import centred

CLASS_MASSES = (3.0, 10.0, 30.0, 100.0)
COUNTS = (20, 40, 100)
WIDTHS = (0.0, 5.0, 10.0, 20.0)
MASSES = (5.0, 15.0, 40.0, 100.0, 300.0)
PENALTIES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
LOOKS = (0.0, 0.3, 1.0)
"""How much the look of a prompt may count beside its meaning in the linear layer: the length of that part."""


def error_of(predicted: Floats, target: Floats, weight: Floats) -> float:
    """Give the mean squared error in the differences between models known on the same prompt."""
    known = ~np.isnan(target)
    off = centred(predicted - np.nan_to_num(target), known)[1]
    return float((weight[:, None] * off**2).sum() / max(1.0, known.sum()))


def tune_classes(
    shares: Floats, quality: Floats, weight: Floats, *, prior: Floats, parts: Sequence[Rows]
) -> tuple[float, Floats]:
    """Choose the mass of the class means. Gives it with class estimates (n, models) of rows held out."""
    tried = {}
    for mass in CLASS_MASSES:
        given = np.empty_like(quality)
        for rest, part in held_out(parts, len(quality)):
            table = class_means(shares[rest], quality[rest], weight[rest], prior=prior, mass=mass)
            given[part] = shares[part] @ table
        tried[mass] = given
    best = min(tried, key=lambda mass: error_of(tried[mass], quality, weight))
    return best, tried[best]


def tune_neighbours(
    similarity: Floats, places: Rows, rest: Floats, weight: Floats, *, own: Rows
) -> tuple[Kernel, Floats]:
    """Choose k, width and mass. Gives the kernel with the layer's estimates (q, models) for the rows `own`.

    `similarity` and `places` (q, K) are the nearest of each of these rows, itself passed over; `rest` (n, models).
    """
    reference = float(np.median(similarity[:, : COUNTS[0]])) if similarity.size else 0.0
    near_rest, near_weight = rest[places], weight[places]
    best, chosen, given = np.inf, Kernel(k=COUNTS[1], width=0.0, mass=MASSES[-1], reference=reference), rest[own] * 0
    for k, width in product(COUNTS, WIDTHS):
        kernel = replace(chosen, k=k, width=width)
        sums = local_sums(kernel.shares(similarity) * near_weight[:, :k], near_rest[:, :k])
        for mass in MASSES:
            estimate = sums.mean(mass)
            error = error_of(estimate, rest[own], weight[own])
            if error < best:
                best, chosen, given = error, replace(kernel, mass=mass), estimate
    return chosen, given


def tune_linear(
    meaning: Floats, look: Floats, rest: Floats, weight: Floats, *, parts: Sequence[Rows]
) -> tuple[float, float, Floats]:
    """Choose how much the look counts and the penalty. Gives both with estimates (n, models) of rows held out."""
    target = centred(np.nan_to_num(rest), ~np.isnan(rest))[1]
    best, chosen = -np.inf, (LOOKS[0], PENALTIES[-1])
    for part in LOOKS if look.shape[1] else LOOKS[:1]:
        ridge = RidgeCV(alphas=PENALTIES).fit(beside(meaning, look, part), target, sample_weight=weight)
        if ridge.best_score_ > best:
            best, chosen = float(ridge.best_score_), (part, float(ridge.alpha_))
    X = beside(meaning, look, chosen[0])
    given = np.zeros_like(rest)
    for others, part_rows in held_out(parts, len(rest)):
        given[part_rows] = fit_linear(X[others], rest[others], weight[others], penalty=chosen[1]).at(X[part_rows])
    return *chosen, given


def beside(meaning: Floats, look: Floats, part: float) -> Floats:
    """Put the look, of mean length one, beside the meaning, of length one, at `part` of its length."""
    return np.asarray(np.hstack([meaning, part * look])) if look.shape[1] else meaning


