"""The lines under the head: on what the figures rest, what is not in them, and how much of the bill they are."""

import streamlit as st

from core.costs.meeting import Meeting
from core.costs.meeting_words import arrived_words, doubt_words, price_words, standing_words
from pages.ui.costs_view import View
from pages.ui.history_filters import reader_zone
from pages.ui.text import safe_label
from pages.ui.words import when


def draw_basis(view: View, found: Meeting) -> None:
    """Draw the lines; on a phone one of them, with the rest behind "details"."""
    lines = (
        standing_words(found),
        doubt_words(found, view.amounts, at=when(view.now, zone=reader_zone())),
        *arrived_words(found, view.amounts),
    )
    if view.narrow:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="basis"):
            st.caption(f"{safe_label(found.standing)} · {price_words(found.discounts)}", width="stretch")
            with st.popover("Details", type="tertiary"):
                for line in lines:
                    st.caption(safe_label(line))
        return
    with st.container(gap=None, key="basis"):
        for line in lines:
            st.caption(safe_label(line))
