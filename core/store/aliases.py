"""What other tools call models that have a name here; imported answers stand under the real one."""

from collections.abc import Iterable
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.run import Origin
from core.errors import InputError
from core.store import tables
from core.store.among import among
from core.store.columns import storable
from core.store.database import Database, table

ALIAS = table(tables.ModelAlias)
RUN = table(tables.Run)
SHOT = table(tables.Shot)


class Aliases:
    """The other names of one workspace's models."""

    def __init__(self, database: Database) -> None:
        """Read and write this database."""
        self._database = database

    def all(self) -> dict[str, str]:
        """Give the model by each of its other names."""
        with self._database.read() as connection:
            return aliases(connection)

    def put(self, alias: str, model: str, *, by: str = "") -> int:
        """Say which model an imported name means, and give how many imported answers moved to it.

        The same name as model takes the alias back. Raises InputError where either is empty.
        """
        other, real = storable(alias).strip(), storable(model).strip()
        if not other or not real:
            raise InputError("An alias needs both names.", next_step="Choose the imported name and the model.")
        with self._database.write() as connection:
            connection.execute(sa.delete(ALIAS).where(ALIAS.c.alias == other))
            if other != real:
                connection.execute(
                    sa.insert(ALIAS).values(alias=other, model=real, created_at=datetime.now(UTC), created_by=by)
                )
            return _move(connection, other, real)


def aliases(connection: Connection) -> dict[str, str]:
    """Give within a transaction the model by each of its other names."""
    return {row.alias: row.model for row in connection.execute(sa.select(ALIAS.c.alias, ALIAS.c.model))}


def _move(connection: Connection, label: str, model: str) -> int:
    imported = sa.select(RUN.c.id).where(RUN.c.origin == Origin.IMPORT)
    moved = connection.execute(
        sa.update(SHOT)
        .where(SHOT.c.label == label, SHOT.c.model != model, SHOT.c.run_id.in_(imported))
        .values(model=model)
        .returning(SHOT.c.run_id)
    )
    runs = list(moved.scalars())
    _name_models(connection, set(runs))
    return len(runs)


def _name_models(connection: Connection, runs: Iterable[int]) -> None:
    """Write anew which models these runs asked."""
    asked = sa.select(SHOT.c.run_id, SHOT.c.model).where(among(connection, SHOT.c.run_id, runs))
    models: dict[int, list[str]] = {}
    for row in connection.execute(asked.order_by(SHOT.c.run_id, SHOT.c.ordinal)):
        models.setdefault(row.run_id, []).append(row.model)
    for run, names in models.items():
        connection.execute(sa.update(RUN).where(RUN.c.id == run).values(models=list(dict.fromkeys(names))))
