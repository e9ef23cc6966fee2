"""Speed and errors as Performance asks for them: from the sums by day, or from the attempts where these are few.

A question that the sums cannot answer (a task, a tag, two things at once) reads the newest attempts instead.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.run import Origin, ShotState
from core.metrics.tally import NOTHING, Row, Tally
from core.store import tables
from core.store.buckets import Kind
from core.store.columns import EPOCH
from core.store.daily_costs import EPOCH_DAY, day_number
from core.store.daily_measures import (
    ATTEMPT,
    BANDS,
    KEYS,
    MEASURES,
    RUN,
    SHOT,
    SUMS,
    Cut,
    adds,
    asked_attempts,
    band_of,
)
from core.store.database import Database, table
from core.store.known_models import KnownModels
from core.store.run_reads import label_of

RUN_TAG, TAG, TEAM, PROJECT = (table(each) for each in (tables.RunTag, tables.Tag, tables.Team, tables.Project))

FIRST_MONDAY: Final = 4
"""5 January 1970, as a number since 1 January."""

EXACT_UP_TO: Final = 2_000
"""Attempts up to which each is read and its time is exact."""

NEWEST: Final = 5_000
"""Attempts that are read at most where the sums by day cannot answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureFilter:
    """Which attempts are looked at; an empty field asks for nothing.

    `since` is the first UTC day and `until` the day after the last. Of models, teams, projects, tags, tasks and
    `lengths` (bands of prompt length, see `BANDS`) one each must fit; an empty name means attempts without one.
    """

    since: date | None = None
    until: date | None = None
    models: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    lengths: tuple[int, ...] = ()

    @property
    def cuts(self) -> tuple[Cut, ...]:
        """Give the cuts of a day that this filter needs."""
        needed = ((Cut.TEAM, self.teams), (Cut.PROJECT, self.projects), (Cut.LENGTH, self.lengths))
        return tuple(cut for cut, wanted in needed if wanted)


class By(StrEnum):
    """By what attempts can be grouped; `PIECE` is the piece of the cut that was asked for."""

    DAY = "day"
    PIECE = "piece"
    MODEL = "model"
    PLACE = "place"
    REVISION = "revision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was read. `exact` says that each attempt's time is known, `newest` that only so many were read."""

    rows: tuple[Row, ...]
    exact: bool
    newest: int | None = None

    def by(self, *groups: By) -> dict[tuple[Any, ...], Tally]:
        """Add up by these, in order of their keys; a day is given as its number since 1970."""
        found: dict[tuple[Any, ...], Tally] = {}
        key_of = attrgetter(*groups)
        for row in self.rows:
            key = key_of(row) if len(groups) > 1 else (key_of(row),)
            tally = found.get(key)
            if tally is None:
                tally = found[key] = Tally()
            tally.add(row)
        return dict(sorted(found.items()))

    def of(self, keep: Callable[[Row], bool]) -> "Measured":
        """Give a part of the rows."""
        return Measured(rows=tuple(row for row in self.rows if keep(row)), exact=self.exact, newest=self.newest)

    def weekly(self) -> "Measured":
        """Give the same rows, each on the Monday of its week."""
        rows = tuple(row._replace(day=row.day - (row.day - FIRST_MONDAY) % 7) for row in self.rows)
        return Measured(rows=rows, exact=self.exact, newest=self.newest)

    def whole(self) -> Tally:
        """Add up everything."""
        return Tally.of(self.rows)


class Measures:
    """What was measured in one workspace."""

    def __init__(self, database: Database) -> None:
        """Read this database."""
        self._database = database
        self._known = KnownModels(database)

    def read(self, wanted: MeasureFilter, *, cut: Cut = Cut.ALL, times_only: bool = False) -> Measured:
        """Give what a filter asks for, with pieces as `cut` makes them. Raises StoreError.

        `times_only` may leave counts and faults out: of ten thousands of rows these take longest to read.
        """
        cuts = {*wanted.cuts, *((cut,) if cut is not Cut.ALL else ())}
        with self._database.read() as connection:
            elsewhere = tuple(_elsewhere(connection, wanted, cut))
            if len(cuts) > 1 or wanted.tags or wanted.tasks:
                rows = tuple(_attempts(connection, wanted, cut, most=NEWEST))
                return Measured(rows=rows + elsewhere, exact=True, newest=NEWEST if len(rows) == NEWEST else None)
            only = next(iter(cuts), Cut.ALL)
            if _number(connection, wanted, only) <= EXACT_UP_TO:
                rows = tuple(_attempts(connection, wanted, cut, most=NEWEST))
                return Measured(rows=rows + elsewhere, exact=True)
            sums = _times(connection, wanted, only) if times_only else _sums(connection, wanted, only)
            return Measured(rows=tuple(sums) + elsewhere, exact=False)

    def labels(self, models: Sequence[str]) -> dict[str, str]:
        """Give what pages call each model: by its card, or by its newest answer."""
        found = {card.name: card.label for card in self._known.all()}
        with self._database.read() as connection:
            for model in models:
                if model not in found:
                    newest = connection.execute(
                        sa.select(SHOT.c.label)
                        .where(SHOT.c.model == model, SHOT.c.state == ShotState.DONE)
                        .order_by(SHOT.c.id.desc())
                        .limit(1)
                    ).scalar()
                    found[model] = newest or label_of(model)
        return {model: found[model] for model in models}


