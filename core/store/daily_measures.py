"""What was measured of attempts, added up by day in the transaction that settles them, so that no page scans them.

One function says what an attempt adds, for what is put in, taken out and made anew, so that these cannot differ. Counts
by bucket stand packed in one value of a row; two engines that settle at once take turns on a row.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from core.domain.money import CostState
from core.domain.run import AttemptState
from core.store import tables
from core.store.buckets import MOST_IN_FLIGHT, Kind, bucket_of, pack, slot_of, unpack
from core.store.columns import EPOCH
from core.store.database import Database, table

ATTEMPT, RUN, SHOT = (table(each) for each in (tables.Attempt, tables.Run, tables.Shot))
MEASURES = table(tables.DailyMeasure)

KEYS: Final = tuple(column.name for column in MEASURES.primary_key)
SUMS: Final = tuple(column.name for column in MEASURES.c if column.name not in (*KEYS, "faults", "times"))
"""The columns that are added up; the last is an amount of money, the others are counts."""

BANDS: Final = (500, 2_000, 8_000)
"""Where a band of prompt length ends and the next begins, in bytes as sent (a character of plain text is one)."""

PAUSED: Final = "paused"
NOTHING: Final = Decimal(0)
AT_ONCE = 400
"""Rows in one statement: SQLite takes at most 32,766 parameters."""

Key = tuple[str, int, int, str, str, str]


class Cut(StrEnum):
    """How a day's attempts are split into pieces."""

    ALL = "all"
    HOUR = "hour"
    TEAM = "team"
    PROJECT = "project"
    LENGTH = "length"


@dataclass(slots=True)
class Cell:
    """One row on its way: sums by column name, failed attempts by kind, counts by slot."""

    sums: dict[str, Any] = field(default_factory=lambda: dict.fromkeys(SUMS, 0) | {"amount": NOTHING})
    faults: dict[str, int] = field(default_factory=dict)
    times: dict[int, int] = field(default_factory=dict)

    def add(self, sums: Mapping[str, Any], faults: Mapping[str, int], times: Mapping[int, int], sign: int = 1) -> None:
        """Add so much, or take it away."""
        own = self.sums
        for name, value in sums.items():
            own[name] += sign * value
        _add_up(self.faults, faults, sign)
        _add_up(self.times, times, sign)

    def values(self) -> dict[str, Any]:
        """Give the row's columns besides its key."""
        return {**self.sums, "faults": dict(sorted(self.faults.items())), "times": pack(self.times)}


def put_in(connection: Connection, attempts: Sequence[int]) -> None:
    """Add settled attempts; they must not be in the sums yet."""
    _change(connection, attempts, sign=1)


def take_out(connection: Connection, attempts: Sequence[int]) -> None:
    """Take attempts out before they change or go; pending ones are in no sum."""
    _change(connection, attempts, sign=-1)


def rebuild(database: Database) -> None:
    """Make all sums anew from the attempts, in one transaction. Raises StoreError and its kinds."""
    with database.write() as connection:
        fill(connection)


def fill(connection: Connection) -> None:
    """Make all sums anew inside the caller's transaction, one day after the other."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE attempt IN SHARE ROW EXCLUSIVE MODE"))
    connection.execute(sa.delete(MEASURES))
    rows = connection.execute(asked_attempts().order_by(ATTEMPT.c.started_at).execution_options(yield_per=5_000))
    for cells in _by_day(rows):
        connection.execute(sa.insert(MEASURES), [_row(key, cell) for key, cell in cells.items()])


def fill_where_missing(connection: Connection) -> None:
    """Make the sums of a database whose attempts are older than this table."""
    if _is_empty(connection, MEASURES) and not _is_empty(connection, ATTEMPT):
        fill(connection)


def band_of(request_bytes: int) -> int:
    """Give the band of a prompt's length, 0 for the shortest."""
    return bisect_right(BANDS, request_bytes)


