"""A setting of the router that is shown before it is used: who set it, when, from what, and the way back."""

import streamlit as st

from core.errors import ClaudePrompterError
from pages.ui.page import Page
from pages.ui.problems import problem_words
from pages.ui.text import safe_label
from pages.ui.words import when


def draw(page: Page, key: str, value: float, *, in_use: float) -> None:
    """Draw the button that uses a share, what is in use now, and the undo. Raises StoreError."""
    same = abs(value - in_use) < 1e-9
    with st.container(gap="xsmall", width="content", key="use_setting"):
        st.button(
            "Use this setting", key="use_this", type="primary", disabled=same or not page.admin,
            on_click=_use, args=(page, key, value),
            help=None if page.admin else "Only those who set up this server may change what holds for everyone.",
        )  # fmt: skip
        changes = page.services.routes.rules.history(key, limit=1)
        if not changes:
            st.caption(f"now in use: {100 * in_use:g}, as it came")
            return
        last = changes[0]
        was = "the usual" if last.was is None else f"{100 * float(last.was):g}"
        who = safe_label(last.person or "someone")
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.caption(f"now in use: {100 * in_use:g}, by {who} {when(last.changed_at)}, was {was}", width="content")
            st.button("Undo", key="undo_setting", type="tertiary", on_click=_undo, args=(page, key))


def _use(page: Page, key: str, value: float) -> None:
    try:
        page.services.routes.rules.set(key, value, person=page.person)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
    else:
        st.toast("Auto uses it from the next run on.", icon=":material/check:")


def _undo(page: Page, key: str) -> None:
    try:
        page.services.routes.rules.undo(key, person=page.person)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
