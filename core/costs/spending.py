"""What was spent in a period: the one query behind every sum in the product, so that no two pages differ."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from core.costs.ledger import ZERO
from core.domain.money import CostState
from core.domain.run import ShotState
from core.store.columns import Money
from core.store.daily_costs import CALLS, day_number
from core.store.database import Database, table
from core.store.tables import Attempt, Shot

ATTEMPT, SHOT = table(Attempt), table(Shot)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a period cost in USD: attempts that began in it and are over, whoever may see their runs.

    `amount` sums the attempts with a price, of which `estimated_attempts` rest on our own count. Attempts that used
    tokens without a known price are not in it but counted apart. `going` is what running attempts have cost so far
    by estimate, and is in no other figure.
    """

    amount: Decimal = ZERO
    attempts: int = 0
    unpriced_attempts: int = 0
    unpriced_tokens: int = 0
    estimated_attempts: int = 0
    going: Decimal = ZERO

    def __add__(self, other: "Spent") -> "Spent":
        """Give what two periods that do not overlap cost together."""
        return Spent(**{field.name: getattr(self, field.name) + getattr(other, field.name) for field in fields(self)})


class Spending:
    """Sums over one workspace's ledger, by its sums of each day. Days and months are UTC."""

    def __init__(self, database: Database) -> None:
        """Keep where to ask."""
        self._database = database

    def today(self, now: datetime | None = None) -> Spent:
        """Give what the current UTC day has cost so far."""
        start = day_of(now or datetime.now(UTC))
        return self.between(start, start + timedelta(days=1))

    def month(self, now: datetime | None = None) -> Spent:
        """Give what the current UTC month has cost so far."""
        return self.between(*month_of(now or datetime.now(UTC)))

    def between(self, start: datetime, end: datetime) -> Spent:
        """Give what the attempts cost that began on a UTC day from that of `start` until before that of `end`.

        Raises StoreError.
        """
        with self._database.read() as connection:
            row = connection.execute(_sums(day_of(start), day_of(end))).one()
        return Spent(
            amount=row.amount or ZERO,
            attempts=int(row.attempts or 0),
            unpriced_attempts=int(row.unpriced_attempts or 0),
            unpriced_tokens=int(row.unpriced_tokens or 0),
            estimated_attempts=int(row.estimated_attempts or 0),
            going=max(ZERO, (row.going or ZERO) - (row.going_settled or ZERO)),
        )


def day_of(moment: datetime) -> datetime:
    """Give the start of a moment's UTC day."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def month_of(moment: datetime) -> tuple[datetime, datetime]:
    """Give the start of a moment's UTC month and of the next one."""
    start = day_of(moment).replace(day=1)
    return start, (start + timedelta(days=32)).replace(day=1)


def _sums(start: datetime, end: datetime) -> sa.Select[tuple[object, ...]]:
    running = sa.and_(SHOT.c.state == ShotState.RUNNING, SHOT.c.started_at >= start, SHOT.c.started_at < end)
    # A running shot shows the sum of all its attempts; those that are over are counted already.
    going = sa.select(sa.func.sum(SHOT.c.cost, type_=Money)).where(running).scalar_subquery()
    settled = (
        sa.select(sa.func.sum(ATTEMPT.c.cost, type_=Money))
        .select_from(ATTEMPT.join(SHOT, SHOT.c.id == ATTEMPT.c.shot_id))
        .where(running)
        .scalar_subquery()
    )
    unpriced = CALLS.c.cost_state == CostState.UNPRICED
    return sa.select(
        sa.func.sum(CALLS.c.amount, type_=Money).label("amount"),
        sa.func.sum(CALLS.c.attempts).label("attempts"),
        sa.func.sum(sa.case((unpriced, CALLS.c.used), else_=0)).label("unpriced_attempts"),
        sa.func.sum(sa.case((unpriced, CALLS.c.input_tokens + CALLS.c.output_tokens), else_=0)).label(
            "unpriced_tokens"
        ),
        sa.func.sum(sa.case((CALLS.c.cost_state == CostState.ESTIMATED, CALLS.c.attempts), else_=0)).label(
            "estimated_attempts"
        ),
        going.label("going"),
        settled.label("going_settled"),
    ).where(CALLS.c.day >= day_number(start), CALLS.c.day < day_number(end))
