"""What moves a closed month: noted as an adjustment at the time it arrives, in the transaction that moves it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.store import tables
from core.store.columns import EPOCH
from core.store.database import table

ADJUSTMENT, CLOSED = table(tables.Adjustment), table(tables.ClosedMonth)


def month_number(moment: datetime) -> int:
    """Give a moment's UTC month as 202610."""
    moment = moment.astimezone(UTC)
    return moment.year * 100 + moment.month


def month_of_day(day: int) -> int:
    """Give the month of a day since 1970."""
    return month_number(EPOCH.fromtimestamp(day * 86_400, tz=UTC))


def note(
    connection: Connection, moved: Iterable[tuple[int, int, Decimal]], *, now: datetime | None = None, reason: str = ""
) -> None:
    """Note what was added to (or taken out of) days, given as (day since 1970, attempts, USD), where it is closed."""
    arrived = now or datetime.now(UTC)
    sums: dict[int, tuple[int, Decimal]] = {}
    for day, attempts, amount in moved:
        month = month_of_day(day)
        if month < month_number(arrived):
            known = sums.get(month, (0, Decimal(0)))
            sums[month] = (known[0] + attempts, known[1] + amount)
    if not sums:
        return
    closed = connection.execute(
        sa.select(CLOSED.c.month).where(CLOSED.c.month.in_(sums), CLOSED.c.undone_at.is_(None))
    ).scalars()
    rows = [
        {"month": month, "arrived_at": arrived, "attempts": sums[month][0], "amount": sums[month][1], "reason": reason}
        for month in closed
        if any(sums[month])
    ]
    if rows:
        connection.execute(sa.insert(ADJUSTMENT), rows)
