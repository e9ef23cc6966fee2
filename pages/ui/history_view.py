"""The list of past runs with its filters and sums, and the drawer of the one that is open."""

from typing import Final

import streamlit as st

from core.errors import ClaudePrompterError
from core.store.history import HistoryPage
from core.store.history_filter import HistoryFilter
from pages.ui.drawer import DELETED, draw_drawer
from pages.ui.first_minutes import tick
from pages.ui.history_filters import draw_filters
from pages.ui.history_list import draw_cards, draw_table, summary_words
from pages.ui.lost_link import draw_lost
from pages.ui.page import Page
from pages.ui.problems import problem_words
from pages.ui.words import plural

PAGE_ROWS: Final = 50
MOST_ROWS: Final = 1_000
_SHOWN: Final = "_history_rows"


def draw(page: Page, open_run: str, *, narrow: bool) -> None:
    """Draw History, and over it the run of the address. Raises StoreError."""
    tick(page, "history")
    _undo_line(page)
    lost = st.container()
    wanted = draw_filters(page, narrow=narrow)
    limit = int(st.session_state.get(_SHOWN, PAGE_ROWS))
    found = page.services.history.page(wanted, limit=limit)
    if not found.rows:
        _nothing(page, wanted)
    else:
        st.markdown(summary_words(found))
        (draw_cards if narrow else draw_table)(found.rows)
        _more(found, limit)
    if open_run:
        try:
            page.services.runs.record(open_run, viewer=page.person)
        except ClaudePrompterError as error:
            with lost:
                draw_lost(page, open_run, error)
        else:
            draw_drawer(page, wanted)


def _more(found: HistoryPage, limit: int) -> None:
    if found.next is None:
        return
    left = found.total_runs - len(found.rows)
    if limit >= MOST_ROWS:
        st.caption(f"{plural(left, 'older run')} not shown; narrow the search to find one of them.")
        return
    st.button(f"Show {min(PAGE_ROWS * 2, left):,} more of {left:,}", key="more_rows", on_click=_grow, args=(limit,))


def _grow(limit: int) -> None:
    st.session_state[_SHOWN] = min(MOST_ROWS, limit + PAGE_ROWS * 2)


def _nothing(page: Page, wanted: HistoryFilter) -> None:
    asked = wanted != HistoryFilter(viewer=wanted.viewer)
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


def _undo_line(page: Page) -> None:
    """Offer to take back the last deletion of this tab."""
    deleted = st.session_state.get(DELETED)
    if not deleted:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key="deleted_line"):
        st.markdown("The run is in the bin for 30 days. What it cost stays counted.", width="content")
        st.button("Undo", key="undo_delete", icon=":material/undo:", on_click=_restore, args=(page, deleted))
        st.button("Close", key="close_deleted", type="tertiary", on_click=_forget)


def _restore(page: Page, public_id: str) -> None:
    try:
        page.services.history.restore(public_id, page.person)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
    _forget()


def _forget() -> None:
    st.session_state.pop(DELETED, None)
