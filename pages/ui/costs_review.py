"""Costs, Review: one month read from top to bottom, five questions with their figures, and what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.costs.meeting import Meeting
from pages.ui.costs_amounts import change_words
from pages.ui.costs_basis import draw_basis
from pages.ui.costs_coming import coming_words, draw_coming
from pages.ui.costs_do import do_words, draw_do
from pages.ui.costs_got import draw_got, got_words
from pages.ui.costs_notes import draw_note, draw_note_button
from pages.ui.costs_parts import before_of, total_of
from pages.ui.costs_runs import draw_asked
from pages.ui.costs_spent import draw_spent, draw_tiles
from pages.ui.costs_view import View, draw_view, present
from pages.ui.costs_why import draw_why, why_words
from pages.ui.page import Page
from pages.ui.text import safe_label
from pages.ui.viewport import is_narrow


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One question: its sentence, what is drawn under it, and the name its notes are kept by."""

    name: str
    title: str
    short: str
    words: Callable[[View, Meeting], str]
    draw: Callable[[Page, View, Meeting], None]


def _spent_words(view: View, found: Meeting) -> str:
    total = total_of(found, whole_bill=view.whole_bill)
    before = before_of(found, whole_bill=view.whole_bill)
    words = f"{view.amounts.text(total)} in {view.month.label}"
    if not before:
        return f"{words}."
    return f"{words}, {change_words(total, before, view.amounts)} against {found.review.against_words}."


SECTIONS: Final = (
    Section(name="spent", title="What did we spend?", short="Spent", words=_spent_words, draw=draw_spent),
    Section(
        name="why", title="Why did it change?", short="Why", words=why_words,
        draw=lambda _page, view, found: draw_why(view, found),
    ),
    Section(
        name="got", title="What did we get?", short="Got", words=lambda _view, found: got_words(found), draw=draw_got
    ),
    Section(
        name="coming", title="What is coming?", short="Coming", words=coming_words,
        draw=lambda _page, view, found: draw_coming(view, found),
    ),
    Section(name="do", title="What shall we do?", short="Do", words=lambda _view, found: do_words(found), draw=draw_do),
)  # fmt: skip


def draw(page: Page) -> None:
    """Draw the tab. Raises StoreError."""
    months = page.services.reviews.months()
    if not months:
        _nothing(page)
        return
    narrow = is_narrow()
    view = draw_view(page, months, narrow=narrow)
    found = page.services.meetings.of(view.month, now=view.now, by=view.by, scope=view.scope)
    draw_basis(view, found)
    draw_tiles(page, view, found)
    for number, section in enumerate(SECTIONS, start=1):
        (_folded if narrow else _open)(page, view, found, number, section)
    draw_asked(page, view)
    with page.actions:
        st.button(
            "Present", key="present", icon=":material/slideshow:", type="tertiary", on_click=present, args=(view,)
        )
        page.share("costs", "share_costs", **view.parameters())


def _open(page: Page, view: View, found: Meeting, number: int, section: Section) -> None:
    st.space("small")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"head_{section.name}"):
        st.subheader(f"{number}\u2002{section.title}", anchor=False)
        draw_note_button(page, view, found, section.name)
    draw_note(found, section.name)
    if section.name not in ("spent", "do"):
        st.markdown(safe_label(section.words(view, found)))
    section.draw(page, view, found)


def _folded(page: Page, view: View, found: Meeting, number: int, section: Section) -> None:
    folded = st.expander(f"**{number} {section.short}**", key=f"fold_{section.name}", on_change="rerun")
    st.markdown(safe_label(section.words(view, found)))
    if folded.open:
        with folded:
            draw_note(found, section.name)
            section.draw(page, view, found)
            draw_note_button(page, view, found, section.name)


def _nothing(page: Page) -> None:
    with st.container(border=True, horizontal_alignment="center", gap="xsmall", key="no_costs"):
        st.markdown(":material/payments:", width="content")
        st.markdown("**Nothing was spent here yet**", width="content")
        st.caption("What every run costs is counted from the first one on, by model, team, project and person.",
                   width="content")  # fmt: skip
        page.link("run", "Start a run", icon=":material/play_arrow:")