def of_attempts(connection: Connection, wanted: MeasureFilter) -> Iterator[sa.ColumnElement[bool]]:
    """Give the conditions on attempts joined with their runs that a filter stands for."""
    yield from _of_runs(connection, wanted)
    if wanted.since is not None:
        yield ATTEMPT.c.started_at >= _midnight(wanted.since)
    if wanted.until is not None:
        yield ATTEMPT.c.started_at < _midnight(wanted.until)
    if wanted.models:
        yield ATTEMPT.c.model.in_(wanted.models)
    if wanted.lengths:
        yield sa.or_(*(_in_band(band) for band in wanted.lengths))


def in_order(sums: Mapping[str, Any]) -> tuple[Any, ...]:
    """Give sums by name in the order in which a row holds them."""
    return tuple(sums.get(name, none) for name, none in zip(SUMS, NOTHING, strict=True))


def day_of(number: int) -> date:
    """Give the day of its number since 1970."""
    return date.fromordinal(number + EPOCH_DAY)


def _sums(connection: Connection, wanted: MeasureFilter, cut: Cut) -> Iterator[Row]:
    columns = [MEASURES.c[name] for name in (*KEYS[1:], *SUMS, "faults", "times")]
    keys, end = len(KEYS) - 1, len(columns) - 2
    for row in connection.execute(sa.select(*columns).where(*_of_sums(connection, wanted, cut))):
        at = (row.day, row.piece, row.model, row.place, row.revision)
        yield Row(*at, sums=row[keys:end], faults=row[end] or {}, packed=row[end + 1])


def _times(connection: Connection, wanted: MeasureFilter, cut: Cut) -> Iterator[Row]:
    columns = [MEASURES.c[name] for name in (*KEYS[1:], "times")]
    for day, piece, model, place, revision, times in connection.execute(
        sa.select(*columns).where(*_of_sums(connection, wanted, cut))
    ):
        yield Row(day, piece, model, place, revision, sums=(), faults={}, packed=times)


def _number(connection: Connection, wanted: MeasureFilter, cut: Cut) -> int:
    asked = sa.select(sa.func.sum(MEASURES.c.attempts)).where(*_of_sums(connection, wanted, cut))
    return int(connection.execute(asked).scalar() or 0)


def _of_sums(connection: Connection, wanted: MeasureFilter, cut: Cut) -> Iterator[sa.ColumnElement[bool]]:
    yield MEASURES.c.cut == cut.value
    if wanted.since is not None:
        yield MEASURES.c.day >= day_number(wanted.since)
    if wanted.until is not None:
        yield MEASURES.c.day < day_number(wanted.until)
    if wanted.models:
        yield MEASURES.c.model.in_(wanted.models)
    if wanted.teams:
        yield MEASURES.c.piece.in_(_keys(connection, TEAM, wanted.teams))
    if wanted.projects:
        yield MEASURES.c.piece.in_(_keys(connection, PROJECT, wanted.projects))
    if wanted.lengths:
        yield MEASURES.c.piece.in_(wanted.lengths)


def _attempts(connection: Connection, wanted: MeasureFilter, cut: Cut, *, most: int) -> Iterator[Row]:
    asked = asked_attempts().where(*of_attempts(connection, wanted)).order_by(ATTEMPT.c.started_at.desc()).limit(most)
    for row in connection.execute(asked):
        sums, faults, values = adds(row)
        yield Row(
            day=(row.started_at - EPOCH).days, piece=_piece(row, cut, row.request_bytes), model=row.model,
            place=row.place, revision=row.response_model, sums=in_order(sums), faults=faults, values=values,
        )  # fmt: skip


