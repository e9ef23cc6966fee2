"""Sums and sentences of a review, each with its edges."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from core.costs.amounts import Amounts, change_words, shares
from core.costs.anomalies import Hour, anomalies
from core.costs.buy_sentences import apart, say_buys
from core.costs.unit_costs import Buy, wilson

DOLLARS = Amounts()


def buy(model, cost, good, judged, *, best=True, free=False):
    low, high = wilson(good, judged) or (None, None)
    return Buy(
        model=model, cost=Decimal(cost), cost_low=None, cost_high=None, quality=good / judged if judged else None,
        quality_low=low, quality_high=high, judged=judged, answers=judged, free=free, best=best,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "words"),
    [("57.151", "$57.15"), ("-1.8", "−$1.80"), ("0.0197", "$0.0197"), ("0.00001", "under $0.0001"), ("0", "$0.00"),
     ("0.11", "$0.11"), ("1234.5", "$1,234.50")],
)  # fmt: skip
def test_what_one_thing_cost_has_as_many_digits_as_tell(amount, words):
    assert DOLLARS.each(Decimal(amount)) == words


def test_a_small_month_is_shown_with_four_decimals_and_still_adds_up():
    parts = DOLLARS.parts({"a": Decimal("0.00012"), "b": Decimal("0.00013"), "c": Decimal("0.00035")})
    assert sum(parts.values()) == Decimal("0.0006")
    assert DOLLARS.part(parts["a"], total=Decimal("0.0006")) == "$0.0001"


def test_a_budget_without_cents_is_written_without_them():
    assert DOLLARS.whole(Decimal(400)) == "$400"
    assert DOLLARS.whole(Decimal("12.5")) == "$12.50"


def test_a_change_reads_up_down_or_as_before():
    assert change_words(Decimal(30), Decimal(20), DOLLARS) == "up $10.00 (50 %)"
    assert change_words(Decimal(10), Decimal(20), DOLLARS) == "down $10.00 (50 %)"
    assert change_words(Decimal("20.001"), Decimal(20), DOLLARS) == "as before"


def test_shares_are_whole_percents_that_add_up_or_nothing():
    assert shares({"a": Decimal(1), "b": Decimal(1), "c": Decimal(1)}) == {"a": 34, "b": 33, "c": 33}
    assert shares({"a": Decimal(0)}) == {}
    assert shares({"a": Decimal(3), "elsewhere": Decimal(-1)}) == {}


def test_who_leads_by_how_much_and_for_what_money():
    said = say_buys(
        (buy("swift", "0.001", 85, 100), buy("sage", "0.019", 88, 100), buy("grand", "0.2", 50, 100, best=False)),
        label=str.capitalize,
    )
    low, high = apart(buy("sage", "1", 88, 100), buy("swift", "1", 85, 100))
    assert (
        said[0] == f"Sage and Swift are at most {max(-low, high) * 100:.0f} in 100 apart; Sage costs 19 times as much."
    )
    assert said[1] == "Grand is never the best buy."


def test_a_clear_lead_is_a_range_and_a_free_model_is_named():
    (said, *_) = say_buys((buy("sage", "0.02", 95, 100), buy("pine", "0", 50, 100, free=True)), label=str.capitalize)
    low, high = apart(buy("sage", "1", 95, 100), buy("pine", "1", 50, 100))
    assert said.startswith(f"Sage is picked or tied {low * 100:.0f} to {high * 100:.0f} in 100 more often than Pine")
    assert said.endswith("; Pine is free of charge.")


def test_with_few_picks_it_says_what_is_missing():
    assert say_buys((buy("sage", "0.02", 3, 4),), label=str.capitalize) == (
        "Too early to tell: a model needs 10 judged answers, the most judged one has 4.",
    )
    alone = say_buys((buy("sage", "0.02", 30, 40), buy("swift", "0.02", 3, 4)), label=str.capitalize)
    assert alone == ("Only Sage has 10 judged answers: there is nothing to compare yet.",)


def test_an_hour_of_retries_is_unusual_among_hours_that_differ_widely():
    start = datetime(2026, 10, 1, tzinfo=UTC)
    wide = [
        Hour(start=start + timedelta(hours=at), model="grand", attempts=2, retries=0, failed=0,
             amount=Decimal("0.002") * 2 ** (at % 8))
        for at in range(40)
    ]  # fmt: skip
    storm = Hour(start=start + timedelta(days=9), model="grand", attempts=20, retries=11, failed=14, amount=Decimal(9))
    busy = Hour(start=start + timedelta(days=9), model="grand", attempts=20, retries=0, failed=0, amount=Decimal(9))
    assert [found.why for found in anomalies([*wide, storm])] == ["retries"]
    assert anomalies([*wide, busy]) == ()
