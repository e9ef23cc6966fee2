"""Who runs, and what runs are booked to: people, teams, projects and tags, by the names people know them by.

The functions that take a connection work inside another transaction, for whoever writes a run or a pick.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import InputError
from core.store import tables
from core.store.columns import storable
from core.store.database import Database, table
from core.store.upsert import insert_or_leave

PERSON = table(tables.Person)
TEAM = table(tables.Team)
PROJECT = table(tables.Project)
TAG = table(tables.Tag)
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRecord:
    """A team that runs are booked to."""

    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRecord:
    """A project that runs are booked to. Prompts of one that is `inside_only` never leave for a cloud."""

    id: int
    name: str
    inside_only: bool


class People:
    """The people, teams, projects and tags of one workspace."""

    def __init__(self, database: Database) -> None:
        """Read and write this database."""
        self._database = database

    def person(self, name: str, *, email: str = "") -> int:
        """Give the id of the person of this name, who is added when new; an e-mail address, when given, is kept.

        Raises InputError for an empty or overlong name.
        """
        with self._database.write() as connection:
            found = person_id(connection, name)
            if found is None:
                raise InputError("A person needs a name.", next_step="Type the name that shall stand on your runs.")
            if email:
                connection.execute(sa.update(PERSON).where(PERSON.c.id == found).values(email=email.strip()))
            return found

    def names(self) -> tuple[str, ...]:
        """Give the names of all people, in alphabetical order."""
        return self._all_names(PERSON)

    def tags(self) -> tuple[str, ...]:
        """Give all tags, in alphabetical order."""
        return self._all_names(TAG)

    def teams(self) -> tuple[TeamRecord, ...]:
        """Give all teams, in alphabetical order."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(TEAM.c.id, TEAM.c.name)).all()
        return tuple(sorted((TeamRecord(id=row.id, name=row.name) for row in rows), key=lambda team: _order(team.name)))

    def projects(self) -> tuple[ProjectRecord, ...]:
        """Give all projects, in alphabetical order."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(PROJECT)).all()
        found = (ProjectRecord(id=row.id, name=row.name, inside_only=row.inside_only) for row in rows)
        return tuple(sorted(found, key=lambda project: _order(project.name)))

    def add_team(self, name: str) -> TeamRecord:
        """Add a team, or give the one of this name. Raises InputError for an empty or overlong name."""
        with self._database.write() as connection:
            insert_or_leave(connection, TEAM, {"name": _needed(name, "team")})
            return TeamRecord(id=_needed_id(connection, TEAM, name), name=tidy_name(name))

    def add_project(self, name: str, *, inside_only: bool = False) -> ProjectRecord:
        """Add a project, or say anew of the one of this name whether its prompts must stay inside.

        Raises InputError for an empty or overlong name.
        """
        with self._database.write() as connection:
            tidy = _needed(name, "project")
            if not insert_or_leave(connection, PROJECT, {"name": tidy, "inside_only": inside_only}):
                connection.execute(sa.update(PROJECT).where(PROJECT.c.name == tidy).values(inside_only=inside_only))
            return ProjectRecord(id=_needed_id(connection, PROJECT, tidy), name=tidy, inside_only=inside_only)

    def _all_names(self, source: sa.Table) -> tuple[str, ...]:
        with self._database.read() as connection:
            return tuple(sorted(connection.execute(sa.select(source.c.name)).scalars(), key=_order))


def person_id(connection: Connection, name: str) -> int | None:
    """Give the id of the person of this name, who is added when new; None for an empty name ("someone").

    Raises InputError for an overlong name.
    """
    return _get_or_add(connection, PERSON, name, created_at=datetime.now(UTC))


def team_id(connection: Connection, name: str) -> int | None:
    """Give the id of the team of this name, None for an empty one. Raises InputError where there is no such team."""
    return _known_id(connection, TEAM, name, "team")


def project_id(connection: Connection, name: str) -> int | None:
    """Give the id of the project of this name, None for an empty one.

    Raises InputError where there is no such project: a mistyped name must not let a prompt out that has to stay inside.
    """
    return _known_id(connection, PROJECT, name, "project")


def stays_inside(connection: Connection, project: str) -> bool:
    """Tell whether prompts of the project of this name must stay on this machine and the team's network."""
    found = connection.execute(sa.select(PROJECT.c.inside_only).where(PROJECT.c.name == tidy_name(project))).scalar()
    return bool(found)


def tag_ids(connection: Connection, names: Iterable[str]) -> tuple[int, ...]:
    """Give the ids of these tags in their order, each once; new ones are added, empty ones left out.

    Raises InputError for an overlong name.
    """
    found = (_get_or_add(connection, TAG, name) for name in dict.fromkeys(map(tidy_name, names)))
    return tuple(key for key in found if key is not None)


def tidy_name(name: str) -> str:
    """Give a name with its white space made plain. Raises InputError when it is longer than a name may be."""
    tidy = " ".join(storable(name).split())
    if len(tidy) > LONGEST_NAME:
        raise InputError(
            f"A name may have {LONGEST_NAME} characters, this one has {len(tidy)}.", next_step="Shorten it."
        )
    return tidy


def _get_or_add(connection: Connection, into: sa.Table, name: str, **values: Any) -> int | None:
    tidy = tidy_name(name)
    if not tidy:
        return None
    found = _id(connection, into, tidy)
    if found is None:
        insert_or_leave(connection, into, {"name": tidy, **values})
        found = _id(connection, into, tidy)
    return found


def _known_id(connection: Connection, source: sa.Table, name: str, what: str) -> int | None:
    tidy = tidy_name(name)
    found = _id(connection, source, tidy) if tidy else None
    if tidy and found is None:
        raise InputError(
            f"There is no {what} named “{tidy}”.", next_step=f"Choose a {what} that exists, or add it first."
        )
    return found


def _needed_id(connection: Connection, source: sa.Table, name: str) -> int:
    return int(connection.execute(sa.select(source.c.id).where(source.c.name == tidy_name(name))).scalar_one())


def _id(connection: Connection, source: sa.Table, name: str) -> int | None:
    return connection.execute(sa.select(source.c.id).where(source.c.name == name)).scalar()


def _needed(name: str, what: str) -> str:
    tidy = tidy_name(name)
    if not tidy:
        raise InputError(f"A {what} needs a name.", next_step="Type one.")
    return tidy


def _order(name: str) -> tuple[str, str]:
    return name.casefold(), name
