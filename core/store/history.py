"""Past runs, newest first: searched, filtered, summed up, put into the bin and taken out again."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.run import RunState
from core.errors import InputError, NotFound
from core.store import tables
from core.store.database import Database, table
from core.store.history_filter import HistoryFilter, Order, conditions
from core.store.history_order import Alike, Place, Sorting, by_likeness
from core.store.history_rows import HistoryRow, read_rows
from core.store.vectors import Likeness, PromptVectors
from core.store.visible import find_run

RUN = table(tables.Run)
SHOT = table(tables.Shot)
VERDICT = table(tables.VerdictRow)

MOST_AT_ONCE = 100_000


Cursor = Place
"""Where a page ended; the next one begins after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Some of the runs that a filter lets through, and the sums over all of them.

    `total_cost` is in USD; `unpriced_shots` have no known price and are not in it. `next` is None on the last page.
    """

    rows: tuple[HistoryRow, ...]
    total_runs: int
    total_cost: Decimal
    unpriced_shots: int
    judged: int
    next: Cursor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The public ids of the runs just above (`newer`) and below (`older`) one in the list; None at either end."""

    newer: str | None
    older: str | None


class History:
    """The past runs of one workspace."""

    def __init__(self, database: Database, vectors: PromptVectors | None = None) -> None:
        """Read and write this database; `vectors` may be shared with whoever else searches by meaning."""
        self._database = database
        self._vectors = vectors or PromptVectors(database)

    def page(self, wanted: HistoryFilter, *, after: Cursor | None = None, limit: int = 50) -> HistoryPage:
        """Give the first runs that the filter lets through, or those after a page's end, with the sums over all.

        They come in the filter's order; in a search by meaning the nearest first, no more than `MOST_ALIKE` of them.
        """
        with self._database.read() as connection:
            if wanted.like is not None:
                return self._page_by_likeness(connection, wanted, wanted.like, after, limit)
            hits = _hits(connection, wanted)
            found = connection.execute(_page_of(hits, wanted.order, after, limit)).all()
            sums = found[0] if found else None
            if sums is None and after is not None:  # past the end of a list that shrank, no row carries the sums
                sums = connection.execute(_page_of(hits, wanted.order, None, 1)).first()
            rows = read_rows(connection, [row.id for row in found[:limit]])
            last = _place(connection, RUN.c.id == rows[-1].id) if len(found) > limit else None
        return _page(rows, sums, last=last)

    def ids(self, wanted: HistoryFilter, *, most: int = MOST_AT_ONCE) -> tuple[str, ...]:
        """Give the public ids of all runs that the filter lets through, in the list's order, up to `most`."""
        with self._database.read() as connection:
            if wanted.like is not None:
                order = {run.id: place for place, run in enumerate(self._alike(connection, wanted, wanted.like))}
                asked = sa.select(RUN.c.id, RUN.c.public_id).where(RUN.c.id.in_(order))
                return tuple(row.public_id for row in sorted(connection.execute(asked), key=lambda row: order[row.id]))[
                    :most
                ]
            asked_ids = sa.select(RUN.c.public_id).where(*conditions(connection, wanted))
            sorting = Sorting(wanted.order, RUN.c.id, RUN.c.created_at)
            return tuple(connection.execute(asked_ids.order_by(*sorting.first_to_last).limit(most)).scalars())

    def _alike(self, connection: Connection, wanted: HistoryFilter, like: Likeness) -> tuple[Alike, ...]:
        return by_likeness(connection, self._vectors, like, conditions(connection, wanted))

    def _page_by_likeness(
        self, connection: Connection, wanted: HistoryFilter, like: Likeness, after: Cursor | None, limit: int
    ) -> HistoryPage:
        found = self._alike(connection, wanted, like)
        start = 0
        if after is not None:
            start = next((place + 1 for place, run in enumerate(found) if run.id == after.id), len(found))
        shown = found[start : start + limit]
        hits = sa.select(RUN.c.id, RUN.c.created_at).where(RUN.c.id.in_([run.id for run in found])).cte("hits")
        sums = connection.execute(_page_of(hits, Order.NEWEST, None, 1)).first()
        scores = {run.id: run.score for run in shown}
        rows = read_rows(connection, list(scores))
        scored = tuple(replace(row, likeness=scores[row.id]) for row in rows)
        return _page(
            scored,
            sums,
            last=Place(created_at=shown[-1].created_at, id=shown[-1].id) if len(found) > start + limit else None,
        )

    def neighbours(self, public_id: str, wanted: HistoryFilter) -> Neighbours:
        """Give the runs just above and below this one in the filtered list; the run itself may be outside of it.

        Raises NotFound where there is no such run.
        """
        with self._database.read() as connection:
            place = _place(connection, RUN.c.public_id == public_id)
            if place is None:
                raise NotFound("There is no run under this link.", next_step="Check the link.")
            if wanted.like is not None:
                return _beside(connection, place.id, [run.id for run in self._alike(connection, wanted, wanted.like)])
            sorting = Sorting(wanted.order, RUN.c.id, RUN.c.created_at)
            allowed = sa.select(RUN.c.public_id).where(*conditions(connection, wanted)).limit(1)
            above = allowed.where(sorting.above(place)).order_by(*sorting.last_to_first)
            below = allowed.where(sorting.below(place)).order_by(*sorting.first_to_last)
            return Neighbours(newer=connection.execute(above).scalar(), older=connection.execute(below).scalar())

    def models(self) -> dict[str, str]:
        """Give every model that was ever asked, with the name that one of its answers shows, by that name."""
        # From each model straight to the next in the index, so that it takes no longer with a million answers.
        model = sa.select(sa.func.min(SHOT.c.model).label("model")).cte("asked", recursive=True)
        following = sa.select(sa.func.min(SHOT.c.model)).where(SHOT.c.model > model.c.model).scalar_subquery()
        model = model.union_all(sa.select(following).where(model.c.model.is_not(None)))
        label = sa.select(SHOT.c.label).where(SHOT.c.model == model.c.model).limit(1).scalar_subquery()
        with self._database.read() as connection:
            rows = connection.execute(sa.select(model.c.model, label).where(model.c.model.is_not(None))).all()
        found = {name: shown or name for name, shown in rows}
        return dict(sorted(found.items(), key=lambda each: (each[1].casefold(), each[0])))

    def delete(self, public_id: str, by: str) -> None:
        """Put a run into the bin, from where `restore` takes it back; what it cost stays counted.

        Raises NotFound where `by` sees no such run, InputError while the run is still going.
        """
        with self._database.write() as connection:
            row = find_run(connection, public_id, viewer=by, in_bin=True)
            if not RunState(row.state).settled:
                raise InputError("This run is still going.", next_step="Stop it first, then delete it.")
            connection.execute(
                sa.update(RUN)
                .where(RUN.c.id == row.id, RUN.c.deleted_at.is_(None))
                .values(deleted_at=datetime.now(UTC))
            )

    def restore(self, public_id: str, by: str = "") -> None:
        """Take a run out of the bin. Raises NotFound where `by` sees no such run, or where its texts are gone."""
        with self._database.write() as connection:
            row = find_run(connection, public_id, viewer=by, in_bin=True)
            if row.erased_at is not None:
                raise NotFound("This run has left the bin: its texts are gone.", next_step="Only its cost is kept.")
            connection.execute(sa.update(RUN).where(RUN.c.id == row.id).values(deleted_at=None))


