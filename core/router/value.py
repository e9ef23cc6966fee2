"""The last rule: of the models that may be asked, the best quality minus what it costs; when to ask two, to learn."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.domain.model import ModelCard
from core.router.reading import Belief, Reading

ENOUGH_SIMILAR = 5
"""Similar judged runs below which nothing is routed away from the best single model."""

SURE_OF_KIND, SOME_SIMILAR, ENOUGH_PICKS = 0.7, 2, 40
"""Confidence in a prompt's kind, similar runs and runs in all from which the mean of the kind stands for a model."""

NINETY = 1.645
MOST_MORE_PICKS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """What one answer of a model is expected to cost (USD, None where no price is known) and take in seconds."""

    cost: Decimal | None
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Valued:
    """The models by worth, best first; `best` is the one with the best quality, which all are measured against."""

    order: tuple[str, ...]
    best: str
    enough: bool


def value(
    reading: Reading,
    cards: Sequence[ModelCard],
    priced: Mapping[str, Priced],
    *,
    keep: float,
    prefer_cheaper: bool = False,
    by_value: bool = True,
) -> Valued:
    """Order the models: with evidence by quality − λ · cost, else the best single one first; ties to the cheaper.

    A model of which hardly anything is known on prompts like this stands behind the best single one. Where a budget
    asks for cheaper models, or λ is not known yet, those that keep `keep` of the best quality stand cheapest first.
    Without `by_value` cost plays no part.
    """
    beliefs = reading.models
    by_quality = sorted(cards, key=lambda card: (-beliefs[card.name].quality, _cost(priced, card), card.name))
    best = next((card for card in by_quality if card.name == reading.best_single), by_quality[0])
    enough = reading.ready and not reading.early and reading.similar >= ENOUGH_SIMILAR
    if not by_value or not (enough or prefer_cheaper):
        order = [best, *(card for card in by_quality if card is not best)] if not enough else by_quality
    elif prefer_cheaper or reading.price is None:
        floor = keep * beliefs[by_quality[0].name].quality
        near = [card for card in by_quality if beliefs[card.name].quality >= floor]
        near.sort(key=lambda card: (_cost(priced, card), -beliefs[card.name].quality))
        order = near + [card for card in by_quality if card not in near]
    else:
        price = reading.price
        order = sorted(cards, key=lambda card: (-_worth(beliefs[card.name], priced, card, price), _cost(priced, card)))
    if enough:
        order.sort(key=lambda card: card is not best and not _known_here(reading, beliefs[card.name]))
    return Valued(order=tuple(card.name for card in order), best=best.name, enough=enough)


def more_picks(reading: Reading, priced: Mapping[str, Priced], *, chosen: str, model: str) -> int | None:
    """Give how many more judged runs would make the choice fall on `model`, were the truth at the top of its interval.

    n runs with mean q and k more with mean h come to (n·q + k·h) / (n + k); n is what the interval amounts to. None
    where the top would not do, or where it would take hundreds.
    """
    belief, price = reading.models[model], reading.price or 0.0
    dearer = float(priced[model].cost or 0) - float(priced[chosen].cost or 0)
    needed = reading.models[chosen].quality + price * dearer
    if model == chosen or belief.high <= needed or belief.quality >= needed:
        return None
    half = max(1e-6, belief.high - belief.quality)
    behind = NINETY**2 * belief.quality * (1 - belief.quality) / half**2
    more = math.ceil(behind * (needed - belief.quality) / (belief.high - needed))
    return max(1, more) if more <= MOST_MORE_PICKS else None


def to_learn(
    best: str, cards: Sequence[ModelCard], beliefs: Mapping[str, Belief], priced: Mapping[str, Priced]
) -> str | None:
    """Give the model to ask beside the best one: of those that cost less, the one that could be best; None without."""
    most = priced[best].cost
    cheaper = [card for card in cards if card.name != best and (most is None or _cost(priced, card) < float(most))]
    if not cheaper:
        return None
    return max(cheaper, key=lambda card: (beliefs[card.name].high, -_cost(priced, card), card.name)).name


def _known_here(reading: Reading, belief: Belief) -> bool:
    """Tell whether enough is known of a model on such prompts: from similar runs, or from some and a sure kind."""
    sure = (reading.classified.confidence or 0.0) >= SURE_OF_KIND
    held_up = belief.similar >= SOME_SIMILAR and 2 * belief.won_or_tied >= belief.similar
    return belief.similar >= ENOUGH_SIMILAR or (sure and held_up and belief.picks >= ENOUGH_PICKS)


def _worth(belief: Belief, priced: Mapping[str, Priced], card: ModelCard, price: float) -> float:
    cost = priced[card.name].cost
    return belief.quality - price * float(cost) if cost is not None else float("-inf")


def _cost(priced: Mapping[str, Priced], card: ModelCard) -> float:
    cost = priced[card.name].cost
    return float("inf") if cost is None else float(cost)
