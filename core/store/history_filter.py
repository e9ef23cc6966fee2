"""Which runs History shows, as conditions that both databases understand and answer from an index where they can."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.run import RunState, Visibility
from core.store import tables
from core.store.columns import storable
from core.store.database import table

RUN = table(tables.Run)
SHOT = table(tables.Shot)
VERDICT = table(tables.VerdictRow)
PERSON = table(tables.Person)
PROJECT = table(tables.Project)

# Beyond these SQLite refuses a pattern; nobody means such a search.
MOST_WORDS, LONGEST_WORD = 20, 200

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFilter:
    """What is looked for; an empty field asks for nothing.

    Every word of `words` must stand in the prompt, in any case. Of `models`, `states`, `persons` and `projects` one
    each must fit; an empty name among persons or projects means runs without one. `since` is included, `until` is
    not. `judged` asks for runs with a pick, or without. `viewer` is who looks: runs that only their author may see
    are shown to that person. `in_bin` looks at deleted runs instead.
    """

    words: str = ""
    models: tuple[str, ...] = ()
    states: tuple[RunState, ...] = ()
    persons: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    judged: bool | None = None
    viewer: str = ""
    in_bin: bool = False


def conditions(connection: Connection, wanted: HistoryFilter) -> list[Condition]:
    """Give the conditions on the table of runs that a filter stands for."""
    found = [may_see(connection, wanted.viewer)]
    if wanted.in_bin:
        found += [RUN.c.deleted_at.is_not(None), RUN.c.erased_at.is_(None)]
    else:
        found.append(RUN.c.deleted_at.is_(None))
    if wanted.since is not None:
        found.append(RUN.c.created_at >= wanted.since)
    if wanted.until is not None:
        found.append(RUN.c.created_at < wanted.until)
    if wanted.states:
        found.append(RUN.c.state.in_(wanted.states))
    if wanted.persons:
        found.append(_named(RUN.c.person_id, PERSON, wanted.persons))
    if wanted.projects:
        found.append(_named(RUN.c.project_id, PROJECT, wanted.projects))
    if wanted.models:
        found.append(sa.exists().where(SHOT.c.run_id == RUN.c.id, SHOT.c.model.in_(wanted.models)))
    if wanted.judged is not None:
        judged = sa.exists().where(VERDICT.c.run_id == RUN.c.id, VERDICT.c.undone_at.is_(None))
        found.append(judged if wanted.judged else ~judged)
    sqlite = connection.dialect.name == "sqlite"
    return found + [_says(word, sqlite=sqlite) for word in storable(wanted.words).split()[:MOST_WORDS]]


def may_see(connection: Connection, viewer: str) -> Condition:
    """Give the condition that a run may be seen by this person: the team's runs, and their own."""
    if not viewer:
        return sa.or_(RUN.c.visibility == Visibility.TEAM, RUN.c.person_id.is_(None))
    # Looked up first, because a plain number lets the database answer from its index alone.
    person = connection.execute(sa.select(PERSON.c.id).where(PERSON.c.name == viewer)).scalar()
    return sa.or_(RUN.c.visibility == Visibility.TEAM, RUN.c.person_id == (-1 if person is None else person))


def _says(word: str, *, sqlite: bool) -> Condition:
    """Give the condition that a prompt holds a word, in any case.

    SQLite's LIKE ignores case for ASCII only, and so does PostgreSQL's ILIKE under the collation C, four times as fast
    as under another. A word with other letters is therefore looked for in its usual spellings.
    """
    short = word[:LONGEST_WORD]
    spellings = (
        (short,) if short.isascii() else tuple(dict.fromkeys((short.lower(), short.upper(), short.capitalize())))
    )
    patterns = [f"%{_escaped(spelling)}%" for spelling in spellings]
    if sqlite:
        return sa.or_(*(RUN.c.prompt.like(pattern, escape="\\") for pattern in patterns))
    return sa.or_(*(RUN.c.prompt.collate("C").ilike(pattern, escape="\\") for pattern in patterns))


def _escaped(word: str) -> str:
    for special in ("\\", "%", "_"):
        word = word.replace(special, "\\" + special)
    return word


def _named(column: sa.ColumnElement[Any], source: sa.Table, names: tuple[str, ...]) -> Condition:
    given = [name for name in names if name]
    known: Condition = column.in_(sa.select(source.c.id).where(source.c.name.in_(given))) if given else sa.false()
    return sa.or_(known, column.is_(None)) if len(given) < len(names) else known
