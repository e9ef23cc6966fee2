"""The app on a free port and the system's Chromium; without Chromium these tests say so and are skipped."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.driving import CHROMIUM, FLAGS, AppServer, Visitor, serve, visit


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as a browser test."""
    for item in items:
        if "tests/e2e" in str(item.path):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, without a window."""
    if not CHROMIUM:
        pytest.skip("NO CHROMIUM FOUND, so nothing was tested in a browser: install Debian's package `chromium`")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="module")
def app_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app as a newcomer finds it: an empty data folder, no key, no other server; simulated models answer fast."""
    with serve(tmp_path_factory.mktemp("data"), CLAUDEPROMPTER_SIMULATED_SPEED="20") as server:
        yield server


@pytest.fixture
def visitor(browser: Browser, app_server: AppServer) -> Iterator[Callable[..., Visitor]]:
    """Open new browser profiles; at the end none may have complained or asked beyond this machine."""
    opened: list[Visitor] = []

    def come(**options: Any) -> Visitor:
        opened.append(visit(browser, options.pop("server", app_server), **options))
        return opened[-1]

    yield come
    for each in opened:
        each.leave()
    for each in opened:
        each.check()
