"""The demo's money beside its runs tells the story it should."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.costs.bills.kept import Bills
from core.costs.budgets import Budgets
from core.costs.decisions import Decisions, DecisionState
from core.costs.estimate import Estimates
from core.costs.months import Months
from core.costs.reconcile import reconcile
from core.costs.review import Reviews, month_of_day
from core.demo.history import History
from core.demo.money_matters import ORCHARD, clear_money, write_money
from core.store.database import Database


@pytest.fixture(scope="module")
def money(filled: Database, history: History) -> Database:
    clear_money(filled)
    write_money(filled, history.story)
    return filled


def test_a_budget_stands_at_about_80_percent_and_the_forecast_crosses_it(money, history):
    standings = Budgets(money, Estimates(money)).standings(now=history.story.now)
    whole = standings[0]
    assert 0.7 < whole.spent / whole.budget.stop_at <= 0.8
    assert not any(standing.budget.then.hard and standing.reached for standing in standings)
    review = Reviews(money).month(
        month_of_day(history.story.now.date()), now=history.story.now, budget=whole.budget.stop_at
    )
    assert review.forecast.high > whole.budget.stop_at
    assert review.forecast.runs_out_on is not None


def test_the_bill_is_3_percent_above_the_ledger_by_tokens_and_price(money, history):
    last = month_of_day(history.story.last_month.date())
    (found,) = reconcile(money, first=last.first, last=last.last)
    assert "made_up" in found.provider
    assert abs(found.billed / found.ours - Decimal("1.03")) < Decimal("0.000001")
    assert found.volume + found.price == found.billed - found.ours
    assert 0.018 < found.volume / found.ours < 0.022
    assert 0.95 < found.coverage < 0.98
    assert all(ORCHARD in str(line.raw) for line in Bills(money).lines(last.first, last.last))


def test_the_first_month_is_closed_with_two_decisions_of_which_one_is_open(money, history):
    first = month_of_day(history.story.begins.date())
    closed = Months(money).closed(first)
    assert closed.closed_by == "Cara"
    assert closed.amount == Reviews(money).month(first, now=history.story.now).totals.amount
    assert Months(money).closed(first.after) is None
    taken = Decisions(money).of(first.after)
    assert sorted(decision.state for decision in taken) == [DecisionState.DONE, DecisionState.OPEN]
    assert [decision.state for decision in Decisions(money).of(first.after.after)] == [DecisionState.OPEN]


def test_the_review_tells_the_story_of_the_last_full_month(money, history):
    tale = history.story
    review = Reviews(money).month(month_of_day(tale.last_month.date()), now=tale.now)
    assert review.why.startswith("Spending rose by $")
    assert "dearer models (Support: Sage from " in review.why
    assert "less through lower prices (Swift from " in review.why
    assert f"{tale.price_cut.day} {tale.price_cut:%b}" in review.why
    assert 0.11 < review.totals.without_project / review.totals.amount < 0.15
    assert review.totals.unpriced_attempts == 3
    storm = review.anomalies[0]
    assert tale.storm <= storm.hour.start < tale.storm + timedelta(hours=2)
    assert storm.why == "retries"
    assert review.saving.low > 0
    assert review.bought.per_winner is not None
