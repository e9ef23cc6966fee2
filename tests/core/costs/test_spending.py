"""What was spent: UTC days and months, exact sums, and nothing without a price hidden in a zero."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
import sqlalchemy as sa

from core.costs.spending import Spending, Spent, month_of
from core.domain.money import CostState
from core.store.daily_costs import put_in
from core.store.database import table
from core.store.tables import Attempt, Run, Shot

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Book:
    """Writes runs of one shot with the attempts given as (start, state, cost)."""

    def __init__(self, database):
        self.database = database
        self.count = 0
        self.tokens = (100, 20)

    def run(self, *attempts, visibility="team", state="done", shot_cost=None, deleted_at=None):
        self.count += 1
        with self.database.write() as connection:
            run_id = connection.execute(
                sa.insert(table(Run)).values(
                    public_id=f"run{self.count}", origin="page", state=state, created_at=NOON, visibility=visibility,
                    strategy="hybrid", deleted_at=deleted_at,
                )
            ).inserted_primary_key[0]  # fmt: skip
            shot_id = connection.execute(
                sa.insert(table(Shot)).values(
                    run_id=run_id, ordinal=1, model="m", label="m", shot_index=1, place="cloud", state=state,
                    queued_at=NOON, started_at=attempts[0][0], cost=shot_cost, cost_state="pending",
                )
            ).inserted_primary_key[0]  # fmt: skip
            for number, (start, cost_state, cost) in enumerate(attempts, start=1):
                written = connection.execute(
                    sa.insert(table(Attempt)).values(
                        shot_id=shot_id, run_id=run_id, number=number, state="done", model="m", place="cloud",
                        started_at=start, cost_state=cost_state, cost=None if cost is None else Decimal(cost),
                        input_tokens=self.tokens[0], output_tokens=self.tokens[1],
                    )
                )  # fmt: skip
                put_in(connection, [written.inserted_primary_key[0]])


@pytest.fixture
def book(database):
    return Book(database)


def test_a_day_counts_what_began_in_it(database, book):
    midnight = NOON.replace(hour=0)
    for start in (midnight - timedelta(microseconds=1), midnight, NOON, midnight + timedelta(days=1)):
        book.run((start, CostState.PRICED, "0.10"))
    assert Spending(database).today(NOON) == Spent(amount=Decimal("0.20"), attempts=2)


def test_a_day_is_the_utc_day_wherever_one_asks_from(database, book):
    book.run((datetime(2026, 11, 20, 23, 30, tzinfo=UTC), CostState.PRICED, "0.10"))
    honolulu = timezone(timedelta(hours=-10))
    assert Spending(database).today(datetime(2026, 11, 20, 13, 30, tzinfo=honolulu)).attempts == 1
    assert Spending(database).today(datetime(2026, 11, 20, 14, 30, tzinfo=honolulu)).attempts == 0


def test_a_month_ends_where_the_next_begins():
    assert month_of(datetime(2026, 12, 31, 23, 59, tzinfo=UTC)) == (
        datetime(2026, 12, 1, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
    )
    assert month_of(datetime(2028, 2, 29, tzinfo=UTC))[1] == datetime(2028, 3, 1, tzinfo=UTC)


def test_the_month_is_all_its_days_and_follows_what_settles_at_once(database, book):
    spending = Spending(database)
    book.run((NOON.replace(day=1), CostState.PRICED, "1"))
    book.run((NOON - timedelta(days=1), CostState.UNPRICED, None))
    book.run((NOON.replace(day=30), CostState.PRICED, "4"))
    assert spending.month(NOON) == spending.between(*month_of(NOON)) == Spent(
        amount=Decimal(5), attempts=3, unpriced_attempts=1, unpriced_tokens=120
    )  # fmt: skip
    book.run((NOON, CostState.PRICED, "8"))
    assert spending.month(NOON).amount == 13
    assert spending.month(NOON.replace(month=10)).attempts == 0
    assert spending.month(NOON.replace(day=1)).amount == 13
    book.run((NOON.replace(day=2), CostState.PRICED, "16"))
    assert spending.month(NOON).amount == 29


def test_failed_attempts_and_retries_cost_what_they_cost(database, book):
    book.run((NOON, CostState.ESTIMATED, "0.000000000001"), (NOON, CostState.PRICED, "0.2"))
    spent = Spending(database).month(NOON)
    assert spent == Spent(amount=Decimal("0.200000000001"), attempts=2, estimated_attempts=1)


def test_what_has_no_price_is_counted_apart_and_what_is_free_adds_nothing(database, book):
    book.run((NOON, CostState.UNPRICED, None))
    book.run((NOON, CostState.FREE, "0"))
    book.run((NOON, CostState.PRICED, "1"))
    spent = Spending(database).today(NOON)
    assert (spent.amount, spent.attempts) == (1, 3)
    assert (spent.unpriced_attempts, spent.unpriced_tokens) == (1, 120)


def test_an_attempt_without_a_price_that_used_nothing_is_no_gap_in_the_sum(database, book):
    book.tokens = (0, 0)
    book.run((NOON, CostState.UNPRICED, None))
    assert Spending(database).today(NOON).unpriced_attempts == 0


def test_a_run_that_only_its_author_sees_or_that_was_deleted_still_costs(database, book):
    book.run((NOON, CostState.PRICED, "1"), visibility="me")
    book.run((NOON, CostState.PRICED, "2"), deleted_at=NOON)
    assert Spending(database).today(NOON).amount == 3


def test_what_is_going_is_shown_apart_and_never_twice(database, book):
    book.run(
        (NOON, CostState.PRICED, "0.5"), (NOON, CostState.PENDING, None), state="running", shot_cost=Decimal("0.75")
    )
    spent = Spending(database).today(NOON)
    assert (spent.amount, spent.going, spent.attempts) == (Decimal("0.5"), Decimal("0.25"), 1)


def test_an_empty_workspace_has_spent_nothing(database):
    assert Spending(database).today() == Spent()
