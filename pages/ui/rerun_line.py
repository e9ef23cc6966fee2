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
GOING: Final = (RunState.QUEUED, RunState.RUNNING)


def draw_rerun_line(page: Page) -> None:
    """Draw the line of the re-run that this tab started last, until it is closed. Raises StoreError."""
    started = st.session_state.get(STARTED)
    if not started or started[0] != page.workspace.value:
        return
    _, tag, label = started
    runs = page.services.history.ids(HistoryFilter(tags=(tag,), viewer=page.person), most=MOST_QUEUED)
    with st.container(border=True, key="rerun_line", gap="xsmall"):
        _going(page, tag, label, runs)
        for problem in st.session_state.get(REFUSED, ())[:3]:
            st.caption(f":material/block: Not asked: {problem}")


@st.fragment(run_every=2.0)
def _going(page: Page, tag: str, label: str, runs: tuple[str, ...]) -> None:
    going = page.services.history.page(HistoryFilter(tags=(tag,), states=GOING, viewer=page.person), limit=1).total_runs
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        done = len(runs) - going
        said = "all answered" if not going else f"{done:,} of {len(runs):,} answered"
        st.markdown(
            f":material/replay: **{plural(len(runs), 'prompt')} asked again of {safe_label(label)}**, {said}.",
            width="content",
        )
        st.space("stretch")
        if runs:
            page.link("label", "Judge old against new", icon=":material/rate_review:", runs=",".join(runs))
        st.button("Close", key="close_rerun", type="tertiary", on_click=_close)


def _close() -> None:
    st.session_state.pop(STARTED, None)
    st.session_state.pop(REFUSED, None)
