"""Queues: named sets of items to label, and how far their people have come."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from core.domain.labelling import NamesShown, Overlap, StopRule
from core.errors import InputError, NotFound
from core.store import tables
from core.store.columns import storable
from core.store.database import Database, table
from core.store.people import person_id, tidy_name

QUEUE = table(tables.Queue)
ITEM = table(tables.Item)
TURN = table(tables.Turn)
VERDICT = table(tables.VerdictRow)
SETTLEMENT = table(tables.Settlement)
PERSON = table(tables.Person)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRecord:
    """A queue. `people` are names, none for anybody; `view` is the view of History its runs came from, as JSON.

    `share` is the part of the items, in [0, 1], that two people judge where `overlap` is `SHARE`.
    """

    id: int
    public_id: str
    name: str
    question: str
    guide: str
    view: Mapping[str, Any]
    people: tuple[str, ...]
    overlap: Overlap
    share: float
    names_shown: NamesShown
    stop: StopRule
    seed: int
    created_by: str
    created_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a queue has come: a person's own turns and everybody's, how many are done, and what is to be settled."""

    mine: int
    mine_done: int
    all: int
    all_done: int
    to_settle: int


class Queues:
    """The queues of one workspace."""

    def __init__(self, database: Database) -> None:
        """Read and write this database."""
        self._database = database

    def create(
        self,
        name: str,
        *,
        question: str,
        guide: str = "",
        view: Mapping[str, Any] | None = None,
        people: Sequence[str] = (),
        overlap: Overlap = Overlap.SHARE,
        share: float = 0.2,
        names_shown: NamesShown = NamesShown.AFTER_EACH,
        stop: StopRule = StopRule.CLEAR_WINNER,
        seed: int | None = None,
        by: str = "",
    ) -> QueueRecord:
        """Make a queue without items. Raises InputError for an empty name or question, or a share outside [0, 1]."""
        tidy = tidy_name(name)
        if not tidy:
            raise InputError("A queue needs a name.", next_step="Type one.")
        if not question.strip():
            raise InputError("A queue needs a question.", next_step="For example: Which reply would you send?")
        if not 0 <= share <= 1:
            raise InputError("The share that two people judge lies between none and all.", next_step="Correct it.")
        with self._database.write() as connection:
            new_id = connection.execute(
                sa.insert(QUEUE)
                .values(
                    public_id=secrets.token_urlsafe(12),
                    name=tidy,
                    question=question.strip(),
                    guide=guide.strip(),
                    view=dict(view or {}),
                    people=list(dict.fromkeys(map(tidy_name, people))),
                    overlap=overlap,
                    share=share,
                    names_shown=names_shown,
                    stop=stop,
                    seed=secrets.randbits(62) if seed is None else seed,
                    created_by=person_id(connection, by),
                    created_at=datetime.now(UTC),
                )
                .returning(QUEUE.c.id)
            ).scalar_one()
            return _record(connection.execute(_asked().where(QUEUE.c.id == new_id)).one())

    def get(self, public_id: str) -> QueueRecord:
        """Give a queue, closed or not. Raises NotFound."""
        with self._database.read() as connection:
            row = connection.execute(_asked().where(QUEUE.c.public_id == storable(public_id))).one_or_none()
        if row is None:
            raise NotFound("There is no queue under this link.", next_step="Choose one on the Label page.")
        return _record(row)

    def all(self, *, closed: bool = False) -> tuple[QueueRecord, ...]:
        """Give the open queues, or the closed ones, newest first."""
        state = QUEUE.c.closed_at.is_not(None) if closed else QUEUE.c.closed_at.is_(None)
        with self._database.read() as connection:
            return tuple(map(_record, connection.execute(_asked().where(state).order_by(QUEUE.c.id.desc()))))

    def reword(self, public_id: str, *, name: str, question: str, guide: str) -> QueueRecord:
        """Change what a queue is called and asks; picks stay. Raises NotFound, InputError for an empty text."""
        tidy = tidy_name(name)
        if not tidy or not question.strip():
            raise InputError("A queue needs a name and a question.", next_step="Type both.")
        self._change(public_id, name=tidy, question=question.strip(), guide=guide.strip())
        return self.get(public_id)

    def close(self, public_id: str, *, reopen: bool = False) -> None:
        """Close a queue, or open it again; its picks count either way. Raises NotFound."""
        self._change(public_id, closed_at=None if reopen else datetime.now(UTC))

    def progress(self, queue_id: int, *, person: str) -> Progress:
        """Give how far a queue has come, for everybody and for one person."""
        done = sa.exists().where(
            VERDICT.c.item_id == TURN.c.item_id,
            VERDICT.c.person_id == TURN.c.person_id,
            VERDICT.c.undone_at.is_(None),
        )
        turns = (
            sa.select(PERSON.c.name, sa.func.count().label("n"), sa.func.sum(sa.case((done, 1), else_=0)).label("done"))
            .select_from(TURN.join(ITEM, ITEM.c.id == TURN.c.item_id).join(PERSON, PERSON.c.id == TURN.c.person_id))
            .where(ITEM.c.queue_id == queue_id)
            .group_by(PERSON.c.name)
        )
        with self._database.read() as connection:
            by_name = {row.name: (row.n, int(row.done)) for row in connection.execute(turns)}
            to_settle = connection.execute(
                sa.select(sa.func.count()).select_from(disagreeing(queue_id).subquery())
            ).scalar_one()
        mine, mine_done = by_name.get(person, (0, 0))
        return Progress(
            mine=mine,
            mine_done=mine_done,
            all=sum(n for n, _ in by_name.values()),
            all_done=sum(ready for _, ready in by_name.values()),
            to_settle=to_settle,
        )

    def waiting(self, person: str) -> int:
        """Give how many items of open queues wait for a person."""
        done = sa.exists().where(
            VERDICT.c.item_id == TURN.c.item_id,
            VERDICT.c.person_id == TURN.c.person_id,
            VERDICT.c.undone_at.is_(None),
        )
        asked = (
            sa.select(sa.func.count())
            .select_from(
                TURN.join(PERSON, PERSON.c.id == TURN.c.person_id)
                .join(ITEM, ITEM.c.id == TURN.c.item_id)
                .join(QUEUE, QUEUE.c.id == ITEM.c.queue_id)
            )
            .where(PERSON.c.name == person, QUEUE.c.closed_at.is_(None), ~done)
        )
        with self._database.read() as connection:
            return int(connection.execute(asked).scalar_one())

    def _change(self, public_id: str, **values: Any) -> None:
        with self._database.write() as connection:
            changed = connection.execute(
                sa.update(QUEUE).where(QUEUE.c.public_id == storable(public_id)).values(values)
            )
            if not changed.rowcount:
                raise NotFound("There is no queue under this link.", next_step="Choose one on the Label page.")


