"""Closed months stay as they were closed; decisions are carried; what is unbooked can be booked."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.costs.decisions import Decisions, DecisionState
from core.costs.months import Months
from core.costs.review import Month, Reviews
from core.costs.sums import Scope
from core.costs.unbooked import Unbooked
from core.errors import InputError, NotFound
from core.store.people import People
from tests.random_ledger import Ledger

OCTOBER, NOVEMBER = Month(year=2026, month=10), Month(year=2026, month=11)
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def ledger(database):
    return Ledger(database, 3).happen(40)


def test_a_closed_month_keeps_its_figures_and_what_comes_late_is_an_adjustment(database, ledger):
    months, reviews = Months(database), Reviews(database)
    review = reviews.month(OCTOBER, now=NOW)
    closed = months.close(review, person="Cara", now=NOW)
    assert (closed.amount, closed.closed_by) == (review.totals.amount, "Cara")
    ledger.happen(60)
    later = reviews.month(OCTOBER, now=NOW)
    today = datetime.now(UTC)
    arrived = months.adjustments(Month(year=today.year, month=today.month))
    assert later.totals.amount > review.totals.amount
    assert [each.month for each in arrived] == [OCTOBER]
    assert months.closed(OCTOBER).amount + arrived[0].amount == later.totals.amount
    assert arrived[0].attempts == later.totals.attempts - review.totals.attempts


def test_a_month_is_closed_once_and_not_before_it_ends(database, ledger):
    months, reviews = Months(database), Reviews(database)
    with pytest.raises(InputError, match="not over yet"):
        months.close(reviews.month(NOVEMBER, now=NOW), person="Cara", now=NOW)
    months.close(reviews.month(OCTOBER, now=NOW), person="Cara", now=NOW)
    with pytest.raises(InputError, match="closed already"):
        months.close(reviews.month(OCTOBER, now=NOW), person="Ben", now=NOW)
    months.reopen(OCTOBER, person="Cara")
    assert months.closed(OCTOBER) is None
    with pytest.raises(NotFound):
        months.reopen(OCTOBER, person="Cara")
    months.close(reviews.month(OCTOBER, now=NOW), person="Ben", now=NOW)
    assert months.closed(OCTOBER).closed_by == "Ben"


def test_open_decisions_are_carried_to_the_next_review_and_ended_ones_shown_once(database):
    decisions = Decisions(database)
    first = decisions.add(OCTOBER, " Send summaries to Auto ", owner="Cara", until=date(2026, 12, 1))
    second = decisions.add(OCTOBER, "Budget for Data")
    assert [each.text for each in decisions.of(OCTOBER)] == ["Send summaries to Auto", "Budget for Data"]
    assert all(each.carried(NOVEMBER) for each in decisions.of(NOVEMBER))
    decisions.mark(second, DecisionState.DONE, person="Ben", now=datetime(2026, 11, 4, tzinfo=UTC))
    assert [each.state for each in decisions.of(NOVEMBER)] == [DecisionState.OPEN, DecisionState.DONE]
    assert [each.id for each in decisions.of(NOVEMBER.after)] == [first]
    decisions.change(first, owner="Ben")
    (carried,) = decisions.of(NOVEMBER.after)
    assert (carried.owner, carried.until) == ("Ben", date(2026, 12, 1))
    with pytest.raises(InputError):
        decisions.add(OCTOBER, "  ")
    with pytest.raises(NotFound):
        decisions.mark(99, DecisionState.DONE)


def test_the_newest_note_of_a_section_counts(database):
    decisions = Decisions(database)
    decisions.write_note(OCTOBER, "why", "Busy week")
    decisions.write_note(OCTOBER, "why", "Busy week of Marketing", person="Cara")
    decisions.write_note(OCTOBER, "next", "x")
    decisions.write_note(OCTOBER, "next", "")
    assert decisions.notes(OCTOBER) == {"why": "Busy week of Marketing"}


def test_spending_without_a_project_can_be_booked_and_moves_with_its_sums(database, ledger):
    unbooked, reviews = Unbooked(database), Reviews(database)
    before = reviews.month(OCTOBER, now=NOW).totals.without_project
    found = unbooked.runs("project", date(2026, 10, 1), date(2026, 11, 30))
    assert found
    assert list(found) == sorted(found, key=lambda run: -run.cost)
    spring = next(each.id for each in People(database).projects() if each.name == "Spring")
    had = reviews.month(OCTOBER, now=NOW, scope=Scope(project=spring)).totals.amount
    assert unbooked.assign("project", [run.public_id for run in found], "Spring") == len(found)
    assert reviews.month(OCTOBER, now=NOW).totals.without_project == 0
    assert reviews.month(OCTOBER, now=NOW, scope=Scope(project=spring)).totals.amount == had + before
    assert unbooked.runs("project", date(2026, 10, 1), date(2026, 11, 30)) == ()
    with pytest.raises(NotFound):
        unbooked.assign("team", [], "Nobody")
    People(database).add_project("Secret", inside_only=True)
    with pytest.raises(InputError, match="stays inside"):
        unbooked.assign("project", [found[0].public_id], "Secret")
    assert before > Decimal(0)
