"""What is done to many runs at once: tags put on and taken off, the bin and the way back out of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.run import RunState
from core.errors import InputError
from core.store import tables
from core.store.among import among
from core.store.database import Database, table
from core.store.history_filter import may_see
from core.store.people import tag_ids, tidy_name

RUN = table(tables.Run)
TAG = table(tables.Tag)
RUN_TAG = table(tables.RunTag)

SETTLED = [state for state in RunState if state.settled]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of a change to many runs: the public ids of those it changed, which undo it, and how many it left.

    `left` are runs that are still going, or that this person may not see.
    """

    changed: tuple[str, ...]
    left: int


class ManyRuns:
    """The runs of one workspace, changed together in one transaction."""

    def __init__(self, database: Database) -> None:
        """Read and write this database."""
        self._database = database

    def tag(self, public_ids: Iterable[str], names: Sequence[str], *, by: str) -> Done:
        """Put tags on runs; `changed` are those that lacked one. Raises InputError without any name."""
        with self._database.write() as connection:
            tags = tag_ids(connection, names)
            if not tags:
                raise InputError("A tag needs a name.", next_step="Type one.")
            found, asked = _found(connection, public_ids, by, RUN.c.deleted_at.is_(None))
            there = {
                (row.run_id, row.tag_id)
                for row in connection.execute(
                    sa.select(RUN_TAG).where(RUN_TAG.c.tag_id.in_(tags), among(connection, RUN_TAG.c.run_id, found))
                )
            }
            rows = [{"run_id": run_id, "tag_id": tag} for run_id in found for tag in tags if (run_id, tag) not in there]
            if rows:
                connection.execute(sa.insert(RUN_TAG), rows)
        changed = {row["run_id"] for row in rows}
        return Done(changed=tuple(name for key, name in found.items() if key in changed), left=asked - len(found))

    def untag(self, public_ids: Iterable[str], names: Sequence[str], *, by: str) -> Done:
        """Take tags off runs; `changed` are those that had one."""
        wanted = [tidy_name(name) for name in names]
        with self._database.write() as connection:
            found, asked = _found(connection, public_ids, by, RUN.c.deleted_at.is_(None))
            tags = sa.select(TAG.c.id).where(TAG.c.name.in_(wanted))
            taken = connection.execute(
                sa.delete(RUN_TAG)
                .where(RUN_TAG.c.tag_id.in_(tags), among(connection, RUN_TAG.c.run_id, found))
                .returning(RUN_TAG.c.run_id)
            )
            changed = set(taken.scalars())
        return Done(changed=tuple(name for key, name in found.items() if key in changed), left=asked - len(found))

    def delete(self, public_ids: Iterable[str], *, by: str) -> Done:
        """Put runs into the bin; `restore` with `changed` undoes it. What they cost stays counted."""
        now = datetime.now(UTC)
        return self._mark(public_ids, by, lambda: (RUN.c.deleted_at.is_(None), RUN.c.state.in_(SETTLED)), now)

    def restore(self, public_ids: Iterable[str], *, by: str) -> Done:
        """Take runs out of the bin; those whose texts are gone stay there."""
        return self._mark(public_ids, by, lambda: (RUN.c.deleted_at.is_not(None), RUN.c.erased_at.is_(None)), None)

    def _mark(
        self,
        public_ids: Iterable[str],
        by: str,
        able: Callable[[], tuple[sa.ColumnElement[bool], ...]],
        deleted_at: datetime | None,
    ) -> Done:
        with self._database.write() as connection:
            found, asked = _found(connection, public_ids, by, *able())
            connection.execute(sa.update(RUN).where(among(connection, RUN.c.id, found)).values(deleted_at=deleted_at))
        return Done(changed=tuple(found.values()), left=asked - len(found))


def _found(
    connection: Connection, public_ids: Iterable[str], by: str, *able: sa.ColumnElement[bool]
) -> tuple[dict[int, str], int]:
    """Give the runs that `by` may change, key to public id in the order given, and how many were asked for."""
    names = list(dict.fromkeys(public_ids))
    asked = sa.select(RUN.c.public_id, RUN.c.id).where(
        among(connection, RUN.c.public_id, names), may_see(connection, by), *able
    )
    keys = {row.public_id: row.id for row in connection.execute(asked)}
    return {keys[name]: name for name in names if name in keys}, len(names)
