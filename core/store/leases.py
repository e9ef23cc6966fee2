"""Jobs that only one process may do at a time: held by name, for a while, as long as the holder renews."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core.store import tables
from core.store.database import Database, table

LEASE = table(tables.Lease)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRecord:
    """Who holds a job, until when, and how it is getting on. `detail` is whatever the holder wants to be known."""

    name: str
    owner: str
    until: datetime
    status: str
    detail: Any

    def live(self, now: datetime) -> bool:
        """Tell whether the holder has renewed in time."""
        return now < self.until


class Leases:
    """The leases of one database. Every method is one short transaction; raises StoreError and its kinds."""

    def __init__(self, database: Database) -> None:
        """Keep the database."""
        self._database = database

    def take(self, name: str, owner: str, *, seconds: float, now: datetime, status: str = "") -> bool:
        """Take a job that is free, run out, or already ours; tell whether it is ours now."""
        until = now + timedelta(seconds=seconds)
        with self._database.write() as connection:
            taken = connection.execute(
                sa.update(LEASE)
                .where(LEASE.c.name == name, sa.or_(LEASE.c.until <= now, LEASE.c.owner == owner))
                .values(owner=owner, until=until, status=status)
            )
            if taken.rowcount:
                return True
            try:
                with connection.begin_nested():
                    connection.execute(
                        sa.insert(LEASE).values(name=name, owner=owner, until=until, status=status, detail=None)
                    )
            except sa.exc.IntegrityError:
                return False
            return True

    def renew(
        self, name: str, owner: str, *, seconds: float, now: datetime, status: str | None = None, detail: Any = None
    ) -> bool:
        """Hold on to a job, and say how it goes; tell whether it is still ours."""
        values: dict[str, Any] = {"until": now + timedelta(seconds=seconds)}
        if status is not None:
            values |= {"status": status}
        if detail is not None:
            values |= {"detail": detail}
        with self._database.write() as connection:
            held = connection.execute(
                sa.update(LEASE).where(LEASE.c.name == name, LEASE.c.owner == owner).values(**values)
            )
            return bool(held.rowcount)

    def release(self, name: str, owner: str) -> None:
        """Give a job up; nothing happens where somebody else holds it."""
        with self._database.write() as connection:
            connection.execute(sa.delete(LEASE).where(LEASE.c.name == name, LEASE.c.owner == owner))

    def read(self, name: str) -> LeaseRecord | None:
        """Give who holds a job, or held it last; None where nobody ever did or it was given up."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(LEASE).where(LEASE.c.name == name)).one_or_none()
        if row is None:
            return None
        return LeaseRecord(name=row.name, owner=row.owner, until=row.until, status=row.status, detail=row.detail)
