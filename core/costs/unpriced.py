"""Models that were used while no price of them was known: counted and listed, never as $0."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.money import CostState
from core.store.daily_costs import CALLS, day_number
from core.store.run_reads import label_of


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpricedUse:
    """Attempts of one model that used tokens and have no price."""

    model: str
    label: str
    provider: str
    attempts: int
    tokens: int


def unpriced_use(connection: Connection, first: date, last: date) -> tuple[UnpricedUse, ...]:
    """Give the models used without a price from `first` to `last` (UTC, both in), the most used first."""
    tokens = sa.func.sum(CALLS.c.input_tokens + CALLS.c.output_tokens)
    rows = connection.execute(
        sa.select(CALLS.c.model, CALLS.c.provider, sa.func.sum(CALLS.c.used).label("used"), tokens.label("tokens"))
        .where(
            CALLS.c.cost_state == CostState.UNPRICED, CALLS.c.used > 0,
            CALLS.c.day >= day_number(first), CALLS.c.day <= day_number(last),
        )
        .group_by(CALLS.c.model, CALLS.c.provider)
        .order_by(tokens.desc(), CALLS.c.model)
    )  # fmt: skip
    return tuple(
        UnpricedUse(
            model=row.model,
            label=label_of(row.model),
            provider=row.provider,
            attempts=int(row.used),
            tokens=int(row.tokens),
        )
        for row in rows
    )
