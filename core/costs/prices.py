"""What a token of a model costs at a time: the team's own price, else the lists in their order, else unknown."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from core.costs.discounts import Discounts, ServerPrices
from core.costs.genai_list import GenaiPrices
from core.costs.litellm_prices import LitellmPrices
from core.costs.overrides import Overrides
from core.costs.quote import PriceList, Quote, complete
from core.costs.simulated_list import SimulatedPrices
from core.domain.model import ModelCard, Place, PriceState
from core.domain.money import PriceSource, TokenClass, UnitPrice
from core.llm.simulated_models import PROVIDER
from core.store.database import Database

PER_MILLION = 1_000_000


class Prices:
    """Unit prices of one workspace.

    Asked in this order: the team's override for a token class; the simulated models' own list (for those alone);
    that a place inside is declared free, or costs so much an hour; genai-prices at the time; litellm's bundled map.
    A discount of the provider is taken off list prices, never off what the team entered.
    """

    def __init__(
        self,
        database: Database,
        *,
        simulated: PriceList | None = None,
        lists: Sequence[PriceList] | None = None,
    ) -> None:
        """Keep where to ask; nothing is read before the first quote."""
        self.overrides = Overrides(database)
        self.discounts = Discounts(database)
        self.servers = ServerPrices(database)
        self._simulated = simulated or SimulatedPrices()
        self._lists = (GenaiPrices(), LitellmPrices()) if lists is None else tuple(lists)

    def quote(self, model: str, provider: str, place: Place, *, at: datetime, input_tokens: int = 0) -> Quote:
        """Give the prices of a model for a request of that many input tokens at that time.

        Both matter: some models cost more above 100,000 or 200,000 tokens, or at certain hours. Ask again with the
        real count when an attempt is settled.
        """
        listed = self._listed(model, provider, place, at=at, input_tokens=input_tokens)
        if listed.state is PriceState.PRICED:
            listed = self.discounts.applied(listed, provider, at=at)
        entered = self.overrides.unit_prices(model, at=at)
        if not entered:
            return listed
        classes = {price.token_class for price in entered}
        prices = (*entered, *(price for price in listed.prices or () if price.token_class not in classes))
        if not complete(prices):
            return listed
        return Quote(prices=prices, state=PriceState.PRICED, source=PriceSource.OVERRIDE, revision=entered[-1].revision)

    def priced(self, card: ModelCard, *, at: datetime) -> ModelCard:
        """Give the card with its price state and USD per million tokens filled in, for a prompt of ordinary length."""
        quote = self.quote(card.name, card.provider, card.place, at=at)
        return replace(
            card,
            price_state=quote.state,
            input_price=_per_million(quote, TokenClass.INPUT),
            output_price=_per_million(quote, TokenClass.OUTPUT),
        )

    def _listed(self, model: str, provider: str, place: Place, *, at: datetime, input_tokens: int) -> Quote:
        if provider == PROVIDER:
            lists: Sequence[PriceList] = (self._simulated,)
        else:
            lists = () if place.inside else self._lists
        for each in lists:
            prices = each.unit_prices(model, provider, at=at, input_tokens=input_tokens)
            if prices:
                return Quote(
                    prices=prices, state=PriceState.PRICED, source=prices[0].source, revision=prices[0].revision
                )
        if not place.inside:
            return Quote(prices=None, state=PriceState.UNPRICED)
        hourly = self.servers.per_hour(model, at=at)
        if hourly is None:
            return _declared_free()
        return Quote(
            prices=tuple(
                UnitPrice(token_class=each, per_unit=Decimal(0), source=PriceSource.OVERRIDE, revision=hourly[1])
                for each in (TokenClass.INPUT, TokenClass.OUTPUT)
            ),
            state=PriceState.PRICED,
            source=PriceSource.OVERRIDE,
            revision=hourly[1],
            per_hour=hourly[0],
        )


def _declared_free() -> Quote:
    prices = tuple(
        UnitPrice(token_class=token_class, per_unit=Decimal(0), source=PriceSource.DECLARED_FREE, revision="")
        for token_class in (TokenClass.INPUT, TokenClass.OUTPUT)
    )
    return Quote(prices=prices, state=PriceState.FREE, source=PriceSource.DECLARED_FREE)


def _per_million(quote: Quote, token_class: TokenClass) -> Decimal | None:
    for price in quote.prices or ():
        if price.token_class is token_class:
            return (price.per_unit * PER_MILLION).normalize() + 0
    return None
