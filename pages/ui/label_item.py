"""One item: the question, two to four answers without names, and the keys. The next one comes without the page."""

from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.domain.labelling import NamesShown
from core.errors import ClaudePrompterError
from core.labels.drawing import SECONDS_A_PICK
from core.labels.views import ItemView, QueueCard, ShownAnswer
from pages.ui.cards import LONGEST_DRAWN
from pages.ui.label_desk import Desk, desk_of
from pages.ui.label_end import draw_end, draw_thanks
from pages.ui.label_keys import Picking, draw_keys, draw_keys_phone, draw_note
from pages.ui.label_words import last_words, progress_words
from pages.ui.page import Page
from pages.ui.problems import show_problem
from pages.ui.text import draw_text, safe_label, safe_markdown
from pages.ui.words import first_line

CARD_PIXELS: Final = 400
NARROWEST_CARD: Final = 240
NO_GUIDE: Final = "No guide was written for this queue: judge as you would at your own desk."
SINGLE_QUESTION: Final = "Which answer would you use?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is labelled: a queue by its public id, or a single item about a run. `phone` is one answer at a time."""

    queue: str = ""
    item: str = ""
    phone: bool = False

    @property
    def key(self) -> str:
        """Give the name of the desk."""
        return self.queue or self.item


@st.fragment
def draw_desk(page: Page, asked: Asked) -> None:
    """Draw a desk on which a key draws the next item alone, and nothing else of the page."""
    draw_here(page, asked)


def draw_here(page: Page, asked: Asked) -> None:
    """Draw the item that is due, or the end."""
    desk = desk_of(asked.key)
    labelling = page.services.labelling
    try:
        card = labelling.queue(asked.queue, person=page.person) if asked.queue else None
        if card is None and desk.last is not None:
            draw_thanks(page, desk)
            return
        if desk.item is None:
            following = asked.item or labelling.next(asked.queue, person=page.person)
            view = labelling.item(following, person=page.person) if isinstance(following, str) else following
        else:
            view = labelling.item(desk.item, person=page.person)
        if view is None:
            _last_line(desk, card)
            draw_end(page, asked.queue, labelling.ending(asked.queue, person=page.person), desk)
            return
    except ClaudePrompterError as error:
        desk.clear()
        show_problem(error)
        return
    desk.show(view)
    _draw(page, asked, desk, view, card)


def _draw(page: Page, asked: Asked, desk: Desk, view: ItemView, card: QueueCard | None) -> None:
    picking = Picking(page=page, queue=asked.queue, key=asked.key, view=view, phone=asked.phone)
    question = card.queue.question if card else SINGLE_QUESTION
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="label_head"):
        words = "Good enough?" if view.single else question
        st.markdown(f"#### {safe_label(words)}", width="content")
        if card is not None:
            st.caption(progress_words(card, seconds=SECONDS_A_PICK), width="content")
        if not asked.phone:
            st.space("stretch")
            st.button("Guide", key=f"guide_{view.id}", shortcut="H", type="tertiary", icon=":material/menu_book:",
                      on_click=_turn_guide, args=(asked.key,))  # fmt: skip
    if desk.guide_open:
        with st.container(border=True, key="label_guide"):
            draw_text((card.queue.guide if card else "") or NO_GUIDE)
    _prompt(view)
    if view.named:
        st.caption(":material/visibility: You have seen the names of this run, so this pick counts as names seen.")
    if asked.phone:
        _one_at_a_time(desk, view, asked.key)
        with st.bottom:
            draw_keys_phone(picking, desk, turn_guide=_turn_guide)
    else:
        _side_by_side(view)
        draw_keys(picking, desk)
        draw_note(picking, desk)
    _last_line(desk, card)


def _last_line(desk: Desk, card: QueueCard | None) -> None:
    with st.container(key="label_last"):
        if desk.last is not None:
            names = card is None or card.queue.names_shown is NamesShown.AFTER_EACH
            st.caption(last_words(desk.last, names=names))
        if desk.hasty >= 2:
            st.caption(":material/speed: That was quicker than these can be read. Take the time you need.")


def _prompt(view: ItemView) -> None:
    with st.expander(f"Prompt: {safe_label(first_line(view.prompt, longest=110))}", type="compact", key="label_prompt"):
        draw_text(view.prompt[:LONGEST_DRAWN])


def _side_by_side(view: ItemView) -> None:
    grid = st.grid(max(2, len(view.answers)), min_column_width=NARROWEST_CARD)
    for answer in view.answers:
        with grid.cell(), st.container(border=True, gap="xsmall", key=f"answer_{answer.number}"):
            st.markdown(f"**{answer.number}**" if not view.single else "**The answer**")
            with st.container(height=CARD_PIXELS, border=False):
                _answer(answer)


def _one_at_a_time(desk: Desk, view: ItemView, key: str) -> None:
    desk.opened.add(desk.answer)
    numbers = [answer.number for answer in view.answers]
    if not view.single:
        widget = f"shown_{view.id}"
        st.segmented_control(
            "Answer",
            numbers,
            default=desk.answer,
            format_func=lambda number: f"{number} seen" if number in desk.opened else str(number),
            key=widget,
            required=True,
            label_visibility="collapsed",
            width="stretch",
            on_change=_turn_to,
            args=(key, widget),
        )
    shown = next((answer for answer in view.answers if answer.number == desk.answer), view.answers[0])
    with st.container(border=True, key="answer_shown"):
        _answer(shown)


def _answer(answer: ShownAnswer) -> None:
    st.markdown(safe_markdown(answer.text[:LONGEST_DRAWN]))
    if answer.cut:
        st.caption(":orange[:material/content_cut:] The answer is not whole: it was cut.")


def _turn_to(key: str, widget: str) -> None:
    desk_of(key).answer = int(st.session_state[widget])


def _turn_guide(key: str) -> None:
    desk = desk_of(key)
    desk.guide_open = not desk.guide_open
