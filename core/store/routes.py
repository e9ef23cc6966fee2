"""Writes and reads the router's decisions. The functions that take a connection work inside another transaction."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.engine import Connection

from core.domain.route import Neighbour, Route
from core.domain.run import Visibility
from core.store import tables
from core.store.among import among
from core.store.database import Database, table
from core.store.visible import find_run

ROUTE = table(tables.RouteRow)
RUN = table(tables.Run)
PERSON = table(tables.Person)
FIRST_LINE_CHARACTERS = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRoute:
    """One decision beside what came of it; costs are USD as expected at the time, for all that was asked."""

    run: str
    created_at: datetime
    basis: str
    task: str
    choice: tuple[str, ...]
    asked: tuple[str, ...]
    overridden: bool
    baseline: str
    expected_cost: Decimal | None
    baseline_cost: Decimal | None
    challenger: str


@cache
def _form() -> TypeAdapter[Route]:
    return TypeAdapter(Route)


def route_to_json(route: Route) -> dict[str, Any]:
    """Give a decision as an object for a JSON column; Decimals are text, and no text of another prompt is in it."""
    bare = replace(route, neighbours=tuple(replace(each, first_line="") for each in route.neighbours))
    found: dict[str, Any] = _form().dump_python(bare, mode="json")
    return found


def route_from_json(value: dict[str, Any]) -> Route:
    """Read a decision back. Raises ValueError for anything else."""
    return _form().validate_python(value)


def insert_route(connection: Connection, run_id: int, route: Route) -> None:
    """Write the decision that a run was started by."""
    connection.execute(
        sa.insert(ROUTE).values(
            public_id=route.public_id,
            run_id=run_id,
            created_at=route.created_at,
            strategy=route.strategy,
            basis=route.basis,
            task=route.classified.task,
            choice=list(route.choice),
            asked=list(route.asked),
            overridden=route.overridden,
            baseline=route.baseline or "",
            expected_cost=route.expected_cost,
            baseline_cost=route.baseline_cost,
            challenger=route.challenger.model if route.challenger else "",
            probability=route.challenger.probability if route.challenger else None,
            keep=route.keep,
            receipt=route_to_json(route),
        )
    )


class StoredRoutes:
    """The decisions of one workspace."""

    def __init__(self, database: Database) -> None:
        """Read this database."""
        self._database = database

    def of_run(self, public_id: str, *, viewer: str = "") -> Route | None:
        """Give the decision that a run was started by, None where a person chose the models.

        The first lines of similar runs are those that `viewer` may see. Raises NotFound where there is no such run.
        """
        with self._database.read() as connection:
            run = find_run(connection, public_id, viewer=viewer, in_bin=True)
            receipt = connection.execute(sa.select(ROUTE.c.receipt).where(ROUTE.c.run_id == run.id)).scalar()
            if receipt is None:
                return None
            route = route_from_json(receipt)
            return replace(route, neighbours=with_first_lines(connection, route.neighbours, viewer=viewer))

    def with_lines(self, neighbours: tuple[Neighbour, ...], *, viewer: str) -> tuple[Neighbour, ...]:
        """Give similar runs with the first lines of those that `viewer` may see."""
        if not neighbours:
            return ()
        with self._database.read() as connection:
            return with_first_lines(connection, neighbours, viewer=viewer)

    def past(self, *, since: datetime | None = None, until: datetime | None = None) -> tuple[PastRoute, ...]:
        """Give the decisions of a period, oldest first."""
        wanted: list[sa.ColumnElement[bool]] = [RUN.c.deleted_at.is_(None)]
        if since is not None:
            wanted.append(ROUTE.c.created_at >= since)
        if until is not None:
            wanted.append(ROUTE.c.created_at < until)
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(RUN.c.public_id.label("run"), *(each for each in ROUTE.c if each.name != "receipt"))
                .join(RUN, RUN.c.id == ROUTE.c.run_id)
                .where(*wanted)
                .order_by(ROUTE.c.created_at, ROUTE.c.id)
            ).all()
        return tuple(
            PastRoute(
                run=row.run,
                created_at=row.created_at,
                basis=row.basis,
                task=row.task,
                choice=tuple(row.choice or ()),
                asked=tuple(row.asked or ()),
                overridden=row.overridden,
                baseline=row.baseline,
                expected_cost=row.expected_cost,
                baseline_cost=row.baseline_cost,
                challenger=row.challenger,
            )
            for row in rows
        )


def with_first_lines(
    connection: Connection, neighbours: tuple[Neighbour, ...], *, viewer: str
) -> tuple[Neighbour, ...]:
    """Give the neighbours that a person may see, with the first line of their prompts; the others without a word."""
    keys = [each.run for each in neighbours]
    rows = connection.execute(
        sa.select(RUN.c.public_id, sa.func.substr(RUN.c.prompt, 1, 2 * FIRST_LINE_CHARACTERS).label("start"))
        .outerjoin(PERSON, PERSON.c.id == RUN.c.person_id)
        .where(
            among(connection, RUN.c.public_id, keys),
            RUN.c.deleted_at.is_(None),
            sa.or_(RUN.c.visibility == Visibility.TEAM, PERSON.c.name == viewer),
        )
    )
    lines = {row.public_id: first_line(row.start) for row in rows}
    return tuple(replace(each, first_line=lines.get(each.run, "")) for each in neighbours)


def first_line(text: str) -> str:
    """Give the first line of a text that holds anything, at most as long as a line on a page."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= FIRST_LINE_CHARACTERS else line[: FIRST_LINE_CHARACTERS - 1].rstrip() + "…"
