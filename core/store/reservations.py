"""What waiting and running shots may still cost, held against budgets until they settle.

A reservation counts while its shot waits or runs and its time is not over; so a shot that ends in any way frees its
money in the same transaction that writes its cost, and nothing stays held by a shot that nobody remembers.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.run import ShotState
from core.store import tables
from core.store.database import table

RESERVATION, RUN, SHOT = (table(each) for each in (tables.Reservation, tables.Run, tables.Shot))

HELD = timedelta(hours=24)
"""How long a shot may wait for an engine before its money is free again; a shot that is claimed holds it anew."""

OPEN = (ShotState.QUEUED, ShotState.RUNNING)


def hold(connection: Connection, run_id: int, worst: Mapping[str, Decimal], *, now: datetime) -> None:
    """Reserve the worst case (USD for one answer, by model) for every shot of a run that still waits."""
    connection.execute(sa.delete(RESERVATION).where(RESERVATION.c.expires_at <= now))
    run = connection.execute(
        sa.select(RUN.c.person_id, RUN.c.team_id, RUN.c.project_id).where(RUN.c.id == run_id)
    ).one()
    held = sa.select(RESERVATION.c.shot_id).where(RESERVATION.c.run_id == run_id)
    shots = connection.execute(
        sa.select(SHOT.c.id, SHOT.c.model).where(
            SHOT.c.run_id == run_id, SHOT.c.state == ShotState.QUEUED, SHOT.c.id.not_in(held)
        )
    ).all()
    rows = [
        {
            "shot_id": shot.id,
            "run_id": run_id,
            "person_id": run.person_id or 0,
            "team_id": run.team_id or 0,
            "project_id": run.project_id or 0,
            "amount": worst[shot.model],
            "created_at": now,
            "expires_at": now + HELD,
        }
        for shot in shots
        if worst.get(shot.model)
    ]
    if rows:
        connection.execute(sa.insert(RESERVATION), rows)


def renew(connection: Connection, shots: Sequence[int], *, now: datetime) -> None:
    """Hold on to the money of shots that are claimed now."""
    if shots:
        connection.execute(sa.update(RESERVATION).where(RESERVATION.c.shot_id.in_(shots)).values(expires_at=now + HELD))


def release(connection: Connection, shots: Iterable[int]) -> None:
    """Give up what shots that are over had reserved."""
    ids = list(shots)
    if ids:
        connection.execute(sa.delete(RESERVATION).where(RESERVATION.c.shot_id.in_(ids)))


def held_sum(*where: sa.ColumnElement[bool], now: datetime) -> sa.ScalarSelect[Any]:
    """Give the sum of what is held now, as part of another statement, so that both see the same moment."""
    return (
        sa.select(sa.func.sum(RESERVATION.c.amount, type_=RESERVATION.c.amount.type))
        .select_from(RESERVATION.join(SHOT, SHOT.c.id == RESERVATION.c.shot_id))
        .where(RESERVATION.c.expires_at > now, SHOT.c.state.in_(OPEN), *where)
        .scalar_subquery()
    )