def _change(connection: Connection, attempts: Sequence[int], *, sign: int) -> None:
    for start in range(0, len(attempts), AT_ONCE):
        rows = connection.execute(asked_attempts().where(ATTEMPT.c.id.in_(attempts[start : start + AT_ONCE]))).all()
        if rows:
            _merge(connection, _cells(rows), sign)


def asked_attempts() -> sa.Select[Any]:
    """Give the question for settled attempts with what `adds` needs of each."""
    return (
        sa.select(
            ATTEMPT.c.started_at, ATTEMPT.c.number, ATTEMPT.c.state, ATTEMPT.c.model, ATTEMPT.c.place,
            ATTEMPT.c.response_model, ATTEMPT.c.ttft_us, ATTEMPT.c.total_us, ATTEMPT.c.error_kind,
            ATTEMPT.c.request_bytes, ATTEMPT.c.in_flight,
            ATTEMPT.c.input_tokens, ATTEMPT.c.output_tokens, ATTEMPT.c.cost, ATTEMPT.c.cost_state,
            RUN.c.team_id, RUN.c.project_id, SHOT.c.shot_index,
        )
        .select_from(ATTEMPT.join(RUN, RUN.c.id == ATTEMPT.c.run_id).join(SHOT, SHOT.c.id == ATTEMPT.c.shot_id))
        .where(ATTEMPT.c.cost_state != CostState.PENDING)
    )  # fmt: skip


def _cells(rows: Iterable[Any]) -> dict[Key, Cell]:
    cells: dict[Key, Cell] = {}
    for row in rows:
        _add(cells, row)
    return cells


def _by_day(rows: Iterable[Any]) -> Iterator[dict[Key, Cell]]:
    """Give the cells of each day; the rows come in order of time."""
    cells: dict[Key, Cell] = {}
    today = None
    for row in rows:
        day = (row.started_at - EPOCH).days
        if cells and day != today:
            yield cells
            cells = {}
        today = day
        _add(cells, row)
    if cells:
        yield cells


