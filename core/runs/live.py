"""Following a run while it goes: any number of people, each with a cursor of their own, nothing shared but the rows.

A follower reads the run's version (one row). Only when it moved does it read the shots, and of their text only the
pieces that are new.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from time import monotonic, sleep
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from core.domain.money import CostState
from core.domain.run import RunState, ShotRecord
from core.errors import NotFound
from core.store import tables
from core.store.database import Database, table
from core.store.run_reads import shot_of

RUN = table(tables.Run)
SHOT = table(tables.Shot)
DELTA = table(tables.Delta)
HEAD = (RUN.c.id, RUN.c.state, RUN.c.version, RUN.c.created_at, RUN.c.started_at, RUN.c.finished_at, RUN.c.estimate)
LIGHT = tuple(column for column in SHOT.c if column.name not in ("text", "thinking"))
POLL_SECONDS = 0.04


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveView:
    """A run at one moment. `cost` sums what is known or estimated in USD; `estimate` is what it was thought to cost."""

    public_id: str
    state: RunState
    version: int
    settled: int
    total: int
    elapsed_s: float
    cost: Decimal
    cost_is_estimate: bool
    unpriced_shots: int
    estimate: Decimal | None
    shots: tuple[ShotRecord, ...]


@dataclass(slots=True)
class _Cell:
    """What a follower has read of one shot."""

    attempts: int
    settled: bool
    text: str = ""
    thinking: str = ""


class Follower:
    """One viewer's cursor on one run. Not for two threads at once."""

    def __init__(self, database: Database, public_id: str) -> None:
        """Find the run. Raises NotFound."""
        self._database = database
        self.public_id = public_id
        self._version = -1
        self._last_delta = 0
        self._cells: dict[int, _Cell] = {}
        with database.read() as connection:
            run_id = connection.execute(sa.select(RUN.c.id).where(RUN.c.public_id == public_id)).scalar()
        if run_id is None:
            raise NotFound("There is no such run here.", next_step="Look for it in History.")
        self._run_id = run_id

    def view(self) -> LiveView:
        """Read the run as it is now."""
        with self._database.read() as connection:
            head = connection.execute(sa.select(*HEAD).where(RUN.c.id == self._run_id)).one()
            rows = connection.execute(sa.select(*LIGHT).where(SHOT.c.run_id == self._run_id).order_by(SHOT.c.ordinal))
            cells = [(row, self._cell(connection, row)) for row in rows]
            self._read_pieces(connection)
        self._version = head.version
        return _view(self.public_id, head, [_record(row, cell) for row, cell in cells])

    def wait(self, timeout: float) -> LiveView | None:
        """Wait up to so many seconds for a change; give the new view, or None where nothing changed."""
        end = monotonic() + timeout
        while True:
            with self._database.read() as connection:
                version = connection.execute(sa.select(RUN.c.version).where(RUN.c.id == self._run_id)).scalar()
            if version != self._version:
                return self.view()
            left = end - monotonic()
            if left <= 0:
                return None
            sleep(min(POLL_SECONDS, left))

    def _cell(self, connection: Connection, row: "Row[Any]") -> _Cell:
        """Bring what was read of a shot up to date: an attempt that starts over clears it, settling fixes it."""
        cell = self._cells.get(row.id)
        settled = row.finished_at is not None
        if cell is None or cell.attempts != row.attempts or (cell.settled and not settled):
            cell = self._cells[row.id] = _Cell(attempts=row.attempts, settled=False)
            self._catch_up(connection, row.id, cell)
        if settled and not cell.settled:
            whole = connection.execute(sa.select(SHOT.c.text, SHOT.c.thinking).where(SHOT.c.id == row.id)).one()
            cell.text, cell.thinking, cell.settled = whole.text, whole.thinking, True
        return cell

    def _catch_up(self, connection: Connection, shot_id: int, cell: _Cell) -> None:
        """Read the pieces of a shot that this follower has passed already, which belong to a cell begun anew."""
        rows = connection.execute(
            sa.select(DELTA.c.thinking, DELTA.c.text)
            .where(DELTA.c.shot_id == shot_id, DELTA.c.id <= self._last_delta)
            .order_by(DELTA.c.id)
        )
        for row in rows:
            _append(cell, row.thinking, row.text)

    def _read_pieces(self, connection: Connection) -> None:
        rows = connection.execute(
            sa.select(DELTA.c.id, DELTA.c.shot_id, DELTA.c.thinking, DELTA.c.text)
            .where(DELTA.c.run_id == self._run_id, DELTA.c.id > self._last_delta)
            .order_by(DELTA.c.id)
        )
        for row in rows:
            self._last_delta = row.id
            cell = self._cells.get(row.shot_id)
            if cell is not None and not cell.settled:
                _append(cell, row.thinking, row.text)


class LiveRuns:
    """Gives followers of the runs of one workspace."""

    def __init__(self, database: Database) -> None:
        """Keep the database."""
        self._database = database

    def follow(self, public_id: str) -> Follower:
        """Give a new cursor on a run. Raises NotFound."""
        return Follower(self._database, public_id)


def _append(cell: _Cell, thinking: bool, text: str) -> None:
    if thinking:
        cell.thinking += text
    else:
        cell.text += text


def _record(row: "Row[Any]", cell: _Cell) -> ShotRecord:
    record = shot_of(_WithText(row))
    return replace(record, text=cell.text, thinking=cell.thinking)


class _WithText:
    """A row read without its text, which a follower keeps itself."""

    text = thinking = ""

    def __init__(self, row: "Row[Any]") -> None:
        self._row = row

    def __getattr__(self, name: str) -> object:
        return getattr(self._row, name)


def _view(public_id: str, head: Any, shots: list[ShotRecord]) -> LiveView:
    since = head.started_at or head.created_at
    until = head.finished_at or datetime.now(UTC)
    return LiveView(
        public_id=public_id,
        state=RunState(head.state),
        version=head.version,
        settled=sum(shot.state.settled for shot in shots),
        total=len(shots),
        elapsed_s=max(0.0, (until - since).total_seconds()),
        cost=sum((shot.cost for shot in shots if shot.cost is not None), Decimal(0)),
        cost_is_estimate=any(shot.cost_state in (CostState.PENDING, CostState.ESTIMATED) for shot in shots),
        unpriced_shots=sum(shot.cost_state is CostState.UNPRICED for shot in shots),
        estimate=head.estimate,
        shots=tuple(shots),
    )
