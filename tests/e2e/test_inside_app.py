"""No network and no server: a model is fetched into the app on a click that names its size, and then answers."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.driving import AppServer, serve
from tests.servers.hub_server import HubServer


@pytest.fixture(scope="module")
def near_hub(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Iterator[AppServer]:
    """The app with a hub on loopback that has one tiny model."""
    with (
        HubServer({"tiny/random": tiny_model}) as hub,
        serve(tmp_path_factory.mktemp("data"), HF_ENDPOINT=hub.address) as server,
    ):
        yield server


def test_a_model_is_fetched_on_a_click_that_names_its_size_and_answers_inside(visitor, near_hub):
    visit = visitor(server=near_hub).open("settings", ws="team")
    visit.press("Connect a model")
    dialog = visit.page.get_by_role("dialog")
    dialog.get_by_text("Inside the app", exact=True).click()
    name = dialog.get_by_role("textbox", name="Model", exact=True)
    expect(dialog.get_by_role("button", name=re.compile("^Download about 1.5 GB"))).to_be_visible()
    name.fill("tiny/random")
    name.press("Tab")
    dialog.get_by_role("button", name=re.compile("How large is it")).click()
    dialog.get_by_role("button", name=re.compile(r"^Download \d+ kB")).click(timeout=60_000)
    expect(dialog.get_by_text("is on this machine")).to_be_visible(timeout=60_000)
    dialog.get_by_role("button", name="Start in our own workspace").click()
    visit.settle()
    visit.page.get_by_role("textbox", name="Prompt").fill("Hi")
    visit.press("Choose a model")
    visit.page.get_by_role("button", name=re.compile("^random")).click()
    visit.settle()
    visit.page.keyboard.press("Escape")
    visit.page.get_by_role("button", name=re.compile("^Run 1 shot")).click()
    expect(visit.page.get_by_text("Good enough?")).to_be_visible(timeout=90_000)
    expect(visit.page.get_by_text("no charge").first).to_be_visible()
