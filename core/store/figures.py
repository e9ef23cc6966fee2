"""What the database says of all attempts so far, and of what is going on right now; each a few rows, whatever its size.

Raises StoreError and its kinds.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.run import ShotState
from core.store import tables
from core.store.database import Database, table
from core.store.metric_tables import ATTEMPT_TOTAL, HISTOGRAMS, bucket_columns
from core.store.totals import CHUNK_TOTAL

SHOT, HEALTH, SINK, EVENT, ATTEMPT = (
    table(each) for each in (tables.Shot, tables.ModelHealth, tables.Sink, tables.OutboxEvent, tables.Attempt)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalRow:
    """Settled attempts that are alike, added up. Times are microseconds, `amount` pico-dollars."""

    model: str
    provider: str
    place: str
    state: str
    error_kind: str
    cost_state: str
    first_id: int
    sums: dict[str, int]
    histograms: dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkRow:
    """Pieces of answers that came so long after the piece before; `gap_us` is the sum of their waits."""

    model: str
    provider: str
    place: str
    bucket: int
    chunks: int
    gap_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """How many answers of a model are under way."""

    model: str
    place: str
    shots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkRow:
    """Where something is sent, and how far it has come. `waiting` are the events it has still to take.

    One that takes no events gets metrics or traces, and nothing ever waits for it.
    """

    name: str
    takes_events: bool
    delivered: int
    lost: int
    waiting: int
    waiting_since: datetime | None
    last_error: str
    failing_since: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All of it at one moment."""

    totals: Sequence[TotalRow]
    chunks: Sequence[ChunkRow]
    going: Sequence[Going]
    queued: int
    breakers: Sequence[tuple[str, int, datetime | None]]
    sinks: Sequence[SinkRow]


def snapshot(database: Database) -> Snapshot:
    """Read all figures in one transaction."""
    with database.read() as connection:
        return Snapshot(
            totals=[_total(row) for row in connection.execute(sa.select(ATTEMPT_TOTAL))],
            chunks=[ChunkRow(**row._mapping) for row in connection.execute(sa.select(CHUNK_TOTAL))],
            going=_going(connection),
            queued=_queued(connection),
            breakers=[
                (row.model, row.failures, row.paused_until)
                for row in connection.execute(sa.select(HEALTH.c.model, HEALTH.c.failures, HEALTH.c.paused_until))
            ],
            sinks=sink_rows(connection),
        )


def sink_rows(connection: Connection) -> list[SinkRow]:
    """Give every sink that is in use, by name."""
    ahead = EVENT.c.id > SINK.c.position
    rows = connection.execute(
        sa.select(
            SINK,
            sa.select(sa.func.count()).where(ahead).scalar_subquery().label("waiting"),
            sa.select(sa.func.min(EVENT.c.at)).where(ahead).scalar_subquery().label("since"),
        )
        .where(SINK.c.active)
        .order_by(SINK.c.name)
    )
    return [
        SinkRow(
            name=row.name,
            takes_events=row.position >= 0,
            delivered=row.delivered,
            lost=row.lost,
            waiting=row.waiting if row.position >= 0 else 0,
            waiting_since=row.since if row.position >= 0 else None,
            last_error=row.last_error,
            failing_since=row.failing_since,
            delivered_at=row.delivered_at,
        )
        for row in rows
    ]


def _total(row: Any) -> TotalRow:
    known = row._mapping
    return TotalRow(
        model=row.model,
        provider=row.provider,
        place=row.place,
        state=row.state,
        error_kind=row.error_kind,
        cost_state=row.cost_state,
        first_id=row.first_id,
        sums=dict(known),
        histograms={each: tuple(known[name] for name in bucket_columns(each)) for each in HISTOGRAMS},
    )


def _going(connection: Connection) -> list[Going]:
    rows = connection.execute(
        sa.select(SHOT.c.model, SHOT.c.place, sa.func.count().label("shots"))
        .where(SHOT.c.state == ShotState.RUNNING)
        .group_by(SHOT.c.model, SHOT.c.place)
    )
    return [Going(model=row.model, place=row.place, shots=row.shots) for row in rows]


def _queued(connection: Connection) -> int:
    waiting = sa.select(sa.func.count()).where(SHOT.c.state == ShotState.QUEUED)
    return int(connection.execute(waiting).scalar_one())


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyHour:
    """One UTC hour: how many requests ended in it that had begun in it, and how many were under way at most at once."""

    began: datetime
    attempts: int
    at_once: int


def busy_hours(database: Database, *, since: datetime) -> list[BusyHour]:
    """Give the hours since a moment in which requests were made, oldest first. Raises StoreError and its kinds."""
    with database.read() as connection:
        rows = connection.execute(
            sa.select(ATTEMPT.c.started_at, ATTEMPT.c.in_flight).where(
                ATTEMPT.c.started_at >= since, ATTEMPT.c.finished_at.is_not(None)
            )
        ).all()
    hours: dict[datetime, list[int]] = defaultdict(list)
    for row in rows:
        hours[row.started_at.replace(minute=0, second=0, microsecond=0)].append(row.in_flight)
    # A request counts the others that were under way when it ended.
    return [
        BusyHour(began=hour, attempts=len(others), at_once=max(others) + 1) for hour, others in sorted(hours.items())
    ]


def sinks(database: Database) -> list[SinkRow]:
    """Give every sink that is in use, by name. Raises StoreError and its kinds."""
    with database.read() as connection:
        return sink_rows(connection)
