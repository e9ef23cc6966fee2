"""A labeller works by keyboard alone: picks, ties, a note, a mistake taken back, to the end of the queue."""

import re

import pytest
from playwright.sync_api import expect

from core.bootstrap import build
from core.domain.workspace import Workspace
from core.settings import Settings
from tests.e2e.driving import serve
from tests.e2e.labelling_by_key import label_by_keys

QUEUE = "complaint-replies"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The demo with its whole history."""
    data = tmp_path_factory.mktemp("told")
    services = build(Settings(_env_file=None, CLAUDEPROMPTER_DATA=data), Workspace.DEMO)
    assert services.demo.fill()
    services.database.close()
    with serve(data, CLAUDEPROMPTER_SIMULATED_SPEED="20") as server:
        yield server


def _named(visit, name):
    visit.page.context.add_cookies([{"name": "claudeprompter_name", "value": name, "url": visit.server.url}])
    return visit


def test_ten_items_by_keyboard_alone(visitor, told):
    visit = _named(visitor(server=told), "Zoe").open("label", ws="demo")
    page = visit.page
    expect(page.get_by_text("you 0 of 12")).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text("1 of 12 ·")).to_be_visible()
    label_by_keys(visit, keys="1T2N1T2N1T")
    expect(page.get_by_text("11 of 12 ·")).to_be_visible()
    expect(page.get_by_text(re.compile("^Last one: you called it a tie; 1 = "))).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_text("10 of 12 ·")).to_be_visible()
    page.keyboard.press("m")
    expect(page.get_by_role("textbox", name="Note")).to_be_focused()
    page.keyboard.type("two tell it 1 by 1")  # typed text picks nothing
    page.keyboard.press("Enter")
    expect(page.get_by_text("Note: two tell it 1 by 1")).to_be_visible()
    expect(page.get_by_text("10 of 12 ·")).to_be_visible()
    page.keyboard.press("h")
    expect(page.get_by_text("would you send it as it is?")).to_be_visible()
    label_by_keys(visit, keys="111")
    expect(page.get_by_text("Done: 12 of 12")).to_be_visible()
    expect(page.get_by_text("Sage against Swift:")).to_be_visible()


def test_a_phone_shows_one_answer_and_asks_before_an_unseen_one_is_picked(visitor, told):
    visit = _named(visitor(server=told, phone=True), "Max").open("label", ws="demo", queue=QUEUE)
    page = visit.page
    visit.settle()
    expect(page.get_by_role("radio", name="1 seen")).to_be_visible()
    page.get_by_role("button", name="2", exact=True).click()
    expect(page.get_by_text("You have not opened 2 yet.")).to_be_visible()
    page.get_by_role("radio", name="2", exact=True).click()
    expect(page.get_by_role("radio", name="2 seen")).to_be_visible()
    visit.settle()
    page.get_by_role("button", name="2", exact=True).click()
    expect(page.get_by_text("2 of 12 ·")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_leaderboard_says_who_is_good_and_who_cannot_be_told_apart(visitor, told):
    visit = visitor(server=told, dark=True).open("performance", ws="demo")
    page = visit.page
    expect(page.get_by_text(re.compile(r"picks between models by \d people"))).to_be_visible()
    expect(page.get_by_text("Sage is better than Pine").first).to_be_visible()
    expect(page.get_by_text("Sage and Swift: mostly ties").first).to_be_visible()
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=30_000)
    page.get_by_text("Names hidden only").click()
    visit.settle()
    assert visit.parameter("blind") == "true"


def test_an_ai_judge_is_asked_about_a_queue_and_its_agreement_stands_beside_it(visitor, told):
    visit = _named(visitor(server=told), "Ida").open("label", ws="demo", queue=QUEUE, judge="1")
    page = visit.page
    expect(page.get_by_text("12 items, 24 questions, about")).to_be_visible()
    page.get_by_role("button", name="Ask Grand").click()
    expect(page.get_by_text(re.compile(r"AI judge Grand agrees with people in \d+ %"))).to_be_visible(timeout=60_000)
    expect(page.get_by_text("12 pairs compared, each in both orders")).to_be_visible()
    visit.open("history", ws="demo")
    expect(page.get_by_text("Which answer is better")).to_have_count(0)
