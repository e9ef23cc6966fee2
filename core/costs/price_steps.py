"""What a model's tokens were charged at over time, read from the sums by day: a price list's past, as it was used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal

import sqlalchemy as sa

from core.domain.money import CostState, TokenClass
from core.store.columns import Money
from core.store.daily_costs import COSTS, day_of_number
from core.store.database import Database

MILLION = 1_000_000
ROUNDED = Context(prec=4)
"""A day's sum over its tokens is the price but for the rounding of each charge, which four figures leave out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceStep:
    """From this UTC day on a token class was charged at so many USD per million tokens."""

    day: date
    token_class: TokenClass
    per_million: Decimal


def price_steps(
    database: Database, model: str, classes: Sequence[TokenClass] = (TokenClass.INPUT, TokenClass.OUTPUT)
) -> tuple[PriceStep, ...]:
    """Give every day on which the price of a token class was another than before, oldest first.

    A day on which the price changed shows the mixture of both. Days on which nothing was charged leave no trace.
    """
    amount, quantity = sa.func.sum(COSTS.c.amount, type_=Money), sa.func.sum(COSTS.c.quantity)
    asked = (
        sa.select(COSTS.c.day, COSTS.c.token_class, amount.label("amount"), quantity.label("quantity"))
        .where(COSTS.c.model == model, COSTS.c.cost_state.in_((CostState.PRICED, CostState.ESTIMATED)))
        .group_by(COSTS.c.day, COSTS.c.token_class)
        .order_by(COSTS.c.day)
    )
    found: list[PriceStep] = []
    last: dict[str, Decimal] = {}
    with database.read() as connection:
        for row in connection.execute(asked):
            if row.token_class not in classes or not row.quantity:
                continue
            price = ROUNDED.create_decimal(row.amount * MILLION / int(row.quantity))
            if last.get(row.token_class) != price:
                found.append(
                    PriceStep(day=day_of_number(row.day), token_class=TokenClass(row.token_class), per_million=price)
                )
            last[row.token_class] = price
    return tuple(found)
