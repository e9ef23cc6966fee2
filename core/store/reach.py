"""Whether anything outside answers: told from the newest requests, without a request of its own."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from core.domain.model import Place
from core.domain.run import AttemptState
from core.store import tables
from core.store.database import Database, table

ATTEMPT = table(tables.Attempt)

BELIEVED = timedelta(minutes=2)
"""How long a failure to reach anything counts; then the next request tries again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Whether the network seems cut, and since when nothing outside was reached."""

    cut: bool = False
    since: datetime | None = None


def reach(database: Database, *, now: datetime) -> Reach:
    """Tell whether the newest requests outside all failed to reach any host. Raises StoreError.

    One that got any answer, were it a refusal, shows that the network is there.
    """
    with database.read() as connection:
        rows = connection.execute(
            sa.select(ATTEMPT.c.state, ATTEMPT.c.error_kind, ATTEMPT.c.started_at)
            .where(
                ATTEMPT.c.place == Place.CLOUD,
                ATTEMPT.c.started_at >= now - BELIEVED,
                ATTEMPT.c.state != AttemptState.RUNNING,
                ATTEMPT.c.error_kind.not_in(("paused", "stays_inside", "missing_key", "unknown_model")),
            )
            .order_by(ATTEMPT.c.started_at.desc())
            .limit(20)
        ).all()
    since = None
    for row in rows:
        if row.error_kind != "unreachable":
            break
        since = row.started_at
    return Reach(cut=since is not None, since=since)
