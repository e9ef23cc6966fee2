"""History in a browser: searched, two runs ticked and compared, tagged, deleted, taken back; records brought in."""

import re

import pytest
from playwright.sync_api import expect

from core.bootstrap import build
from core.domain.workspace import Workspace
from core.settings import Settings
from tests.e2e.driving import serve

ROW = 35


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The demo with its whole history."""
    data = tmp_path_factory.mktemp("told")
    services = build(Settings(_env_file=None, CLAUDEPROMPTER_DATA=data), Workspace.DEMO)
    assert services.demo.fill()
    services.database.close()
    with serve(data, CLAUDEPROMPTER_SIMULATED_SPEED="20") as server:
        yield server


def _click_row(visit, number, *, box):
    table = visit.page.get_by_test_id("stDataFrame").first
    expect(table).to_be_visible()
    at = table.bounding_box()
    visit.page.mouse.click(at["x"] + (12 if box else 300), at["y"] + ROW * number + ROW // 2)
    visit.settle()


def test_runs_are_found_compared_tagged_deleted_and_taken_back(visitor, told):
    visit = visitor(server=told)
    visit.page.context.add_cookies([{"name": "claudeprompter_name", "value": "Zoe", "url": told.url}])
    page = visit.open("history", ws="demo", person="Elif").page
    totals = page.get_by_text(re.compile(r"^\d+ runs ·"))
    before = totals.inner_text()
    page.get_by_role("searchbox", name="Search").fill("invoice")
    expect(totals).not_to_have_text(before)
    visit.settle()
    found = totals.inner_text()
    assert visit.parameter("words") == "invoice"
    assert visit.parameter("person") == "Elif"

    _click_row(visit, 1, box=True)
    _click_row(visit, 2, box=True)
    expect(page.get_by_text("2 ticked", exact=True)).to_be_visible()
    visit.press("Compare")
    expect(page.get_by_text(re.compile("^Run A, "))).to_be_visible()
    assert len(visit.parameter("compare").split("%2C")) == 2
    visit.press("Back to the list")
    expect(page.get_by_text("2 ticked", exact=True)).to_be_visible()

    visit.press("Tag")
    dialog = page.get_by_test_id("stDialog")
    dialog.get_by_role("combobox").fill("to check")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")  # leaves the open list
    visit.settle()
    dialog.get_by_role("button", name="Put on").click()
    expect(page.get_by_text("to check put on 2 runs.")).to_be_visible()
    expect(dialog).to_have_count(0)

    visit.press("Delete")
    expect(page.get_by_text("2 runs are in the bin for 30 days.")).to_be_visible()
    expect(page.get_by_text(found, exact=True)).to_have_count(0)
    visit.press("Undo")
    expect(page.get_by_text(found, exact=True)).to_be_visible()

    visit.open("history", ws="demo", tag="to check")
    expect(page.get_by_text(re.compile(r"^2 runs ·"))).to_be_visible()
    _click_row(visit, 1, box=False)
    expect(page.get_by_role("button", name="Next")).to_be_enabled()
    first = visit.parameter("run")
    page.keyboard.press("j")
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    visit.settle()
    assert visit.parameter("run") != first
    page.keyboard.press("Escape")
    visit.settle()
    expect(page).not_to_have_url(re.compile("run="))


def test_a_folder_of_records_comes_in_once(visitor, told, tmp_path):
    folder = tmp_path / "run-1"
    folder.mkdir()
    (folder / "gpt-4o-result.md").write_text(
        "# Multi-Shot Result: gpt-4o\n\n## Run Information\n- **Run ID**: r1\n"
        "- **Timestamp**: 2025-08-07T19:59:52.119Z\n- **Engine**: gpt-4o (gpt-4o)\n- **Execution Time**: 1200ms\n\n"
        "## Original Prompt\n```\nWhy is the sky blue over Oslo?\n```\n\n## Response\nRayleigh.\n"
    )
    visit = visitor(server=told).open("history", ws="team")
    page = visit.page
    for said in ("1 run imported.", "Nothing new: all of this is here already."):
        visit.press("Import")
        dialog = page.get_by_test_id("stDialog")
        dialog.get_by_text("A folder").click()
        visit.settle()
        page.locator("input[type=file]").set_input_files(folder)
        dialog.get_by_role("button", name="Import 1 run").click()
        expect(dialog.get_by_text(said)).to_be_visible()
        dialog.get_by_role("button", name="Close").last.click()
        expect(dialog).to_have_count(0)
        visit.settle()
    expect(page.get_by_text(re.compile(r"^1 run ·"))).to_be_visible()


def test_on_a_phone_runs_are_cards_and_filters_one_sheet(visitor, told):
    visit = visitor(server=told, phone=True, dark=True).open("history", ws="demo")
    page = visit.page
    page.get_by_text("Tick", exact=True).first.click()
    visit.settle()
    expect(page.get_by_text("1 ticked")).to_be_visible()
    page.get_by_text("Filters").first.click()
    expect(page.get_by_text("The bin")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
