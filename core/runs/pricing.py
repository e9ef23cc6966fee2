"""What an attempt cost, from what is known of its end: counted tokens, or our own estimate of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from core.costs.ledger import charge, cost_of, machine_time, total
from core.domain.model import Place, PriceState
from core.domain.money import CostState, UnitPrice
from core.domain.usage import Usage
from core.runs.dispatch import provider_of
from core.store.shot_records import AttemptEnd

TokenCounter = Callable[[str, str], int]
"""Gives the estimated tokens of a text for a model."""


class Quoted(Protocol):
    """What is known of a model's price at one moment."""

    @property
    def prices(self) -> tuple[UnitPrice, ...] | None:
        """Unit prices by token class, or None where none is known."""

    @property
    def state(self) -> PriceState:
        """Priced, declared free, or unknown."""

    @property
    def per_hour(self) -> Decimal | None:
        """USD for an hour of the own server that answers, where somebody entered one."""

    @property
    def revision(self) -> str:
        """Which row or list says so."""


class PriceBook(Protocol):
    """Who knows what a token costs."""

    def quote(self, model: str, provider: str, place: Place, *, at: datetime, input_tokens: int = 0) -> Quoted:
        """Give the prices of a model at a time, for a request of that length."""
        ...


@dataclass(frozen=True, slots=True)
class Pricing:
    """Prices attempts while they stream and when they end."""

    book: PriceBook
    count: TokenCounter

    def so_far(self, model: str, place: Place, usage: Usage, *, at: datetime) -> Decimal | None:
        """Give the estimated USD of a running attempt, or None where no price is known."""
        quote = self.book.quote(model, provider_of(model), place, at=at, input_tokens=usage.input_tokens)
        if quote.state is PriceState.FREE:
            return Decimal(0)
        if quote.prices is None:
            return None
        return cost_of(usage, quote.prices).amount

    def settle(self, end: AttemptEnd, model: str, place: Place) -> AttemptEnd:
        """Give the attempt's end with its charges and cost state.

        A request that the provider turned down, or that never reached it, used nothing and costs exactly nothing.
        Where something may have been used but nobody counted, our estimate stands and says so.
        """
        usage = end.usage
        if not usage.input_tokens and not usage.output_tokens and usage.reported_cost is None:
            silent = end.http_status is None and end.error_kind not in NEVER_SENT
            state = CostState.ESTIMATED if silent and not end.usage_known else CostState.PRICED
            quote = self.book.quote(model, end.provider, place, at=end.finished_at)
            return replace(end, cost=Decimal(0), cost_state=CostState.FREE if quote.state is PriceState.FREE else state)
        quote = self.book.quote(model, end.provider, place, at=end.finished_at, input_tokens=usage.input_tokens)
        free = quote.state is PriceState.FREE
        cost = cost_of(usage, quote.prices, place_free=free)
        charges = () if cost.state is CostState.UNPRICED else charge(usage, quote.prices or ())
        if quote.per_hour and end.total_us and cost.amount is not None:
            charges = (*charges, machine_time(quote.per_hour, end.total_us, revision=quote.revision))
        return replace(end, cost=total(charges) if charges else cost.amount, cost_state=cost.state, charges=charges)


NEVER_SENT = frozenset({"unreachable", "missing_key", "unknown_model", "paused", "stays_inside"})
"""Kinds of failure after which the provider cannot have begun to work."""


def whole_state(states: list[CostState]) -> CostState:
    """Give the state of a sum: the least certain of its parts, where an unknown price outweighs all."""
    for state in (CostState.UNPRICED, CostState.ESTIMATED, CostState.PRICED, CostState.FREE):
        if state in states:
            return state
    return CostState.PENDING


def estimated_usage(*, input_tokens: int, output_tokens: int, thinking_tokens: int) -> Usage:
    """Give our own count of an attempt that nobody else counted; nothing received means nothing charged."""
    if not output_tokens:
        return Usage(estimated=True)
    return Usage(
        input_tokens=input_tokens, output_tokens=output_tokens, thinking_tokens=thinking_tokens, estimated=True
    )
