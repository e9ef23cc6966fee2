"""Bills on the Costs page: read from a file, fetched by a key, held against the ledger, in plain words."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from core.costs.bills.billing import Billing
from core.costs.bills.kept import BillReport
from core.costs.reconcile import compare
from core.domain.money import TokenClass
from pages.ui import bill_words, bills_reading, services
from pages.ui.costs_bills import csv_of
from tests.core.costs.bills.test_bills import ANTHROPIC, DAY, BillingServer, bill_lines, openai_page, row
from tests.random_ledger import Ledger


def texts(test):
    kinds = (test.markdown, test.caption, test.error, test.success)
    return " ".join(element.value for kind in kinds for element in kind).replace("\\", "")


def press(test, label):
    next(button for button in test.button if button.label == label).click().run()
    assert not test.exception


def upload(test, content, name="bill.json"):
    test.file_uploader[0].upload(name, content.encode(), "application/json")
    test.run()
    assert not test.exception


def test_without_a_bill_the_page_says_what_is_counted_and_what_can_be_read(app):
    test = app("costs", ws="team", tab="Bills")
    assert "Only runs made here are counted" in texts(test)
    assert "FOCUS file" in texts(test)


def test_a_file_is_read_once_and_stands_beside_the_ledger(app):
    test = app("costs", name="Cara", ws="team", tab="Bills")
    Ledger(services.services_of("team").database, 3).happen(20)
    upload(test, openai_page())
    assert "2 lines new." in texts(test)
    assert "OpenAI" in texts(test)
    assert "more was billed than was seen here" in texts(test)
    (reading,) = services.services_of("team").bills.readings()
    assert (reading.read_from, reading.by) == ("bill.json", "Cara")
    upload(test, openai_page(), "again.json")
    assert "Nothing changed: all 2 lines were known" in texts(test)
    press(test, "Take out")
    assert services.services_of("team").bills.readings() == ()


def test_a_broken_file_names_the_place_and_changes_nothing(app):
    test = app("costs", ws="team", tab="Bills")
    upload(test, openai_page('"much"'))
    assert "data[0].results[0].amount.value is no number" in texts(test)
    assert services.services_of("team").bills.readings() == ()


def test_a_bill_is_fetched_with_a_key_that_is_kept_for_its_host_alone(app, monkeypatch):
    with BillingServer() as server:
        monkeypatch.setattr(Billing, "_host", lambda *_: server.address.removeprefix("http://"))
        monkeypatch.setattr("core.costs.bills.billing.fetch_bill", _fetching(server))
        test = app("costs", name="Cara", ws="team", tab="Bills")
        test.text_input(key="bill_key").set_value("sk-admin-1")
        press(test, "Keep the key")
        assert server.asked == []
        test.date_input(key="bill_first").set_value(DAY)
        test.date_input(key="bill_last").set_value(date(2025, 11, 30))
        press(test, next(button.label for button in test.button if button.label.startswith("Fetch from")))
        assert "4 lines new." in texts(test)
        assert len(server.asked) == 2
        press(test, "Forget the key")
    assert "sk-admin-1" not in texts(test)
    assert services.services_of("team").billing.providers()[0].source == ""


def _fetching(server):
    from core.costs.bills.fetching import fetch_bill  # noqa: PLC0415

    return lambda provider, key, *, first, last, host: fetch_bill(
        provider, key, first=first, last=last, host=server.address
    )


def test_the_demo_asks_no_provider(app):
    test = app("costs", ws="demo", tab="Bills")
    assert "The demo asks nobody" in texts(test)
    assert not [button for button in test.button if button.label.startswith(("Keep the key", "Fetch"))]


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (BillReport(added=1), "1 line new."),
        (BillReport(added=2, replaced=3, unchanged=4),
         "2 lines new, 3 lines with later figures in place of earlier ones, 4 known as they are."),
        (BillReport(unchanged=7), "Nothing changed: all 7 lines were known as they are."),
    ],
)  # fmt: skip
def test_what_came_of_reading_is_one_sentence(report, words):
    assert bill_words.report_words(report) == words


def compared(value="0.09", **more):
    lines = [line for line in bill_lines(openai_page(value)) if line.model]
    return compare("openai", lines, [row(quantity=200_000, amount="0.02", **more)])


def test_the_difference_is_tokens_or_price_and_adds_up_as_shown():
    found = compared()
    assert bill_words.sentence(found) == (
        "$0.07 more was billed than was seen here: $0.02 of tokens not seen here, $0.05 of a higher price."
    )
    (line,) = bill_words.rows_of(found, by_day=False)
    assert (line.model, line.token_class, line.why) == ("gpt-4o-mini", "input", "tokens +$0.02, price +$0.05")
    (by_day,) = bill_words.rows_of(found, by_day=True)
    assert by_day.day == "22 Nov 2025"


def test_what_one_side_lacks_or_nobody_can_split_is_said():
    search = [line for line in bill_lines(openai_page()) if not line.model]
    found = compare("openai", search, [row("output", 10, "0.01")])
    assert {line.why for line in bill_words.rows_of(found, by_day=False)} == {"not seen here", "not on the bill"}
    claude = bill_lines(json.dumps(ANTHROPIC))[:1]
    ours = (DAY, "anthropic", "anthropic/claude-sonnet-4-5", TokenClass.INPUT.value, 10, Decimal("1.00"))
    found = compare("anthropic", claude, [ours])
    assert "cannot be split" in bill_words.sentence(found)
    assert "tokens not said" in bill_words.rows_of(found, by_day=False)[0].why


def test_an_equal_bill_says_so():
    lines = [line for line in bill_lines(openai_page("0.02")) if line.model]
    found = compare("openai", lines, [row(quantity=400_000, amount="0.02")])
    assert bill_words.sentence(found) == "The bill and what was seen here are equal to the last digit."


def test_the_lines_as_csv_carry_all_digits():
    text = csv_of(compared("0.090000000000001"))
    assert "0.090000000000001" in text
    assert text.splitlines()[0].startswith("day,provider,model,token_class")


def test_a_fetch_reaches_back_over_the_last_week_that_was_read():
    read = datetime.now(UTC).date() - timedelta(days=3)
    page = SimpleNamespace(services=SimpleNamespace(bills=SimpleNamespace(until=lambda: {"openai": read})))
    first, last = bills_reading._usual_period(page, "openai")
    assert (first, last) == (read - timedelta(days=7), datetime.now(UTC).date() - timedelta(days=1))
    assert (last - bills_reading._usual_period(page, "other")[0]).days == bills_reading.USUAL_DAYS
