"""Verdicts as rows: written, taken back and read, inside the transaction of whoever does so.

Whoever keeps figures that follow from verdicts (a shot's quality) is told of each change within the same transaction.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.event import EventKind
from core.domain.verdict import Verdict, VerdictKind
from core.errors import InputError
from core.store import facts, outbox, tables
from core.store.database import table

VERDICT = table(tables.VerdictRow)
PERSON = table(tables.Person)

Noticed = Callable[[Connection, Sequence[Verdict], Sequence[Verdict]], None]
"""Told which verdicts no longer count and which do from now on."""


def nobody(_connection: Connection, _gone: Sequence[Verdict], _come: Sequence[Verdict]) -> None:
    """Take no notice."""


def active_of(run_id: int, person: int | None, *, item_id: int | None = None) -> tuple[sa.ColumnElement[bool], ...]:
    """Give the conditions of a person's present word on a run, or on an item of it."""
    by = VERDICT.c.person_id.is_(None) if person is None else VERDICT.c.person_id == person
    what = VERDICT.c.item_id.is_(None) if item_id is None else VERDICT.c.item_id == item_id
    return VERDICT.c.run_id == run_id, what, by, VERDICT.c.undone_at.is_(None)


def take_back(connection: Connection, *which: sa.ColumnElement[bool]) -> tuple[Verdict, ...]:
    """Mark verdicts as taken back and give them."""
    gone = read_verdicts(connection, *which)
    if gone:
        connection.execute(
            sa.update(VERDICT).where(VERDICT.c.id.in_([each.id for each in gone])).values(undone_at=datetime.now(UTC))
        )
        outbox.tell(connection, lambda: facts.verdicts(connection, EventKind.VERDICT_TAKEN_BACK, gone))
    return gone


def insert_verdict(connection: Connection, values: dict[str, Any]) -> Verdict:
    """Write a verdict and give it."""
    new_id = connection.execute(
        sa.insert(VERDICT).values(created_at=datetime.now(UTC), **values).returning(VERDICT.c.id)
    ).scalar_one()
    given = read_verdicts(connection, VERDICT.c.id == new_id)[0]
    outbox.tell(connection, lambda: facts.verdicts(connection, EventKind.VERDICT_GIVEN, (given,)))
    return given


def fitting(kind: VerdictKind, shot: int | None, shown: tuple[int, ...]) -> int | None:
    """Give the shot that a word is about, None for one about all. Raises InputError where the two do not fit."""
    if not shown:
        raise InputError("There is no answer to judge yet.", next_step="Wait until one is done.")
    if kind in (VerdictKind.TIE, VerdictKind.NONE):
        chosen = None
    elif shot is None and kind is not VerdictKind.WINNER and len(shown) == 1:
        chosen = shown[0]
    else:
        chosen = shot
        if chosen not in shown:
            raise InputError("The answer picked is not among those compared.", next_step="Pick one that is on view.")
    if kind in (VerdictKind.WINNER, VerdictKind.TIE) and len(shown) < 2:
        raise InputError("A single answer has nothing to win against.", next_step="Say whether it is good enough.")
    return chosen


def read_verdicts(connection: Connection, *wanted: sa.ColumnElement[bool]) -> tuple[Verdict, ...]:
    """Give verdicts, oldest first."""
    rows = connection.execute(
        sa.select(VERDICT, PERSON.c.name.label("person"))
        .outerjoin(PERSON, PERSON.c.id == VERDICT.c.person_id)
        .where(*wanted)
        .order_by(VERDICT.c.id)
    )
    return tuple(map(verdict_of, rows))


def verdict_of(row: Any) -> Verdict:
    """Give a row, with its person's name, as a verdict."""
    return Verdict(
        id=row.id,
        run_id=row.run_id,
        person=row.person or "",
        kind=VerdictKind(row.kind),
        shot_id=row.shot_id,
        compared=tuple(row.compared or ()),
        blind=row.blind,
        note=row.note,
        created_at=row.created_at,
        item_id=row.item_id,
        seconds=row.seconds,
    )
