"""The cells of a bridge for one person's spending, from the ledger itself: its sums by token class know no person."""

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.costs.bridge import Cell
from core.costs.sums import COLUMNS, Group, Scope, within
from core.store import tables
from core.store.columns import Money
from core.store.daily_costs import CALLS
from core.store.database import table

ATTEMPT, CHARGE, RUN = (table(each) for each in (tables.Attempt, tables.ChargeRow, tables.Run))
Key = tuple[str, str]


def cells_of_person(connection: Connection, first: date, last: date, *, scope: Scope) -> list[Cell]:
    """Give what each team spent on each model within a scope that names a person; the cells add up to the total."""
    team = CALLS.c[COLUMNS[Group.TEAM]]
    asked = connection.execute(
        sa.select(team.label("team"), CALLS.c.model, sa.func.sum(CALLS.c.answers).label("answers"))
        .where(*within(CALLS, first, last), *scope.conditions(CALLS))
        .group_by(team, CALLS.c.model)
    )
    answers: dict[Key, int] = {(str(row.team), row.model): int(row.answers) for row in asked}
    start, end = datetime.combine(first, time(), UTC), datetime.combine(last, time(), UTC) + timedelta(days=1)
    charged = connection.execute(
        sa.select(
            sa.func.coalesce(RUN.c.team_id, 0).label("team"),
            ATTEMPT.c.model,
            CHARGE.c.token_class,
            sa.func.sum(CHARGE.c.quantity).label("quantity"),
            sa.func.sum(CHARGE.c.amount, type_=Money).label("amount"),
        )
        .select_from(RUN.join(ATTEMPT, ATTEMPT.c.run_id == RUN.c.id).join(CHARGE, CHARGE.c.attempt_id == ATTEMPT.c.id))
        .where(*_booked(scope), ATTEMPT.c.started_at >= start, ATTEMPT.c.started_at < end)
        .group_by(RUN.c.team_id, ATTEMPT.c.model, CHARGE.c.token_class)
    ).all()
    tokens: dict[Key, dict[str, int]] = defaultdict(dict)
    amounts: dict[Key, dict[str, Decimal]] = defaultdict(dict)
    for row in charged:
        tokens[str(row.team), row.model][row.token_class] = int(row.quantity)
        amounts[str(row.team), row.model][row.token_class] = row.amount
    return [
        Cell(group=key[0], model=key[1], answers=answers.get(key, 0), tokens=tokens[key], amounts=amounts[key])
        for key in sorted({*answers, *amounts})
    ]


def _booked(scope: Scope) -> list[sa.ColumnElement[bool]]:
    wanted = {"person_id": scope.person, "team_id": scope.team, "project_id": scope.project}
    return [
        RUN.c[name].is_(None) if key == 0 else RUN.c[name] == key for name, key in wanted.items() if key is not None
    ]
