"""What a fitted choice model says in shares: against the field, against each other, and of the first place.

numpy is loaded with this module, so that only what needs figures imports it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.labels.choice_model import Floats, Situations, fit, normal_draws, observed, replicates, situations
from core.labels.picks import Pick

MANY = 3_000
"""Picks beyond which ranges come from the bootstrap's limit: refitting hundreds of times would say the same, slowly."""

LEAST_FOR_PULL = 30
"""Picks in an order drawn by lot below which a pull of the first place cannot be told from chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A figure with the range it likely lies in (95 %)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFit:
    """Figures of the models in `field`, fitted to picks among all models that are linked with them.

    `strengths` are around the field's mean; `shares` are picked-or-tied against the mean of the others. `pair_shares`
    and `stronger` are indexed [i][j] as in `field`: the chance that i is picked or tied against j, and that i is the
    stronger; `told_apart` whether the range of their difference leaves out zero. `first_place` is the chance that the
    first of two equal answers is picked, where `LEAST_FOR_PULL` decisive picks were shown in an order drawn by lot.
    """

    field: tuple[str, ...]
    strengths: tuple[float, ...]
    shares: tuple[Range, ...]
    pair_shares: tuple[tuple[float, ...], ...]
    stronger: tuple[tuple[float, ...], ...]
    told_apart: tuple[tuple[bool, ...], ...]
    first_place: Range | None
    first_place_picks: int


def fit_field(picks: Sequence[Pick], *, field: Sequence[str], seed: int, number: int) -> FieldFit:
    """Fit `picks` and describe at least two models of `field`, with ranges from `number` bootstrap replicates."""
    models = sorted({model for pick in picks for model in pick.models})
    design = situations(picks, models=models)
    best = fit(design, observed(design))
    if len(picks) > MANY:
        drawn = normal_draws(design, number=number, seed=seed, best=best)
    else:
        drawn = replicates(design, number=number, seed=seed, start=best)
    columns = [models.index(model) for model in field]
    pair = _pair_shares(design, best, columns)
    pair_drawn = _pair_shares(design, drawn, columns)
    strengths = best[0, columns]
    gaps = drawn[:, columns][:, :, None] - drawn[:, columns][:, None, :]
    low, high = _middle_95(gaps)
    lots = sum(pick.shuffled and pick.decisive for pick in picks)
    return FieldFit(
        field=tuple(field),
        strengths=tuple((strengths - strengths.mean()).tolist()),
        shares=_ranges(_against_the_rest(pair)[0], _against_the_rest(pair_drawn)),
        pair_shares=_rows(pair[0]),
        stronger=_rows((gaps > 0).mean(axis=0)),
        told_apart=tuple(tuple(bool(cell) for cell in row) for row in (low > 0) | (high < 0)),
        first_place=_first_place(design, best, drawn) if lots >= LEAST_FOR_PULL else None,
        first_place_picks=lots,
    )


def _pair_shares(design: Situations, theta: Floats, columns: Sequence[int]) -> Floats:
    """Give the chance that i is picked or tied against j alone, as (replicates × i × j); ½ where i is j."""
    strength = theta[:, columns]
    ahead = strength[:, :, None] - strength[:, None, :]
    tie = design.tie_of_pairs(theta)[:, None, None]
    # Davidson's three outcomes, divided by the geometric mean of the two strengths.
    win, lose, both = np.exp(ahead / 2), np.exp(-ahead / 2), np.exp(tie)
    shares: Floats = (win + both) / (win + lose + both)
    shares[:, np.arange(len(columns)), np.arange(len(columns))] = 0.5
    return shares


def _against_the_rest(pair: Floats) -> Floats:
    others = pair.shape[1] - 1
    mean: Floats = (pair.sum(axis=2) - 0.5) / others
    return mean


def _first_place(design: Situations, best: Floats, drawn: Floats) -> Range:
    value = 1 / (1 + np.exp(-best[0, design.first]))
    low, high = _middle_95(1 / (1 + np.exp(-drawn[:, design.first])))
    return Range(value=float(value), low=float(low), high=float(high))


def _ranges(values: Floats, drawn: Floats) -> tuple[Range, ...]:
    low, high = _middle_95(drawn)
    return tuple(
        Range(value=float(each), low=float(min(bottom, each)), high=float(max(top, each)))
        for each, bottom, top in zip(values, low, high, strict=True)
    )


def _middle_95(drawn: Floats) -> tuple[Floats, Floats]:
    """Give the bounds that hold 95 % of what is to be expected; numpy's usual interpolation is too narrow for 200."""
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0, method="weibull")
    return low, high


def _rows(square: Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in square.tolist())
