"""What was not spent: the same tokens on a named baseline model. A counterfactual, never booked and never added up.

Nobody knows what the baseline would have answered. Two readings bound it: it would have used exactly the same tokens,
or its answers would have been as long as its own usually are. The saving is the range between the two.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from core.costs.ledger import EXACT, PICO_DOLLAR, ZERO
from core.domain.money import TokenClass

LONGER_AT_MOST = Decimal(4)
"""Mean lengths of few answers may differ wildly; beyond four times longer or shorter nothing is claimed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What was asked of one model instead of the baseline: tokens by class, and what they cost in USD."""

    model: str
    answers: int
    tokens: Mapping[TokenClass, int]
    cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The model it is compared with: USD by token for each class, and output tokens of its usual answer (or None)."""

    model: str
    unit_prices: Mapping[TokenClass, Decimal]
    usual_output: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """What the baseline would have cost more, USD; negative where it would have been cheaper. An estimate.

    `same_tokens` is the plain counterfactual; `low` to `high` span it and the one with the baseline's own length.
    """

    baseline: str
    low: Decimal
    high: Decimal
    same_tokens: Decimal
    actual: Decimal
    answers: int


INPUTS = (TokenClass.INPUT, TokenClass.CACHED_INPUT, TokenClass.CACHE_WRITE_5M, TokenClass.CACHE_WRITE_1H)
OUTPUTS = (TokenClass.OUTPUT, TokenClass.REASONING)


def saving(used: Iterable[Used], baseline: Baseline) -> Saving | None:
    """Compare what was used with the baseline; None where the baseline has no price or nothing was used.

    Cached tokens count as plain input on the baseline: what another model had in its cache says nothing of it.
    What the baseline itself answered changes nothing and is left out.
    """
    if not {TokenClass.INPUT, TokenClass.OUTPUT} <= set(baseline.unit_prices):
        return None
    actual = same = own = ZERO
    answers = 0
    for each in used:
        if each.model == baseline.model or not each.answers:
            continue
        sent = sum(each.tokens.get(token_class, 0) for token_class in INPUTS)
        written = sum(each.tokens.get(token_class, 0) for token_class in OUTPUTS)
        same += _cost(baseline, Decimal(sent), Decimal(written))
        own += _cost(baseline, Decimal(sent), written * _longer(baseline, written, each.answers))
        actual += each.cost
        answers += each.answers
    if not answers:
        return None
    low, high = sorted((same - actual, own - actual))
    return Saving(
        baseline=baseline.model,
        low=_pico(low),
        high=_pico(high),
        same_tokens=_pico(same - actual),
        actual=actual,
        answers=answers,
    )


def _longer(baseline: Baseline, written: int, answers: int) -> Decimal:
    if not baseline.usual_output or not written:
        return Decimal(1)
    ratio = EXACT.divide(baseline.usual_output * answers, Decimal(written))
    return min(max(ratio, 1 / LONGER_AT_MOST), LONGER_AT_MOST)


def _cost(baseline: Baseline, sent: Decimal, written: Decimal) -> Decimal:
    return sent * baseline.unit_prices[TokenClass.INPUT] + written * baseline.unit_prices[TokenClass.OUTPUT]


def _pico(amount: Decimal) -> Decimal:
    return EXACT.quantize(amount, PICO_DOLLAR)
