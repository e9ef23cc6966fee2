"""What a person used last, there again next time; nothing is asked, and nobody else sees it."""

from typing import Any, Final

import streamlit as st

from core.errors import ClaudePrompterError
from pages.ui.page import Page

SOMEONE: Final = "someone"


def value(page: Page, key: str) -> Any:
    """Give what was kept under a key, None where nothing was or where it cannot be read."""
    tab = _tab_key(page, key)
    if tab not in st.session_state:
        try:
            st.session_state[tab] = page.services.preferences.get(key, scope=page.person or SOMEONE)
        except ClaudePrompterError:
            st.session_state[tab] = None
    return st.session_state[tab]


def keep(page: Page, key: str, value: Any) -> None:
    """Keep a value for this person; one that cannot be written is kept for this tab alone."""
    if st.session_state.get(_tab_key(page, key)) == value:
        return
    st.session_state[_tab_key(page, key)] = value
    try:
        page.services.preferences.set(key, value, scope=page.person or SOMEONE, person=page.person)
    except ClaudePrompterError:
        return


def _tab_key(page: Page, key: str) -> str:
    return f"_{page.workspace.value}_{page.person or SOMEONE}_{key}"
