"""One look at a month: every part adds up to the ledger, a closed month stays, every figure has its runs."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from core.costs.amounts import Amounts, shares
from core.costs.behind import Slice, behind
from core.costs.bills.kept import Bills
from core.costs.bills.lines import BilledLine, BillSource
from core.costs.currency import Rate
from core.costs.focus import write_focus
from core.costs.frozen import SPLITS
from core.costs.meeting import Meetings
from core.costs.meeting_parts import before_of, days_of, order_of, shares_of, steps_of, total_of
from core.costs.meeting_words import arrived_words, coming_words, doubt_words, standing_words, why_words
from core.costs.months import Months
from core.costs.prices import Prices
from core.costs.review import Month, Reviews
from core.costs.review_tables import review_csv
from core.costs.rounding import rounded
from core.costs.savings import Saving
from core.costs.spending import Spending
from core.costs.sums import Group, Scope
from core.store import tables
from core.store.database import Database, table
from core.store.history import History
from core.store.history_filter import HistoryFilter
from core.store.upgrade import upgrade
from tests.random_ledger import Ledger

OCTOBER, NOVEMBER = Month(year=2026, month=10), Month(year=2026, month=11)
NOW = datetime(2026, 11, 20, tzinfo=UTC)
LATER = datetime(2026, 12, 3, 9, tzinfo=UTC)
EURO = Amounts(Rate(currency="EUR", day=date(2026, 11, 1), usd=Decimal("1.0873"), source="ECB"))
ATTEMPT, SHOT = table(tables.Attempt), table(tables.Shot)


@pytest.fixture(scope="module", params=range(2))
def kept(request, tmp_path_factory):
    """A database with a random history and a bill, for what only reads."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('kept')}/kept.db")
    upgrade(database)
    Ledger(database, request.param).happen(50)
    load_a_bill(database)
    yield database
    database.close()


@pytest.fixture
def ledger(sqlite_database):
    return Ledger(sqlite_database, 1).happen(40)


def meeting(database, month=NOVEMBER, *, now=LATER, by=Group.MODEL, scope=None):
    meetings = Meetings(database, Prices(database))
    return meetings.of(month, now=now, by=by, scope=scope or Scope())


def ledger_sum(database, month):
    begin, end = (datetime(each.year, each.month, 1, tzinfo=UTC) for each in (month, month.after))
    with database.read() as connection:
        amount = sa.func.coalesce(sa.func.sum(ATTEMPT.c.cost), 0)
        within = (ATTEMPT.c.started_at >= begin, ATTEMPT.c.started_at < end)
        return connection.execute(sa.select(amount).where(*within)).scalar_one()


def load_a_bill(database, amount="3.141592653589", day=date(2026, 11, 2)):
    line = BilledLine(
        source=BillSource.FOCUS, provider="openai", day=day, days=1, model="gpt-4o-mini", token_class=None,
        quantity=None, amount=Decimal(amount), currency="USD", what="all", raw={},
    )  # fmt: skip
    Bills(database).take_in([line], read_from="bill.csv", now=NOW)


@pytest.mark.parametrize("whole_bill", [False, True])
def test_every_chart_and_table_adds_up_to_the_ledger_to_the_last_digit(kept, whole_bill):
    for month in (OCTOBER, NOVEMBER):
        expected = ledger_sum(kept, month)
        for by in SPLITS:
            found = meeting(kept, month, by=by)
            beyond = found.bill.amount if whole_bill and found.bill else 0
            parts = shares_of(found, whole_bill=whole_bill)
            days = days_of(found, order_of(parts), whole_bill=whole_bill)
            assert total_of(found, whole_bill=whole_bill) == expected + beyond
            assert sum(part.amount for part in parts) == expected + beyond
            assert sum(day.amount for day in days) == expected + beyond
            rows = csv.DictReader(io.StringIO(review_csv(found, whole_bill=whole_bill)))
            assert sum(Decimal(row["USD"]) for row in rows) == expected + beyond


