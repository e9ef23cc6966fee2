"""What keeps a run inside by where it is booked, or because it was made from a run that stays inside."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.router.policy import Pin
from core.store import people, tables
from core.store.database import Database, table

PIN = table(tables.RunPin)
RUN = table(tables.Run)


class StoredPins:
    """The pins of one workspace. Raises StoreError and its kinds."""

    def __init__(self, database: Database) -> None:
        """Read this database."""
        self._database = database

    def project_inside(self, project: str) -> bool:
        """Tell whether a project's prompts stay inside."""
        with self._database.read() as connection:
            return people.stays_inside(connection, project)

    def of_parent(self, public_id: str | None) -> Pin | None:
        """Give why the run that another is made from stays inside, None where it may leave."""
        if not public_id:
            return None
        with self._database.read() as connection:
            return pin_of(connection, RUN.c.public_id == public_id)


def pin_of(connection: Connection, which: sa.ColumnElement[bool]) -> Pin | None:
    """Give why a run stays inside, by the rule that was written with it; None where none was."""
    row = connection.execute(
        sa.select(PIN.c.name, PIN.c.reason).join(RUN, RUN.c.id == PIN.c.run_id).where(which)
    ).first()
    return None if row is None else Pin(name=row.name, reason=row.reason)


def keep_pin(connection: Connection, run_id: int, pin: Pin) -> None:
    """Write with a run that it stays inside."""
    connection.execute(sa.insert(PIN).values(run_id=run_id, name=pin.name, reason=pin.reason))
