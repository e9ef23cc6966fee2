"""What answers on own machines saved in a month against a baseline, priced as was paid in that month."""

from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.costs import sums
from core.costs.ledger import ZERO
from core.costs.month import Month
from core.costs.savings import INPUTS, OUTPUTS, Baseline, Saving, Used, saving
from core.costs.sums import Group, Scope
from core.domain.model import Place
from core.domain.money import CostState, TokenClass
from core.store.daily_costs import COSTS, day_number


def own_machines(connection: Connection, month: Month, scope: Scope, baseline: str) -> Saving | None:
    """Give the saving, None where it cannot be said: no baseline with a price, or one person's spending.

    `baseline` names a model, or is the one on which most was spent; sums by token class know no person.
    """
    if scope.person is not None:
        return None
    rows = connection.execute(
        sa.select(
            COSTS.c.model, COSTS.c.place, COSTS.c.token_class,
            sa.func.sum(COSTS.c.quantity).label("quantity"),
            sa.func.sum(COSTS.c.amount, type_=COSTS.c.amount.type).label("amount"),
        )
        .where(
            COSTS.c.day >= day_number(month.first), COSTS.c.day <= day_number(month.last),
            COSTS.c.cost_state.in_((CostState.PRICED, CostState.FREE)), *scope.conditions(COSTS),
        )
        .group_by(COSTS.c.model, COSTS.c.place, COSTS.c.token_class)
    ).all()  # fmt: skip
    found = sums.by_group(connection, month.first, month.last, by=Group.MODEL, scope=scope)
    answers = {row.key: row.answers for row in found}
    outside = sorted({row.model for row in rows if row.place == Place.CLOUD})
    prices = {
        model: {
            TokenClass(row.token_class): row.amount / int(row.quantity)
            for row in rows
            if row.model == model and row.quantity
        }
        for model in outside
    }
    whole = [model for model in outside if {TokenClass.INPUT, TokenClass.OUTPUT} <= set(prices[model])]
    spent = {model: sum((row.amount for row in rows if row.model == model), ZERO) for model in whole}
    named = baseline or max(whole, key=lambda model: spent[model], default="")
    if named not in whole:
        return None
    written = sum(int(row.quantity) for row in rows if row.model == named and row.token_class in OUTPUTS)
    inside = {row.model for row in rows if row.place != Place.CLOUD}
    return saving(
        [
            Used(
                model=model,
                answers=answers.get(model, 0),
                tokens={
                    TokenClass(row.token_class): int(row.quantity)
                    for row in rows
                    if row.model == model and row.token_class in (*INPUTS, *OUTPUTS)
                },
                cost=sum((row.amount for row in rows if row.model == model), ZERO),
            )
            for model in sorted(inside)
        ],
        Baseline(
            model=named,
            unit_prices=prices[named],
            usual_output=Decimal(written) / answers[named] if answers.get(named) else None,
        ),
    )
