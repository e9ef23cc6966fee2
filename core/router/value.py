"""The last rule: of the models that may be asked, the best quality minus what it costs; when to ask two, to learn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.domain.model import ModelCard
from core.router.reading import Belief, Reading

ENOUGH_SIMILAR = 5
"""Similar judged runs below which nothing is routed away from the best single model."""


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
    reading: Reading, cards: Sequence[ModelCard], priced: Mapping[str, Priced], *, keep: float, prefer_cheaper: bool,
    by_value: bool = True,
) -> Valued:  # fmt: skip
    """Order the models: by quality − λ · cost with enough evidence, else by quality; ties to the cheaper.

    Where a budget asks for cheaper models, those that keep `keep` of the best quality stand cheapest first. Without
    `by_value` cost plays no part.
    """
    beliefs = reading.models
    by_quality = sorted(cards, key=lambda card: (-beliefs[card.name].quality, _cost(priced, card), card.name))
    best = by_quality[0]
    enough = reading.similar >= ENOUGH_SIMILAR and reading.ready
    if not by_value or (not enough and not prefer_cheaper):
        return Valued(order=tuple(card.name for card in by_quality), best=best.name, enough=False)
    if prefer_cheaper or reading.price is None:
        floor = keep * beliefs[best.name].quality
        near = [card for card in by_quality if beliefs[card.name].quality >= floor]
        near.sort(key=lambda card: (_cost(priced, card), -beliefs[card.name].quality))
        order = near + [card for card in by_quality if card not in near]
    else:
        price = reading.price
        order = sorted(cards, key=lambda card: (-_worth(beliefs[card.name], priced, card, price), _cost(priced, card)))
    return Valued(order=tuple(card.name for card in order), best=best.name, enough=enough)


def to_learn(
    best: str, cards: Sequence[ModelCard], beliefs: Mapping[str, Belief], priced: Mapping[str, Priced]
) -> str | None:
    """Give the model to ask beside the best one: of those that cost less, the one that could be best; None without."""
    most = priced[best].cost
    cheaper = [card for card in cards if card.name != best and (most is None or _cost(priced, card) < float(most))]
    if not cheaper:
        return None
    return max(cheaper, key=lambda card: (beliefs[card.name].high, -_cost(priced, card), card.name)).name


def _worth(belief: Belief, priced: Mapping[str, Priced], card: ModelCard, price: float) -> float:
    cost = priced[card.name].cost
    return belief.quality - price * float(cost) if cost is not None else float("-inf")


def _cost(priced: Mapping[str, Priced], card: ModelCard) -> float:
    cost = priced[card.name].cost
    return float("inf") if cost is None else float(cost)
