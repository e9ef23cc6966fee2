"""The first minute: a newcomer opens the app, runs the sample, watches six answers, picks one, finds it again."""

import re
import sqlite3
import time
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.driving import AppServer, Visitor, serve

RUN = re.compile(r"^Run 6 shots")


@pytest.fixture(scope="module")
def paced(tmp_path_factory):
    """The demo at its own pace: six answers in about six seconds, seen streaming even on a busy machine."""
    with serve(tmp_path_factory.mktemp("paced"), CLAUDEPROMPTER_SIMULATED_SPEED="1") as server:
        yield server


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    """The demo at less than half its own pace, so that there is time to press buttons while text streams."""
    with serve(tmp_path_factory.mktemp("slow"), CLAUDEPROMPTER_SIMULATED_SPEED="0.4") as server:
        yield server


def _cards(page: Page) -> list[str]:
    return page.locator('[class*="st-key-card_"]').all_inner_texts()


def _start(visit: Visitor, label: re.Pattern[str] = RUN) -> str:
    visit.page.get_by_role("button", name=label).click()
    expect(visit.page.get_by_role("button", name="Stop run")).to_be_visible()
    return visit.parameter("run")


def _wait_done(visit: Visitor) -> None:
    expect(visit.page.get_by_text(re.compile(r"^done · \d answer"))).to_be_visible(timeout=40_000)
    visit.settle()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_first_minute_on_a_desk(visitor, paced, dark):
    visit = visitor(server=paced, dark=dark).open()
    page = visit.page
    expect(page.get_by_role("textbox", name="Prompt")).to_have_value(re.compile("charged twice"))
    expect(page.get_by_role("button", name=RUN)).to_contain_text(re.compile(r"about \$0\.00.* · about \d+ s"))
    page.get_by_role("textbox", name="Prompt").click()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name="Stop run")).to_be_visible()
    public_id = visit.parameter("run")
    expect(page.get_by_text("First five minutes")).to_have_count(0)
    _sees_text_grow(page)
    _wait_done(visit)
    cards = _cards(page)
    assert len(cards) == 6
    for card in cards:
        assert re.search(r"first \d+\.\d+ s · \d+(\.\d)? s", card), card
        assert re.search(r"\d+ in, \d+ out · (\$0\.\d+|no charge)", card.replace("(", " (")) or "thinking" in card, card
        assert "~" not in card
    page.keyboard.press("1")
    expect(page.get_by_text("You picked Sage, shot 1.")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Swift would have cost \d+ times less \(\$0\.0001\)"))).to_be_visible()
    expect(page.get_by_role("button", name="Copy the winner")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    _finds_it_in_history(visit, public_id)


def test_the_first_minute_on_a_phone(visitor, paced):
    visit = visitor(server=paced, phone=True).open()
    page = visit.page
    visit.settle()
    page.get_by_role("button", name=RUN).click()
    expect(page.get_by_role("button", name="Stop run")).to_be_visible()
    _wait_done(visit)
    assert len(_cards(page)) == 1
    page.get_by_role("radio", name=re.compile("2 Swift")).click()
    expect(page.locator('[class*="st-key-card_"]')).to_contain_text("2 Swift")
    page.get_by_role("button", name="2 wins").click()
    expect(page.get_by_text("You picked Swift, shot 1.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_two_presses_make_one_run(visitor, paced):
    visit = visitor(server=paced).open()
    before = _runs_started(paced)
    visit.page.get_by_role("button", name=RUN).dblclick()
    expect(visit.page.get_by_role("button", name="Stop run")).to_be_visible()
    first = visit.parameter("run")
    _wait_done(visit)
    assert visit.parameter("run") == first
    assert _runs_started(paced) == before + 1


def test_a_reload_a_second_tab_and_another_page_repeat_nothing(visitor, paced):
    visit = visitor(server=paced).open()
    before = _runs_started(paced)
    public_id = _start(visit)
    _go_to_history(visit)
    visit.settle()
    other = visitor(server=paced).open(ws="demo", run=public_id)
    visit.open(ws="demo", run=public_id)
    visit.page.reload()
    _wait_done(visit)
    _wait_done(other)
    mine, theirs = _cards(visit.page), _cards(other.page)
    assert len(mine) == 6
    assert mine == theirs
    assert _runs_started(paced) == before + 1
    assert _attempts_of(paced, public_id) == 7  # six answers, one of which needs a second attempt


def test_a_button_answers_while_text_streams_as_it_does_at_rest(visitor, slow):
    """Measured against the same clicks at rest, because other tests may share the processor.

    A button that waited for the stream's end would take tens of seconds here.
    """
    visit = visitor(server=slow).open()
    page = visit.page
    _start(visit)
    streaming = _switch_views(page)
    expect(page.get_by_role("button", name="Stop run")).to_be_visible()
    page.get_by_role("button", name=re.compile("A customer writes")).click()
    expect(page.get_by_text("temperature 0.7")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Stop run").click()
    expect(page.get_by_text("This run was stopped")).to_be_visible()
    visit.settle()
    assert streaming < 3 * _switch_views(page) + 0.5


def test_stopping_one_and_all_keeps_what_arrived(visitor, slow):
    visit = visitor(server=slow).open()
    page = visit.page
    _start(visit)
    _sees_text_grow(page)
    page.get_by_role("button", name="Stop this").first.click()
    expect(page.locator('[class*="st-key-card_"]').first).to_contain_text("stopped")
    page.get_by_role("button", name="Stop run").click()
    expect(page.get_by_text("This run was stopped")).to_be_visible()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    assert re.search("Stopped(; what had arrived is kept| before the first word)", _cards(page)[0])


def _switch_views(page: Page) -> float:
    """Change between one answer and all of them a few times; give the median of the waits in seconds."""
    waits = []
    for name in ("One at a time", "Side by side") * 3:
        began = time.monotonic()
        page.get_by_role("radio", name=name).click()
        expect(page.locator('[class*="st-key-card_"]')).to_have_count(1 if name.startswith("One") else 6)
        waits.append(time.monotonic() - began)
    return sorted(waits)[len(waits) // 2]


def _go_to_history(visit: Visitor) -> None:
    visit.page.get_by_test_id("stSidebarNav").get_by_role("link", name="History").click()
    expect(visit.page.get_by_role("heading", name="History")).to_be_visible()


def _asked(server: AppServer, question: str, *values: str) -> int:
    with closing(sqlite3.connect(server.data / "demo.db")) as connection:
        return int(connection.execute(question, values).fetchone()[0])


def _runs_started(server: AppServer) -> int:
    return _asked(server, "SELECT count(*) FROM run WHERE origin = 'page'")


def _attempts_of(server: AppServer, public_id: str) -> int:
    return _asked(
        server,
        "SELECT count(*) FROM attempt JOIN run ON run.id = attempt.run_id WHERE run.public_id = ?",
        public_id,
    )


def _sees_text_grow(page: Page) -> None:
    """Wait until some answer's text has been seen to grow, which an answer drawn only at its end would not."""
    seen: set[int] = set()
    until = time.monotonic() + 20
    while len(seen) < 4 and time.monotonic() < until:
        seen.add(len("".join(_cards(page))))
        page.wait_for_timeout(120)
    assert len(seen) >= 4


def _finds_it_in_history(visit: Visitor, public_id: str) -> None:
    page = visit.page
    page.get_by_role("link", name="Open in History").click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_be_visible()
    assert visit.parameter("run") == public_id
    expect(drawer.get_by_text(re.compile("picked by someone"))).to_be_visible()
    drawer.get_by_role("radio", name="Cost").click()
    expect(drawer.get_by_role("table")).to_contain_text("made-up price of the demo")
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    page.wait_for_timeout(500)
    assert visit.parameter("run") == ""
    visit.settle()
