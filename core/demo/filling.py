"""Writes the demo's history into its database, and takes it out again, in transactions too short to be noticed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.demo import cast
from core.demo.history import History
from core.demo.made import MadeRun
from core.demo.rows import ATTEMPT, CHARGE, RUN, RUN_TAG, SHOT, VERDICT, Keys, Rows, rows_of, shots_before
from core.domain.run import Origin
from core.store import daily_costs, tables
from core.store.database import Database, plain_errors, table
from core.store.upsert import insert_or_leave

DELTA = table(tables.Delta)
ROUTE, RUN_PIN, RULE_HIT, PROMPT_CLASS = (
    table(each) for each in (tables.RouteRow, tables.RunPin, tables.RuleHit, tables.PromptClass)
)
SAID_OF_RUNS = tuple(
    table(each)
    for each in (
        tables.Settlement,
        tables.JudgementRow,
        tables.Score,
        tables.ShotQuality,
        tables.Seen,
        tables.Steadiness,
    )
)
TURN, ITEM = table(tables.Turn), table(tables.Item)
PERSON, TEAM, PROJECT, TAG = (table(each) for each in (tables.Person, tables.Team, tables.Project, tables.Tag))

KEYED = (RUN, SHOT, ATTEMPT, VERDICT)
SHOTS_AT_ONCE = 120
RUNS_DELETED_AT_ONCE = 60

Progress = Callable[[int], None]
"""Told after each transaction how many runs have been written."""


def highest_keys(database: Database) -> dict[str, int]:
    """Give the highest key of each table that the history is written to, 0 where it is empty."""
    with database.read() as connection:
        return {each.name: _highest(connection, each) for each in KEYED}


def write_history(
    database: Database, history: History, *, above: Mapping[str, int] | None = None, progress: Progress
) -> int:
    """Write all runs, the newest first; give how many. Raises StoreError and its kinds.

    The keys are taken above all that are there, so that a run which somebody starts meanwhile stands in nobody's way,
    and above those in `above`, so that no key of a deleted row is ever given again: an engine may still hold it.
    """
    before = shots_before(history.plan)
    keys: Keys | None = None
    costs: dict[int, Decimal] = {}
    for parcel in _parcels(history.newest_first()):
        costs |= {run.plan.index: run.cost for run in parcel}
        tags = {tag for run in parcel for tag in run.tags}
        with database.write() as connection:
            keys = keys or _keys(connection, before, history, above or {})
            _add_names(connection, TAG, tags, keys)
            _insert(connection, rows_of(parcel, keys))
        progress(len(costs))
    if keys is not None:
        _leave_without_project(database, history, costs, keys)
    return len(costs)


def delete_runs(database: Database, *, only_made_up: bool) -> None:
    """Delete the made-up runs, or all of them, with all that belongs to them; the ledger's sums follow at the end.

    Raises StoreError and its kinds.
    """
    chosen = RUN.c.origin == Origin.DEMO if only_made_up else sa.true()
    with _without_key_checks(database) as connection:
        while True:
            if database.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            ids = connection.execute(
                sa.select(RUN.c.id).where(chosen).order_by(RUN.c.id.desc()).limit(RUNS_DELETED_AT_ONCE)
            ).scalars()
            doomed = list(ids)
            if doomed:
                _delete(connection, doomed)
            connection.commit()
            if len(doomed) < RUNS_DELETED_AT_ONCE:
                break
    daily_costs.rebuild(database)


def _delete(connection: Connection, runs: list[int]) -> None:
    attempts = sa.select(ATTEMPT.c.id).where(ATTEMPT.c.run_id.in_(runs))
    connection.execute(sa.delete(CHARGE).where(CHARGE.c.attempt_id.in_(attempts)))
    items = sa.select(ITEM.c.id).where(ITEM.c.run_id.in_(runs))
    connection.execute(sa.delete(TURN).where(TURN.c.item_id.in_(items)))
    for child in (ROUTE, RUN_PIN, RULE_HIT, PROMPT_CLASS, ATTEMPT, VERDICT, *SAID_OF_RUNS, ITEM, DELTA, SHOT, RUN_TAG):
        connection.execute(sa.delete(child).where(child.c.run_id.in_(runs)))
    connection.execute(sa.update(RUN).where(RUN.c.parent_id.in_(runs)).values(parent_id=None))
    connection.execute(sa.delete(RUN).where(RUN.c.id.in_(runs)))


@contextmanager
def _without_key_checks(database: Database) -> Iterator[Connection]:
    """Open a connection on which SQLite looks for no referring rows: every one is deleted here by hand.

    With the checks each deleted shot would search the whole table of shots for copies of it.
    """
    with plain_errors(), database.engine.connect() as connection:
        if not database.is_sqlite:
            yield connection
            return
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        try:
            yield connection
        finally:
            connection.rollback()
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def _parcels(runs: Iterable[MadeRun]) -> Iterator[list[MadeRun]]:
    parcel: list[MadeRun] = []
    shots = 0
    for run in runs:
        parcel.append(run)
        shots += len(run.shots)
        if shots >= SHOTS_AT_ONCE:
            yield parcel
            parcel, shots = [], 0
    if parcel:
        yield parcel


def _insert(connection: Connection, rows: Rows) -> None:
    for into, values in rows.by_table():
        if values:
            connection.execute(sa.insert(into), values)
    daily_costs.put_in(connection, [row["id"] for row in rows.attempt])


def _highest(connection: Connection, source: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.max(source.c.id))).scalar() or 0)


def _keys(connection: Connection, before: list[int], history: History, above: Mapping[str, int]) -> Keys:
    free = {each.name: max(_highest(connection, each), above.get(each.name, 0)) + 1 for each in KEYED}
    names: dict[str, dict[str, int]] = {"person": {}, "team": {}, "project": {}, "tag": {}}
    keys = Keys(
        run=free["run"],
        shot=free["shot"],
        attempt=free["attempt"],
        verdict=free["verdict"],
        shots_before=before,
        names=names,
    )
    began = history.story.begins
    _add_names(connection, PERSON, [each.name for each in cast.MEMBERS], keys, created_at=began, email="")
    _add_names(connection, TEAM, cast.TEAMS, keys)
    _add_names(connection, PROJECT, [name for name in cast.PROJECTS if name not in cast.INSIDE_ONLY], keys)
    _add_names(connection, PROJECT, cast.INSIDE_ONLY, keys, inside_only=True)
    return keys


def _add_names(connection: Connection, into: sa.Table, names: Iterable[str], keys: Keys, **values: Any) -> None:
    known = keys.names[into.name]
    for name in sorted(set(names) - set(known)):
        insert_or_leave(connection, into, {"name": name, **values})
        known[name] = connection.execute(sa.select(into.c.id).where(into.c.name == name)).scalar_one()


def _leave_without_project(database: Database, history: History, costs: dict[int, Decimal], keys: Keys) -> None:
    chosen = sorted(keys.run + index for index in history.without_project(costs))
    for start in range(0, len(chosen), 500):
        with database.write() as connection:
            daily_costs.rebook(connection, chosen[start : start + 500], {"project_id": None})