def disagreeing(queue_id: int) -> sa.Select[tuple[int]]:
    """Ask for the items of a queue on which people disagree and which nobody has settled."""
    said = sa.func.count(sa.func.coalesce(VERDICT.c.shot_id, 0).distinct())
    how = sa.func.count(VERDICT.c.kind.distinct())
    settled = sa.exists().where(SETTLEMENT.c.item_id == ITEM.c.id, SETTLEMENT.c.undone_at.is_(None))
    return (
        sa.select(ITEM.c.id)
        .join(VERDICT, sa.and_(VERDICT.c.item_id == ITEM.c.id, VERDICT.c.undone_at.is_(None)))
        .where(ITEM.c.queue_id == queue_id, ~settled)
        .group_by(ITEM.c.id)
        .having(sa.or_(said > 1, how > 1))
    )


def _asked() -> sa.Select[Any]:
    return sa.select(QUEUE, PERSON.c.name.label("person")).outerjoin(PERSON, PERSON.c.id == QUEUE.c.created_by)


def _record(row: Any) -> QueueRecord:
    return QueueRecord(
        id=row.id,
        public_id=row.public_id,
        name=row.name,
        question=row.question,
        guide=row.guide,
        view=row.view or {},
        people=tuple(row.people or ()),
        overlap=Overlap(row.overlap),
        share=row.share,
        names_shown=NamesShown(row.names_shown),
        stop=StopRule(row.stop),
        seed=row.seed,
        created_by=row.person or "",
        created_at=row.created_at,
        closed_at=row.closed_at,
    )
