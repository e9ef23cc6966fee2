"""What a token costs today and who says so, for the Prices tab; and what a period would cost at today's prices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from core.costs.ledger import EXACT, PICO_DOLLAR, ZERO
from core.costs.prices import Prices
from core.domain.model import ModelCard, Place, PriceState
from core.domain.money import PriceSource, UnitPrice


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """The price of one model for one token class. `per_unit` is USD; None where no price is known.

    `valid_from` is known of prices the team entered; a list gives its revision instead.
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


def price_rows(prices: Prices, cards: Sequence[ModelCard], *, at: datetime) -> tuple[PriceRow, ...]:
    """Give every model's prices at a time; a model without a price is one row that says so."""
    rows: list[PriceRow] = []
    for card in cards:
        quote = prices.quote(card.name, card.provider, card.place, at=at)
        since = prices.overrides.since(card.name, at=at)
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
                valid_from=since.get(price.token_class) if price and price.source is PriceSource.OVERRIDE else None,
            )
            for price in quote.prices or (None,)
        ]
    return tuple(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repriced:
    """A period at other prices, USD. `unchanged` is the part of `amount` that kept its price, for none is known now."""

    as_run: Decimal
    amount: Decimal
    unchanged: Decimal
    by_model: Mapping[str, Decimal]


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
    today: dict[str, Mapping[str, UnitPrice]] = {}
    by_model: dict[str, Decimal] = {}
    as_run = unchanged = ZERO
    for _, provider, model, token_class, quantity, amount in rows:
        if model not in today:
            quote = prices.quote(model, provider, places.get(model, Place.CLOUD), at=at)
            today[model] = {price.token_class.value: price for price in quote.prices or ()}
        price = today[model].get(token_class)
        now = amount if price is None else EXACT.quantize(price.per_unit * quantity, PICO_DOLLAR)
        as_run += amount
        unchanged += amount if price is None else ZERO
        by_model[model] = by_model.get(model, ZERO) + now
    return Repriced(as_run=as_run, amount=sum(by_model.values(), ZERO), unchanged=unchanged, by_model=by_model)
