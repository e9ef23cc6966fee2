"""Pages without a browser: a data folder of their own, nothing running beside them."""

from collections.abc import Callable, Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.settings import Settings
from pages.ui import identity, services
from pages.ui.page import FOLDER


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as a test of pages."""
    for item in items:
        if "tests/ui" in str(item.path):
            item.add_marker(pytest.mark.ui)


@pytest.fixture
def app(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Give the app as a browser opens it: a page with a link's parameters, and a name from its cookie."""
    monkeypatch.setattr(services.Starter, "look_after", lambda *_: None)
    st.cache_resource.clear()

    def open_app(page: str = "", *, name: str = "", **parameters: str) -> AppTest:
        monkeypatch.setattr(identity, "_cookie_name", lambda: name)
        test = AppTest.from_file(FOLDER.parent / "app.py", default_timeout=20)
        test.query_params.update(parameters)
        test.run()
        if page:
            test.switch_page(f"pages/{page}.py")
            test.query_params.update(parameters)
            test.run()
        return test

    yield open_app
    for workspace in ("demo", "team"):
        if (settings.data_dir / f"{workspace}.db").exists():
            services.services_of(workspace).database.close()
    st.cache_resource.clear()
