"""Connect a model: the dialog against real servers on loopback, good, locked and absent."""

import re
import stat
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.driving import AppServer, Visitor
from tests.servers.openai_server import OpenAIServer


@pytest.fixture(scope="module")
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(models=("good",)) as running:
        yield running


@pytest.fixture(scope="module")
def locked() -> Iterator[OpenAIServer]:
    with OpenAIServer(models=("good",), key="sk-right") as running:
        yield running


def dialog_of(visit: Visitor) -> Locator:
    visit.press("Connect a model")
    return visit.page.get_by_role("dialog")


def name_address(visit: Visitor, address: str, name: str, key: str = "") -> Locator:
    dialog = dialog_of(visit)
    dialog.get_by_text("A server's address").click()
    for label, text in (("Address", address), ("Name", name), ("Key", key)):
        field = dialog.get_by_role("textbox", name=label, exact=True)
        field.fill(text)
        field.press("Tab")
        visit.settle()
    dialog.get_by_role("button", name=re.compile("^Test")).click()
    return dialog


def test_a_server_is_connected_tested_and_used_in_ones_own_workspace(visitor, server):
    visit = visitor().open("settings")
    dialog = name_address(visit, server.base_url, "lab")
    expect(dialog.get_by_text(re.compile(r"answered in [\d.]+ s"))).to_be_visible(timeout=60_000)
    expect(dialog.get_by_text("no charge")).to_be_visible()
    expect(dialog.get_by_text("this machine").last).to_be_visible()
    dialog.get_by_role("button", name="Start in our own workspace").click()
    expect(visit.page.get_by_role("heading", name="Run")).to_be_visible()
    visit.settle()
    assert visit.parameter("ws") == "team"
    visit.open("settings", ws="team")
    expect(visit.keyed("connected_lab")).to_contain_text(server.base_url)


def test_a_wrong_key_is_said_in_plain_words_and_the_right_one_is_kept_for_its_owner_alone(
    visitor, locked, app_server: AppServer
):
    visit = visitor().open("settings", ws="team")
    dialog = name_address(visit, locked.base_url, "locked", "sk-wrong")
    expect(dialog.get_by_text(re.compile("key", re.IGNORECASE)).last).to_be_visible()
    expect(dialog.get_by_test_id("stAlert")).to_be_visible(timeout=60_000)
    dialog.get_by_role("textbox", name="Key", exact=True).fill("sk-right")
    dialog.get_by_role("textbox", name="Key", exact=True).press("Tab")
    visit.settle()
    dialog.get_by_role("button", name=re.compile("^Test")).click()
    expect(dialog.get_by_text(re.compile(r"answered in [\d.]+ s"))).to_be_visible(timeout=60_000)
    kept = app_server.data / "credentials.toml"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "sk-right" not in visit.page.content()
    assert "sk-right" not in app_server.log_text()


def test_a_server_that_is_not_there_is_said_in_plain_words_and_can_be_removed(visitor):
    visit = visitor().open("settings", ws="team")
    dialog = name_address(visit, "http://127.0.0.1:9/v1", "nowhere")
    expect(dialog.get_by_test_id("stAlert")).to_be_visible(timeout=60_000)
    dialog.get_by_role("button", name="Remove it").click()
    expect(dialog.get_by_test_id("stAlert")).to_have_count(0)
    visit.open("settings", ws="team")
    expect(visit.page.get_by_text("http://127.0.0.1:9/v1")).to_have_count(0)


@pytest.mark.parametrize("address", ["http://169.254.169.254/v1", "lab"])
def test_an_address_that_may_not_be_called_is_refused_at_once(visitor, address):
    visit = visitor().open("settings", ws="team")
    dialog = name_address(visit, address, "bad")
    expect(dialog.get_by_test_id("stAlert")).to_be_visible(timeout=5_000)


def test_a_provider_without_a_key_says_so(visitor):
    visit = visitor().open("settings", ws="team")
    dialog = dialog_of(visit)
    dialog.get_by_role("button", name=re.compile("^Test")).click()
    expect(dialog.get_by_text("There is no key yet.")).to_be_visible()
