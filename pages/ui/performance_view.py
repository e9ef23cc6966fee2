"""Performance: the filters, then its four tabs, each drawn only while it is looked at."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from pages.ui import performance_all, performance_errors, performance_quality, performance_speed
from pages.ui.page import Page
from pages.ui.performance_filters import KEYS, draw_filters
from pages.ui.performance_seen import Seen, read

TABS: Final[dict[str, Callable[[Page, Seen], None]]] = {
    "All": performance_all.draw,
    "Quality": performance_quality.draw,
    "Speed": performance_speed.draw,
    "Errors": performance_errors.draw,
}


def draw(page: Page, *, narrow: bool) -> None:
    """Draw the page as the filters ask for it. Raises StoreError."""
    wanted = draw_filters(page, narrow=narrow)
    seen = read(page, wanted, narrow=narrow)
    if not narrow:
        with page.actions:
            page.share("performance", "share_performance", "Share", **_address())
    if not seen.rows:
        _nothing(page)
        return
    for tab, draw_tab in zip(st.tabs(list(TABS), key="tab", bind="query-params"), TABS.values(), strict=True):
        if tab.open:
            with tab:
                draw_tab(page, seen)


def _address() -> dict[str, list[str]]:
    """Give the parts of the address that make up the view."""
    return {key: st.query_params.get_all(key) for key in (*KEYS, "tab", "measure") if key in st.query_params}


def _nothing(page: Page) -> None:
    with st.container(border=True, horizontal_alignment="center", gap="xsmall", key="no_models"):
        st.markdown(":material/leaderboard:", width="content")
        st.markdown("**No run in this view**", width="content")
        st.caption("Models appear here once they were asked; their quality follows from picks.", width="content")
        page.link("run", "Start a run", icon=":material/play_arrow:")
