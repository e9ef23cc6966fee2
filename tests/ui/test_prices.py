"""Prices on the Costs page: who says so, what was entered and undone, today's prices; nothing unknown reads as $0."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.costs.price_view import PriceRow, Repriced
from core.domain.model import Place, PriceState
from core.domain.money import PriceSource, TokenClass
from pages.ui import price_words, services
from pages.ui.prices_today import lines_of, today_words

NOW = datetime(2026, 11, 20, tzinfo=UTC)
SAGE = "simulated/sage"


def texts(test):
    return " ".join(element.value for kind in (test.markdown, test.caption, test.error) for element in kind)


def press(test, label, number=0):
    [button for button in test.button if button.label == label][number].click().run()
    assert not test.exception


def prices():
    return services.services_of("demo").prices


def quote():
    found = prices().quote(SAGE, "simulated", Place.CLOUD, at=datetime.now(UTC))
    return {price.token_class: price.per_unit for price in found.prices}


def test_a_price_is_entered_and_undone(app):
    test = app("costs", name="Anna", tab="Prices")
    assert not test.exception
    listed = quote()
    test.selectbox(key="price_model").set_value(SAGE)
    test.number_input(key="price_amount").set_value(0.15)
    press(test, "Enter the price")
    assert quote()[TokenClass.INPUT] == Decimal("0.15") / 1_000_000
    assert "$0.15 per 1M tokens" in texts(test).replace("\\", "")
    assert "entered by Anna" in texts(test)
    press(test, "Undo")
    assert quote() == listed
    assert "entered by Anna" not in texts(test)


def test_an_own_server_gets_a_price_an_hour(app):
    test = app("costs", name="Anna", tab="Prices")
    test.selectbox(key="price_model").set_value("simulated/pine")
    test.selectbox(key="price_kind").set_value("an hour of an own server")
    test.number_input(key="price_amount").set_value(2.5)
    press(test, "Enter the price")
    (price,) = prices().servers.all()
    assert (price.model, price.per_hour, price.by) == ("simulated/pine", Decimal("2.5"), "Anna")
    assert "$2.5 an hour of answering" in texts(test).replace("\\", "")


def test_a_discount_is_entered_and_undone_and_one_that_cannot_be_is_refused(app):
    test = app("costs", name="Anna", tab="Prices")
    listed = quote()
    test.selectbox(key="discount_provider").set_value("simulated")
    test.number_input(key="discount_percent").set_value(12.5)
    test.date_input(key="discount_until").set_value(date(2020, 1, 1))
    press(test, "Enter the discount")
    assert "would end before it begins" in texts(test)
    test.date_input(key="discount_until").set_value(None)
    press(test, "Enter the discount")
    assert quote()[TokenClass.INPUT] == listed[TokenClass.INPUT] * Decimal("0.875")
    assert "12.5 % from" in texts(test)
    press(test, "Undo")
    assert quote() == listed


def test_a_rate_is_entered_and_a_wrong_one_refused(app):
    test = app("costs", name="Anna", tab="Prices")
    test.number_input(key="rate_usd").set_value(1.08)
    press(test, "Enter the rate")
    assert "is no currency code" in texts(test)
    test.text_input(key="rate_currency").set_value("eur")
    press(test, "Enter the rate")
    assert services.services_of("demo").rates.at("EUR", datetime.now(UTC).date()).usd == Decimal("1.08")
    assert "1 EUR = $1.08" in texts(test).replace("\\", "")


def test_the_lists_are_compared_on_request(app):
    test = app("costs", name="Anna", tab="Prices")
    press(test, "Compare the lists")
    assert "They agree" in texts(test)


def row(token_class="input", per_unit="0.00000015", source=PriceSource.GENAI_PRICES, revision="0.2.3", **more):
    fields = {"state": PriceState.PRICED, "valid_from": None, "per_hour": None} | more
    return PriceRow(
        model="m", label="M", provider="p", place=Place.CLOUD, token_class=token_class,
        per_unit=None if per_unit is None else Decimal(per_unit), source=source, revision=revision, **fields,
    )  # fmt: skip


def test_one_line_a_model_says_what_each_class_costs_and_who_says_so():
    line = price_words.row_of_model(
        [
            row(),
            row("output", "0.0000006", PriceSource.OVERRIDE, "override-3", valid_from=NOW),
            row("cache_write_1h", "0.000006"),
            row("request", "0.01"),
        ]
    )
    assert line == {
        "Model": "M", "Input": "$0.15", "Cached input": "", "Output": "$0.60",
        "Others": "cache write, 1 h $6.00, each call $0.01",
        "Says who": "genai-prices 0.2.3, entered here (override-3)", "Holds from": "20 Nov 2026",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "input_words", "others"),
    [
        ([row("", None, None, "", state=PriceState.UNPRICED)], "no price known", ""),
        ([row(per_unit="0", source=PriceSource.DECLARED_FREE, state=PriceState.FREE)], "no charge", ""),
        ([row(per_unit="0", source=PriceSource.OVERRIDE, per_hour=Decimal(2))], "", "$2 an hour"),
    ],
)
def test_unknown_free_and_hourly_are_never_a_zero(rows, input_words, others):
    line = price_words.row_of_model(rows)
    assert (line["Input"], line["Others"]) == (input_words, others)
    assert "$0" not in str(line)


def test_a_discount_names_the_list_that_it_is_taken_off():
    words = price_words.source_words(PriceSource.DISCOUNT, "discount-4 of genai-prices 0.2.3")
    assert words == "discount 4 off genai-prices 0.2.3"


def repriced(**more):
    before = {"simulated/sage": Decimal("29.204"), "simulated/swift": Decimal("1.194"), "simulated/pine": Decimal(0)}
    after = before | {"simulated/swift": Decimal("0.5")}
    return Repriced(
        as_run=sum(before.values()), amount=sum(after.values()), unchanged=Decimal(0), by_model=after,
        as_run_by_model=before,
    )  # fmt: skip


def test_a_month_at_todays_prices_adds_up_as_shown():
    found = repriced()
    assert today_words(found) == "As run **$30.40** · at today's prices **$29.70**, $0.70 less (2.3 %)"
    lines = lines_of(found)

    def column(name):
        return sum(
            (Decimal(line[name].strip("$−")) * (-1 if "−" in line[name] else 1) for line in lines
             if line[name].strip("$−") not in ("", "no charge")), Decimal(0),
        )  # fmt: skip

    assert (column("As run"), column("At today's prices")) == (Decimal("30.40"), Decimal("29.70"))
    assert column("Difference") == Decimal("-0.70")
    assert next(line for line in lines if line["Model"] == "Pine")["As run"] == "no charge"
