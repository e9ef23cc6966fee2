"""The review of a month: every split of a sum adds up to it, and every sum is the ledger's."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from core.costs import sums
from core.costs.review import Month, Reviews, month_of_number, opening_month
from core.costs.spending import Spending, month_of
from core.costs.sums import Group, Scope
from core.store import tables
from core.store.database import table
from tests.random_ledger import START, Ledger

NOW = datetime(2026, 11, 8, tzinfo=UTC)
NOVEMBER = Month(year=2026, month=11)
ATTEMPT, SHOT, VERDICT, RUN = (table(each) for each in (tables.Attempt, tables.Shot, tables.VerdictRow, tables.Run))


@pytest.fixture(params=range(2))
def ledger(request, database):
    return Ledger(database, request.param).happen(40)


def ledger_sum(database, *where):
    with database.read() as connection:
        return connection.execute(
            sa.select(sa.func.coalesce(sa.func.sum(ATTEMPT.c.cost), 0)).where(*where)
        ).scalar_one()


def test_every_split_adds_up_to_the_ledger_to_the_last_digit(database, ledger):
    expected = ledger_sum(database, ATTEMPT.c.started_at >= datetime(2026, 11, 1, tzinfo=UTC))
    assert expected == Spending(database).month(NOW).amount
    for by in Group:
        review = Reviews(database).month(NOVEMBER, now=NOW, by=by)
        assert review.totals.amount == expected
        if by is not Group.TAG:
            assert sum(row.amount for row in review.days) == expected
            assert sum(group.amount for group in review.groups) == expected
            assert sum(review.shown.values()) == round(expected, 2)
        assert review.bridge.after == expected
        assert review.bridge.before == review.before.amount
        assert sum(review.bridge.parts.values()) == review.difference


def test_a_scope_is_a_part_and_all_scopes_are_the_whole(database, ledger):
    reviews = Reviews(database)
    whole = reviews.month(NOVEMBER, now=NOW)
    for field in ("person", "team", "project"):
        with database.read() as connection:
            keys = [0, *map(int, sums.labels(connection, Group(field)))]
        parts = [reviews.month(NOVEMBER, now=NOW, scope=Scope(**{field: key})) for key in keys]
        assert sum(part.totals.amount for part in parts) == whole.totals.amount
        assert getattr(whole.totals, f"without_{field}") == parts[0].totals.amount
    assert whole.totals.unpriced_attempts == Spending(database).month(NOW).unpriced_attempts


def test_what_was_said_makes_unit_costs(database, ledger):
    with database.write() as connection:
        shots = connection.execute(sa.select(SHOT.c.id, SHOT.c.run_id).order_by(SHOT.c.id)).all()
        runs = sorted({shot.run_id for shot in shots})[:2]
        connection.execute(sa.update(RUN).values(created_at=NOW))
        connection.execute(sa.update(SHOT).values(cost=Decimal("0.5")))
        first, second = ([shot.id for shot in shots if shot.run_id == run] for run in runs)
        for values in (
            {"run_id": runs[0], "kind": "winner", "shot_id": first[0], "compared": first},
            {"run_id": runs[1], "kind": "tie", "shot_id": None, "compared": second},
            {"run_id": runs[1], "kind": "winner", "shot_id": second[0], "compared": second, "undone_at": NOW},
        ):
            connection.execute(sa.insert(VERDICT).values(created_at=NOW, **values))
    bought = Reviews(database).month(NOVEMBER, now=NOW).bought
    assert bought.runs == len(ledger.runs)
    assert (bought.judged_runs, bought.winners, bought.accepted) == (2, 1, 1 + len(second))
    assert bought.per_winner == bought.judged_amount == Decimal("0.5") * (len(first) + len(second))


def test_an_empty_workspace_has_a_review_that_says_so(database):
    review = Reviews(database).month(NOVEMBER, now=NOW)
    assert Reviews(database).months() == ()
    assert (review.totals.amount, review.groups, review.buys) == (0, (), ())
    assert review.why == "Nothing was spent in either period."
    assert "7 whole days" in review.forecast.missing


def test_months_run_from_the_newest_back(database, ledger):
    assert Reviews(database).months() == (NOVEMBER, Month(year=2026, month=10))
    assert month_of_number(202612).after == Month(year=2027, month=1)
    assert Month(year=2027, month=1).before.label == "December 2026"
    assert Month(year=2028, month=2).last == date(2028, 2, 29)
    assert opening_month(datetime(2026, 11, 7, 23, tzinfo=UTC)) == Month(year=2026, month=10)
    assert opening_month(datetime(2026, 11, 8, tzinfo=UTC)) == NOVEMBER
    assert month_of(START)[0].month == 10
