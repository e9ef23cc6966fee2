"""Reads budgets and how they stand: what was spent and what is held, in one statement.

So a shot that settles meanwhile is seen once, never twice and never not at all.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.costs.budget import BudgetRecord, BudgetScope, Ended, Period, Standing, Then, period_start
from core.costs.ledger import ZERO
from core.costs.sums import NAMED
from core.store import reservations, tables
from core.store.columns import Money
from core.store.daily_costs import CALLS, TAGS, day_number
from core.store.database import table

BUDGET, RUN, RUN_TAG, ATTEMPT = (table(each) for each in (tables.Budget, tables.Run, tables.RunTag, tables.Attempt))
HELD = reservations.RESERVATION
Keys = set[tuple[BudgetScope, int]]


def known(connection: Connection, scope: BudgetScope, name: str) -> int | None:
    """Give the key of a person, team, project or tag, None where there is none of that name."""
    source = NAMED[scope.value]
    return connection.execute(sa.select(source.c.id).where(source.c.name == " ".join(name.split()))).scalar()


def keys_of(connection: Connection, *, person: str, team: str, project: str, tags: Sequence[str]) -> Keys:
    """Give the keys of the budgets that a run booked so would meet, but for the one for everything."""
    wanted = (
        (BudgetScope.PERSON, person), (BudgetScope.TEAM, team), (BudgetScope.PROJECT, project),
        *((BudgetScope.TAG, tag) for tag in tags),
    )  # fmt: skip
    found = ((scope, known(connection, scope, name)) for scope, name in wanted if name)
    return {(scope, key) for scope, key in found if key}


def keys_of_run(connection: Connection, run_id: int) -> Keys:
    """Give the same of a run that is written."""
    run = connection.execute(
        sa.select(RUN.c.person_id, RUN.c.team_id, RUN.c.project_id).where(RUN.c.id == run_id)
    ).one()
    tags = connection.execute(sa.select(RUN_TAG.c.tag_id).where(RUN_TAG.c.run_id == run_id)).scalars()
    booked = (
        (BudgetScope.PERSON, run.person_id), (BudgetScope.TEAM, run.team_id), (BudgetScope.PROJECT, run.project_id),
        *((BudgetScope.TAG, tag) for tag in tags),
    )  # fmt: skip
    return {(scope, key) for scope, key in booked if key}


def active(connection: Connection) -> list[BudgetRecord]:
    """Give every budget that counts, oldest first."""
    return _records(connection, sa.select(BUDGET).where(BUDGET.c.undone_at.is_(None)).order_by(BUDGET.c.id))


def one(connection: Connection, budget_id: int) -> BudgetRecord | None:
    """Give one budget, whether it counts or has ended."""
    found = _records(connection, sa.select(BUDGET).where(BUDGET.c.id == budget_id))
    return found[0] if found else None


def ended(connection: Connection, limit: int) -> tuple[Ended, ...]:
    """Give the budgets that ended last, the newest first."""
    query = (
        sa.select(BUDGET)
        .where(BUDGET.c.undone_at.is_not(None))
        .order_by(BUDGET.c.undone_at.desc(), BUDGET.c.id.desc())
        .limit(limit)
    )
    rows = {row.id: row for row in connection.execute(query)}
    return tuple(
        Ended(budget=record, at=rows[record.id].undone_at, by=rows[record.id].undone_by)
        for record in _records(connection, query)
    )


def applying(connection: Connection, keys: Keys, *, lock: bool = False) -> list[BudgetRecord]:
    """Give the budgets that a run meets, by key; with `lock` nobody else may reserve against them meanwhile."""
    mine = [sa.and_(BUDGET.c.scope == scope, BUDGET.c.scope_id == key) for scope, key in sorted(keys)]
    query = (
        sa.select(BUDGET)
        .where(BUDGET.c.undone_at.is_(None), sa.or_(BUDGET.c.scope == BudgetScope.EVERYTHING, *mine))
        .order_by(BUDGET.c.id)
    )
    return _records(connection, query.with_for_update() if lock else query)


def standing(connection: Connection, budget: BudgetRecord, now: datetime) -> Standing:
    """Give how a budget stands; of one for a run nothing is ever spent."""
    spent, held = (ZERO, ZERO) if budget.period is Period.RUN else used(connection, budget, now)
    return Standing(budget=budget, spent=spent, held=held)


def used(
    connection: Connection, budget: BudgetRecord, now: datetime, *, run_id: int | None = None
) -> tuple[Decimal, Decimal]:
    """Give what was spent in the budget's period and what is held against it, in one statement."""
    if budget.period is Period.RUN:
        spent: sa.ScalarSelect[Any] = (
            sa.select(sa.func.sum(ATTEMPT.c.cost, type_=Money)).where(ATTEMPT.c.run_id == run_id).scalar_subquery()
        )
        held = reservations.held_sum(HELD.c.run_id == run_id, now=now)
    else:
        first = day_number(period_start(budget.period, now))
        counted: sa.ColumnElement[bool]
        theirs: sa.ColumnElement[bool]
        if budget.scope is BudgetScope.TAG:
            tagged = sa.select(RUN_TAG.c.run_id).where(RUN_TAG.c.tag_id == budget.scope_id)
            counted, theirs = TAGS.c.tag_id == budget.scope_id, HELD.c.run_id.in_(tagged)
        elif budget.scope is BudgetScope.EVERYTHING:
            counted, theirs = sa.true(), sa.true()
        else:
            name = f"{budget.scope}_id"
            counted, theirs = CALLS.c[name] == budget.scope_id, HELD.c[name] == budget.scope_id
        source = TAGS if budget.scope is BudgetScope.TAG else CALLS
        spent = (
            sa.select(sa.func.sum(source.c.amount, type_=Money)).where(source.c.day >= first, counted).scalar_subquery()
        )
        held = reservations.held_sum(theirs, now=now)
    row = connection.execute(sa.select(spent.label("spent"), held.label("held"))).one()
    return row.spent or ZERO, row.held or ZERO


def _records(connection: Connection, query: sa.Select[Any]) -> list[BudgetRecord]:
    return [
        BudgetRecord(
            id=row.id,
            scope=BudgetScope(row.scope),
            scope_id=row.scope_id,
            name=_name(connection, row),
            period=Period(row.period),
            warn_at=row.warn_at,
            stop_at=row.stop_at,
            then=Then(row.then),
            created_at=row.created_at,
            created_by=row.created_by,
        )
        for row in connection.execute(query).all()
    ]


def _name(connection: Connection, row: Any) -> str:
    if row.scope == BudgetScope.EVERYTHING:
        return ""
    source = NAMED[row.scope]
    return str(connection.execute(sa.select(source.c.name).where(source.c.id == row.scope_id)).scalar() or "")