def test_sidebar_history_and_focus_have_the_same_sums(sqlite_database, ledger, tmp_path):
    months = {month: ledger_sum(sqlite_database, month) for month in (OCTOBER, NOVEMBER)}
    assert Spending(sqlite_database).month(NOW).amount == months[NOVEMBER]
    for month, expected in months.items():
        written = write_focus(sqlite_database, tmp_path / "f.csv", first=month.first, last=month.last)
        assert written.amount == expected
    with sqlite_database.write() as connection:  # as the engine does when a shot settles
        of_shot = sa.select(sa.func.sum(ATTEMPT.c.cost)).where(ATTEMPT.c.shot_id == SHOT.c.id).scalar_subquery()
        connection.execute(sa.update(SHOT).values(cost=of_shot))
    assert History(sqlite_database).page(HistoryFilter()).total_cost == sum(months.values())


@pytest.mark.parametrize("amounts", [Amounts(), EURO], ids=["dollars", "euros"])
def test_what_is_shown_adds_up_to_the_total_that_is_shown(kept, amounts):
    for by in SPLITS:
        found = meeting(kept, by=by)
        exact = {part.key: part.amount for part in shares_of(found, whole_bill=True)}
        assert sum(amounts.parts(exact).values()) == rounded(amounts.of(total_of(found, whole_bill=True)))
        percents = shares(exact)
        assert not percents or sum(percents.values()) == 100
        for whole_bill in (False, True):
            first, *steps, last = steps_of(found, amounts, whole_bill=whole_bill)
            assert first.amount + sum(step.amount for step in steps) == last.amount
            cent = abs(first.amount - amounts.of(before_of(found, whole_bill=whole_bill)))
            assert cent <= Decimal("0.01")


def test_the_runs_behind_every_figure_add_up_to_it(kept):
    for by in SPLITS:
        review = meeting(kept, by=by).review
        for group in review.groups:
            wanted = Slice(first=NOVEMBER.first, last=NOVEMBER.last, parts=((by, group.key),))
            found = behind(kept, wanted, limit=1000)
            assert found.amount == group.amount == sum(run.cost for run in found.runs)
            assert found.count == len(found.runs)
        for day in review.days:
            wanted = Slice(first=day.day, last=day.day, parts=((by, day.key),))
            assert behind(kept, wanted).amount == day.amount
    whole = behind(kept, Slice(first=NOVEMBER.first, last=NOVEMBER.last), limit=2)
    assert whole.amount == ledger_sum(kept, NOVEMBER)
    assert [run.cost for run in whole.runs] == sorted((run.cost for run in whole.runs), reverse=True)


def test_runs_that_the_reader_may_not_see_count_and_are_not_listed(sqlite_database, ledger):
    wanted = Slice(first=NOVEMBER.first, last=NOVEMBER.last)
    before = behind(sqlite_database, wanted, limit=1000)
    hidden = before.runs[0]
    with sqlite_database.write() as connection:
        run = table(tables.Run)
        connection.execute(sa.update(run).where(run.c.public_id == hidden.public_id).values(deleted_at=NOW))
    after = behind(sqlite_database, wanted, limit=1000)
    assert (after.amount, after.count) == (before.amount, before.count)
    assert (after.hidden, after.hidden_amount) == (1, hidden.cost)
    assert hidden.public_id not in [run.public_id for run in after.runs]


def test_a_slice_within_a_scope_is_cut_down_once():
    wanted = Slice(first=NOVEMBER.first, last=NOVEMBER.last, parts=((Group.TEAM, "1"),))
    assert wanted.within(Scope(team=1)).parts == ((Group.TEAM, "1"),)
    assert set(wanted.within(Scope(person=2)).parts) == {(Group.PERSON, "2"), (Group.TEAM, "1")}


