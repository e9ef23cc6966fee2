"""The frame in a real browser: headers, sidebar, name, workspace, copy, and the way in by a deep link."""

import re

import httpx
import psutil
import pytest
from playwright.sync_api import expect

from pages.ui.gate import HEADERS
from tests.e2e.driving import serve


@pytest.mark.parametrize("path", ["", "history", "_stcore/health", "static/nowhere.js", "media/nowhere.png"])
def test_every_response_carries_the_security_headers(app_server, path):
    answer = httpx.get(app_server.address(path))
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize("mode", [{}, {"dark": True}, {"phone": True}, {"phone": True, "dark": True}])
def test_the_first_page_says_that_everything_is_simulated(visitor, mode):
    page = visitor(**mode).open().page
    expect(page.get_by_test_id("stMain").get_by_text("Demo: simulated")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_deep_link_straight_after_the_start_gets_the_map_and_keeps_its_page(visitor, tmp_path):
    with serve(tmp_path / "data", CLAUDEPROMPTER_SIMULATED_SPEED="20") as fresh:
        visit = visitor(server=fresh).open("settings", ws="demo")
        expect(visit.page.get_by_role("heading", name="Settings")).to_be_visible()
        expect(visit.page.get_by_test_id("stSidebarNav").get_by_text("Work")).to_be_visible()
        assert visit.page.url.split("?")[0].endswith("/settings")
        visit.leave()


def test_a_name_given_once_survives_a_reload_and_can_be_changed(visitor):
    visit = visitor().open("settings")
    visit.page.get_by_role("textbox", name="Your name").fill("Anna O'Neil ✓")
    visit.press("Save")
    me = visit.page.get_by_test_id("stSidebar").get_by_role("button", name=re.compile("Anna O'Neil ✓"))
    expect(me).to_be_visible()
    visit.page.reload()
    visit.settle()
    expect(me).to_be_visible()
    expect(visit.page.get_by_text("Your name?")).to_have_count(0)


def test_one_tab_changes_its_workspace_and_no_other_moves(visitor):
    visit = visitor().open("settings")
    other = visitor().open("settings")
    visit.page.get_by_test_id("stSidebar").get_by_role("button", name=re.compile("Demo: simulated")).click()
    visit.press("Open our own workspace")
    expect(visit.page.get_by_test_id("stMain").get_by_text("Demo: simulated")).to_have_count(0)
    assert visit.parameter("ws") == "team"
    visit.page.get_by_test_id("stSidebarNav").get_by_text("Run").click()
    visit.settle()
    assert visit.parameter("ws") == "team"
    visit.page.reload()
    visit.settle()
    assert visit.parameter("ws") == "team"
    other.page.reload()
    other.settle()
    assert other.parameter("ws") == "demo"


def test_a_link_opens_the_workspace_it_names(visitor):
    assert visitor().open("settings", ws="team").parameter("ws") == "team"
    assert visitor().open("settings", ws="nonsense").parameter("ws") == "demo"


def test_share_puts_the_whole_link_with_its_workspace_on_the_clipboard(visitor, app_server):
    visit = visitor(permissions=["clipboard-read", "clipboard-write"]).open("settings", ws="team")
    visit.page.get_by_role("button", name="Share").click()
    expect(visit.page.get_by_role("button", name="Link copied")).to_be_visible()
    copied = visit.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{app_server.url}/settings?ws=team")
    expect(visit.page.get_by_role("button", name="Share")).to_be_visible()


def test_the_strategy_is_one_click_and_stays(visitor):
    visit = visitor().open("settings")
    visit.page.get_by_test_id("stSidebar").get_by_text("Offline").click()
    visit.settle()
    visit.page.get_by_test_id("stSidebarNav").get_by_text("Run").click()
    visit.settle()
    chosen = visit.page.get_by_test_id("stSidebar").get_by_role("radio", name="Offline")
    expect(chosen).to_be_checked()


def test_a_server_open_to_the_network_refuses_and_says_how_to_switch_sign_in_on(tmp_path):
    with serve(tmp_path / "data", STREAMLIT_SERVER_ADDRESS="0.0.0.0") as server:
        answer = httpx.get(server.url)
    assert answer.status_code == 503
    assert "[auth]" in answer.text


def test_the_first_page_is_usable_soon_after_the_start_and_the_web_process_stays_small(visitor, tmp_path):
    with serve(tmp_path / "data", CLAUDEPROMPTER_SIMULATED_SPEED="20") as fresh:
        first = visitor(server=fresh).open()
        first.leave()
        memory = psutil.Process(fresh.process.pid).memory_info().rss
    assert memory < 220 * 2**20


def test_a_trusted_proxys_header_says_who_is_here_and_without_it_nothing_opens(visitor, tmp_path):
    headers = '{"X-Forwarded-Email": "email"}'
    with serve(tmp_path / "data", STREAMLIT_SERVER_TRUSTED_USER_HEADERS=headers) as team:
        anna = visitor(server=team, extra_http_headers={"X-Forwarded-Email": "anna@team.test"}).open("settings")
        expect(anna.page.get_by_test_id("stSidebar").get_by_text("anna@team.test")).to_be_visible()
        expect(anna.page.get_by_text("Your name?")).to_have_count(0)
        stranger = visitor(server=team)
        stranger.page.goto(team.address("settings"))
        expect(stranger.page.get_by_text("did not say who you are")).to_be_visible()
        expect(stranger.page.get_by_role("tab")).to_have_count(0)
        anna.leave()
        stranger.leave()
