"""Where prompts went: every request with its place, host, size and rule, and what was refused and went nowhere."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.model import Place
from core.domain.run import Origin
from core.store import tables
from core.store.database import Database, table

ATTEMPT, RUN, PERSON, PROJECT = (table(each) for each in (tables.Attempt, tables.Run, tables.Person, tables.Project))
HIT, PIN, ROUTE = (table(each) for each in (tables.RuleHit, tables.RunPin, tables.RouteRow))

NEVER_LEFT = ("missing_key", "unknown_model", "paused", "stays_inside")
"""Kinds of failure of an attempt for which nothing was sent."""

COLUMNS = ("when", "run", "who", "project", "model", "place", "host", "bytes", "rule", "went")


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartureFilter:
    """Which departures are wanted. Empty means all; `place` "refused" is what went nowhere."""

    since: datetime | None = None
    until: datetime | None = None
    place: Place | Literal["refused", ""] = ""
    host: str = ""
    person: str = ""
    project: str = ""
    pinned_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """One request, or one that was refused. `run` is empty where no run was made of it.

    `bytes` is the size of the prompt and system text in the request; of what was refused, the size that would have been
    sent. `rule` names the part of a rule that spoke, "Auto" where the router chose the model, "" where a person did.
    """

    at: datetime
    run: str
    who: str
    project: str
    model: str
    place: Place
    host: str
    bytes: int
    rule: str
    refused: bool

    def row(self) -> dict[str, Any]:
        """Give it as a row of an export, under COLUMNS."""
        went = "refused" if self.refused else "sent"
        values = (
            self.at.isoformat(), self.run, self.who or "someone", self.project, self.model, self.place.value, self.host,
            self.bytes, self.rule, went,
        )  # fmt: skip
        return dict(zip(COLUMNS, values, strict=True))


class Departures:
    """Where the prompts of one workspace went. Raises StoreError and its kinds."""

    def __init__(self, database: Database) -> None:
        """Read this database."""
        self._database = database

    def page(
        self, wanted: DepartureFilter, *, limit: int = 200, before: datetime | None = None
    ) -> tuple[Departure, ...]:
        """Give the newest departures, at most so many; `before` (the time of the last one shown) gives older ones."""
        with self._database.read() as connection:
            return tuple(islice(_newest_first(connection, wanted, before, limit), limit))

    def rows(self, wanted: DepartureFilter) -> Iterator[dict[str, Any]]:
        """Give all departures as rows of an export, newest first, read piece by piece."""
        with self._database.read() as connection:
            yield from (each.row() for each in _newest_first(connection, wanted))

    def hosts(self) -> tuple[str, ...]:
        """Give every host that was ever asked, in alphabetical order."""
        with self._database.read() as connection:
            found = connection.execute(sa.select(ATTEMPT.c.host).where(ATTEMPT.c.host != "").distinct()).scalars()
            return tuple(sorted(found))


def _newest_first(
    connection: Connection, wanted: DepartureFilter, before: datetime | None = None, limit: int | None = None
) -> Iterator[Departure]:
    parts: list[Iterator[Departure]] = []
    if wanted.place != "refused":
        parts.append(map(_sent, connection.execute(_attempts(wanted, before).limit(limit))))
    if not wanted.host and wanted.place in ("", "refused"):
        parts.append(map(_refused, connection.execute(_refusals(wanted, before).limit(limit))))
    return heapq.merge(*parts, key=lambda each: each.at, reverse=True)


def _attempts(wanted: DepartureFilter, before: datetime | None) -> sa.Select[Any]:
    conditions = [RUN.c.origin != Origin.IMPORT, *_common(ATTEMPT.c.started_at, wanted, before)]
    if wanted.place:
        conditions.append(ATTEMPT.c.place == wanted.place)
    if wanted.host:
        conditions.append(ATTEMPT.c.host == wanted.host)
    if wanted.pinned_only:
        conditions.append(PIN.c.run_id.is_not(None))
    return (
        sa.select(
            ATTEMPT.c.started_at, ATTEMPT.c.model, ATTEMPT.c.place, ATTEMPT.c.host, ATTEMPT.c.request_bytes,
            ATTEMPT.c.error_kind, RUN.c.public_id, PERSON.c.name.label("who"), PROJECT.c.name.label("project"),
            PIN.c.name.label("pin"), ROUTE.c.id.label("route"),
        )
        .join(RUN, RUN.c.id == ATTEMPT.c.run_id)
        .outerjoin(PERSON, PERSON.c.id == RUN.c.person_id)
        .outerjoin(PROJECT, PROJECT.c.id == RUN.c.project_id)
        .outerjoin(PIN, PIN.c.run_id == RUN.c.id)
        .outerjoin(ROUTE, ROUTE.c.run_id == RUN.c.id)
        .where(*conditions)
        .order_by(ATTEMPT.c.started_at.desc(), ATTEMPT.c.id.desc())
    )  # fmt: skip


def _refusals(wanted: DepartureFilter, before: datetime | None) -> sa.Select[Any]:
    return (
        sa.select(HIT, PERSON.c.name.label("who"), PROJECT.c.name.label("project"))
        .outerjoin(PERSON, PERSON.c.id == HIT.c.person_id)
        .outerjoin(PROJECT, PROJECT.c.id == HIT.c.project_id)
        .where(HIT.c.refused, *_common(HIT.c.at, wanted, before))
        .order_by(HIT.c.at.desc(), HIT.c.id.desc())
    )


def _common(
    at: sa.ColumnElement[datetime], wanted: DepartureFilter, before: datetime | None
) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(at >= wanted.since)
    if wanted.until is not None:
        found.append(at < wanted.until)
    if before is not None:
        found.append(at < before)
    if wanted.person:
        found.append(PERSON.c.name == wanted.person)
    if wanted.project:
        found.append(PROJECT.c.name == wanted.project)
    return found


def _sent(row: Any) -> Departure:
    return Departure(
        at=row.started_at,
        run=row.public_id,
        who=row.who or "",
        project=row.project or "",
        model=row.model,
        place=Place(row.place),
        host=row.host,
        bytes=row.request_bytes,
        rule=row.pin or ("Auto" if row.route is not None else ""),
        refused=row.error_kind in NEVER_LEFT,
    )


def _refused(row: Any) -> Departure:
    return Departure(
        at=row.at,
        run="",
        who=row.who or "",
        project=row.project or "",
        model=", ".join(row.models or ()),
        place=Place.CLOUD,
        host=", ".join(row.hosts or ()),
        bytes=row.bytes,
        rule=row.name,
        refused=True,
    )
