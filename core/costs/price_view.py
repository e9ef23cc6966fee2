"""What a token costs today and who says so, for the Prices tab; and what a period would cost at today's prices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from core.costs.genai_list import GenaiPrices
from core.costs.ledger import EXACT, MILLISECONDS_AN_HOUR, PICO_DOLLAR, ZERO
from core.costs.price_check import Disagreement, disagreements
from core.costs.prices import Prices
from core.costs.quote import Quote
from core.costs.sums import class_days
from core.costs.unpriced import UnpricedUse, unpriced_use
from core.domain.model import ModelCard, Place, PriceState
from core.domain.money import PriceSource, TokenClass, UnitPrice
from core.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """The price of one model for one token class. `per_unit` is USD; None where no price is known.

    `valid_from` is known of prices the team entered, of discounts, and where a list tells of a change; else None, and
    the revision of the list stands alone. `per_hour` is USD for an hour of an own server.
    """

    model: str
    label: str
    provider: str
    place: Place
    state: PriceState
    token_class: str
    per_unit: Decimal | None
    source: PriceSource | None
    revision: str
    valid_from: datetime | None
    per_hour: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repriced:
    """A period at other prices, USD. `unchanged` is the part of `amount` that kept its price, for none is known now."""

    as_run: Decimal
    amount: Decimal
    unchanged: Decimal
    by_model: Mapping[str, Decimal]
    as_run_by_model: Mapping[str, Decimal]


class PriceView:
    """What the Prices tab of one workspace reads. Raises StoreError and its kinds."""

    def __init__(self, database: Database, prices: Prices) -> None:
        """Keep where to ask."""
        self._database = database
        self._prices = prices

    def rows(self, cards: Sequence[ModelCard], *, at: datetime) -> tuple[PriceRow, ...]:
        """Give every model's prices at a time; a model without a price is one row that says so."""
        return price_rows(self._prices, cards, at=at)

    def at_todays_prices(self, first: date, last: date, cards: Sequence[ModelCard], *, at: datetime) -> Repriced:
        """Give what the days from `first` to `last` (UTC, both in) cost, and would cost at the prices of `at`."""
        with self._database.read() as connection:
            rows = class_days(connection, first, last)
        return repriced(rows, self._prices, places={card.name: card.place for card in cards}, at=at)

    def unpriced(self, first: date, last: date) -> tuple[UnpricedUse, ...]:
        """Give the models that were used from `first` to `last` without a known price, the most used first."""
        with self._database.read() as connection:
            return unpriced_use(connection, first, last)

    def check(self, cards: Sequence[ModelCard], *, at: datetime) -> tuple[Disagreement, ...]:
        """Give where the two price lists disagree on models outside; takes a moment, for both lists are read whole."""
        return disagreements(cards, at=at)


def price_rows(prices: Prices, cards: Sequence[ModelCard], *, at: datetime) -> tuple[PriceRow, ...]:
    """Give every model's prices at a time; a model without a price is one row that says so."""
    rows: list[PriceRow] = []
    for card in cards:
        quote = prices.quote(card.name, card.provider, card.place, at=at)
        rows += [
            PriceRow(
                model=card.name,
                label=card.label,
                provider=card.provider,
                place=card.place,
                state=quote.state,
                token_class=price.token_class.value if price else "",
                per_unit=price.per_unit if price else None,
                source=price.source if price else None,
                revision=price.revision if price else "",
                valid_from=_since(prices, card, price, at) if price else None,
                per_hour=quote.per_hour,
            )
            for price in quote.prices or (None,)
        ]
    return tuple(rows)


def repriced(
    rows: Sequence[tuple[date, str, str, str, int, Decimal]],
    prices: Prices,
    *,
    places: Mapping[str, Place],
    at: datetime,
) -> Repriced:
    """Price past usage, given as (day, provider, model, token class, quantity, USD), as a usual request costs at `at`.

    Tiers and times of day are those of a usual request then: the sums by day no longer know each request's size.
    """
    today: dict[str, Mapping[str, Decimal]] = {}
    by_model: dict[str, Decimal] = {}
    as_run: dict[str, Decimal] = {}
    unchanged = ZERO
    for _, provider, model, token_class, quantity, amount in rows:
        if model not in today:
            today[model] = _rates(prices.quote(model, provider, places.get(model, Place.CLOUD), at=at))
        rate = today[model].get(token_class)
        now = amount if rate is None else EXACT.quantize(rate * quantity, PICO_DOLLAR)
        unchanged += amount if rate is None else ZERO
        as_run[model] = as_run.get(model, ZERO) + amount
        by_model[model] = by_model.get(model, ZERO) + now
    return Repriced(
        as_run=sum(as_run.values(), ZERO),
        amount=sum(by_model.values(), ZERO),
        unchanged=unchanged,
        by_model=by_model,
        as_run_by_model=as_run,
    )


def _rates(quote: Quote) -> dict[str, Decimal]:
    rates = {price.token_class.value: price.per_unit for price in quote.prices or ()}
    if quote.prices is not None:
        an_hour = quote.per_hour or ZERO
        rates[TokenClass.MACHINE_TIME] = EXACT.divide(an_hour, Decimal(MILLISECONDS_AN_HOUR))
    return rates


def _since(prices: Prices, card: ModelCard, price: UnitPrice, at: datetime) -> datetime | None:
    """Give from when a price holds, as far as anybody knows."""
    if price.source is PriceSource.OVERRIDE:
        server = prices.servers.holding(card.name, at=at)
        entered = prices.overrides.since(card.name, at=at).get(price.token_class)
        return entered or (server.valid_from if server else None)
    if price.source is PriceSource.DISCOUNT:
        holding = [each for each in prices.discounts.all() if each.provider == card.provider and each.holds(at)]
        return holding[-1].valid_from if holding else None
    if price.source is PriceSource.GENAI_PRICES:
        day = GenaiPrices().since(card.name, card.provider, at=at)
        return None if day is None else datetime.combine(day, time(), UTC)
    return None
