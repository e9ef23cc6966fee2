"""The prompts on which Auto's model gave the worse answer, each a link to its run."""

from collections.abc import Mapping

import streamlit as st

from core.router.replay_view import Setting
from pages.ui.page import Page
from pages.ui.text import safe_label
from pages.ui.words import dollars, first_line

LISTED = 30


def draw_worse(page: Page, setting: Setting, names: Mapping[str, str]) -> None:
    """Draw them, the worst first."""
    for each in setting.worse_runs[:LISTED]:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            with st.container(width="stretch"):
                page.link("history", safe_label(first_line(each.prompt, longest=76)), run=each.run)
            asked, better = names[each.asked], names[each.better]
            words = f"Auto: {asked} {dollars(each.cost)} · better: {better} {dollars(each.better_cost)}"
            st.caption(safe_label(words), width="content")
    left = setting.worse - min(LISTED, len(setting.worse_runs))
    if left > 0:
        st.caption(f"and {left:,} more")