def _page(rows: tuple[HistoryRow, ...], sums: Any, *, last: Place | None) -> HistoryPage:
    return HistoryPage(
        rows=rows,
        total_runs=sums.runs if sums else 0,
        total_cost=(sums.cost if sums else None) or Decimal(0),
        unpriced_shots=sums.unpriced if sums else 0,
        judged=sums.judged if sums else 0,
        next=last,
    )


def _place(connection: Connection, which: sa.ColumnElement[bool]) -> Place | None:
    """Give where a run stands, None where there is none."""
    cost = sa.select(sa.func.sum(SHOT.c.cost)).where(SHOT.c.run_id == RUN.c.id).scalar_subquery()
    row = connection.execute(sa.select(RUN.c.id, RUN.c.created_at, cost.label("cost")).where(which)).first()
    return None if row is None else Place(created_at=row.created_at, id=row.id, cost=row.cost)


def _beside(connection: Connection, run_id: int, order: list[int]) -> Neighbours:
    """Give the neighbours of a run in a list that is not ordered by time; none where it is not in the list."""
    if run_id not in order:
        return Neighbours(newer=None, older=None)
    place = order.index(run_id)
    before, after = order[max(0, place - 1) : place], order[place + 1 : place + 2]
    names = {
        row.id: row.public_id
        for row in connection.execute(sa.select(RUN.c.id, RUN.c.public_id).where(RUN.c.id.in_([*before, *after])))
    }
    return Neighbours(newer=names[before[0]] if before else None, older=names[after[0]] if after else None)


def _hits(connection: Connection, wanted: HistoryFilter) -> sa.CTE:
    """Name all runs that a filter lets through, found once for list and sums alike."""
    return (
        sa.select(RUN.c.id, RUN.c.created_at)
        .where(*conditions(connection, wanted))
        .cte("hits")
        .prefix_with("MATERIALIZED")
    )


def _page_of(hits: sa.CTE, order: Order, after: Cursor | None, limit: int) -> sa.Select[Any]:
    """Ask for one page and one row more; each row carries the sums, which the database works out once."""
    of_hits = SHOT.join(hits, hits.c.id == SHOT.c.run_id)
    judged = (
        sa.select(sa.func.count(VERDICT.c.run_id.distinct()))
        .where(VERDICT.c.undone_at.is_(None), VERDICT.c.run_id.in_(sa.select(hits.c.id)))
        .scalar_subquery()
    )
    sums = (
        sa.select(
            sa.func.sum(SHOT.c.cost).label("cost"),
            sa.func.coalesce(sa.func.sum(sa.case((SHOT.c.cost_state == "unpriced", 1), else_=0)), 0).label("unpriced"),
        )
        .select_from(of_hits)
        .cte("sums")
        .prefix_with("MATERIALIZED")
    )
    asked = sa.select(
        hits.c.id,
        hits.c.created_at,
        sa.select(sa.func.count()).select_from(hits).scalar_subquery().label("runs"),
        sums.c.cost,
        sums.c.unpriced,
        judged.label("judged"),
    ).select_from(hits.join(sums, sa.true()))
    sorting = Sorting(order, hits.c.id, hits.c.created_at)
    if after is not None:
        asked = asked.where(sorting.below(after))
    return asked.order_by(*sorting.first_to_last).limit(limit + 1)
