"""A budget that holds, in a browser: set it, run over it, see which calls were not made, and what can be asked."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.e2e.driving import serve

RUN = re.compile(r"^Run 6 shots")
MADE = 240_000
"""How long the demo's history may take to be made, in milliseconds; it sets its own budgets at its end."""

WORK_HAS_BEGUN = 10
"""The hour in UTC by which the demo's people have spent a cent."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("budget"), CLAUDEPROMPTER_SIMULATED_SPEED="20") as server:
        yield server


def test_a_budget_is_set_held_told_and_undone(visitor, demo):
    if datetime.now(UTC).hour < WORK_HAS_BEGUN:
        pytest.skip("EARLY IN THE DAY (UTC), so no budget was tried: the demo's history has spent nothing yet today")
    visit = visitor(server=demo).open("costs", ws="demo", tab="Budgets")
    page = visit.page
    page.get_by_role("textbox", name="Your name").fill("Anna")
    visit.press("Save")
    making = page.get_by_text("Making up the demo's history")
    expect(making).to_be_visible(timeout=60_000)  # it begins a moment after the first page
    expect(making).to_have_count(0, timeout=MADE)
    visit.open("costs", ws="demo", tab="Budgets")
    expect(visit.keyed("budgets").get_by_text("Data", exact=True)).to_be_visible()

    # Next to nothing a day for everything, and then inside only.
    visit.press("Add a budget")
    page.get_by_role("combobox", name=re.compile("Period")).click()
    page.get_by_role("option", name="a day").click()
    page.get_by_role("spinbutton", name=re.compile("Stop at")).fill("0.01")
    page.get_by_role("combobox", name=re.compile("Then")).click()
    page.get_by_role("option", name="inside only").click()
    visit.press("Add")
    expect(visit.keyed("budgets").get_by_text("a day")).to_be_visible()
    expect(page.get_by_test_id("stSidebar").get_by_text("nothing left · everything, today")).to_be_visible()

    # The Run page says so beforehand; pressed all the same, nothing is sent and the calls are named.
    visit.open("", ws="demo")
    expect(page.get_by_text(re.compile("no call would be made"))).to_be_visible()
    page.get_by_role("button", name=RUN).click()
    visit.settle()
    expect(page.get_by_text(re.compile("Nothing was sent: Sage × 2, Swift × 2, Pine × 2"))).to_be_visible()
    assert visit.parameter("run") == ""

    # What may still be asked is one press away, and is asked.
    visit.press("Ask Pine instead")
    expect(page.get_by_text(re.compile(r"^done · \d answer"))).to_be_visible(timeout=40_000)
    assert visit.parameter("run")

    # Who was refused stands beside the budget; taken away it holds no more, and Undo brings it back.
    visit.open("costs", ws="demo", tab="Budgets")
    expect(page.get_by_text(re.compile(r"Calls not made: Anna .*Sage × 2"))).to_be_visible()
    visit.keyed("budgets").get_by_role("button", name="Remove").last.click()
    visit.settle()
    expect(visit.keyed("budgets").get_by_text("a day")).to_have_count(0)
    visit.press("Undo")
    expect(visit.keyed("budgets").get_by_text("a day")).to_be_visible()
