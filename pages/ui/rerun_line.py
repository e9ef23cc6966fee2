"""How a re-run that was just started gets on, and the next step: judge old against new."""

from typing import Final

import streamlit as st

from core.domain.run import RunState
from core.store.history_filter import HistoryFilter
from pages.ui.page import Page
from pages.ui.rerun_dialog import REFUSED, STARTED
from pages.ui.text import safe_label
from pages.ui.words import plural

MOST_QUEUED: Final = 500
MOST_TOLD: Final = 3
POLL_SECONDS: Final = 2.0
_LEFT: Final = "_rerun_left"
GOING: Final = (RunState.QUEUED, RunState.RUNNING)


def draw_rerun_line(page: Page) -> None:
    """Draw the line of the re-run that this tab started last, until it is closed. Raises StoreError."""
    started = st.session_state.get(STARTED)
    if not started or started[0] != page.workspace.value:
        return
    _, tag, label = started
    runs = page.services.history.ids(HistoryFilter(tags=(tag,), viewer=page.person), most=MOST_QUEUED)
    with st.container(border=True, key="rerun_line", gap="xsmall"):
        going = _going(page, tag)
        st.fragment(_line, run_every=POLL_SECONDS if going else None)(page, tag, label, runs)
        for problem in st.session_state.get(REFUSED, ())[:MOST_TOLD]:
            st.caption(f":material/block: Not asked: {problem}")


def _line(page: Page, tag: str, label: str, runs: tuple[str, ...]) -> None:
    going = _going(page, tag)
    if going != st.session_state.get(_LEFT, going):
        st.session_state[_LEFT] = going
        st.rerun()  # the list shows what has come
    st.session_state[_LEFT] = going
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        said = "all answered" if not going else f"{len(runs) - going:,} of {len(runs):,} answered"
        st.markdown(
            f":material/replay: **{plural(len(runs), 'prompt')} asked again of {safe_label(label)}**, {said}.",
            width="content",
        )
        st.space("stretch")
        if runs and not going:
            page.link("label", "Judge old against new", icon=":material/rate_review:", runs=",".join(runs))
        st.button("Close", key="close_rerun", type="tertiary", on_click=_close)


def _going(page: Page, tag: str) -> int:
    return page.services.history.page(HistoryFilter(tags=(tag,), states=GOING, viewer=page.person), limit=1).total_runs


def _close() -> None:
    for key in (STARTED, REFUSED, _LEFT):
        st.session_state.pop(key, None)
