"""Spending that nobody is named for: listed to the last digit, booked to somebody, and taken back."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from core.costs.month import Month
from core.costs.review import Reviews
from core.costs.unbooked import Unbooked
from core.errors import InputError, NotFound
from core.store import daily_costs, tables
from core.store.database import table
from core.store.people import People
from tests.random_ledger import Ledger

RUN = table(tables.Run)
OCTOBER, NOVEMBER = Month(year=2026, month=10), Month(year=2026, month=11)
NOW = datetime(2026, 12, 3, tzinfo=UTC)
ONES = (("project", "Spring"), ("team", "Support"), ("person", "Anna"))


@pytest.fixture(params=range(2))
def ledger(sqlite_database, request):
    return Ledger(sqlite_database, request.param).happen(40)


def totals(database, month=NOVEMBER):
    return Reviews(database).month(month, now=NOW).totals


def without(database, what, month=NOVEMBER):
    return getattr(totals(database, month), f"without_{what}")


def listed(database, what, month=NOVEMBER):
    return Unbooked(database).runs(what, month.first, month.last, limit=10_000)


@pytest.mark.parametrize("what", [what for what, _ in ONES])
@pytest.mark.parametrize("month", [OCTOBER, NOVEMBER], ids=str)
def test_the_runs_listed_cost_what_the_month_says_is_booked_to_nobody(ledger, what, month):
    runs = listed(ledger.database, what, month)
    assert sum((run.cost for run in runs), Decimal(0)) == without(ledger.database, what, month)
    assert list(runs) == sorted(runs, key=lambda run: -run.cost)


@pytest.mark.parametrize(("what", "name"), ONES)
def test_assigning_moves_the_sums_and_no_total_and_taking_back_brings_all_back(ledger, what, name):
    database, unbooked = ledger.database, Unbooked(ledger.database)
    before = totals(database)
    runs = [run.public_id for run in listed(database, what)]
    assert unbooked.assign(what, runs, name) == len(runs)
    after = totals(database)
    assert (after.amount, without(database, what)) == (before.amount, 0)
    assert not listed(database, what)
    daily_costs.rebuild(database)
    assert totals(database) == after
    assert unbooked.take_back(what, runs, name) == len(runs)
    assert totals(database) == before


def test_what_was_booked_meanwhile_stays_as_it_was_booked(ledger):
    database, unbooked = ledger.database, Unbooked(ledger.database)
    first, *rest = [run.public_id for run in listed(database, "project")]
    assert unbooked.assign("project", [first], "Reports") == 1
    assert unbooked.assign("project", [first, *rest], "Spring") == len(rest)
    assert unbooked.take_back("project", [first, *rest], "Spring") == len(rest)
    with database.read() as connection:
        assert connection.execute(sa.select(RUN.c.project_id).where(RUN.c.public_id == first)).scalar() is not None


def test_a_name_nobody_has_and_a_project_that_stays_inside_are_refused_and_nothing_moves(ledger):
    database, unbooked = ledger.database, Unbooked(ledger.database)
    before, runs = totals(database), [run.public_id for run in listed(database, "project")]
    with pytest.raises(NotFound, match="no project named “Summer”"):
        unbooked.assign("project", runs, "Summer")
    People(database).add_project("People matters", inside_only=True)
    with pytest.raises(InputError, match="stays inside"):
        unbooked.assign("project", runs, "People matters")
    assert totals(database) == before


def test_a_month_without_anything_lists_nothing_on_either_database(database):
    Ledger(database, 1).happen(20)
    assert listed(database, "team")
    assert Unbooked(database).runs("team", date(2026, 1, 1), date(2026, 1, 31)) == ()
