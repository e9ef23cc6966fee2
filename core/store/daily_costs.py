"""The ledger's sums by day and hour, kept in the transaction that changes the ledger, so that no page scans it.

One definition of each sum serves what is added, what is taken out and what is made anew, so that they cannot differ.
An attempt counts from its end on; a pending one is in no sum. What was measured of it (daily_measures) goes along.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect

from core.domain.money import CostState
from core.domain.run import AttemptState
from core.store import adjusting, daily_measures, tables, totals
from core.store.database import Database, table

ATTEMPT, CHARGE, RUN, RUN_TAG = (table(each) for each in (tables.Attempt, tables.ChargeRow, tables.Run, tables.RunTag))
CALLS, COSTS, TAGS, HOURS = (
    table(each) for each in (tables.DailyCall, tables.DailyCost, tables.DailyTag, tables.HourlyCost)
)

DAY_SECONDS, HOUR_SECONDS = 86_400, 3_600
AT_ONCE = 500
"""Attempts in one statement: SQLite takes at most 32,766 parameters."""

EPOCH_DAY = date(1970, 1, 1).toordinal()


def day_number(moment: datetime | date) -> int:
    """Give the UTC day as a number since 1970."""
    day = moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment
    return day.toordinal() - EPOCH_DAY


def day_of_number(number: int) -> date:
    """Give the day of a number since 1970."""
    return date.fromordinal(number + EPOCH_DAY)


@dataclass(frozen=True, slots=True)
class Sums:
    """One table of sums: the query that makes it from attempts, and which of its columns are added up."""

    into: sa.Table
    query: Callable[[Dialect], sa.Select[Any]]
    counted: str
    """The column that is 0 exactly where nothing is left to sum."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Give the columns that name a row."""
        return tuple(column.name for column in self.into.primary_key)

    @property
    def measures(self) -> tuple[str, ...]:
        """Give the columns that are added up."""
        return tuple(column.name for column in self.into.c if not column.primary_key)


def put_in(connection: Connection, attempts: Sequence[int]) -> None:
    """Add settled attempts to the sums; they must not be in them yet. In a closed month this is an adjustment."""
    _change(connection, attempts, sign=1)
    totals.add(connection, attempts)


def take_out(connection: Connection, attempts: Sequence[int]) -> None:
    """Take attempts out of the sums before they change or go; pending ones are in none."""
    _change(connection, attempts, sign=-1)
    totals.subtract(connection, attempts)


def rebook(connection: Connection, runs: Sequence[int], values: Mapping[str, int | None]) -> None:
    """Book runs to another person, team or project (`person_id`, `team_id`, `project_id`) and move their sums along.

    The sums of a closed month move between groups and stay the same in all, so this is no adjustment.
    """
    for some in _parcels(runs):
        attempts = connection.execute(sa.select(ATTEMPT.c.id).where(ATTEMPT.c.run_id.in_(some))).scalars().all()
        _change(connection, attempts, sign=-1, adjust=False)
        connection.execute(sa.update(RUN).where(RUN.c.id.in_(some)).values(dict(values)))
        _change(connection, attempts, sign=1, adjust=False)


def rebuild(database: Database) -> None:
    """Make all sums anew from the ledger, in one transaction. Raises StoreError and its kinds."""
    with database.write() as connection:
        fill(connection)


def fill(connection: Connection) -> None:
    """Make all sums anew inside the caller's transaction."""
    if connection.dialect.name == "postgresql":
        # Nobody may settle between the two statements: what they add would be in both or in neither.
        connection.execute(sa.text("LOCK TABLE attempt IN SHARE ROW EXCLUSIVE MODE"))
    for sums in EACH:
        connection.execute(sa.delete(sums.into))
        columns = [column.name for column in sums.into.c]
        connection.execute(sa.insert(sums.into).from_select(columns, sums.query(connection.dialect)))
    totals.fill(connection)
    daily_measures.fill(connection)


def _change(connection: Connection, attempts: Sequence[int], *, sign: int, adjust: bool = True) -> None:
    if sign < 0:
        attempts = _settled(connection, attempts)
    for some in _parcels(attempts):
        for sums in EACH:
            rows = connection.execute(sums.query(connection.dialect).where(ATTEMPT.c.id.in_(some))).all()
            if rows:
                _add(connection, sums, rows, sign)
            if adjust and sums is EACH[0]:
                adjusting.note(connection, [(row.day, sign * row.attempts, sign * row.amount) for row in rows])
        if sign > 0:
            daily_measures.put_in(connection, some)
        else:
            daily_measures.take_out(connection, some)


def _settled(connection: Connection, attempts: Sequence[int]) -> list[int]:
    """Give those attempts that are in the sums: when an attempt ends, usually none."""
    return [
        attempt
        for some in _parcels(attempts)
        for attempt in connection.execute(sa.select(ATTEMPT.c.id).where(ATTEMPT.c.id.in_(some), OVER)).scalars()
    ]


def _add(connection: Connection, sums: Sums, rows: Iterable[Any], sign: int) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    values = [dict(row._mapping) | {name: sign * row._mapping[name] for name in sums.measures} for row in rows]
    # In one order always: two engines that settle at once must not wait for one another in a circle.
    values.sort(key=lambda value: tuple(value[name] for name in sums.keys))
    statement = dialect.insert(sums.into)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=list(sums.keys),
            set_={name: sums.into.c[name] + statement.excluded[name] for name in sums.measures},
        ),
        values,
    )
    if sign < 0:
        slots = sorted({value[sums.keys[0]] for value in values})
        connection.execute(
            sa.delete(sums.into).where(sums.into.c[sums.keys[0]].in_(slots), sums.into.c[sums.counted] == 0)
        )


