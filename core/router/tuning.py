"""Finds masses, k, kernel and penalty of the layers by cross-validation on training rows, and nothing else.

Each function gives what it chose together with the layer's predictions for rows that it did not learn from. What is
judged is the error in the differences between models, for these decide the choice.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from core.router.classify import Rows, held_out
from core.router.layers import Floats, Kernel, class_means, local_sums
from core.router.stacking import centred

CLASS_MASSES = (3.0, 10.0, 30.0, 100.0)
COUNTS = (40, 100)
WIDTHS = (0.0, 5.0, 10.0)
MASSES = (20.0, 60.0, 200.0, 1000.0)


SURE = 2.0
"""Standard errors by which neighbours must better the layers above before they are heard beside them."""


def error_of(predicted: Floats, target: Floats, weight: Floats) -> float:
    """Give the mean squared error in the differences between models known on the same prompt."""
    known = ~np.isnan(target)
    off = centred(predicted - np.nan_to_num(target), known)[1]
    return float((weight[:, None] * off**2).sum() / max(1.0, known.sum()))


def standing(predicted: Floats, target: Floats, weight: Floats) -> float:
    """Give by how many standard errors predictions beat 0 on the same rows; negative where they are worse."""
    known = ~np.isnan(target)
    nothing = centred(np.nan_to_num(target), known)[1]
    off = centred(predicted - np.nan_to_num(target), known)[1]
    gain = weight * (nothing**2 - off**2).sum(axis=1)
    error = float(gain.std(ddof=1)) / np.sqrt(len(gain)) if len(gain) > 1 else 0.0
    return float(gain.mean()) / error if error else 0.0


def tune_classes(
    shares: Floats, given: Floats, quality: Floats, weight: Floats, *, prior: Floats, parts: Sequence[Rows]
) -> tuple[Floats, Floats]:
    """Choose the mass of the class means, and whether rows count for the class they were given or for likely ones.

    `shares` (n, classes) are cross-fitted probabilities, `given` the same with certainty where the class was named.
    Gives the class means (classes, models) of all rows, and class estimates (n, models) of rows held out.
    """
    tried = []
    for counted, mass in product((given, shares), CLASS_MASSES):
        estimate = np.empty_like(quality)
        for rest, part in held_out(parts, len(quality)):
            table = class_means(counted[rest], quality[rest], weight[rest], prior=prior, mass=mass)
            estimate[part] = shares[part] @ table
        tried.append((error_of(estimate, quality, weight), counted, mass, estimate))
    _, counted, mass, estimate = min(tried, key=lambda one: one[0])
    return class_means(counted, quality, weight, prior=prior, mass=mass), estimate


def tune_neighbours(
    similarity: Floats, places: Rows, rest: Floats, weight: Floats, *, own: Rows
) -> tuple[Kernel, Floats]:
    """Choose k, width and mass. Gives the kernel with the layer's estimates (q, models) for the rows `own`.

    `similarity` and `places` (q, K) are the nearest of each of these rows, itself passed over; `rest` (n, models) is
    what the layers above leave unexplained of rows that they did not learn from.
    """
    reference = float(np.median(similarity[:, : COUNTS[0]])) if similarity.size else 0.0
    near_rest, near_weight = rest[places], weight[places]
    chosen, given = Kernel(k=COUNTS[0], width=0.0, mass=MASSES[-1], reference=reference), np.zeros_like(rest[own])
    best = error_of(given, rest[own], weight[own])
    for k, width in product(COUNTS, WIDTHS):
        kernel = replace(chosen, k=k, width=width)
        sums = local_sums(kernel.shares(similarity) * near_weight[:, :k], near_rest[:, :k])
        for mass in MASSES:
            estimate = sums.mean(mass)
            error = error_of(estimate, rest[own], weight[own])
            if error < best:
                best, chosen, given = error, replace(kernel, mass=mass), estimate
    return chosen, given


def beside(meaning: Floats, look: Floats, part: float) -> Floats:
    """Put the look, of mean length one, beside the meaning, of length one, at `part` of its length."""
    return np.asarray(np.hstack([meaning, part * look])) if look.shape[1] else meaning
