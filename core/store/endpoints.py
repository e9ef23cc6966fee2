"""Providers that were connected and servers that were named on the page; their keys stand in the credentials file."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.endpoint import EndpointRecord
from core.domain.model import Place
from core.errors import InputError, NotFound
from core.store import tables
from core.store.database import Database, table
from core.store.people import tidy_name

ENDPOINT = table(tables.Endpoint)


class Endpoints:
    """The connections of one workspace. A name belongs to one connection; connecting it again replaces what it was."""

    def __init__(self, database: Database) -> None:
        """Read and write this database."""
        self._database = database

    def active(self) -> tuple[EndpointRecord, ...]:
        """Give the connections in use, by name."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(ENDPOINT).where(ENDPOINT.c.removed_at.is_(None))).all()
        return tuple(sorted((_record(row) for row in rows), key=lambda endpoint: endpoint.name))

    def add(
        self, name: str, *, provider: str, base_url: str = "", place: Place = Place.CLOUD, person: str = ""
    ) -> EndpointRecord:
        """Connect a provider or a server, or change the one of this name.

        Raises InputError for a name that cannot stand before a slash in a model's name.
        """
        tidy = tidy_name(name)
        if not tidy or "/" in tidy:
            raise InputError("A connection needs a name without a slash.", next_step="Type one, such as lab.")
        values = {
            "provider": provider,
            "base_url": base_url.strip().rstrip("/"),
            "place": place,
            "created_at": datetime.now(UTC),
            "created_by": person,
            "removed_at": None,
        }
        with self._database.write() as connection:
            changed = connection.execute(sa.update(ENDPOINT).where(ENDPOINT.c.name == tidy).values(values))
            if not changed.rowcount:
                connection.execute(sa.insert(ENDPOINT).values(name=tidy, **values))
            return _record(_named(connection, tidy))

    def remove(self, name: str) -> None:
        """Disconnect; what was asked through it stays on record. Raises NotFound where it is not connected."""
        with self._database.write() as connection:
            removed = connection.execute(
                sa.update(ENDPOINT)
                .where(ENDPOINT.c.name == tidy_name(name), ENDPOINT.c.removed_at.is_(None))
                .values(removed_at=datetime.now(UTC))
            )
            if not removed.rowcount:
                raise NotFound(f"Nothing is connected under the name {name}.", next_step="Reload the page.")


def _named(connection: Connection, name: str) -> Any:
    return connection.execute(sa.select(ENDPOINT).where(ENDPOINT.c.name == name)).one()


def _record(row: Any) -> EndpointRecord:
    return EndpointRecord(
        id=row.id, name=row.name, provider=row.provider, base_url=row.base_url, place=Place(row.place)
    )
