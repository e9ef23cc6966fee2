"""Models that nobody has judged: each may be judged on past runs that differ most in what they ask."""

from typing import Final

import streamlit as st

from core.domain.route import Candidate, Route
from core.store.history_filter import HistoryFilter
from pages.ui.history_ticks import Ticks
from pages.ui.page import Page
from pages.ui.rerun_dialog import CHOSEN, rerun_dialog
from pages.ui.text import safe_label
from pages.ui.words import plural

RUNS: Final = 20
MOST_SHOWN: Final = 3


def draw_unproven(page: Page, route: Route) -> None:
    """Draw a way out for the route's candidates without picks; nothing while there is no run to judge them on."""
    unproven = [each for each in route.candidates if not each.proven]
    runs = page.services.routes.representative(RUNS) if unproven else ()
    if not runs:
        return
    for each in unproven[:MOST_SHOWN]:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{safe_label(each.label)}** is unproven: nobody has judged it yet.", width="content")
            if st.button(f"Judge it on {plural(len(runs), 'past run')}", key=f"judge_{each.model}",
                         icon=":material/rate_review:", help=TIP):  # fmt: skip
                _open(page, each, runs)


TIP: Final = (
    "Asks it the prompts of past runs that differ most in what they ask, and puts the winners of then beside its "
    "answers. You see what that costs first."
)


def _open(page: Page, candidate: Candidate, runs: tuple[str, ...]) -> None:
    st.session_state[CHOSEN] = candidate.model
    rerun_dialog(
        Ticks(page=page, wanted=HistoryFilter(viewer=page.person), total=len(runs), one_by_one=runs, all=False)
    )
