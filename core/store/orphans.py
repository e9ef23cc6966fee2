"""Shots whose engine is gone: found with what had arrived of them, and taken over so that they can be settled."""

from collections.abc import Sequence
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.model import Place
from core.domain.money import CostState
from core.domain.run import ShotSettings, ShotState
from core.store.shot_records import Orphan, QueuedShot
from core.store.shots import ATTEMPT, DELTA, RUN, SHOT

LEAST_CERTAIN_FIRST = (CostState.UNPRICED, CostState.ESTIMATED, CostState.PRICED, CostState.FREE)


def orphans(connection: Connection, *, owner: str) -> tuple[Orphan, ...]:
    """Give the running shots that another engine left behind, with their pieces of text put together.

    `number` is the attempt that was under way, 0 where none was: one that had ended keeps its end and its charges.
    """
    rows = connection.execute(
        sa.select(SHOT, RUN.c.public_id, ATTEMPT.c.number, ATTEMPT.c.started_at.label("sent_at"))
        .join(RUN, RUN.c.id == SHOT.c.run_id)
        .outerjoin(
            ATTEMPT,
            sa.and_(
                ATTEMPT.c.shot_id == SHOT.c.id,
                ATTEMPT.c.number == SHOT.c.attempts,
                ATTEMPT.c.cost_state == CostState.PENDING,
            ),
        )
        .where(SHOT.c.state == ShotState.RUNNING, SHOT.c.lease_owner.is_distinct_from(owner))
    ).all()
    return tuple(
        Orphan(
            shot=QueuedShot(
                shot_id=row.id,
                run_id=row.run_id,
                model=row.model,
                place=Place(row.place),
                shot_index=row.shot_index,
                settings=ShotSettings(**(row.settings or {})),
                attempts=row.attempts,
                cost_before=_cost_before(connection, row.id),
                state_before=_state_before(connection, row.id),
                public_id=row.public_id,
            ),
            number=row.number or 0,
            started_at=row.sent_at or row.started_at,
            text=_pieces(connection, row.id, thinking=False),
            thinking=_pieces(connection, row.id, thinking=True),
            ttft_us=row.ttft_us,
            input_tokens=row.input_tokens,
        )
        for row in rows
    )


def _cost_before(connection: Connection, shot_id: int) -> Decimal:
    ended = (ATTEMPT.c.shot_id == shot_id, ATTEMPT.c.cost_state != CostState.PENDING)
    total = connection.execute(sa.select(sa.func.sum(ATTEMPT.c.cost)).where(*ended)).scalar()
    return total or Decimal(0)


def _state_before(connection: Connection, shot_id: int) -> CostState:
    """Give the least certain state of the attempts that ended, as a sum of them has it."""
    found = set(connection.execute(sa.select(ATTEMPT.c.cost_state).where(ATTEMPT.c.shot_id == shot_id)).scalars())
    return next((state for state in LEAST_CERTAIN_FIRST if state in found), CostState.PENDING)


def _pieces(connection: Connection, shot_id: int, *, thinking: bool) -> str:
    rows = connection.execute(
        sa.select(DELTA.c.text).where(DELTA.c.shot_id == shot_id, DELTA.c.thinking == thinking).order_by(DELTA.c.id)
    )
    return "".join(rows.scalars())


def adopt(connection: Connection, shot_ids: Sequence[int], *, owner: str) -> None:
    """Take over the lease of orphans, so that they can be settled as interrupted."""
    if shot_ids:
        connection.execute(sa.update(SHOT).where(SHOT.c.id.in_(shot_ids)).values(lease_owner=owner))
