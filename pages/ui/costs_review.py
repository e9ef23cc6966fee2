"""Costs, Review: one month read from top to bottom, five questions with their figures, and what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.costs.meeting import Meeting
from core.costs.meeting_words import coming_words, do_words, got_words, spent_words, why_words
from pages.ui.costs_basis import draw_basis
from pages.ui.costs_coming import draw_coming
from pages.ui.costs_do import draw_do
from pages.ui.costs_export import draw_export
from pages.ui.costs_got import draw_got
from pages.ui.costs_notes import draw_note, draw_note_button
from pages.ui.costs_runs import draw_asked
from pages.ui.costs_spent import draw_spent, draw_tiles
from pages.ui.costs_view import View, draw_view, present
from pages.ui.costs_why import draw_why
from pages.ui.first_minutes import tick
from pages.ui.page import Page
from pages.ui.text import safe_label
from pages.ui.viewport import is_narrow


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One question: its sentence, what is drawn under it, and the name its notes are kept by."""

    name: str
    title: str
    short: str
    inside: str
    words: Callable[[View, Meeting], str]
    draw: Callable[[Page, View, Meeting], None]


SECTIONS: Final = (
    Section(
        name="spent", title="What did we spend?", short="Spent", inside="Days and parts", draw=draw_spent,
        words=lambda view, found: spent_words(found, view.amounts, whole_bill=view.whole_bill),
    ),
    Section(
        name="why", title="Why did it change?", short="Why", inside="What moved it",
        draw=lambda _page, view, found: draw_why(view, found),
        words=lambda view, found: why_words(found, view.amounts),
    ),
    Section(
        name="got", title="What did we get?", short="Got", inside="Cost and quality", draw=draw_got,
        words=lambda _view, found: got_words(found),
    ),
    Section(
        name="coming", title="What is coming?", short="Coming", inside="Day by day",
        draw=lambda _page, view, found: draw_coming(view, found),
        words=lambda view, found: coming_words(found, view.amounts),
    ),
    Section(
        name="do", title="What shall we do?", short="Do", inside="Decisions", draw=draw_do,
        words=lambda _view, found: do_words(found),
    ),
)  # fmt: skip


def draw(page: Page) -> None:
    """Draw the tab. Raises StoreError."""
    months = page.services.reviews.months()
    if not months:
        _nothing(page)
        return
    tick(page, "cost")
    narrow = is_narrow()
    view = draw_view(page, months, narrow=narrow)
    found = page.services.meetings.of(view.month, now=view.now, by=view.by, scope=view.scope)
    with page.actions:
        st.button(
            "Present", key="present", icon=":material/slideshow:", type="tertiary", on_click=present, args=(view,)
        )
        draw_export(page, view, found)
        page.share("costs", "share_costs", **view.parameters())
    draw_basis(view, found)
    draw_tiles(page, view, found)
    for number, section in enumerate(SECTIONS, start=1):
        (_folded if narrow else _open)(page, view, found, number, section)
    draw_asked(page, view)


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
    st.markdown(f"**{number} {section.short}**\u2002{safe_label(section.words(view, found))}")
    draw_note(found, section.name)
    folded = st.expander(section.inside, key=f"fold_{section.name}", type="compact", on_change="rerun")
    if folded.open:
        with folded:
            section.draw(page, view, found)
            draw_note_button(page, view, found, section.name)


def _nothing(page: Page) -> None:
    with st.container(border=True, horizontal_alignment="center", gap="xsmall", key="no_costs"):
        st.markdown(":material/payments:", width="content")
        st.markdown("**Nothing was spent here yet**", width="content")
        st.caption("What every run costs is counted from the first one on, by model, team, project and person.",
                   width="content")  # fmt: skip
        page.link("run", "Start a run", icon=":material/play_arrow:")
