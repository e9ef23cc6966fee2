"""The orders of the list: by time, by cost, or by how like a prompt's meaning is to another text's."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.store import tables
from core.store.among import among
from core.store.database import table
from core.store.history_filter import Condition, Order
from core.store.vectors import Likeness, PromptVectors

RUN = table(tables.Run)
SHOT = table(tables.Shot)

MOST_ALIKE = 200
"""Runs that a search by meaning gives: what is further away is no answer to the question."""
_DEPTHS = (500, 5_000, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a run stands in the list; `cost` is USD, None without any price or where the order does not ask for it."""

    created_at: datetime
    id: int
    cost: Decimal | None = None


class Sorting:
    """An order by keys of a run, given as its key and creation time in some table or selection."""

    def __init__(self, order: Order, key: sa.ColumnElement[Any], created_at: sa.ColumnElement[Any]) -> None:
        """Order runs that these two columns name."""
        self._rising = order is Order.OLDEST
        self._keys: list[sa.ColumnElement[Any]] = [created_at, key]
        self._dear = order is Order.DEAREST
        if self._dear:
            self._keys.insert(0, _worth(sa.select(sa.func.sum(SHOT.c.cost)).where(SHOT.c.run_id == key)))

    @property
    def first_to_last(self) -> list[sa.ColumnElement[Any]]:
        """Give what to order by, from the top of the list to its end."""
        return [each.asc() if self._rising else each.desc() for each in self._keys]

    @property
    def last_to_first(self) -> list[sa.ColumnElement[Any]]:
        """Give what to order by, from the end of the list to its top."""
        return [each.desc() if self._rising else each.asc() for each in self._keys]

    def below(self, place: Place) -> Condition:
        """Give the condition that a run stands below this place."""
        return self._beyond(place, rising=self._rising)

    def above(self, place: Place) -> Condition:
        """Give the condition that a run stands above this place."""
        return self._beyond(place, rising=not self._rising)

    def _beyond(self, place: Place, *, rising: bool) -> Condition:
        mine, there = sa.tuple_(*self._keys), self._at(place)
        found: Condition = mine > there if rising else mine < there
        return found

    def _at(self, place: Place) -> Any:
        found: list[Any] = [
            sa.literal(place.created_at, RUN.c.created_at.type),
            sa.literal(place.id, RUN.c.id.type),
        ]
        if self._dear:
            cost = _NOTHING if place.cost is None else place.cost
            found.insert(0, sa.literal(cost, SHOT.c.cost.type))
        return sa.tuple_(*found)


_NOTHING = Decimal(-1)
"""What a run without any price is worth in the order: less than one that cost nothing."""


def _worth(cost: sa.Select[Any]) -> sa.ColumnElement[Any]:
    return sa.func.coalesce(cost.scalar_subquery(), sa.literal(_NOTHING, SHOT.c.cost.type))


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
