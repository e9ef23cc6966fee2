"""Who has seen which model wrote which answer of a run: their picks on it are not blind any more."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.store import tables
from core.store.among import among
from core.store.database import Database, table
from core.store.people import person_id
from core.store.upsert import insert_or_leave

SEEN = table(tables.Seen)
RUN = table(tables.Run)
PERSON = table(tables.Person)


class Seen:
    """The names that the people of one workspace have seen."""

    def __init__(self, database: Database) -> None:
        """Read and write this database."""
        self._database = database

    def mark(self, public_id: str, *, person: str) -> None:
        """Remember that a person sees the names of a run now; an unknown run or a person without a name is let be.

        Costs no write where it is known already, so that a page may call it at every drawing.
        """
        if not person or self.has(public_id, person=person):
            return
        with self._database.write() as connection:
            run = connection.execute(sa.select(RUN.c.id).where(RUN.c.public_id == public_id)).scalar()
            who = person_id(connection, person)
            if run is not None and who is not None:
                mark_seen(connection, run, who)

    def has(self, public_id: str, *, person: str) -> bool:
        """Tell whether a person has seen the names of a run."""
        with self._database.read() as connection:
            return connection.execute(_by(person).where(RUN.c.public_id == public_id)).first() is not None

    def among(self, public_ids: Iterable[str], *, person: str) -> frozenset[str]:
        """Give those of these runs whose names a person has seen."""
        with self._database.read() as connection:
            rows = connection.execute(_by(person).where(among(connection, RUN.c.public_id, public_ids)))
            return frozenset(rows.scalars())


def mark_seen(connection: Connection, run_id: int, person: int) -> None:
    """Remember within a transaction that a person has seen the names of a run."""
    insert_or_leave(connection, SEEN, {"run_id": run_id, "person_id": person, "seen_at": datetime.now(UTC)})


def has_seen(connection: Connection, run_id: int, person: int) -> bool:
    """Tell within a transaction whether a person has seen the names of a run."""
    asked = sa.select(SEEN.c.run_id).where(SEEN.c.run_id == run_id, SEEN.c.person_id == person)
    return connection.execute(asked).first() is not None


def _by(person: str) -> sa.Select[Any]:
    return (
        sa.select(RUN.c.public_id)
        .join(SEEN, SEEN.c.run_id == RUN.c.id)
        .join(PERSON, PERSON.c.id == SEEN.c.person_id)
        .where(PERSON.c.name == person)
    )
