"""The newest failed attempts, each with its run."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.domain.run import AttemptState
from core.metrics.rollups import MeasureFilter, of_attempts
from core.store.daily_measures import ATTEMPT, RUN
from core.store.database import Database
from core.store.history_filter import may_see


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failed attempt. `run` is the public id of its run."""

    at: datetime
    model: str
    kind: str
    message: str
    run: str
    number: int


def newest_failures(
    database: Database, wanted: MeasureFilter, *, kind: str = "", viewer: str = "", most: int = 10
) -> tuple[Failure, ...]:
    """Give the newest failed attempts that a filter lets through and `viewer` may see; of one `kind` where named."""
    with database.read() as connection:
        # Hidden from the index on it: SQLite would read all runs that are not deleted instead of the newest attempts.
        deleted_at = sa.func.coalesce(RUN.c.deleted_at, sa.null())
        asked = (
            sa.select(
                ATTEMPT.c.started_at, ATTEMPT.c.model, ATTEMPT.c.error_kind, ATTEMPT.c.error_message, ATTEMPT.c.number,
                RUN.c.public_id,
            )
            .join(RUN, RUN.c.id == ATTEMPT.c.run_id)
            .where(ATTEMPT.c.state == AttemptState.FAILED, deleted_at.is_(None), may_see(connection, viewer))
            .where(*of_attempts(connection, wanted))
            .order_by(ATTEMPT.c.started_at.desc())
            .limit(most)
        )  # fmt: skip
        if kind:
            asked = asked.where(ATTEMPT.c.error_kind == kind)
        return tuple(
            Failure(
                at=row.started_at, model=row.model, kind=row.error_kind, message=row.error_message, run=row.public_id,
                number=row.number,
            )
            for row in connection.execute(asked)
        )  # fmt: skip