def _add(cells: dict[Key, Cell], row: Any) -> None:
    since = row.started_at - EPOCH
    sums, faults, values = adds(row)
    times = {slot_of(kind, int(value) if kind is Kind.IN_FLIGHT else bucket_of(value)): 1 for kind, value in values}
    model, place, revision = row.model, row.place, row.response_model
    for cut, piece in (
        (Cut.ALL, 0),
        (Cut.HOUR, since.seconds // 3_600),
        (Cut.TEAM, row.team_id or 0),
        (Cut.PROJECT, row.project_id or 0),
        (Cut.LENGTH, band_of(row.request_bytes)),
    ):
        key: Key = (cut.value, since.days, piece, model, place, revision)
        cell = cells.get(key)
        if cell is None:
            cell = cells[key] = Cell()
        cell.add(sums, faults, times)


def adds(row: Any) -> tuple[dict[str, Any], dict[str, int], tuple[tuple[Kind, float], ...]]:
    """Give what one attempt adds: sums by column, itself by kind of error where it failed, and its times."""
    first = row.number == 1
    failed = row.state == AttemptState.FAILED
    sums: dict[str, Any] = {
        "attempts": 1,
        "answers": int(first),
        "runs": int(first and row.shot_index == 1),
        _STATES[row.state]: 1,
        _COSTS[row.cost_state]: 1,
        "input_tokens": row.input_tokens,
        "output_tokens": row.output_tokens,
        "amount": row.cost or NOTHING,
    }
    return sums, {row.error_kind: 1} if failed else {}, tuple(_times(row))


def _times(row: Any) -> Iterator[tuple[Kind, float]]:
    """Give the times in microseconds that an attempt tells of its model: only answers that came to an end do.

    A token's time is the stream's after the first piece over the tokens after the first one, as the conventions have
    it; tokens a second are its inverse.
    """
    if row.error_kind != PAUSED:
        yield Kind.IN_FLIGHT, max(0, min(row.in_flight, MOST_IN_FLIGHT))
    if row.state not in (AttemptState.DONE, AttemptState.TRUNCATED) or not row.total_us:
        return
    yield Kind.WHOLE, row.total_us
    if row.ttft_us is not None:
        yield Kind.FIRST, row.ttft_us
        if row.output_tokens > 1 and row.total_us > row.ttft_us:
            yield Kind.TOKEN, (row.total_us - row.ttft_us) / (row.output_tokens - 1)


_STATES = {
    AttemptState.DONE: "done",
    AttemptState.TRUNCATED: "truncated",
    AttemptState.FAILED: "failed",
    AttemptState.CANCELLED: "stopped",
    AttemptState.INTERRUPTED: "stopped",
}
_COSTS = {
    CostState.PRICED: "priced",
    CostState.ESTIMATED: "priced",
    CostState.FREE: "free",
    CostState.UNPRICED: "unpriced",
}


def _merge(connection: Connection, cells: Mapping[Key, Cell], sign: int) -> None:
    keys = sorted(cells)  # in one order always: two engines must not wait for one another in a circle
    if connection.dialect.name == "postgresql":
        empty = [_row(key, Cell()) for key in keys]
        connection.execute(postgresql.insert(MEASURES).on_conflict_do_nothing(), empty)
    wholes = {key: Cell() for key in keys}
    for start in range(0, len(keys), AT_ONCE):
        for row in _held(connection, keys[start : start + AT_ONCE]):
            held = row._mapping
            wholes[tuple(held[name] for name in KEYS)].add(
                {name: held[name] for name in SUMS}, row.faults or {}, unpack(row.times)
            )
    for key in keys:
        wholes[key].add(cells[key].sums, cells[key].faults, cells[key].times, sign)
    connection.execute(_upsert(connection.dialect.name), [_row(key, wholes[key]) for key in keys])
    if sign < 0:
        days = sorted({key[1] for key in keys})
        connection.execute(sa.delete(MEASURES).where(MEASURES.c.day.in_(days), MEASURES.c.attempts == 0))


@cache
def _upsert(dialect: str) -> Any:
    """Give the statement that writes whole rows; made once, for making it takes as long as a few rows."""
    statement = (postgresql if dialect == "postgresql" else sqlite).insert(MEASURES)
    written = {column.name: statement.excluded[column.name] for column in MEASURES.c if column.name not in KEYS}
    return statement.on_conflict_do_update(index_elements=list(KEYS), set_=written)


def _held(connection: Connection, keys: Sequence[Key]) -> Sequence[Any]:
    """Give the rows that are there; on PostgreSQL nobody else may change them before this transaction ends."""
    if connection.dialect.name == "sqlite":
        return connection.execute(_BY_KEYS, {"keys": json.dumps(keys)}).all()
    columns = [MEASURES.c[name] for name in KEYS]
    asked = sa.select(MEASURES).where(sa.tuple_(*columns).in_(keys)).order_by(*columns).with_for_update()
    return connection.execute(asked).all()


def _by_keys() -> sa.Select[Any]:
    """Give the question for SQLite, which would read the whole table for a list of keys of several columns."""
    each = sa.func.json_each(sa.bindparam("keys")).table_valued("value")
    same = (MEASURES.c[name] == sa.func.json_extract(each.c.value, f"$[{place}]") for place, name in enumerate(KEYS))
    return sa.select(MEASURES).select_from(each.join(MEASURES, sa.and_(*same)))


_BY_KEYS = _by_keys()


def _row(key: Key, cell: Cell) -> dict[str, Any]:
    return dict(zip(KEYS, key, strict=True)) | cell.values()


def _add_up(own: dict[Any, int], more: Mapping[Any, int], sign: int) -> None:
    for name, number in more.items():
        left = own.get(name, 0) + sign * number
        if left:
            own[name] = left
        else:
            own.pop(name, None)


def _is_empty(connection: Connection, source: sa.Table) -> bool:
    return connection.execute(sa.select(sa.literal(1)).select_from(source).limit(1)).first() is None
