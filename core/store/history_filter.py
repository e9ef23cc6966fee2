"""Which runs History shows, as conditions that both databases understand and answer from an index where they can."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.model import Place
from core.domain.run import RunState, Visibility
from core.domain.verdict import VerdictKind
from core.store import tables
from core.store.database import table
from core.store.recent import Recent, bounds
from core.store.search_words import says
from core.store.vectors import Likeness

RUN = table(tables.Run)
SHOT = table(tables.Shot)
VERDICT = table(tables.VerdictRow)
PERSON = table(tables.Person)
TEAM = table(tables.Team)
PROJECT = table(tables.Project)
TAG = table(tables.Tag)
RUN_TAG = table(tables.RunTag)

Condition = sa.ColumnElement[bool]


class Order(StrEnum):
    """Which runs come first; of equally dear ones the newest. A search by meaning has its own order: the nearest."""

    NEWEST = "newest"
    OLDEST = "oldest"
    DEAREST = "dearest"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFilter:
    """What is looked for; an empty field asks for nothing.

    `words` is what a person typed, looked for in prompts and answers (search_words.py); `like` asks for prompts of like
    meaning, the nearest first, and `meaning` is the text it was made of, kept for a saved view. Of `models`, `places`,
    `states`, `persons`, `teams`, `projects`, `tags` and `tasks` one each must fit; an empty name among persons, teams,
    projects, tags or tasks means runs without one. `since` is included, `until` is not; `recent` is a stretch of time
    counted from now, its days in the time zone `zone`. `cost_from` and `cost_to` are USD over all shots, both included;
    runs without any price known fit neither. `judged` asks for runs with a pick, or without; `winners` for runs whose
    newest pick is a shot of one of these models, or "tie" or "none". `viewer` is who looks: runs that only their author
    may see are shown to that person. `in_bin` looks at deleted runs instead.
    """

    words: str = ""
    like: Likeness | None = None
    meaning: str = ""
    models: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    states: tuple[RunState, ...] = ()
    persons: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    recent: Recent | None = None
    zone: str = ""
    cost_from: Decimal | None = None
    cost_to: Decimal | None = None
    judged: bool | None = None
    winners: tuple[str, ...] = ()
    viewer: str = ""
    in_bin: bool = False
    order: Order = Order.NEWEST


def conditions(connection: Connection, wanted: HistoryFilter) -> list[Condition]:
    """Give the conditions on the table of runs that a filter stands for."""
    return [
        may_see(connection, wanted.viewer),
        *_when(wanted),
        *_booked_to(wanted),
        *_of_shots(wanted),
        *_of_picks(wanted),
        *says(connection, wanted.words),
    ]


def may_see(connection: Connection, viewer: str) -> Condition:
    """Give the condition that a run may be listed for this person: the team's runs, and their own; none set aside."""
    own = RUN.c.visibility == Visibility.ME
    if not viewer:
        return sa.or_(RUN.c.visibility == Visibility.TEAM, sa.and_(own, RUN.c.person_id.is_(None)))
    # Looked up first, because a plain number lets the database answer from its index alone.
    person = connection.execute(sa.select(PERSON.c.id).where(PERSON.c.name == viewer)).scalar()
    whose = RUN.c.person_id == (-1 if person is None else person)
    return sa.or_(RUN.c.visibility == Visibility.TEAM, sa.and_(own, whose))


def _when(wanted: HistoryFilter) -> Iterator[Condition]:
    if wanted.in_bin:
        yield RUN.c.deleted_at.is_not(None)
        yield RUN.c.erased_at.is_(None)
    else:
        yield RUN.c.deleted_at.is_(None)
    since, until = (
        (None, None) if wanted.recent is None else bounds(wanted.recent, now=datetime.now(UTC), zone=wanted.zone)
    )
    for begin in filter(None, (wanted.since, since)):
        yield RUN.c.created_at >= begin
    for end in filter(None, (wanted.until, until)):
        yield RUN.c.created_at < end
    if wanted.states:
        yield RUN.c.state.in_(wanted.states)


def _booked_to(wanted: HistoryFilter) -> Iterator[Condition]:
    for column, source, names in (
        (RUN.c.person_id, PERSON, wanted.persons),
        (RUN.c.team_id, TEAM, wanted.teams),
        (RUN.c.project_id, PROJECT, wanted.projects),
    ):
        if names:
            yield _named(column, source, names)
    if wanted.tasks:
        known = RUN.c.task.in_([task for task in wanted.tasks if task])
        yield sa.or_(known, RUN.c.task.is_(None)) if "" in wanted.tasks else known
    if wanted.tags:
        tagged = sa.select(RUN_TAG.c.run_id).join(TAG, TAG.c.id == RUN_TAG.c.tag_id).where(TAG.c.name.in_(wanted.tags))
        having: Condition = RUN.c.id.in_(tagged)
        bare = ~sa.exists().where(RUN_TAG.c.run_id == RUN.c.id)
        yield sa.or_(having, bare) if "" in wanted.tags else having


def _of_shots(wanted: HistoryFilter) -> Iterator[Condition]:
    if wanted.models:
        yield sa.exists().where(SHOT.c.run_id == RUN.c.id, SHOT.c.model.in_(wanted.models))
    if wanted.places:
        yield sa.exists().where(SHOT.c.run_id == RUN.c.id, SHOT.c.place.in_(wanted.places))
    cost = sa.select(sa.func.sum(SHOT.c.cost)).where(SHOT.c.run_id == RUN.c.id).scalar_subquery()
    if wanted.cost_from is not None:
        yield cost >= sa.literal(wanted.cost_from, SHOT.c.cost.type)
    if wanted.cost_to is not None:
        yield cost <= sa.literal(wanted.cost_to, SHOT.c.cost.type)


def _of_picks(wanted: HistoryFilter) -> Iterator[Condition]:
    if wanted.judged is not None:
        judged = sa.exists().where(VERDICT.c.run_id == RUN.c.id, VERDICT.c.undone_at.is_(None))
        yield judged if wanted.judged else ~judged
    if wanted.winners:
        newer = VERDICT.alias("newer")
        newest = ~sa.exists().where(
            newer.c.run_id == VERDICT.c.run_id, newer.c.undone_at.is_(None), newer.c.id > VERDICT.c.id
        )
        won = sa.and_(
            VERDICT.c.kind.in_((VerdictKind.WINNER, VerdictKind.GOOD)),
            SHOT.c.model.in_([name for name in wanted.winners if name not in ("tie", "none")]),
        )
        said = [won]
        if "tie" in wanted.winners:
            said.append(VERDICT.c.kind == VerdictKind.TIE)
        if "none" in wanted.winners:
            said.append(VERDICT.c.kind.in_((VerdictKind.NONE, VerdictKind.NOT_GOOD)))
        yield RUN.c.id.in_(
            sa.select(VERDICT.c.run_id)
            .outerjoin(SHOT, SHOT.c.id == VERDICT.c.shot_id)
            .where(VERDICT.c.undone_at.is_(None), sa.or_(*said), newest)
        )


def _named(column: sa.ColumnElement[Any], source: sa.Table, names: tuple[str, ...]) -> Condition:
    given = [name for name in names if name]
    known: Condition = column.in_(sa.select(source.c.id).where(source.c.name.in_(given))) if given else sa.false()
    return sa.or_(known, column.is_(None)) if len(given) < len(names) else known
