"""The sums by day equal the ledger to the last digit, whatever happened to it and in which order."""

import importlib.util
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from core.costs.spending import Spending
from core.store import daily_costs, settling, tables
from core.store.daily_costs import CALLS, COSTS, EACH, HOURS, TAGS
from core.store.database import table
from core.store.upgrade import MIGRATIONS
from tests.random_ledger import START, Ledger

ATTEMPT, CHARGE, RUN_TAG = (table(each) for each in (tables.Attempt, tables.ChargeRow, tables.RunTag))


def sums(database):
    with database.read() as connection:
        return {each.into.name: sorted(map(tuple, connection.execute(sa.select(each.into)))) for each in EACH}


@pytest.fixture(params=range(3))
def ledger(request, database):
    return Ledger(database, request.param).happen()


def test_sums_kept_step_by_step_equal_those_made_anew(database, ledger):
    kept = sums(database)
    assert all(kept.values())
    daily_costs.rebuild(database)
    assert sums(database) == kept


def test_every_sum_equals_the_ledger_to_the_last_digit(database, ledger):
    with database.read() as connection:

        def one(column, *where):
            return connection.execute(sa.select(sa.func.coalesce(sa.func.sum(column), 0)).where(*where)).scalar_one()

        ledger_sum = one(CHARGE.c.amount)
        assert ledger_sum > 0
        assert one(CALLS.c.amount) == one(COSTS.c.amount) == one(HOURS.c.amount) == one(ATTEMPT.c.cost) == ledger_sum
        settled = connection.execute(
            sa.select(sa.func.count()).select_from(ATTEMPT).where(ATTEMPT.c.cost_state != "pending")
        ).scalar_one()
        assert one(CALLS.c.attempts) == one(HOURS.c.attempts) == settled
        for tag in connection.execute(sa.select(RUN_TAG.c.tag_id).distinct()).scalars().all():
            tagged = sa.select(RUN_TAG.c.run_id).where(RUN_TAG.c.tag_id == tag)
            assert one(TAGS.c.amount, TAGS.c.tag_id == tag) == one(ATTEMPT.c.cost, ATTEMPT.c.run_id.in_(tagged))
    year = Spending(database).between(START.replace(month=1, day=1), START.replace(year=2027))
    assert (year.amount, year.attempts) == (ledger_sum, settled)


def test_a_database_of_the_version_before_gets_the_same_sums(database, ledger):
    kept = sums(database)
    path = MIGRATIONS / "versions" / "0003_costs.py"
    found = importlib.util.spec_from_file_location("step_0003", path)
    step = importlib.util.module_from_spec(found)
    found.loader.exec_module(step)
    with database.write() as connection:
        for each in EACH:
            connection.execute(sa.delete(each.into))
        with Operations.context(MigrationContext.configure(connection)):
            step.fill_sums()
    assert sums(database) == kept


def test_what_moves_a_closed_month_is_an_adjustment_in_the_month_it_arrives(database):
    closed, adjustment = table(tables.ClosedMonth), table(tables.Adjustment)
    made = Ledger(database, 1)
    made.run()
    with database.write() as connection:
        connection.execute(sa.insert(closed).values(month=202610, closed_at=START, closed_by="Cara"))
    late = [(shot, number, START) for shot, number, _ in made.open]
    ends = [replace(made.end(start), started_at=START) for start in late]
    with database.write() as connection:
        settling.end_attempts(connection, ends)
    amount = sum((end.cost or Decimal(0) for end in ends), Decimal(0))
    with database.read() as connection:
        (row,) = connection.execute(sa.select(adjustment)).all()
    assert (row.month, row.attempts, row.amount) == (202610, len(ends), amount)
    made.move()
    with database.read() as connection:
        assert len(connection.execute(sa.select(adjustment)).all()) == 1
