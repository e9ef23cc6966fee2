"""What a price list answers: unit prices for one model at one time, and how far they are known."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from core.domain.model import PriceState
from core.domain.money import PriceSource, TokenClass, UnitPrice

NEEDED = frozenset({TokenClass.INPUT, TokenClass.OUTPUT})
"""A list that lacks one of these cannot price an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The prices of one model at one time, for one size of request.

    `prices` is None exactly where the state is unpriced; a free model has prices of zero, so that its tokens are
    charged like any others. `source` and `revision` name the list that decided; each unit price names its own.
    `per_hour` is USD for an hour of an own server that answers, charged beside the tokens.
    """

    prices: tuple[UnitPrice, ...] | None
    state: PriceState
    source: PriceSource | None = None
    revision: str = ""
    per_hour: Decimal | None = None

    @property
    def free(self) -> bool:
        """Tell whether the model was declared free."""
        return self.state is PriceState.FREE


class PriceList(Protocol):
    """A list that may know a model's prices."""

    def unit_prices(
        self, model: str, provider: str, *, at: datetime, input_tokens: int
    ) -> tuple[UnitPrice, ...] | None:
        """Give the unit prices at that time for a request of that many input tokens, or None where unknown."""
        ...


def complete(prices: tuple[UnitPrice, ...]) -> bool:
    """Tell whether both a prompt and an answer can be priced."""
    return {price.token_class for price in prices} >= NEEDED


def bare_name(model: str, provider: str) -> str:
    """Give a model's name without its provider in front: `openai/gpt-4o-mini` is `gpt-4o-mini` at OpenAI."""
    head, slash, rest = model.partition("/")
    return rest if slash and head == provider else model
