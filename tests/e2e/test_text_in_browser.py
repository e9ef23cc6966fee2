"""Hostile text in a real browser, without the security headers behind it: it shows as typed and fetches nothing."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e import text_page
from tests.e2e.driving import Visitor, serve, visit


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    with serve(tmp_path_factory.mktemp("text"), script="tests/e2e/text_page.py", PYTHONPATH=".") as server:
        shown = visit(browser, server, permissions=["clipboard-read", "clipboard-write"])
        shown.page.goto(server.url)
        shown.settle()
        expect(shown.keyed("formula").locator(".katex").first).to_be_visible()
        yield shown
        shown.page.context.close()


@pytest.mark.parametrize("key", text_page.HOSTILE)
def test_no_text_makes_a_request_or_an_image(page, key):
    block = page.keyed(f"hostile_{key}")
    expect(block).to_be_visible()
    assert block.locator("img, image, video, audio, iframe, object").count() == 0
    assert not [url for url in page.foreign if "beacon" in url]


@pytest.mark.parametrize("key", text_page.TYPED)
def test_text_shows_as_typed(page, key):
    shown = page.keyed(f"typed_{key}").inner_text().replace("\u2060", "")
    assert shown.strip() == text_page.TYPED[key].replace("&lt;", "<")
    assert page.keyed(f"typed_{key}").locator(".katex, [role=img]").count() == 0


@pytest.mark.parametrize("key", ["prices", "colours", "icons", "directive"])
def test_a_label_shows_as_typed(page, key):
    assert page.keyed(f"label_{key}").inner_text().replace("\u2060", "").strip() == text_page.TYPED[key]


def test_code_shows_every_character(page):
    shown = page.keyed("code").locator("code").inner_text().replace("\u2060", "")
    assert shown.strip() == text_page.CODE.split("\n")[1]


def test_a_formula_is_set_and_the_price_beside_it_is_not(page):
    assert page.keyed("formula").locator(".katex").count() == 1
    assert "it costs $5." in page.keyed("formula").inner_text()


def test_raw_shows_the_text_byte_by_byte(page):
    assert page.keyed("raw").locator("code").inner_text().strip() == text_page.HOSTILE["image"]


def test_copy_puts_the_text_byte_by_byte_on_the_clipboard(page):
    page.page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.page.evaluate("navigator.clipboard.readText()")
    assert copied == text_page.HOSTILE["image"] + text_page.TYPED["prices"] + " ✓\n\tlast"
