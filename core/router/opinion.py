"""The linear layer: a line beside the class means, which corrects them or is a second opinion of its own.

As a correction it is fitted to what the class means leave unexplained. As an opinion it is fitted to the whole gain,
and the mean of both is taken: two estimates that err on different prompts are better together than the better one
alone (Breiman, "Stacked regressions", 1996), mostly by less than the rows at hand can show.
"""

from dataclasses import dataclass

import numpy as np

from core.router.layers import Floats, Linear, Rows
from core.router.line import flat, learn_line
from core.router.tuning import beside, standing

LOOKS = (0.3, 1.0)
"""How much the look of a prompt counts beside its meaning: the layer is the mean of one line for each."""

WORSE = -3.0
"""Standard errors by which the mean of both may be worse than the class means alone, before this counts as known.

On public outcomes it was never below -2.2 where the mean was the better one on new prompts, and never above -3.6 where
it was the worse one.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """Lines by how much the look counts; `own` where they speak of the whole gain, not of what the classes leave."""

    lines: dict[float, Linear]
    own: bool

    def at(self, meaning: Floats, look: Floats, base: Floats) -> Floats:
        """Give what is to be added to the class estimates `base` (n, models)."""
        line = np.mean([fitted.at(beside(meaning, look, part)) for part, fitted in self.lines.items()], axis=0)
        return np.asarray((line - base) / 2 if self.own else line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Formed:
    """An opinion, what it adds (n, models) to each row without having learned from it, and how surely it is heard."""

    opinion: Opinion
    held_out: Floats
    sure: float


def form_opinion(
    meaning: Floats, look: Floats, gain: Floats, base: Floats, weight: Floats, *, prior: Floats, some: Rows
) -> Formed:
    """Fit lines to gain (n, models), NaN where unknown, beside class estimates `base` of rows held out.

    `prior` (models,) are the means that the gains start from; `some` are the rows that it is judged on. `sure` is by
    how many standard errors an opinion betters the models' means, or a correction the class means.
    """
    if standing(base[some], gain[some], weight[some]) > 0:  # else the classes have nothing to share
        own, held = _lines(meaning, look, gain, weight)
        added = (held - base) / 2
        sure = standing(held[some], gain[some], weight[some])
        worse = standing(added[some], (gain - base)[some], weight[some]) <= WORSE
        if sure > 0 and not worse and _pays((base + added)[some], gain[some], weight[some], prior=prior):
            return Formed(opinion=Opinion(lines=own, own=True), held_out=added, sure=sure)
    rest, held = _lines(meaning, look, gain - base, weight)
    sure = standing(held[some], (gain - base)[some], weight[some])
    return Formed(opinion=Opinion(lines=rest, own=False), held_out=held, sure=sure)


def no_opinion(meaning: Floats, look: Floats, gain: Floats, *_: Floats, **__: Floats | Rows) -> Formed:
    """Give the opinion that says nothing, asked in the same way."""
    found = flat(beside(meaning, look, LOOKS[0]), gain)
    return Formed(opinion=Opinion(lines={LOOKS[0]: found.line}, own=False), held_out=found.held_out, sure=0.0)


def _lines(meaning: Floats, look: Floats, target: Floats, weight: Floats) -> tuple[dict[float, Linear], Floats]:
    parts = LOOKS if look.shape[1] else LOOKS[:1]
    found = {part: learn_line(beside(meaning, look, part), target, weight) for part in parts}
    held = np.mean([each.held_out for each in found.values()], axis=0)
    return {part: each.line for part, each in found.items()}, np.asarray(held)


def _pays(estimate: Floats, gain: Floats, weight: Floats, *, prior: Floats) -> bool:
    """Tell whether choosing by estimated gains is no worse than the best single model, on rows where both are known.

    Squared errors do not show this: of many models the luckiest estimate is chosen, and it is too high.
    """
    rows, quality, best = np.arange(len(gain)), gain + prior, int(prior.argmax())
    won = quality[rows, (prior + estimate).argmax(axis=1)] - quality[:, best]
    return float(np.nansum(weight * won)) >= 0
