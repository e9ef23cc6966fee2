"""Refusing a run that a hard limit leaves no room for: which calls are not made, and what can still be asked."""

from collections.abc import Sequence
from decimal import Decimal

from core.costs.budget import BudgetRecord, Need, Then
from core.costs.ledger import ZERO
from core.errors import BudgetReached


def refuse_unpriced(budget: BudgetRecord, needs: Sequence[Need]) -> None:
    """Raise BudgetReached where a call that the budget counts has no known price."""
    unknown = [need for need in _counted(budget, needs) if need.each is None]
    if unknown:
        raise _reached(
            budget,
            f"{_sentence(budget)} cannot hold for {', '.join(need.card.label for need in unknown)}: no price is known.",
            needs,
            next_step="Enter a price under Costs, Prices, or choose other models.",
        )


def refuse_over(
    budget: BudgetRecord, stop_at: Decimal, needs: Sequence[Need], *, used: tuple[Decimal, Decimal]
) -> None:
    """Raise BudgetReached where the worst case of the calls is more than is left after `used` (spent, held; USD)."""
    counted = _counted(budget, needs)
    worst = sum((need.whole for need in counted), ZERO)
    left = stop_at - used[0] - used[1]
    if not counted or (worst <= left and (worst or left > 0)):
        return
    inside = " Models on this machine or our network may still be asked." if budget.then is Then.INSIDE else ""
    raise _reached(
        budget,
        f"{_sentence(budget)} leaves {_dollars(max(left, ZERO))} of {_dollars(stop_at)}, "
        f"and this run could cost {_dollars(worst)}.",
        needs,
        next_step=f"Choose cheaper models, fewer shots or shorter answers, or change the budget.{inside}",
    )


def _dollars(amount: Decimal) -> str:
    return f"${amount:,.2f}" if not amount or amount >= 1 else f"${amount:.4f}"


def _counted(budget: BudgetRecord, needs: Sequence[Need]) -> list[Need]:
    """Give the calls that the budget speaks of: all, or those outside."""
    return [need for need in needs if budget.then is Then.STOP or not need.card.place.inside]


def _sentence(budget: BudgetRecord) -> str:
    return budget.label[0].upper() + budget.label[1:]


def _reached(budget: BudgetRecord, message: str, needs: Sequence[Need], *, next_step: str) -> BudgetReached:
    calls = tuple(need.words for need in needs)
    inside = budget.then is Then.INSIDE
    return BudgetReached(
        f"{message} Nothing was sent: {', '.join(calls)}.",
        next_step=next_step,
        calls=calls,
        budget=budget.id,
        inside=tuple(need.card.name for need in needs if need.card.place.inside) if inside else (),
        inside_only=inside,
    )
