"""Items: answers that are judged together, whose turn each is, and which comes next."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.run import ShotState
from core.errors import InputError, NotFound
from core.store import tables
from core.store.among import among
from core.store.columns import storable
from core.store.database import Database, table
from core.store.people import person_id

ITEM = table(tables.Item)
QUEUE = table(tables.Queue)
TURN = table(tables.Turn)
RUN = table(tables.Run)
SHOT = table(tables.Shot)
SEEN = table(tables.Seen)
VERDICT = table(tables.VerdictRow)
PERSON = table(tables.Person)

ANSWERED = [state for state in ShotState if state.answered]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """An item to add: shot ids in the order drawn, and the id of the item that returns in it, where one does."""

    run_id: int
    key: str
    shots: tuple[int, ...]
    repeat_of: int | None = None
    swapped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRecord:
    """An item; `queue_id` is None for a single question to a colleague. `run` is the run's public id."""

    id: int
    public_id: str
    queue_id: int | None
    run_id: int
    run: str
    key: str
    shots: tuple[int, ...]
    repeat_of: int | None
    swapped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerToLabel:
    """An answer that can be put into an item."""

    run_id: int
    run: str
    shot_id: int
    model: str
    text: str


class Items:
    """The items of one workspace."""

    def __init__(self, database: Database) -> None:
        """Read and write this database."""
        self._database = database

    def answers(self, public_ids: Iterable[str]) -> tuple[AnswerToLabel, ...]:
        """Give all answers of these runs that can be labelled, run by run in the order of their shots."""
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(SHOT.c.run_id, RUN.c.public_id, SHOT.c.id, SHOT.c.model, SHOT.c.text)
                .join(RUN, RUN.c.id == SHOT.c.run_id)
                .where(
                    among(connection, RUN.c.public_id, public_ids),
                    RUN.c.deleted_at.is_(None),
                    SHOT.c.state.in_(ANSWERED),
                    SHOT.c.text != "",
                )
                .order_by(SHOT.c.run_id, SHOT.c.ordinal)
            )
            return tuple(
                AnswerToLabel(run_id=row.run_id, run=row.public_id, shot_id=row.id, model=row.model, text=row.text)
                for row in rows
            )

    def add(self, queue_id: int | None, new: Iterable[NewItem]) -> tuple[ItemRecord, ...]:
        """Add items to a queue, or single ones to no queue, and give them in order.

        Raises InputError for an item without answers, StoreError where a key is there already.
        """
        items = list(new)
        if not all(item.shots for item in items):
            raise InputError("An item needs an answer.", next_step="Choose runs that have been answered.")
        with self._database.write() as connection:
            ids = [
                connection.execute(
                    sa.insert(ITEM)
                    .values(
                        public_id=secrets.token_urlsafe(12),
                        queue_id=queue_id,
                        run_id=item.run_id,
                        key=item.key,
                        shots=list(item.shots),
                        repeat_of=item.repeat_of,
                        swapped=item.swapped,
                        created_at=datetime.now(UTC),
                    )
                    .returning(ITEM.c.id)
                ).scalar_one()
                for item in items
            ]
            return read_items(connection, among(connection, ITEM.c.id, ids))

    def get(self, public_id: str) -> ItemRecord:
        """Give an item. Raises NotFound where there is none, or its run is in the bin."""
        with self._database.read() as connection:
            found = read_items(connection, ITEM.c.public_id == storable(public_id), RUN.c.deleted_at.is_(None))
        if not found:
            raise NotFound("There is nothing to label under this link.", next_step="Ask whoever sent it for a new one.")
        return found[0]

    def of_queue(self, queue_id: int) -> tuple[ItemRecord, ...]:
        """Give all items of a queue in the order in which they were added; runs in the bin are left out."""
        with self._database.read() as connection:
            return read_items(connection, ITEM.c.queue_id == queue_id, RUN.c.deleted_at.is_(None))

    def deal(self, hands: Mapping[str, Sequence[int]]) -> None:
        """Give people their turns: item ids by person, in their order. Turns they have already take the new place."""
        with self._database.write() as connection:
            for name, hand in hands.items():
                who = person_id(connection, name)
                if who is None:
                    raise InputError("Whoever labels needs a name.", next_step="Say who you are.")
                there = set(
                    connection.execute(
                        sa.select(TURN.c.item_id).where(
                            TURN.c.person_id == who, among(connection, TURN.c.item_id, hand)
                        )
                    ).scalars()
                )
                rows = [{"item_id": item, "person_id": who, "position": place} for place, item in enumerate(hand)]
                new = [row for row in rows if row["item_id"] not in there]
                old = [row for row in rows if row["item_id"] in there]
                if new:
                    connection.execute(sa.insert(TURN), new)
                if old:
                    connection.execute(
                        sa.update(TURN)
                        .where(TURN.c.item_id == sa.bindparam("item"), TURN.c.person_id == who)
                        .values(position=sa.bindparam("place")),
                        [{"item": row["item_id"], "place": row["position"]} for row in old],
                    )

    def next(self, queue_id: int, *, person: str, most: int = 1) -> tuple[ItemRecord, ...]:
        """Give what a person labels next, in their order: put-off items last, then those whose names they have seen."""
        seen = sa.exists().where(SEEN.c.run_id == ITEM.c.run_id, SEEN.c.person_id == TURN.c.person_id)
        done = sa.exists().where(
            VERDICT.c.item_id == ITEM.c.id, VERDICT.c.person_id == TURN.c.person_id, VERDICT.c.undone_at.is_(None)
        )
        asked = (
            _asked()
            .join(TURN, TURN.c.item_id == ITEM.c.id)
            .join(PERSON, PERSON.c.id == TURN.c.person_id)
            .where(PERSON.c.name == person, ITEM.c.queue_id == queue_id, RUN.c.deleted_at.is_(None), ~done)
            .order_by(
                sa.case((seen, 1), else_=0),
                sa.case((TURN.c.skipped_at.is_(None), 0), else_=1),
                TURN.c.skipped_at,
                TURN.c.position,
                ITEM.c.id,
            )
            .limit(most)
        )
        with self._database.read() as connection:
            return tuple(map(_record, connection.execute(asked)))

    def skip(self, item_id: int, *, person: str) -> None:
        """Put an item off until a person's others are done."""
        with self._database.write() as connection:
            who = sa.select(PERSON.c.id).where(PERSON.c.name == person).scalar_subquery()
            connection.execute(
                sa.update(TURN)
                .where(TURN.c.item_id == item_id, TURN.c.person_id == who)
                .values(skipped_at=datetime.now(UTC))
            )

    def judged(self, queue_id: int, *, person: str) -> tuple[ItemRecord, ...]:
        """Give the items of a queue that a person has judged, in the order in which they did."""
        asked = (
            _asked()
            .join(VERDICT, VERDICT.c.item_id == ITEM.c.id)
            .join(PERSON, PERSON.c.id == VERDICT.c.person_id)
            .where(ITEM.c.queue_id == queue_id, PERSON.c.name == person, VERDICT.c.undone_at.is_(None))
            .order_by(VERDICT.c.id)
        )
        with self._database.read() as connection:
            return tuple(map(_record, connection.execute(asked)))


def _asked() -> sa.Select[Any]:
    return sa.select(ITEM, RUN.c.public_id.label("run")).join(RUN, RUN.c.id == ITEM.c.run_id)


def read_items(connection: Connection, *wanted: sa.ColumnElement[bool]) -> tuple[ItemRecord, ...]:
    """Give items in the order in which they were added."""
    return tuple(map(_record, connection.execute(_asked().where(*wanted).order_by(ITEM.c.id))))


def _record(row: Any) -> ItemRecord:
    return ItemRecord(
        id=row.id,
        public_id=row.public_id,
        queue_id=row.queue_id,
        run_id=row.run_id,
        run=row.run,
        key=row.key,
        shots=tuple(row.shots),
        repeat_of=row.repeat_of,
        swapped=row.swapped,
    )
