"""Shots waiting, claimed and streaming, as the engine writes them. Core statements, grouped by its one writer.

Every function works inside the caller's transaction. A shot is only ever changed while `lease_owner` is the engine
that claimed it, so an engine that lost its lease changes nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.model import Place
from core.domain.money import CostState
from core.domain.run import AttemptState, Origin, RunState, ShotSettings, ShotState
from core.store import reservations, tables
from core.store.database import table
from core.store.shot_records import QueuedShot, ShotProgress

SHOT = table(tables.Shot)
RUN = table(tables.Run)
ATTEMPT = table(tables.Attempt)
DELTA = table(tables.Delta)

SHOT_LEASE = timedelta(seconds=30)


def queued_shots(connection: Connection, *, limit: int) -> tuple[QueuedShot, ...]:
    """Give the shots that wait, oldest first, of runs nobody has stopped."""
    rows = connection.execute(
        sa.select(
            SHOT.c.id,
            SHOT.c.run_id,
            SHOT.c.model,
            SHOT.c.place,
            SHOT.c.shot_index,
            SHOT.c.settings,
            SHOT.c.attempts,
            SHOT.c.cost,
            SHOT.c.cost_state,
            RUN.c.public_id,
            RUN.c.origin,
        )
        .join(RUN, RUN.c.id == SHOT.c.run_id)
        .where(SHOT.c.state == ShotState.QUEUED)
        .order_by(SHOT.c.id)
        .limit(limit)
    )
    return tuple(
        QueuedShot(
            shot_id=row.id,
            run_id=row.run_id,
            model=row.model,
            place=Place(row.place),
            shot_index=row.shot_index,
            settings=ShotSettings(**(row.settings or {})),
            attempts=row.attempts,
            cost_before=row.cost or Decimal(0),
            state_before=CostState(row.cost_state),
            public_id=row.public_id,
            once=row.origin == Origin.ROUTER,
        )
        for row in rows
    )


def queue_length(connection: Connection) -> int:
    """Give how many shots wait."""
    count = connection.execute(sa.select(sa.func.count()).where(SHOT.c.state == ShotState.QUEUED)).scalar_one()
    return int(count)


def prompt_of(connection: Connection, run_id: int) -> str:
    """Give the text of a run's prompt."""
    return str(connection.execute(sa.select(RUN.c.prompt).where(RUN.c.id == run_id)).scalar_one())


def stop_requests(connection: Connection) -> tuple[int, ...]:
    """Give the running shots that somebody asked to stop, one by one or with their whole run."""
    rows = connection.execute(
        sa.select(SHOT.c.id).where(SHOT.c.state == ShotState.RUNNING, SHOT.c.cancel_requested_at.is_not(None))
    )
    return tuple(rows.scalars())


def claim(connection: Connection, shots: Sequence[QueuedShot], *, owner: str, now: datetime) -> tuple[QueuedShot, ...]:
    """Take queued shots under a lease and open an attempt for each; give those that were still free."""
    if not shots:
        return ()
    taken = set(
        connection.execute(
            sa.update(SHOT)
            .where(SHOT.c.id.in_([shot.shot_id for shot in shots]), SHOT.c.state == ShotState.QUEUED)
            .values(
                state=ShotState.RUNNING,
                lease_owner=owner,
                lease_until=now + SHOT_LEASE,
                started_at=sa.func.coalesce(SHOT.c.started_at, sa.literal(now, SHOT.c.started_at.type)),
            )
            .returning(SHOT.c.id)
        ).scalars()
    )
    claimed = tuple(shot for shot in shots if shot.shot_id in taken)
    reservations.renew(connection, [shot.shot_id for shot in claimed], now=now)
    runs = sorted({shot.run_id for shot in claimed})
    if runs:
        connection.execute(
            sa.update(RUN)
            .where(RUN.c.id.in_(runs), RUN.c.state != RunState.RUNNING)
            .values(
                state=RunState.RUNNING,
                started_at=sa.func.coalesce(RUN.c.started_at, sa.literal(now, RUN.c.started_at.type)),
                finished_at=None,
            )
        )
    return claimed


def open_attempts(connection: Connection, starts: Iterable[tuple[QueuedShot, int, datetime]]) -> None:
    """Write a running attempt for each (shot, number, start), so that a crash leaves a trace of what was sent."""
    rows = [
        {
            "shot_id": shot.shot_id,
            "run_id": shot.run_id,
            "number": number,
            "state": AttemptState.RUNNING,
            "model": shot.model,
            "place": shot.place,
            "started_at": started_at,
        }
        for shot, number, started_at in starts
    ]
    if rows:
        connection.execute(sa.insert(ATTEMPT), rows)
        connection.execute(
            sa.update(SHOT).where(SHOT.c.id == sa.bindparam("the_id")).values(attempts=sa.bindparam("number")),
            [{"the_id": row["shot_id"], "number": row["number"]} for row in rows],
        )


def renew(connection: Connection, *, owner: str, now: datetime) -> None:
    """Keep the lease on every shot this engine is running."""
    connection.execute(
        sa.update(SHOT)
        .where(SHOT.c.state == ShotState.RUNNING, SHOT.c.lease_owner == owner)
        .values(lease_until=now + SHOT_LEASE)
    )


def bump(connection: Connection, run_ids: Iterable[int]) -> dict[int, int]:
    """Raise the version of runs and give the new ones; whoever follows a run looks at nothing else."""
    ids = sorted(set(run_ids))
    if not ids:
        return {}
    rows = connection.execute(
        sa.update(RUN).where(RUN.c.id.in_(ids)).values(version=RUN.c.version + 1).returning(RUN.c.id, RUN.c.version)
    )
    return {row.id: row.version for row in rows}


def write_progress(connection: Connection, progress: Sequence[ShotProgress], versions: dict[int, int]) -> None:
    """Append what arrived as deltas and show the counts so far on the shots."""
    deltas = [
        {"run_id": item.run_id, "shot_id": item.shot_id, "thinking": thinking, "text": text}
        for item in progress
        for thinking, text in item.pieces
    ]
    if deltas:
        connection.execute(sa.insert(DELTA), deltas)
    if progress:
        connection.execute(
            sa.update(SHOT)
            .where(SHOT.c.id == sa.bindparam("the_id"), SHOT.c.state == ShotState.RUNNING)
            .values(
                version=sa.bindparam("v"),
                ttft_us=sa.bindparam("ttft"),
                input_tokens=sa.bindparam("tin"),
                output_tokens=sa.bindparam("tout"),
                thinking_tokens=sa.bindparam("think"),
                cost=sa.bindparam("usd", type_=SHOT.c.cost.type),
            ),
            [
                {
                    "the_id": item.shot_id,
                    "v": versions[item.run_id],
                    "ttft": item.ttft_us,
                    "tin": item.input_tokens,
                    "tout": item.output_tokens,
                    "think": item.thinking_tokens,
                    "usd": item.cost,
                }
                for item in progress
            ],
        )


def drop_deltas(connection: Connection, shot_ids: Sequence[int]) -> None:
    """Remove the pieces of shots that settled or start over."""
    if shot_ids:
        connection.execute(sa.delete(DELTA).where(DELTA.c.shot_id.in_(shot_ids)))
