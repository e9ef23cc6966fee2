"""Made-up models cannot answer a real question: the page says so, and leads to models that can."""

import streamlit as st

from core.domain.run import RunRecord
from pages.ui.connect import connect_dialog
from pages.ui.page import Page


def draw_simulated_only(page: Page, record: RunRecord) -> None:
    """Draw the line in the demo, for any prompt that is none of its samples."""
    if not page.demo or not record.simulated:
        return
    from core.demo.samples import sample_of  # noqa: PLC0415 - the team's workspace never reads the demo's texts

    if sample_of(record.prompt) is not None:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key="simulated_only"):
        st.markdown(
            "**These models are simulated and cannot answer this.** "
            "What they write only shows how an answer would look.",
            width="stretch",
        )
        if st.button("Use a real model", key="use_real_model", icon=":material/bolt:"):
            connect_dialog(page)