def _elsewhere(connection: Connection, wanted: MeasureFilter, cut: Cut) -> Iterator[Row]:
    """Give the newest answers that came from another tool with their times: they have no attempts."""
    if wanted.lengths or cut is Cut.LENGTH:
        return
    asked = (
        sa.select(
            SHOT.c.model, SHOT.c.place, SHOT.c.state, SHOT.c.shot_index, SHOT.c.ttft_us, SHOT.c.total_us,
            SHOT.c.stream_us, SHOT.c.input_tokens, SHOT.c.output_tokens, RUN.c.created_at.label("started_at"),
            RUN.c.team_id, RUN.c.project_id,
        )
        .join(RUN, RUN.c.id == SHOT.c.run_id)
        .where(SHOT.c.attempts == sa.literal_column("0"), SHOT.c.total_us > sa.literal_column("0"))
        .where(RUN.c.origin == Origin.IMPORT, SHOT.c.source_shot_id.is_(None), *_of_runs(connection, wanted))
        .order_by(SHOT.c.run_id.desc())
        .limit(NEWEST)
    )  # fmt: skip
    if wanted.since is not None:
        asked = asked.where(RUN.c.created_at >= _midnight(wanted.since))
    if wanted.until is not None:
        asked = asked.where(RUN.c.created_at < _midnight(wanted.until))
    if wanted.models:
        asked = asked.where(SHOT.c.model.in_(wanted.models))
    for row in connection.execute(asked):
        yield Row(
            day=(row.started_at - EPOCH).days, piece=_piece(row, cut, 0), model=row.model, place=row.place, revision="",
            sums=in_order(_shot_sums(row)), faults={}, values=tuple(_shot_times(row)),
        )  # fmt: skip


def _shot_sums(row: Any) -> dict[str, Any]:
    states = {ShotState.DONE: "done", ShotState.TRUNCATED: "truncated", ShotState.FAILED: "failed"}
    return {
        "attempts": 1,
        "answers": 1,
        "runs": int(row.shot_index == 1),
        states.get(row.state, "stopped"): 1,
        "unpriced": 1,
        "input_tokens": row.input_tokens,
        "output_tokens": row.output_tokens,
    }


def _shot_times(row: Any) -> Iterator[tuple[Kind, float]]:
    if row.state in (ShotState.DONE, ShotState.TRUNCATED):
        yield Kind.WHOLE, row.total_us
        if row.ttft_us is not None:
            yield Kind.FIRST, row.ttft_us
        if row.stream_us and row.output_tokens > 1:
            yield Kind.TOKEN, row.stream_us / (row.output_tokens - 1)


def _of_runs(connection: Connection, wanted: MeasureFilter) -> Iterator[sa.ColumnElement[bool]]:
    for column, source, names in ((RUN.c.team_id, TEAM, wanted.teams), (RUN.c.project_id, PROJECT, wanted.projects)):
        if names:
            keys = _keys(connection, source, names)
            named = column.in_([key for key in keys if key])
            yield sa.or_(named, column.is_(None)) if 0 in keys else named
    if wanted.tasks:
        known = RUN.c.task.in_([task for task in wanted.tasks if task])
        yield sa.or_(known, RUN.c.task.is_(None)) if "" in wanted.tasks else known
    if wanted.tags:
        tagged = sa.select(RUN_TAG.c.run_id).join(TAG, TAG.c.id == RUN_TAG.c.tag_id).where(TAG.c.name.in_(wanted.tags))
        yield RUN.c.id.in_(tagged)


def _keys(connection: Connection, source: sa.Table, names: Sequence[str]) -> list[int]:
    """Give the keys of named rows, 0 for an empty name."""
    found = connection.execute(sa.select(source.c.id).where(source.c.name.in_([name for name in names if name])))
    return [*found.scalars(), *([0] if "" in names else [])]


def _piece(row: Any, cut: Cut, request_bytes: int) -> int:
    if cut is Cut.HOUR:
        return int((row.started_at - EPOCH).seconds // 3_600)
    if cut is Cut.LENGTH:
        return band_of(request_bytes)
    booked = {Cut.TEAM: row.team_id, Cut.PROJECT: row.project_id}
    return booked.get(cut) or 0


def _in_band(band: int) -> sa.ColumnElement[bool]:
    lower = BANDS[band - 1] if band else 0
    inside = ATTEMPT.c.request_bytes >= lower
    return sa.and_(inside, ATTEMPT.c.request_bytes < BANDS[band]) if band < len(BANDS) else inside


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
