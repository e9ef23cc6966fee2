"""A change that somebody asks for on a page: what came of it is said once, and what was wrong stays until the next."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from core.errors import ClaudePrompterError
from pages.ui.page import Page
from pages.ui.problems import problem_words
from pages.ui.text import safe_label

_PROBLEM: Final = "change_problem_"


def change(where: str, act: Callable[[], object], done: str = "") -> None:
    """Make a change from a button's callback. `where` is the part of the page that says what came of it."""
    try:
        act()
    except ClaudePrompterError as error:
        st.session_state[_PROBLEM + where] = problem_words(error)
        return
    st.session_state.pop(_PROBLEM + where, None)
    if done:
        st.toast(safe_label(done), icon=":material/check:")


def draw_problem(where: str) -> None:
    """Draw what was wrong with the last change asked for in this part of the page."""
    if problem := st.session_state.get(_PROBLEM + where):
        st.error(problem, icon=":material/error:")


def who_may(page: Page, what: str) -> str | None:
    """Give who may change this, for the help of a button that is off; None where this person may."""
    return None if page.admin else f"{what} by {safe_label(', '.join(page.settings.admins))}."
