"""The list of past runs with its filters, its sums and what can be done with many, and the drawer of one run."""

from dataclasses import replace
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import ClaudePrompterError
from core.store.history import HistoryPage
from core.store.history_filter import HistoryFilter
from pages.ui.drawer import draw_drawer
from pages.ui.export_dialog import export_dialog
from pages.ui.history_address import EMPTY, ROWS_SHOWN
from pages.ui.history_bar import draw_bar
from pages.ui.history_filters import draw_filters
from pages.ui.history_list import draw_cards, draw_table, summary_words
from pages.ui.history_saved import draw_saved
from pages.ui.history_tags import say_tagged
from pages.ui.history_ticks import Ticks, ticks_of
from pages.ui.import_runs import import_dialog
from pages.ui.lost_link import draw_lost
from pages.ui.page import Page
from pages.ui.rerun_dialog import open_waiting_view
from pages.ui.rerun_line import draw_rerun_line
from pages.ui.words import plural

PAGE_ROWS: Final = 50
MOST_ROWS: Final = 1_000


def draw(page: Page, open_run: str, *, narrow: bool) -> None:
    """Draw History, and over it the run of the address. Raises StoreError."""
    open_waiting_view()
    say_tagged()
    draw_rerun_line(page)
    lost, filters = st.container(), st.container()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="totals_line"):
        totals = st.container(width="content")
        st.space("stretch")
        tools = st.container(horizontal=True, vertical_alignment="center", gap="small", width="content")
        order_at = st.container(width="content")
    with filters:
        wanted = draw_filters(page, narrow=narrow, order_at=order_at)
    limit = int(st.session_state.get(ROWS_SHOWN, PAGE_ROWS))
    found = page.services.history.page(wanted, limit=limit)
    ticks = ticks_of(page, wanted, total=found.total_runs)
    with page.actions:
        _in_and_out(page, ticks)
    with tools:
        draw_saved(page, wanted)
        if not narrow:
            page.share("history", "share_view", "Share this view", **_address())
    if wanted.like is not None:
        _unread(page)
    if found.rows:
        totals.markdown(summary_words(found))
        (draw_cards if narrow else draw_table)(found.rows, ticks)
        _more(found, limit)
    else:
        _nothing(page, wanted)
    draw_bar(ticks, narrow=narrow)
    if open_run:
        _open(page, open_run, wanted, lost)


def _unread(page: Page) -> None:
    """Say so where the search by meaning does not know all prompts yet."""
    if page.services.embeddings.behind():
        st.caption(":material/hourglass_top: Not every prompt has been read for its meaning yet; words find them all.")


def _in_and_out(page: Page, ticks: Ticks) -> None:
    """Draw Import, and Export of the whole view."""
    if st.button("Import", icon=":material/upload:", key="import_runs"):
        import_dialog(page)
    if st.button("Export", icon=":material/download:", key="export_view", disabled=not ticks.total):
        export_dialog(replace(ticks, all=True))


def _open(page: Page, run: str, wanted: HistoryFilter, lost: DeltaGenerator) -> None:
    try:
        page.services.runs.record(run, viewer=page.person)
    except ClaudePrompterError as error:
        with lost:
            draw_lost(page, run, error)
    else:
        draw_drawer(page, wanted)


def _address() -> dict[str, list[str]]:
    """Give the parts of the address that make up the view, without the open run."""
    return {key: st.query_params.get_all(key) for key in EMPTY if key in st.query_params}


def _more(found: HistoryPage, limit: int) -> None:
    if found.next is None:
        return
    left = found.total_runs - len(found.rows)
    if limit >= MOST_ROWS:
        st.caption(f"{plural(left, 'more run')} not shown; narrow the search to find one of them.")
        return
    st.button(f"Show {min(PAGE_ROWS * 2, left):,} more of {left:,}", key="more_rows", on_click=_grow, args=(limit,))


def _grow(limit: int) -> None:
    st.session_state[ROWS_SHOWN] = min(MOST_ROWS, limit + PAGE_ROWS * 2)


def _nothing(page: Page, wanted: HistoryFilter) -> None:
    asked = wanted != HistoryFilter(viewer=wanted.viewer, order=wanted.order)
    with st.container(border=True, horizontal_alignment="center", gap="xsmall", key="no_runs"):
        st.markdown(":material/search_off:" if asked else ":material/history:", width="content")
        if wanted.in_bin:
            st.markdown("**The bin is empty**", width="content")
        elif asked:
            st.markdown("**No run fits**", width="content")
            st.caption("Take a filter away, or clear them all.", width="content")
        else:
            st.markdown("**Nothing has been asked here yet**", width="content")
            st.caption("Every run is kept here, with its answers, its cost and who won.", width="content")
            page.link("run", "Start a run", icon=":material/play_arrow:")
