"""Which models Auto chooses among where a provider brings hundreds: those that somebody here has asked or judged.

Nobody wants a stranger's dearest model because its price suggests quality, nor a receipt of three hundred lines.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from core.domain.model import ModelCard

MOST: Final = 24
"""Models that a route weighs at most; with no more connected than this, all of them."""

FEWEST: Final = 6
"""Where fewer were asked here, others come in up to this many: inside ones first, then by price."""

DEAREST_SHARE: Final = 0.75
"""A model that nobody asked for is not taken from the dearest quarter of the prices."""

Asked = Callable[[], Mapping[str, int]]
"""Gives how often each model was asked here, by name."""


def pool(cards: Sequence[ModelCard], asked: Mapping[str, int]) -> tuple[ModelCard, ...]:
    """Give the models to choose among, in the order of `cards`."""
    if len(cards) <= MOST:
        return tuple(cards)
    often = sorted((card for card in cards if asked.get(card.name)), key=lambda card: (-asked[card.name], card.name))
    chosen = often[:MOST]
    for more in (_inside(cards), _fair(cards)):
        missing = FEWEST - len(chosen)
        if missing > 0:
            chosen += [card for card in more if card not in chosen][:missing]
    names = {card.name for card in chosen or cards[:FEWEST]}
    return tuple(card for card in cards if card.name in names)


def _inside(cards: Sequence[ModelCard]) -> list[ModelCard]:
    return [card for card in cards if card.place.inside]


def _fair(cards: Sequence[ModelCard]) -> list[ModelCard]:
    """Give the models with a price, without the dearest quarter, from the dearest of the rest on in even steps."""
    priced = sorted(
        (card for card in cards if card.output_price), key=lambda card: (card.output_price or 0, card.name)
    )[: max(1, round(DEAREST_SHARE * sum(1 for card in cards if card.output_price)))]
    step = max(1, len(priced) // FEWEST)
    return priced[::-1][::step]