def test_one_persons_bridge_explains_that_persons_change(kept):
    for key in (0, *map(int, Reviews(kept).names(Group.PERSON))):
        review = meeting(kept, scope=Scope(person=key)).review
        assert (review.bridge.before, review.bridge.after) == (review.before.amount, review.totals.amount)
        assert sum(review.bridge.parts.values()) == review.difference
        assert review.saving is None


def test_a_running_month_is_held_against_as_many_days(kept):
    early = datetime(2026, 11, 2, 12, tzinfo=UTC)
    review = meeting(kept, now=early).review
    assert review.partial
    assert (review.against_until, review.against_words) == (date(2026, 10, 2), "1 to 2 October")
    assert review.before.amount == 0  # the ledger begins on 30 October
    whole = meeting(kept, now=LATER).review
    assert (whole.partial, whole.against_words) == (False, "October")
    assert whole.before.amount == ledger_sum(kept, OCTOBER)


def test_a_closed_month_shows_what_it_showed_and_names_what_came_since(sqlite_database, ledger):
    shown = {by: meeting(sqlite_database, by=by).review for by in SPLITS}
    Months(sqlite_database).close(shown[Group.MODEL], person="Cara", now=LATER)
    ledger.happen(60)
    for by in SPLITS:
        found = meeting(sqlite_database, by=by)
        assert found.frozen
        assert found.review == shown[by]
        assert found.arrived == ledger_sum(sqlite_database, NOVEMBER) - shown[by].totals.amount != 0
        assert found.standing == "closed by Cara on 3 Dec"
        assert any("it stands where it arrived" in line for line in arrived_words(found, Amounts()))
    today = datetime.now(UTC)
    arrival = meeting(sqlite_database, Month(year=today.year, month=today.month), now=today)
    if arrival.month > NOVEMBER:  # what arrives is booked by the clock
        assert [each.amount for each in arrival.adjustments] == [found.arrived]


def test_a_part_of_a_closed_month_is_as_it_is_today_and_no_bill_knows_it(sqlite_database, ledger):
    load_a_bill(sqlite_database)
    Months(sqlite_database).close(meeting(sqlite_database).review, person="Cara", now=LATER)
    found = meeting(sqlite_database, scope=Scope(team=1))
    assert (found.frozen, found.bill, found.adjustments) == (False, None, ())
    assert "a bill knows no teams" in doubt_words(found, Amounts(), at="now")


def test_the_words_name_what_is_not_in_the_sum(kept):
    found = meeting(kept)
    said = standing_words(found)
    assert f"{found.review.totals.unpriced_attempts} without a price" in said
    assert "list prices, before discount and tax" in said
    assert "seen of the bill of OpenAI to 2 Nov: " in doubt_words(found, EURO, at="now")
    assert "shown in EUR at 1.0873 USD (1 Nov, ECB)" in doubt_words(found, EURO, at="now")
    assert "€" in why_words(found, EURO)
    assert "$" not in why_words(found, EURO)
    assert "7 whole days" in coming_words(found, Amounts()) or "likely" in coming_words(found, Amounts())


def test_a_month_long_over_leaves_the_forecast_to_the_running_one(kept):
    assert meeting(kept, OCTOBER).outlook is None
    assert meeting(kept, NOVEMBER).outlook.month == Month(year=2026, month=12)
    assert "long over" in coming_words(meeting(kept, OCTOBER), Amounts())


def test_what_auto_saved_stays_as_it_was_when_the_month_was_closed(sqlite_database, ledger):
    assert meeting(sqlite_database).auto is None
    said = Saving(
        baseline="openai/gpt-4o-mini", low=Decimal("1.5"), high=Decimal(2), same_tokens=Decimal("1.5"),
        actual=Decimal("0.25"), answers=7,
    )  # fmt: skip
    Months(sqlite_database).close(meeting(sqlite_database).review, person="Cara", now=LATER, auto=said)
    assert meeting(sqlite_database).auto == said
    assert meeting(sqlite_database, scope=Scope(person=0)).auto is None
