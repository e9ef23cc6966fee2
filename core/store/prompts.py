"""Prompts to use again: those kept under a name, and the last ones a person sent."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from core.domain.run import Origin
from core.errors import InputError, NotFound
from core.store import tables
from core.store.database import Database, table
from core.store.history_filter import may_see
from core.store.history_rows import winners
from core.store.people import person_id, tidy_name

SAVED = table(tables.SavedPrompt)
PERSON = table(tables.Person)
RUN = table(tables.Run)
NOT_TYPED = (Origin.IMPORT, Origin.JUDGE, Origin.ROUTER)
"""Origins of runs whose prompts nobody here typed."""

LOOKED_BACK = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPromptRecord:
    """A prompt kept under a name, for everybody of the workspace; `system` is its system prompt."""

    id: int
    name: str
    text: str
    system: str
    person: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentPrompt:
    """A prompt a person sent, whole, with its last run and who won there ("Sage", "tie", "none" or empty)."""

    public_id: str
    text: str
    system: str
    winner: str
    created_at: datetime


class SavedPrompts:
    """The prompts of one workspace that are worth keeping."""

    def __init__(self, database: Database) -> None:
        """Read and write this database."""
        self._database = database

    def save(self, name: str, text: str, *, system: str = "", person: str = "") -> SavedPromptRecord:
        """Keep a prompt under a name; one kept under it before is replaced.

        Raises InputError where the name or the text is empty.
        """
        tidy = tidy_name(name)
        if not tidy:
            raise InputError("A saved prompt needs a name.", next_step="Type one.")
        if not text.strip():
            raise InputError("There is no text to save.", next_step="Type the prompt first.")
        now = datetime.now(UTC)
        with self._database.write() as connection:
            connection.execute(
                sa.update(SAVED).where(SAVED.c.name == tidy, SAVED.c.removed_at.is_(None)).values(removed_at=now)
            )
            new_id = connection.execute(
                sa.insert(SAVED)
                .values(name=tidy, text=text, system=system, person_id=person_id(connection, person), created_at=now)
                .returning(SAVED.c.id)
            ).scalar_one()
            row = connection.execute(_saved().where(SAVED.c.id == new_id)).one()
        return _record(row)

    def remove(self, prompt_id: int) -> None:
        """Take a saved prompt off the list; its text stays in the database. Raises NotFound where it is not there."""
        with self._database.write() as connection:
            removed = connection.execute(
                sa.update(SAVED)
                .where(SAVED.c.id == prompt_id, SAVED.c.removed_at.is_(None))
                .values(removed_at=datetime.now(UTC))
            )
            if not removed.rowcount:
                raise NotFound("This saved prompt is gone already.", next_step="Reload the page.")

    def all(self) -> tuple[SavedPromptRecord, ...]:
        """Give all saved prompts, by name."""
        with self._database.read() as connection:
            rows = connection.execute(_saved().where(SAVED.c.removed_at.is_(None))).all()
        return tuple(sorted(map(_record, rows), key=lambda prompt: (prompt.name.casefold(), prompt.name)))

    def recent(self, person: str, limit: int = 20) -> tuple[RecentPrompt, ...]:
        """Give the last different prompts a person sent, newest first, each with the winner of its last run."""
        with self._database.read() as connection:
            by = PERSON.c.name == person if person else RUN.c.person_id.is_(None)
            rows = connection.execute(
                sa.select(RUN.c.id, RUN.c.public_id, RUN.c.template, RUN.c.prompt, RUN.c.settings, RUN.c.created_at)
                .outerjoin(PERSON, PERSON.c.id == RUN.c.person_id)
                .where(by, may_see(connection, person), RUN.c.deleted_at.is_(None), RUN.c.origin.not_in(NOT_TYPED))
                .order_by(RUN.c.id.desc())
                .limit(limit * LOOKED_BACK)
            ).all()
            latest: dict[str, Any] = {}
            for row in rows:
                latest.setdefault(row.template or row.prompt, row)
            shown = list(latest.values())[:limit]
            won = winners(connection, [row.id for row in shown])
        return tuple(
            RecentPrompt(
                public_id=row.public_id,
                text=row.template or row.prompt,
                system=(row.settings or {}).get("system", ""),
                winner=won.get(row.id, ""),
                created_at=row.created_at,
            )
            for row in shown
        )


def _saved() -> sa.Select[Any]:
    return sa.select(SAVED, PERSON.c.name.label("person")).outerjoin(PERSON, PERSON.c.id == SAVED.c.person_id)


def _record(row: Any) -> SavedPromptRecord:
    return SavedPromptRecord(
        id=row.id,
        name=row.name,
        text=row.text,
        system=row.system,
        person=row.person or "",
        created_at=row.created_at,
    )
