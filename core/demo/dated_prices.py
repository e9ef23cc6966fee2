"""What a made-up model cost on a day of the demo's history: before its price cut, Swift was dearer."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from core.costs.ledger import ZERO
from core.costs.quote import Quote
from core.demo.story import Story
from core.domain.model import Place, PriceState
from core.domain.money import PriceSource, TokenClass, UnitPrice
from core.llm.simulated_models import ListPrice, simulated_model

FREE = Quote(
    prices=tuple(
        UnitPrice(token_class=token_class, per_unit=ZERO, source=PriceSource.DECLARED_FREE, revision="")
        for token_class in (TokenClass.INPUT, TokenClass.OUTPUT)
    ),
    state=PriceState.FREE,
    source=PriceSource.DECLARED_FREE,
)
UNPRICED = Quote(prices=None, state=PriceState.UNPRICED)


@dataclass(frozen=True, slots=True)
class DatedPrices:
    """The price list of the story. `unknown` is a model that had no price yet."""

    tale: Story
    unknown: str = ""

    def quote(self, model: str, provider: str, place: Place, *, at: datetime, input_tokens: int = 0) -> Quote:
        """Give the prices that held at that time."""
        if model == self.unknown:
            return UNPRICED
        known = simulated_model(model)
        price = known.price
        if known.earlier_price and not self.tale.swift_is_cheap(at):
            price = known.earlier_price
        return FREE if price is None else _priced(price)


@cache
def _priced(price: ListPrice) -> Quote:
    return Quote(
        prices=price.unit_prices(), state=PriceState.PRICED, source=PriceSource.SIMULATED, revision=price.revision
    )
