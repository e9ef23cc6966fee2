"""What is coming and what it bought: forecasts, unusual hours, unit costs, savings; honest where little is known."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.costs.anomalies import Hour, anomalies
from core.costs.forecast import forecast
from core.costs.savings import Baseline, Used, saving
from core.costs.unit_costs import Bought, ModelFigures, buys, wilson
from core.domain.money import TokenClass

TODAY = date(2026, 11, 20)  # a Friday


def every_day(cost, *, since=60, weekend=None):
    start = TODAY - timedelta(days=since)
    for ahead in range(since + 1):
        day = start + timedelta(days=ahead)
        yield day, Decimal(weekend if weekend is not None and day.weekday() >= 5 else cost)


def test_a_month_of_equal_days_ends_where_it_must():
    found = forecast(list(every_day(10)), today=TODAY, budget=Decimal(250))
    assert found.spent == 200
    assert found.low == found.middle == found.high == 300
    assert found.runs_out_on == date(2026, 11, 26)
    assert found.chance_over == 1.0
    assert [entry[2] for entry in found.by_day][:2] == [200, 210]


def test_weekends_are_forecast_as_weekends():
    found = forecast(list(every_day(10, weekend=0)), today=TODAY)
    assert found.middle == 10 * 21  # November 2026 has 21 working days


def test_spread_between_days_shows_in_the_interval():
    costs = [(day, Decimal(5 if day.day % 2 else 15)) for day, _ in every_day(0)]
    found = forecast(costs, today=TODAY)
    assert found.low < found.middle < found.high
    assert found.spent < found.low
    assert found.low == forecast(costs, today=TODAY).low


def test_about_eight_of_ten_months_end_within_their_interval():
    """Coverage on made-up months: neither empty promises nor intervals so wide that they say nothing."""
    import numpy as np  # noqa: PLC0415

    random, held, rounds = np.random.default_rng(1), 0, 80
    for _ in range(rounds):
        drawn = random.gamma(3, 4, 90).round(2)
        days = [(date(2026, 9, 2) + timedelta(days=at), Decimal(str(cost))) for at, cost in enumerate(drawn)]
        today = date(2026, 11, 15)
        past = [(day, cost) for day, cost in days if day <= today]
        whole = sum(cost for day, cost in days if day.month == 11)
        found = forecast(past, today=today)
        held += found.low <= whole <= found.high
    assert 0.66 <= held / rounds <= 0.95


def test_with_few_days_it_says_what_is_missing_and_nothing_else():
    found = forecast(list(every_day(10, since=3)), today=TODAY, budget=Decimal(100))
    assert (found.middle, found.runs_out_on, found.by_day) == (None, None, ())
    assert found.missing == "A forecast needs 7 whole days with spending; there are 3 so far."
    assert found.spent == 40
    assert "there is none" in forecast([], today=TODAY).missing


def test_a_budget_that_is_used_up_has_run_out_today():
    assert forecast(list(every_day(10)), today=TODAY, budget=Decimal(150)).runs_out_on == TODAY


START = datetime(2026, 10, 1, tzinfo=UTC)


def hours(count=200, model="grand", amount="0.10", attempts=10):
    return [
        Hour(
            start=START + timedelta(hours=at), model=model, attempts=attempts + at % 3, retries=0, failed=0,
            amount=Decimal(amount) * (10 + at % 5) / 10,
        )
        for at in range(count)
    ]  # fmt: skip


def storm(**more):
    usual = {"model": "grand", "attempts": 60, "retries": 48, "failed": 48, "amount": Decimal("7.20")}
    return Hour(start=START + timedelta(days=8, hours=14), **(usual | more))


def test_a_retry_storm_stands_out_and_says_what_it_was():
    (found,) = anomalies([*hours(), storm()])
    assert (found.hour.start.hour, found.why) == (14, "retries")
    assert found.usual < Decimal("0.2")


def test_a_busy_hour_and_a_dear_one_are_told_apart():
    (busy,) = anomalies([*hours(), storm(retries=0, failed=0, attempts=700)])
    (dear,) = anomalies([*hours(), storm(retries=0, failed=0, attempts=11)])
    assert (busy.why, dear.why) == ("more answers", "dearer answers")


def test_usual_hours_small_sums_and_little_known_models_are_left_alone():
    assert anomalies(hours()) == ()
    assert anomalies([*hours(20), storm()]) == ()
    large = hours(model="sage", amount="50")
    assert anomalies([*large, *hours(), storm(amount=Decimal("1.50"))]) == ()
    assert anomalies([*hours(), storm()], since=START + timedelta(days=20)) == ()


def test_unit_costs_divide_what_was_judged_by_what_was_picked():
    bought = Bought(amount=Decimal(100), runs=50, judged_runs=17, judged_amount=Decimal(30), accepted=20, winners=15)
    assert (bought.per_run, bought.per_accepted, bought.per_winner) == (2, Decimal("1.5"), 2)
    assert bought.judged_share == 0.34
    nothing = Bought()
    assert (nothing.per_run, nothing.per_winner, nothing.judged_share) == (None, None, None)


def figures(model, cost, judged, good, days=10):
    return ModelFigures(model=model, days=((Decimal(cost) * 10, 10),) * days, judged=judged, good=good)


def test_a_best_buy_is_beaten_by_nobody_on_both_counts():
    found = {
        buy.model: buy
        for buy in buys(
            [
                figures("sage", "0.0038", 188, 171),
                figures("swift", "0.0002", 190, 169),
                figures("grand", "0.02", 90, 80),
            ]
        )
    }
    assert [model for model, buy in found.items() if buy.best] == ["swift", "sage"]
    assert found["sage"].quality_low < found["sage"].quality < found["sage"].quality_high
    assert found["swift"].cost == Decimal("0.0002")


def test_nine_judged_answers_make_no_best_buy():
    (found,) = buys([figures("new", "0.001", 9, 9)])
    assert not found.best
    (unknown,) = buys([ModelFigures(model="new", days=(), judged=0, good=0)])
    assert (unknown.cost, unknown.quality, unknown.cost_low) == (None, None, None)


def test_the_range_of_a_share_is_wilsons():
    low, high = wilson(81, 100)
    assert (round(low, 3), round(high, 3)) == (0.722, 0.875)
    assert wilson(0, 10)[0] == 0


SAGE = Baseline(
    model="sage",
    unit_prices={TokenClass.INPUT: Decimal("0.000006"), TokenClass.OUTPUT: Decimal("0.000009")},
    usual_output=Decimal(200),
)


def swift(answers=10, sent=1000, written=1000, cost="0.001"):
    tokens = {TokenClass.INPUT: sent, TokenClass.OUTPUT: written}
    return Used(model="swift", answers=answers, tokens=tokens, cost=Decimal(cost))


def test_a_saving_is_a_range_between_the_same_tokens_and_the_baselines_own_length():
    found = saving([swift()], SAGE)
    assert found.same_tokens == found.low == Decimal("0.015") - Decimal("0.001")
    assert found.high == Decimal("0.006") + Decimal("0.018") - Decimal("0.001")
    assert found.answers == 10


def test_a_dear_choice_has_cost_more_and_says_so():
    assert saving([swift(cost="1")], SAGE).high < 0


def test_there_is_no_saving_without_a_price_or_without_another_model():
    assert saving([swift()], Baseline(model="sage", unit_prices={})) is None
    own = Used(model="sage", answers=5, tokens={}, cost=Decimal(1))
    assert saving([own], SAGE) is None
    assert saving([own, swift()], SAGE) == saving([swift()], SAGE)


@given(st.integers(1, 10_000), st.integers(0, 10**7), st.integers(0, 10**7))
def test_the_range_always_holds_the_plain_counterfactual(answers, sent, written):
    found = saving([swift(answers, sent, written)], SAGE)
    assert found.low <= found.same_tokens <= found.high


@pytest.mark.parametrize("cached", [TokenClass.CACHED_INPUT, TokenClass.CACHE_WRITE_1H])
def test_what_was_cached_elsewhere_counts_as_plain_input(cached):
    used = Used(model="swift", answers=1, tokens={cached: 1000}, cost=Decimal(0))
    assert saving([used], SAGE).same_tokens == Decimal("0.006")
