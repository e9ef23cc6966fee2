"""Who was told of a budget in its present period: once a person that its warning is passed, or what was not sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from core.costs.budget import BudgetRecord, period_start
from core.store import tables
from core.store.database import table

NOTICE = table(tables.BudgetNotice)


class Told(StrEnum):
    """What somebody was told: that the warning is passed, or that calls were not made."""

    WARNED = "warned"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Somebody who was told, when, and the calls that were not made. `person` is empty for someone without a name."""

    person: str
    what: Told
    calls: tuple[str, ...]
    at: datetime


def tell(
    connection: Connection, budget: BudgetRecord, what: Told, *, person: str, calls: Sequence[str] = (), now: datetime
) -> None:
    """Note that a person was told; of a warning the first time stands, of a refusal the last."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(NOTICE).values(
        budget_id=budget.id, period_start=period_start(budget.period, now), person=person, kind=what,
        calls="\n".join(calls), told_at=now,
    )  # fmt: skip
    once = ["budget_id", "period_start", "person", "kind"]
    if what is Told.REFUSED:
        changed = {name: statement.excluded[name] for name in ("calls", "told_at")}
        connection.execute(statement.on_conflict_do_update(index_elements=once, set_=changed))
    else:
        connection.execute(statement.on_conflict_do_nothing(index_elements=once))


def told(connection: Connection, budgets: Sequence[BudgetRecord], now: datetime) -> Mapping[int, tuple[Notice, ...]]:
    """Give who was told of each budget (by its id) since its present period began, in order of time."""
    since = {budget.id: period_start(budget.period, now) for budget in budgets}
    rows = connection.execute(
        sa.select(NOTICE).where(NOTICE.c.budget_id.in_(since)).order_by(NOTICE.c.told_at, NOTICE.c.id)
    ).all()
    found: dict[int, tuple[Notice, ...]] = dict.fromkeys(since, ())
    for row in rows:
        if row.period_start >= since[row.budget_id]:
            notice = Notice(
                person=row.person, what=Told(row.kind), calls=tuple(filter(None, row.calls.split("\n"))), at=row.told_at
            )
            found[row.budget_id] = (*found[row.budget_id], notice)
    return found
