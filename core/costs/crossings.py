"""Budgets whose warning or stop was passed just now: noticed by the transaction whose charges passed it, and told once.

Only where somebody takes events: a page says how a budget stands by itself.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.costs import budget_reads
from core.costs.budget import BudgetRecord, BudgetScope, Period, period_start
from core.domain.event import Event, EventKind
from core.store import tables
from core.store.daily_costs import day_number
from core.store.database import table
from core.store.upsert import insert_or_leave

CROSSING = table(tables.BudgetCrossing)
WARNING, STOP = "warning", "stop"


def crossed(connection: Connection, *, now: datetime) -> Iterator[Event]:
    """Give an event for each limit that is passed and was not yet in its period; each is noted, so it comes once."""
    budgets = [each for each in budget_reads.active(connection) if each.period is not Period.RUN]
    if not budgets:
        return
    first = min(day_number(period_start(each.period, now)) for each in budgets)
    known = {
        (row.budget_id, row.day, row.crossed)
        for row in connection.execute(sa.select(CROSSING).where(CROSSING.c.day >= first))
    }
    for budget in budgets:
        day = day_number(period_start(budget.period, now))
        open_limits = [(what, limit) for what, limit in _limits(budget) if (budget.id, day, what) not in known]
        if not open_limits:
            continue
        spent = budget_reads.standing(connection, budget, now).spent
        for what, limit in open_limits:
            row = {"budget_id": budget.id, "day": day, "crossed": what, "at": now}
            if spent >= limit and insert_or_leave(connection, CROSSING, row):
                yield _event(budget, what, limit, spent, now)


def _limits(budget: BudgetRecord) -> list[tuple[str, Decimal]]:
    return [(what, limit) for what, limit in ((WARNING, budget.warn_at), (STOP, budget.stop_at)) if limit is not None]


def _event(budget: BudgetRecord, what: str, limit: Decimal, spent: Decimal, now: datetime) -> Event:
    return Event(
        kind=EventKind.BUDGET_CROSSED,
        at=now,
        data={
            "budget": budget.id,
            "scope": budget.scope,
            "name": "" if budget.scope is BudgetScope.PERSON else budget.name,
            "period": budget.period,
            "crossed": what,
            "limit_usd": format(limit, "f"),
            "spent_usd": format(spent, "f"),
            "then": budget.then,
        },
    )
