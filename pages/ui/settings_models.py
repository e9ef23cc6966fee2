"""Settings, Models and keys: what is connected, where its key is kept, and whether it answers."""

import streamlit as st

from pages.ui.page import Page


def draw(page: Page) -> None:
    """Draw the tab."""
    st.caption("to come")
