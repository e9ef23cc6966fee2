"""Runs ordered by how like their prompt's meaning is to another text's, as far as a filter lets them through."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.store import tables
from core.store.among import among
from core.store.database import table
from core.store.history_filter import Condition
from core.store.vectors import Likeness, PromptVectors

RUN = table(tables.Run)

MOST_ALIKE = 200
"""Runs that a search by meaning gives: what is further away is no answer to the question."""
_DEPTHS = (500, 5_000, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """A run found by meaning; `score` is the cosine of the better half."""

    id: int
    created_at: datetime
    score: float


def by_likeness(
    connection: Connection, vectors: PromptVectors, like: Likeness, allowed: list[Condition]
) -> tuple[Alike, ...]:
    """Give the runs of like meaning that fulfil these conditions, the nearest first, of equal ones the newest.

    The filter may leave out all that is near, so the search goes deeper until there is enough or nothing more is like.
    """
    found: list[Alike] = []
    for depth in _DEPTHS:
        near = vectors.nearest(connection, like, most=depth)
        asked = sa.select(RUN.c.id, RUN.c.created_at, RUN.c.prompt_sha256).where(*allowed)
        if depth is not None:
            # By key, or SQLite would rather go through all runs that are not in the bin.
            same = RUN.alias("same")
            asked = asked.where(RUN.c.id.in_(sa.select(same.c.id).where(among(connection, same.c.prompt_sha256, near))))
        found = [
            Alike(id=row.id, created_at=row.created_at, score=near[row.prompt_sha256])
            for row in connection.execute(asked)
            if row.prompt_sha256 in near
        ]
        if len(found) >= MOST_ALIKE or depth is None or len(near) < depth:
            break
    found.sort(key=lambda run: (-run.score, -run.created_at.timestamp(), -run.id))
    return tuple(found[:MOST_ALIKE])
