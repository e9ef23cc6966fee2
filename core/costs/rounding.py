"""Figures as a page shows them: rounded, and still adding up to the total that stands beside them."""

from collections.abc import Hashable, Mapping, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import TypeVar

from core.costs.ledger import EXACT, ZERO

CENT = Decimal("0.01")
Name = TypeVar("Name", bound=Hashable)


def rounded_parts(
    parts: Sequence[Decimal], *, step: Decimal = CENT, total: Decimal | None = None
) -> tuple[Decimal, ...]:
    """Round parts of a sum so that they add up to the rounded sum, each within one step of its own value.

    Largest remainder (Hamilton's method): all are rounded down, and the steps that are missing go to those that lost
    most; among equals to the first. `total` is what is shown as the sum instead, in whole steps: the difference of two
    rounded sums may be a step off the rounded difference.
    """
    if not parts:
        return ()
    whole = [EXACT.multiply(EXACT.divide(part, step).to_integral_value(ROUND_FLOOR), step) for part in parts]
    shown = rounded(sum(parts, ZERO), step=step) if total is None else total
    missing = int(EXACT.divide(shown - sum(whole, ZERO), step))
    lost = sorted(range(len(parts)), key=lambda place: whole[place] - parts[place])
    order = lost if missing > 0 else lost[::-1]
    for turn in range(abs(missing)):
        whole[order[turn % len(order)]] += step if missing > 0 else -step
    return tuple(whole)


def rounded_shares(parts: Mapping[Name, Decimal], *, step: Decimal = CENT) -> dict[Name, Decimal]:
    """Round the values of a mapping so that they add up to their rounded sum."""
    return dict(zip(parts, rounded_parts(tuple(parts.values()), step=step), strict=True))


def rounded(amount: Decimal, *, step: Decimal = CENT) -> Decimal:
    """Round one sum to whole steps, half to even."""
    return EXACT.multiply(EXACT.divide(amount, step).to_integral_value(ROUND_HALF_EVEN), step)
