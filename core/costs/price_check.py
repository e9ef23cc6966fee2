"""Where the two price lists disagree on a model: one of them is behind, and a person has to look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.costs.genai_list import GenaiPrices
from core.costs.litellm_prices import LitellmPrices
from core.costs.quote import PriceList
from core.domain.model import ModelCard
from core.domain.money import TokenClass
from core.llm.simulated_models import PROVIDER


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One token class of a model for which the lists give different prices, USD for one unit.

    `used` is the first list's, which is charged unless the team entered its own; `other` is the second list's.
    """

    model: str
    label: str
    token_class: TokenClass
    used: Decimal
    other: Decimal

    @property
    def apart(self) -> float:
        """Give how far the other is from the one that is used, as a share of it: 0.25 is a quarter more."""
        return float(self.other / self.used - 1) if self.used else float("inf")


def disagreements(
    cards: Sequence[ModelCard], *, at: datetime, first: PriceList | None = None, second: PriceList | None = None
) -> tuple[Disagreement, ...]:
    """Give where two lists disagree at a time on models that are outside and in both, for an ordinary request."""
    lists = (first or GenaiPrices(), second or LitellmPrices())
    found = []
    for card in cards:
        if card.place.inside or card.provider == PROVIDER:
            continue
        one, two = (_by_class(each, card, at) for each in lists)
        found += [
            Disagreement(model=card.name, label=card.label, token_class=each, used=one[each], other=two[each])
            for each in TokenClass
            if each in one and each in two and one[each] != two[each]
        ]
    return tuple(found)


def _by_class(book: PriceList, card: ModelCard, at: datetime) -> dict[TokenClass, Decimal]:
    prices = book.unit_prices(card.name, card.provider, at=at, input_tokens=0)
    return {price.token_class: price.per_unit for price in prices or ()}
