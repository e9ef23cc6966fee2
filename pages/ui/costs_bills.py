"""Costs, Bills."""

import streamlit as st

from pages.ui.page import Page


def draw(page: Page) -> None:
    """Draw the tab. Raises StoreError."""
    st.caption(f"Nothing is shown here yet in {page.workspace.value}.")
