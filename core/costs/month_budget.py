"""What a month was allowed to cost: the budget that held at its end, for the workspace or one of its parts."""

from datetime import UTC, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.costs.month import Month
from core.costs.sums import Scope
from core.store import tables
from core.store.database import table

BUDGET = table(tables.Budget)


def budget_of(connection: Connection, month: Month, scope: Scope) -> Decimal | None:
    """Give USD at which the month's budget stops (or warns, where it never stops); None where there is none.

    A scope of two parts at once, such as one person within one team, has no budget of its own.
    """
    parts = {"person": scope.person, "team": scope.team, "project": scope.project}
    named = {kind: key for kind, key in parts.items() if key is not None}
    if len(named) > 1 or 0 in named.values():
        return None
    kind, key = next(iter(named.items()), ("everything", 0))
    end = datetime(month.after.year, month.after.month, 1, tzinfo=UTC)
    row = connection.execute(
        sa.select(BUDGET.c.stop_at, BUDGET.c.warn_at)
        .where(
            BUDGET.c.scope == kind,
            BUDGET.c.scope_id == key,
            BUDGET.c.period == "month",
            BUDGET.c.created_at < end,
            sa.or_(BUDGET.c.undone_at.is_(None), BUDGET.c.undone_at >= end),
        )
        .order_by(BUDGET.c.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    limit: Decimal | None = row.stop_at if row.stop_at is not None else row.warn_at
    return limit
