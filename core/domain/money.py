"""Money: exact integers of pico-dollars where it is stored, Decimal dollars where it is computed.

A pico-dollar is 10⁻¹² USD. One place converts, rounding half to even once, so that sums in SQL are exact on every
database. No float ever holds money.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

PICO_PER_DOLLAR = 10**12
LARGEST_PICO = 2**63 - 1


class CostState(StrEnum):
    """How far a cost can be trusted; the four are never mixed up, and `pending` is none of them yet."""

    PENDING = "pending"
    PRICED = "priced"
    FREE = "free"
    UNPRICED = "unpriced"
    ESTIMATED = "estimated"


class TokenClass(StrEnum):
    """What a charge is for: tokens, but `REQUEST` counts calls and `MACHINE_TIME` an own server's milliseconds."""

    INPUT = "input"
    CACHED_INPUT = "cached_input"
    CACHE_WRITE_5M = "cache_write_5m"
    CACHE_WRITE_1H = "cache_write_1h"
    OUTPUT = "output"
    REASONING = "reasoning"
    REQUEST = "request"
    MACHINE_TIME = "machine_time"


class PriceSource(StrEnum):
    """Who says what a token costs, in the order in which they are asked."""

    OVERRIDE = "override"
    PROVIDER = "provider"
    GENAI_PRICES = "genai-prices"
    LITELLM = "litellm"
    SIMULATED = "simulated"
    DISCOUNT = "discount"
    DECLARED_FREE = "declared-free"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPrice:
    """USD for one unit (a token, or a call) of a class, with where the figure comes from."""

    token_class: TokenClass
    per_unit: Decimal
    source: PriceSource
    revision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What one attempt cost for one token class, with the unit price frozen at that time. `amount` is in USD."""

    token_class: TokenClass
    quantity: int
    unit_price: Decimal
    amount: Decimal
    source: PriceSource
    revision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """A sum in USD with its state. An unpriced cost has no amount; a free one is exactly zero."""

    state: CostState
    amount: Decimal | None


def to_pico(dollars: Decimal) -> int:
    """Give a sum of dollars in whole pico-dollars, rounded half to even.

    Raises OverflowError beyond 64 bits (about nine million dollars in one figure).
    """
    pico = int((dollars * PICO_PER_DOLLAR).to_integral_value(rounding=ROUND_HALF_EVEN))
    if abs(pico) > LARGEST_PICO:
        raise OverflowError(f"{dollars} USD does not fit a 64-bit count of pico-dollars")
    return pico


def from_pico(pico: int) -> Decimal:
    """Give whole pico-dollars as Decimal dollars, exactly."""
    return Decimal(pico).scaleb(-12)