def _parcels(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))


def _slot(dialect: Dialect, seconds: int) -> sa.ColumnElement[int]:
    """Give the number of the day or hour in which an attempt began."""
    if dialect.name == "postgresql":
        seconds_since = sa.func.extract("epoch", ATTEMPT.c.started_at)
        return sa.cast(sa.func.floor(seconds_since / seconds), sa.BigInteger)
    micros = sa.type_coerce(ATTEMPT.c.started_at, sa.BigInteger)
    return sa.type_coerce(micros.op("/")(sa.literal_column(str(seconds * 1_000_000))), sa.BigInteger)


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.sum(sa.case((condition, 1), else_=0)), sa.BigInteger)


def _total(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.type_coerce(sa.cast(sa.func.coalesce(sa.func.sum(column), 0), sa.BigInteger), column.type)


TOKENS = ATTEMPT.c.input_tokens + ATTEMPT.c.output_tokens
OVER = ATTEMPT.c.cost_state != CostState.PENDING
SILENT = sa.and_(ATTEMPT.c.cost_state == CostState.ESTIMATED, sa.not_(ATTEMPT.c.usage_known), TOKENS == 0)
BOOKED = {name: sa.func.coalesce(RUN.c[name], 0).label(name) for name in ("person_id", "team_id", "project_id")}


def _calls(dialect: Dialect) -> sa.Select[Any]:
    keys = (
        _slot(dialect, DAY_SECONDS).label("day"), ATTEMPT.c.model, ATTEMPT.c.provider, ATTEMPT.c.place,
        BOOKED["person_id"], BOOKED["team_id"], BOOKED["project_id"], ATTEMPT.c.cost_state,
    )  # fmt: skip
    return (
        sa.select(
            *keys,
            sa.func.count().label("attempts"),
            _count(ATTEMPT.c.number == 1).label("answers"),
            _count(ATTEMPT.c.state == AttemptState.FAILED).label("failed"),
            _count(TOKENS > 0).label("used"),
            _count(SILENT).label("silent"),
            _total(ATTEMPT.c.input_tokens).label("input_tokens"),
            _total(ATTEMPT.c.output_tokens).label("output_tokens"),
            _total(ATTEMPT.c.cost).label("amount"),
        )
        .select_from(ATTEMPT.join(RUN, RUN.c.id == ATTEMPT.c.run_id))
        .where(OVER)
        .group_by(*(sa.literal_column(str(place + 1)) for place in range(len(keys))))
    )


def _costs(dialect: Dialect) -> sa.Select[Any]:
    keys = (
        _slot(dialect, DAY_SECONDS).label("day"), ATTEMPT.c.model, ATTEMPT.c.provider, ATTEMPT.c.place,
        BOOKED["team_id"], BOOKED["project_id"], ATTEMPT.c.cost_state, CHARGE.c.token_class,
    )  # fmt: skip
    return (
        sa.select(
            *keys,
            sa.func.count().label("charges"),
            _total(CHARGE.c.quantity).label("quantity"),
            _total(CHARGE.c.amount).label("amount"),
        )
        .select_from(ATTEMPT.join(RUN, RUN.c.id == ATTEMPT.c.run_id).join(CHARGE, CHARGE.c.attempt_id == ATTEMPT.c.id))
        .where(OVER)
        .group_by(*(sa.literal_column(str(place + 1)) for place in range(len(keys))))
    )


def _tags(dialect: Dialect) -> sa.Select[Any]:
    keys = (
        _slot(dialect, DAY_SECONDS).label("day"), RUN_TAG.c.tag_id, ATTEMPT.c.model, ATTEMPT.c.place,
        ATTEMPT.c.cost_state,
    )  # fmt: skip
    return (
        sa.select(
            *keys,
            sa.func.count().label("attempts"),
            _count(ATTEMPT.c.number == 1).label("answers"),
            _count(TOKENS > 0).label("used"),
            _total(ATTEMPT.c.input_tokens).label("input_tokens"),
            _total(ATTEMPT.c.output_tokens).label("output_tokens"),
            _total(ATTEMPT.c.cost).label("amount"),
        )
        .select_from(ATTEMPT.join(RUN_TAG, RUN_TAG.c.run_id == ATTEMPT.c.run_id))
        .where(OVER)
        .group_by(*(sa.literal_column(str(place + 1)) for place in range(len(keys))))
    )


def _hours(dialect: Dialect) -> sa.Select[Any]:
    keys = (_slot(dialect, HOUR_SECONDS).label("hour"), ATTEMPT.c.model)
    return (
        sa.select(
            *keys,
            sa.func.count().label("attempts"),
            _count(ATTEMPT.c.number > 1).label("retries"),
            _count(ATTEMPT.c.state == AttemptState.FAILED).label("failed"),
            _total(ATTEMPT.c.cost).label("amount"),
        )
        .where(OVER)
        .group_by(*(sa.literal_column(str(place + 1)) for place in range(len(keys))))
    )


EACH = (
    Sums(CALLS, _calls, "attempts"),
    Sums(COSTS, _costs, "charges"),
    Sums(TAGS, _tags, "attempts"),
    Sums(HOURS, _hours, "attempts"),
)
