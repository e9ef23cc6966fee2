"""Failed attempts one by one, each with its run: the newest on the page, those behind a figure in a drawer."""

from collections.abc import Mapping
from typing import Final

import streamlit as st

from core.errors import ClaudePrompterError
from core.metrics.failures import newest_failures
from core.metrics.rollups import MeasureFilter
from pages.ui.page import Page
from pages.ui.performance_words import fault_words
from pages.ui.problems import show_problem
from pages.ui.text import safe_label
from pages.ui.words import when

LISTED: Final = 8
LISTED_IN_DRAWER: Final = 60


def draw_failures(page: Page, wanted: MeasureFilter, labels: Mapping[str, str]) -> None:
    """Draw the newest failed attempts. Raises StoreError."""
    for place, each in enumerate(newest_failures(page.services.database, wanted, viewer=page.person, most=LISTED)):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"failure_{place}"):
            st.caption(safe_label(when(each.at)), width=110)
            label = safe_label(labels.get(each.model, each.model))
            st.markdown(f"**{label}** · {safe_label(fault_words(each.kind))}", width="content")
            st.caption(safe_label(each.message), width="content")
            page.link("history", "The run", run=each.run)


@st.dialog("Failed attempts", width="medium", position="right")
def failures_dialog(page: Page, wanted: MeasureFilter, labels: Mapping[str, str], kind: str = "") -> None:
    """Open the failed attempts behind a figure."""
    try:
        found = newest_failures(
            page.services.database, wanted, kind=kind, viewer=page.person, most=LISTED_IN_DRAWER + 1
        )
    except ClaudePrompterError as error:
        show_problem(error)
        return
    if not found:
        st.markdown("None that you may see.")
    for place, each in enumerate(found[:LISTED_IN_DRAWER]):
        with st.container(gap=None, key=f"failed_{place}"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                label = safe_label(labels.get(each.model, each.model))
                st.markdown(f"**{label}** · {safe_label(fault_words(each.kind))}", width="content")
                page.link("history", "The run", run=each.run)
            st.caption(f"{safe_label(when(each.at))} · {safe_label(each.message)}")
    if len(found) > LISTED_IN_DRAWER:
        st.caption(f"The newest {LISTED_IN_DRAWER} are listed.")
