"""Costs, presented: one question a screen, larger type, arrow keys; notes and decisions can be written in it."""

from typing import Final

import streamlit as st

from pages.ui.costs_notes import draw_note, draw_note_button
from pages.ui.costs_review import SECTIONS
from pages.ui.costs_runs import draw_asked
from pages.ui.costs_spent import draw_tiles
from pages.ui.costs_view import View, end_presenting, present, read_view
from pages.ui.page import Page
from pages.ui.text import safe_label
from pages.ui.viewport import is_narrow

LAST: Final = len(SECTIONS)


def step_of(asked: str) -> int:
    """Give the screen that the address asks for, 1 to 5; 0 where nothing is presented."""
    return min(max(1, int(asked)), LAST) if asked.isdecimal() else 0


def draw(page: Page, step: int) -> None:
    """Draw one screen. Raises StoreError."""
    months = page.services.reviews.months()
    if not months:
        st.markdown("Nothing was spent here yet.")
        return
    view = read_view(page, months, narrow=is_narrow(), step=step)
    found = page.services.meetings.of(view.month, now=view.now, by=view.by, scope=view.scope)
    section = SECTIONS[step - 1]
    with page.actions:
        _steps(view)
    words = (view.month.label, f"against {found.review.against_words}", found.standing, *_filters(view))
    st.caption(safe_label(" · ".join(words)))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="presented"):
        st.title(f"{step}\u2002{section.title}", anchor=False)
        draw_note_button(page, view, found, section.name)
    draw_note(found, section.name)
    if section.name == "spent":
        draw_tiles(page, view, found)
    elif section.name != "do":
        st.header(safe_label(section.words(view, found)), anchor=False)
    section.draw(page, view, found)
    draw_asked(page, view)


def _steps(view: View) -> None:
    st.button(
        ":material/arrow_back:", key="step_back", shortcut="Left", disabled=view.step == 1, on_click=present,
        args=(view, view.step - 1), help="The question before",
    )  # fmt: skip
    st.caption(f"{view.step} of {LAST}", width="content")
    st.button(
        ":material/arrow_forward:", key="step_on", shortcut="Right", disabled=view.step == LAST, on_click=present,
        args=(view, view.step + 1), help="The next question",
    )  # fmt: skip
    st.button("End", key="present_end", shortcut="Esc", icon=":material/close:", type="tertiary",
              on_click=end_presenting, args=(view,))  # fmt: skip


def _filters(view: View) -> list[str]:
    return [name for _, name in view.filters] + (["whole bill"] if view.whole_bill else [])
