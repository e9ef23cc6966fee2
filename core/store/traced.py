"""Shots that settled with all that a trace says of them: their runs and their attempts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.run import RunState, Visibility
from core.store import tables
from core.store.among import among
from core.store.database import Database, table

RUN, SHOT, ATTEMPT, PROJECT, PIN = (
    table(each) for each in (tables.Run, tables.Shot, tables.Attempt, tables.Project, tables.RunPin)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A settled shot as rows: `run`, `shot` and its `attempts` by number.

    `shareable` says that its texts may be shown to others at all: the run is the team's and nothing pins it inside.
    """

    run: Any
    shot: Any
    attempts: tuple[Any, ...]
    shareable: bool


def traced(database: Database, shot_ids: Sequence[int]) -> list[Traced]:
    """Give the shots of these keys, in their order. Raises StoreError and its kinds."""
    with database.read() as connection:
        shots = connection.execute(
            sa.select(SHOT).where(among(connection, SHOT.c.id, shot_ids)).order_by(SHOT.c.id)
        ).all()
        runs = {row.id: row for row in _runs(connection, {shot.run_id for shot in shots})}
        attempts: dict[int, list[Any]] = defaultdict(list)
        for row in connection.execute(
            sa.select(ATTEMPT).where(among(connection, ATTEMPT.c.shot_id, shot_ids)).order_by(ATTEMPT.c.number)
        ):
            if row.finished_at is not None:
                attempts[row.shot_id].append(row)
    return [
        Traced(
            run=runs[shot.run_id],
            shot=shot,
            attempts=tuple(attempts[shot.id]),
            shareable=_shareable(runs[shot.run_id]),
        )
        for shot in shots
    ]


def settled(run: Any) -> bool:
    """Tell whether a run has nothing left to do."""
    return RunState(run.state).settled and run.finished_at is not None


def began(database: Database) -> datetime | None:
    """Give when the first attempt of all was made: from when on the figures count."""
    with database.read() as connection:
        return connection.execute(sa.select(sa.func.min(ATTEMPT.c.started_at))).scalar()


def _runs(connection: Connection, ids: set[int]) -> Sequence[Any]:
    pinned = sa.select(PIN.c.run_id).where(PIN.c.run_id == RUN.c.id).exists()
    return connection.execute(
        sa.select(RUN, PROJECT.c.inside_only, pinned.label("pinned"))
        .outerjoin(PROJECT, PROJECT.c.id == RUN.c.project_id)
        .where(among(connection, RUN.c.id, sorted(ids)))
    ).all()


def _shareable(run: Any) -> bool:
    return run.visibility == Visibility.TEAM and not run.inside_only and not run.pinned and run.deleted_at is None
