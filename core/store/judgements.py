"""What AI judges and checks say of answers; kept apart from people's verdicts for ever."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.labelling import JudgementSource
from core.domain.verdict import VerdictKind
from core.store import tables
from core.store.columns import storable
from core.store.database import Database, table
from core.store.history_filter import HistoryFilter, conditions

JUDGEMENT = table(tables.JudgementRow)
RUN = table(tables.Run)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One judgement. `name` is the judging model or the check, `version` of its question or form.

    `compared` are shot ids in the order in which they were asked about; `outcome` is one of a verdict's kinds, with
    `shot_id` where it names a shot, or None where it could not be read. `flipped` says that the judge contradicted
    itself when the order was turned. `cost_runs` are the public ids of the runs that asked.
    """

    run_id: int
    source: JudgementSource
    name: str
    version: str
    compared: tuple[int, ...]
    outcome: VerdictKind | None
    shot_id: int | None = None
    item_id: int | None = None
    flipped: bool = False
    score: float | None = None
    reason: str = ""
    cost_runs: tuple[str, ...] = ()
    created_at: datetime | None = None
    id: int | None = None


Noticed = Callable[[Connection, Sequence[Judgement], Sequence[Judgement]], None]
"""Told which judgements no longer count and which do from now on."""


def nobody(_connection: Connection, _gone: Sequence[Judgement], _come: Sequence[Judgement]) -> None:
    """Take no notice."""


class Judgements:
    """The judgements of one workspace."""

    def __init__(self, database: Database, noticed: Noticed = nobody) -> None:
        """Read and write this database; `noticed` is told of every change, within its transaction."""
        self._database = database
        self._noticed = noticed

    def add(self, new: Sequence[Judgement]) -> tuple[Judgement, ...]:
        """Record judgements, each in place of the last one of the same judge on the same answers in the same order."""
        with self._database.write() as connection:
            return tuple(self._add(connection, each) for each in new)

    def of_run(self, run_id: int) -> tuple[Judgement, ...]:
        """Give the judgements on a run that count, oldest first."""
        with self._database.read() as connection:
            return read_judgements(connection, JUDGEMENT.c.run_id == run_id)

    def all(
        self, wanted: HistoryFilter, *, source: JudgementSource | None = None, name: str = ""
    ) -> tuple[Judgement, ...]:
        """Give the judgements that count on the runs that a filter lets through, oldest first."""
        with self._database.read() as connection:
            chosen: list[sa.ColumnElement[bool]] = [
                JUDGEMENT.c.run_id.in_(sa.select(RUN.c.id).where(*conditions(connection, wanted)))
            ]
            if source is not None:
                chosen.append(JUDGEMENT.c.source == source)
            if name:
                chosen.append(JUDGEMENT.c.name == name)
            return read_judgements(connection, *chosen)

    def _add(self, connection: Connection, new: Judgement) -> Judgement:
        subject = ">".join(map(str, new.compared))
        same = (
            JUDGEMENT.c.source == new.source,
            JUDGEMENT.c.name == storable(new.name),
            JUDGEMENT.c.version == storable(new.version),
            JUDGEMENT.c.subject == subject,
        )
        gone = read_judgements(connection, *same)
        now = datetime.now(UTC)
        connection.execute(sa.update(JUDGEMENT).where(*same, JUDGEMENT.c.undone_at.is_(None)).values(undone_at=now))
        new_id = connection.execute(
            sa.insert(JUDGEMENT)
            .values(
                run_id=new.run_id,
                item_id=new.item_id,
                source=new.source,
                name=storable(new.name),
                version=storable(new.version),
                subject=subject,
                compared=list(new.compared),
                outcome=new.outcome,
                shot_id=new.shot_id,
                flipped=new.flipped,
                score=new.score,
                reason=new.reason,
                cost_runs=list(new.cost_runs),
                created_at=now,
            )
            .returning(JUDGEMENT.c.id)
        ).scalar_one()
        come = read_judgements(connection, JUDGEMENT.c.id == new_id)
        self._noticed(connection, gone, come)
        return come[0]


def read_judgements(connection: Connection, *wanted: sa.ColumnElement[bool]) -> tuple[Judgement, ...]:
    """Give the judgements that count, oldest first."""
    asked = sa.select(JUDGEMENT).where(*wanted, JUDGEMENT.c.undone_at.is_(None)).order_by(JUDGEMENT.c.id)
    return tuple(map(_record, connection.execute(asked)))


def _record(row: Any) -> Judgement:
    return Judgement(
        id=row.id,
        run_id=row.run_id,
        item_id=row.item_id,
        source=JudgementSource(row.source),
        name=row.name,
        version=row.version,
        compared=tuple(row.compared),
        outcome=None if row.outcome is None else VerdictKind(row.outcome),
        shot_id=row.shot_id,
        flipped=row.flipped,
        score=row.score,
        reason=row.reason,
        cost_runs=tuple(row.cost_runs or ()),
        created_at=row.created_at,
    )
