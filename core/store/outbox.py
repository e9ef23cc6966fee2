"""The outbox: events written in the transaction of the fact, kept until every sink has taken them.

Without a sink nothing is written. On SQLite one writes at a time, so that numbers ascend in the order of the facts; on
PostgreSQL a lock that is held until the transaction ends sees to the same, for a reader that has passed a number must
never miss one below it. So events are the last thing that a transaction writes.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.event import Event, EventKind, WrittenEvent
from core.store import tables
from core.store.database import Database, table

EVENT = table(tables.OutboxEvent)
SINK = table(tables.Sink)

ADVISORY_LOCK = 7_043_118_260_412
KEPT = 200_000
"""Events at most that wait for a sink which takes none; beyond, the oldest are dropped and counted as lost."""
KEPT_FOR = timedelta(days=7)
AT_ONCE = 5_000
SOME = sa.select(SINK.c.name).where(SINK.c.active, SINK.c.position >= 0).limit(1)
NO_EVENTS = -1
"""The position of a sink that takes metrics or traces and no events."""


def wanted(connection: Connection) -> bool:
    """Tell whether anybody takes events."""
    return connection.execute(SOME).first() is not None


def tell(connection: Connection, make: Callable[[], Iterable[Event]]) -> None:
    """Write the events that `make` gives; it is not even asked where nobody takes any."""
    if wanted(connection):
        write(connection, make())


def write(connection: Connection, events: Iterable[Event]) -> None:
    """Write events, in their order; to be the last thing that the transaction writes."""
    rows = [
        {
            "uid": uuid4().hex,
            "kind": event.kind,
            "run": event.run,
            "at": event.at,
            "data": json.dumps(event.data, ensure_ascii=False, separators=(",", ":")),
        }
        for event in events
    ]
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ADVISORY_LOCK)))
    connection.execute(sa.insert(EVENT), rows)


def register(database: Database, names: Sequence[str], *, takes_events: bool = True, only: bool = False) -> None:
    """Note who takes events: a new sink gets what happens from now on. With `only` every other one is dropped.

    A sink that was dropped and comes again starts anew too: nothing was kept for it. Raises StoreError and its kinds.
    """
    mine = SINK.c.position >= 0 if takes_events else SINK.c.position < 0
    with database.read() as connection:
        active = set(connection.execute(sa.select(SINK.c.name).where(SINK.c.active, mine)).scalars())
    if active == set(names) or (not only and active >= set(names)):
        return
    with database.write() as connection:
        now = connection.execute(sa.select(sa.func.coalesce(sa.func.max(EVENT.c.id), 0))).scalar_one()
        position = now if takes_events else NO_EVENTS
        for name in sorted(set(names) - active):
            again = connection.execute(
                sa.update(SINK)
                .where(SINK.c.name == name)
                .values(active=True, position=position, last_error="", failing_since=None)
            )
            if not again.rowcount:
                fresh = {
                    "name": name,
                    "active": True,
                    "position": position,
                    "delivered": 0,
                    "lost": 0,
                    "last_error": "",
                }
                connection.execute(sa.insert(SINK).values(fresh))
        if only:
            connection.execute(sa.update(SINK).where(mine, SINK.c.name.not_in(names)).values(active=False))


def position_of(connection: Connection, name: str) -> int:
    """Give the number of the last event that a sink has taken."""
    return int(connection.execute(sa.select(SINK.c.position).where(SINK.c.name == name)).scalar_one())


def after(connection: Connection, position: int, *, limit: int) -> tuple[WrittenEvent, ...]:
    """Give the events after a number, in their order."""
    rows = connection.execute(sa.select(EVENT).where(EVENT.c.id > position).order_by(EVENT.c.id).limit(limit))
    return tuple(
        WrittenEvent(number=row.id, uid=row.uid, kind=EventKind(row.kind), at=row.at, run=row.run, data=row.data)
        for row in rows
    )


def taken(connection: Connection, name: str, *, position: int, count: int, now: datetime) -> None:
    """Note that a sink has taken `count` more things, and events as far as `position`."""
    further = sa.case((SINK.c.position < position, position), else_=SINK.c.position)
    connection.execute(
        sa.update(SINK)
        .where(SINK.c.name == name)
        .values(
            position=further,
            delivered=SINK.c.delivered + count,
            last_error="",
            failing_since=None,
            delivered_at=now,
        )
    )


def refused(connection: Connection, name: str, *, error: str, now: datetime, lost: int = 0) -> None:
    """Note that a sink takes nothing, why, and how many things were dropped for it."""
    since = sa.func.coalesce(SINK.c.failing_since, sa.literal(now, SINK.c.failing_since.type))
    connection.execute(
        sa.update(SINK)
        .where(SINK.c.name == name)
        .values(last_error=error, failing_since=since, lost=SINK.c.lost + lost)
    )


def prune(connection: Connection, *, now: datetime, kept: int = KEPT, kept_for: timedelta = KEPT_FOR) -> int:
    """Delete what every sink has taken, and what is too old or too much; the latter counts as lost. Give how many."""
    first, last = connection.execute(sa.select(sa.func.min(EVENT.c.id), sa.func.max(EVENT.c.id))).one()
    if first is None:
        return 0
    takers = sa.and_(SINK.c.active, SINK.c.position >= 0)
    slowest = connection.execute(sa.select(sa.func.min(SINK.c.position)).where(takers)).scalar()
    cut = max(last - kept, _too_old(connection, first, now - kept_for))
    upto = last if slowest is None else max(slowest, cut)
    behind = sa.and_(takers, SINK.c.position < cut)
    missed = sa.select(sa.func.count()).where(EVENT.c.id > SINK.c.position, EVENT.c.id <= cut).scalar_subquery()
    connection.execute(sa.update(SINK).where(behind).values(lost=SINK.c.lost + missed, position=cut))
    gone = sa.select(EVENT.c.id).where(EVENT.c.id <= upto).order_by(EVENT.c.id).limit(AT_ONCE)
    return connection.execute(sa.delete(EVENT).where(EVENT.c.id.in_(gone))).rowcount


def _too_old(connection: Connection, first: int, before: datetime) -> int:
    """Give the number of the newest event from before a moment; 0 where even the first is younger."""
    if connection.execute(sa.select(EVENT.c.id).where(EVENT.c.id == first, EVENT.c.at >= before)).first() is not None:
        return 0
    return int(connection.execute(sa.select(sa.func.max(EVENT.c.id)).where(EVENT.c.at < before)).scalar() or 0)
