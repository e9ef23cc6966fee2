"""What an attempt cost: token counts times unit prices, exactly, and how far the sum can be trusted.

Everything here is pure. Counts arrive as supersets (input includes cached tokens, output includes thinking) and leave
as classes that never overlap, so that a token is charged once.
"""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal

from core.domain.money import Charge, Cost, CostState, PriceSource, TokenClass, UnitPrice
from core.domain.usage import Usage

ZERO = Decimal(0)
PICO_DOLLAR = Decimal(1).scaleb(-12)
UNIT_STEP = Decimal(1).scaleb(-18)
"""The finest unit price that can be stored: a pico-dollar per million tokens."""

LARGEST_UNIT = Decimal(9)
"""The highest unit price in USD that can be stored: a 64-bit count of such steps ends a little above it."""

MILLISECONDS_AN_HOUR = 3_600_000

EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)

STANDS_IN: Mapping[TokenClass, tuple[TokenClass, ...]] = {
    TokenClass.CACHED_INPUT: (TokenClass.INPUT,),
    TokenClass.CACHE_WRITE_5M: (TokenClass.INPUT,),
    TokenClass.CACHE_WRITE_1H: (TokenClass.CACHE_WRITE_5M, TokenClass.INPUT),
}
"""Whose price counts where a class has none of its own: providers without a cache price bill such tokens as input."""


def charge(usage: Usage, prices: Iterable[UnitPrice]) -> tuple[Charge, ...]:
    """Give one charge for each token class that was used, amounts in USD rounded once to a whole pico-dollar.

    A cost that the provider itself reported is one charge for the call. A fee for the call is charged only where
    something was used. Thinking tokens are output unless they have a price of their own. Raises LookupError when a
    used class has neither a price nor a stand-in.
    """
    if usage.reported_cost is not None:
        return (_reported(usage.reported_cost),)
    known = {price.token_class: price for price in prices}
    return tuple(
        _charge(token_class, quantity, _price(token_class, known))
        for token_class, quantity in quantities(usage, known).items()
        if quantity
    )


def quantities(usage: Usage, known: Iterable[TokenClass]) -> dict[TokenClass, int]:
    """Split the superset counts into classes that do not overlap; `known` are the classes with a price.

    Counts that contradict each other are read so that no token is counted twice and none is negative.
    """
    priced = frozenset(known)
    cached = min(usage.cached_input_tokens, usage.input_tokens)
    short_writes = min(usage.cache_write_5m_tokens, usage.input_tokens - cached)
    long_writes = min(usage.cache_write_1h_tokens, usage.input_tokens - cached - short_writes)
    thinking = min(usage.thinking_tokens, usage.output_tokens) if TokenClass.REASONING in priced else 0
    used = usage.input_tokens or usage.output_tokens
    return {
        TokenClass.INPUT: usage.input_tokens - cached - short_writes - long_writes,
        TokenClass.CACHED_INPUT: cached,
        TokenClass.CACHE_WRITE_5M: short_writes,
        TokenClass.CACHE_WRITE_1H: long_writes,
        TokenClass.OUTPUT: usage.output_tokens - thinking,
        TokenClass.REASONING: thinking,
        TokenClass.REQUEST: 1 if used and TokenClass.REQUEST in priced else 0,
    }


def cost_of(usage: Usage, prices: Iterable[UnitPrice] | None, *, place_free: bool = False) -> Cost:
    """Give the sum of an attempt with its state.

    `prices` is None where none is known; `place_free` says that the model was declared free. What the provider
    reported comes before both. A price list that lacks a class that was used counts as unpriced, never as $0.
    """
    if usage.reported_cost is not None:
        return Cost(state=CostState.PRICED, amount=_reported(usage.reported_cost).amount)
    if place_free:
        return Cost(state=CostState.FREE, amount=ZERO)
    if prices is None:
        return Cost(state=CostState.UNPRICED, amount=None)
    try:
        amount = total(charge(usage, prices))
    except LookupError:
        return Cost(state=CostState.UNPRICED, amount=None)
    return Cost(state=CostState.ESTIMATED if usage.estimated else CostState.PRICED, amount=amount)


def total(charges: Iterable[Charge]) -> Decimal:
    """Add up charges, exactly."""
    amount = ZERO
    for each in charges:
        amount = EXACT.add(amount, each.amount)
    return amount


def machine_time(per_hour: Decimal, microseconds: int, *, revision: str) -> Charge:
    """Give the charge for the time that an own server took, by the whole millisecond, at least one."""
    milliseconds = max(1, round(microseconds / 1000))
    price = UnitPrice(
        token_class=TokenClass.MACHINE_TIME,
        per_unit=EXACT.divide(per_hour, Decimal(MILLISECONDS_AN_HOUR)),
        source=PriceSource.OVERRIDE,
        revision=revision,
    )
    return _charge(TokenClass.MACHINE_TIME, milliseconds, price)


def live_cost(
    prices: Iterable[UnitPrice] | None, input_tokens: int, output_tokens: int, *, thinking_tokens: int = 0
) -> Decimal:
    """Give the USD that a stream has cost so far, by our own count; zero where no price is known.

    `output_tokens` includes the thinking ones, as they are billed too.
    """
    usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens, thinking_tokens=thinking_tokens)
    return cost_of(usage, prices).amount or ZERO


def _price(token_class: TokenClass, known: Mapping[TokenClass, UnitPrice]) -> UnitPrice:
    for candidate in (token_class, *STANDS_IN.get(token_class, ())):
        if candidate in known:
            return known[candidate]
    raise LookupError(f"no price for {token_class.value} tokens")


def _charge(token_class: TokenClass, quantity: int, price: UnitPrice) -> Charge:
    per_unit = EXACT.quantize(price.per_unit, UNIT_STEP)
    return Charge(
        token_class=token_class,
        quantity=quantity,
        unit_price=per_unit,
        amount=EXACT.quantize(EXACT.multiply(per_unit, Decimal(quantity)), PICO_DOLLAR),
        source=price.source,
        revision=price.revision,
    )


def _reported(amount: Decimal) -> Charge:
    rounded = EXACT.quantize(amount, PICO_DOLLAR)
    # A unit price beyond what a table holds is written as so many equal parts; the amount stays the provider's.
    parts = int(EXACT.divide_int(rounded, LARGEST_UNIT)) + 1
    return Charge(
        token_class=TokenClass.REQUEST,
        quantity=parts,
        unit_price=EXACT.quantize(EXACT.divide(rounded, Decimal(parts)), UNIT_STEP),
        amount=rounded,
        source=PriceSource.PROVIDER,
        revision="",
    )
