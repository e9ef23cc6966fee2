"""What people say of items: given, undone, and settled by a lead where they disagree. Nothing is ever overwritten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.verdict import Verdict, VerdictKind
from core.errors import InputError
from core.store import tables
from core.store.database import Database, table
from core.store.items import ItemRecord, read_items
from core.store.people import person_id
from core.store.queues import disagreeing
from core.store.seen import has_seen, mark_seen
from core.store.verdict_rows import (
    Noticed,
    active_of,
    fitting,
    insert_verdict,
    nobody,
    read_verdicts,
    take_back,
)

ITEM = table(tables.Item)
VERDICT = table(tables.VerdictRow)
SETTLEMENT = table(tables.Settlement)
PERSON = table(tables.Person)
RUN = table(tables.Run)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementRecord:
    """A lead's word on an item on which people disagreed."""

    id: int
    item_id: int
    run_id: int
    person: str
    kind: VerdictKind
    shot_id: int | None
    compared: tuple[int, ...]
    note: str
    created_at: datetime

    def as_verdict(self) -> Verdict:
        """Give it in the form of a verdict, which takes the place of those it settles in every figure."""
        return Verdict(
            id=-self.id,
            run_id=self.run_id,
            person=self.person,
            kind=self.kind,
            shot_id=self.shot_id,
            compared=self.compared,
            blind=False,
            note=self.note,
            created_at=self.created_at,
            item_id=self.item_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """An item on which people said different things, with what each said."""

    item: ItemRecord
    verdicts: tuple[Verdict, ...]


class ItemVerdicts:
    """The words of one workspace's people on items."""

    def __init__(self, database: Database, noticed: Noticed = nobody) -> None:
        """Read and write this database; `noticed` is told of every change, within its transaction."""
        self._database = database
        self._noticed = noticed

    def give(
        self,
        item: ItemRecord,
        *,
        person: str,
        kind: VerdictKind,
        shown: Sequence[int],
        shot_id: int | None = None,
        blind: bool = True,
        note: str = "",
        seconds: float | None = None,
    ) -> Verdict:
        """Record a person's word on an item in place of their last one.

        `shown` are the item's shot ids in the order in which they stood. The word is blind only where the person has
        not seen the run's names before; one that is not blind counts as having seen them. Raises InputError for a
        person without a name, or where the word does not fit the answers.
        """
        if sorted(shown) != sorted(item.shots):
            raise InputError("These are not the answers of this item.", next_step="Load the item again.")
        chosen = fitting(kind, shot_id, tuple(shown))
        with self._database.write() as connection:
            who = person_id(connection, person)
            if who is None:
                raise InputError("Whoever labels needs a name.", next_step="Say who you are.")
            hidden = blind and not has_seen(connection, item.run_id, who)
            if not hidden:
                mark_seen(connection, item.run_id, who)
            gone = take_back(connection, *active_of(item.run_id, who, item_id=item.id))
            given = insert_verdict(
                connection,
                {
                    "run_id": item.run_id,
                    "item_id": item.id,
                    "person_id": who,
                    "kind": kind,
                    "shot_id": chosen,
                    "compared": list(shown),
                    "blind": hidden,
                    "note": note.strip(),
                    "seconds": seconds,
                },
            )
            self._tell(connection, item, gone, (given,))
            return given

    def undo(self, item: ItemRecord, *, person: str) -> None:
        """Take back a person's word on an item; nothing happens where there is none."""
        with self._database.write() as connection:
            mine = active_of(item.run_id, person_id(connection, person), item_id=item.id)
            self._tell(connection, item, take_back(connection, *mine), ())

    def note(self, item: ItemRecord, *, person: str, note: str) -> None:
        """Put a note on a person's word on an item; nothing happens where there is none."""
        with self._database.write() as connection:
            mine = active_of(item.run_id, person_id(connection, person), item_id=item.id)
            connection.execute(sa.update(VERDICT).where(*mine).values(note=note.strip()))

    def last(self, queue_id: int, *, person: str, most: int = 10) -> tuple[Verdict, ...]:
        """Give a person's last words in a queue, the newest first: what U takes back, one after the other."""
        newest = (
            sa.select(VERDICT.c.id)
            .join(ITEM, ITEM.c.id == VERDICT.c.item_id)
            .join(PERSON, PERSON.c.id == VERDICT.c.person_id)
            .where(ITEM.c.queue_id == queue_id, PERSON.c.name == person, VERDICT.c.undone_at.is_(None))
            .order_by(VERDICT.c.id.desc())
            .limit(most)
        )
        with self._database.read() as connection:
            return read_verdicts(connection, VERDICT.c.id.in_(newest))[::-1]

    def of_item(self, item_id: int) -> tuple[Verdict, ...]:
        """Give everybody's present word on an item, oldest first."""
        with self._database.read() as connection:
            return read_verdicts(connection, VERDICT.c.item_id == item_id, VERDICT.c.undone_at.is_(None))

    def disagreements(self, queue_id: int) -> tuple[Disagreement, ...]:
        """Give the items of a queue that wait to be settled."""
        with self._database.read() as connection:
            items = read_items(connection, ITEM.c.id.in_(disagreeing(queue_id)), RUN.c.deleted_at.is_(None))
            said = read_verdicts(
                connection, VERDICT.c.item_id.in_([item.id for item in items]), VERDICT.c.undone_at.is_(None)
            )
        return tuple(
            Disagreement(item=item, verdicts=tuple(each for each in said if each.item_id == item.id)) for item in items
        )

    def settle(
        self, item: ItemRecord, *, person: str, kind: VerdictKind, shot_id: int | None = None, note: str = ""
    ) -> SettlementRecord:
        """Record the lead's word on an item in place of the last one; people's own words stay as they are.

        Raises InputError where the word does not fit the answers.
        """
        chosen = fitting(kind, shot_id, item.shots)
        with self._database.write() as connection:
            gone = self._counting(connection, item)
            _end_settlement(connection, item.id)
            connection.execute(
                sa.insert(SETTLEMENT).values(
                    item_id=item.id,
                    run_id=item.run_id,
                    person_id=person_id(connection, person),
                    kind=kind,
                    shot_id=chosen,
                    compared=list(item.shots),
                    note=note.strip(),
                    created_at=datetime.now(UTC),
                )
            )
            found = settlements(connection, SETTLEMENT.c.item_id == item.id)[0]
            self._noticed(connection, gone, self._counting(connection, item))
            return found

    def unsettle(self, item: ItemRecord) -> None:
        """Take the lead's word back: people's own count again."""
        with self._database.write() as connection:
            gone = self._counting(connection, item)
            _end_settlement(connection, item.id)
            self._noticed(connection, gone, self._counting(connection, item))

    def settlement(self, item_id: int) -> SettlementRecord | None:
        """Give the lead's present word on an item, None where nobody has settled it."""
        with self._database.read() as connection:
            return next(iter(settlements(connection, SETTLEMENT.c.item_id == item_id)), None)

    def _tell(self, connection: Connection, item: ItemRecord, gone: Sequence[Verdict], come: Sequence[Verdict]) -> None:
        """Tell of a change, unless a settlement counts in place of what people say of this item."""
        if not settlements(connection, SETTLEMENT.c.item_id == item.id):
            self._noticed(connection, gone, come)

    def _counting(self, connection: Connection, item: ItemRecord) -> tuple[Verdict, ...]:
        """Give what counts for an item: the lead's word where there is one, else everybody's."""
        settled = settlements(connection, SETTLEMENT.c.item_id == item.id)
        if settled:
            return (settled[0].as_verdict(),)
        return read_verdicts(connection, VERDICT.c.item_id == item.id, VERDICT.c.undone_at.is_(None))


def settlements(connection: Connection, *wanted: sa.ColumnElement[bool]) -> tuple[SettlementRecord, ...]:
    """Give the settlements that count, oldest first."""
    rows = connection.execute(
        sa.select(SETTLEMENT, PERSON.c.name.label("person"))
        .outerjoin(PERSON, PERSON.c.id == SETTLEMENT.c.person_id)
        .where(*wanted, SETTLEMENT.c.undone_at.is_(None))
        .order_by(SETTLEMENT.c.id)
    )
    return tuple(map(_settlement, rows))


def _end_settlement(connection: Connection, item_id: int) -> None:
    connection.execute(
        sa.update(SETTLEMENT)
        .where(SETTLEMENT.c.item_id == item_id, SETTLEMENT.c.undone_at.is_(None))
        .values(undone_at=datetime.now(UTC))
    )


def _settlement(row: Any) -> SettlementRecord:
    return SettlementRecord(
        id=row.id,
        item_id=row.item_id,
        run_id=row.run_id,
        person=row.person or "",
        kind=VerdictKind(row.kind),
        shot_id=row.shot_id,
        compared=tuple(row.compared or ()),
        note=row.note,
        created_at=row.created_at,
    )
