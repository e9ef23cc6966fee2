"""Whether new runs begin with Auto, for everyone in this workspace."""

from typing import Final

import streamlit as st

from core.errors import ClaudePrompterError
from pages.ui.page import Page
from pages.ui.problems import problem_words

KEPT: Final = "auto_for_all"


def is_on(page: Page) -> bool:
    """Tell whether a person's first run begins with Auto. Raises StoreError."""
    return page.services.preferences.get(KEPT, default=False) is True


def draw(page: Page, *, narrow: bool) -> None:
    """Draw the switch. Raises StoreError."""
    on = is_on(page)
    words = "Auto" if narrow else "Auto is on for everyone" if on else "Auto by choice"
    with st.popover(words, icon=":material/auto_awesome:", type="tertiary"):
        st.markdown("With Auto the router chooses the model of each run, and says why before it is started.")
        key = f"auto_for_all_{page.workspace.value}"
        st.session_state[key] = on
        st.toggle(
            "New runs begin with Auto", key=key, on_change=_keep, args=(page, key),
            help="What a person used last still comes first. Models can be chosen by hand for every run.",
        )  # fmt: skip


def _keep(page: Page, key: str) -> None:
    try:
        page.services.preferences.set(KEPT, bool(st.session_state[key]), person=page.person)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
