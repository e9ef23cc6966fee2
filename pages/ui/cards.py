"""One answer as a card: whose it is, its text, what it took. Text and figures only; buttons stand below the card."""

from dataclasses import dataclass
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.domain.run import ShotRecord, ShotState
from pages.ui.answer_words import thinking_words, timing, tried, usage, which_shot
from pages.ui.arrangement import Seat
from pages.ui.clip import copy_button
from pages.ui.differences import marked_differences
from pages.ui.model_link import linked_name
from pages.ui.palette import place_badge
from pages.ui.text import draw_raw, draw_text, safe_label, safe_markdown

CARD_PIXELS: Final = 300
FOLDED_PIXELS: Final = 120
COVERED: Final = ":shimmer[Writing. All answers are shown together when the last one is done.]"
LONGEST_DRAWN: Final = 60_000
"""Characters of an answer that a card draws as Markdown; the rest is in Raw, so that 2 MB do not freeze the browser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardStyle:
    """How a card is drawn: names hidden, its text covered too, its own scroll, and with what its text is compared.

    With a `workspace` the model's name leads to its page there.
    """

    workspace: str = ""
    hidden: bool = False
    covered: bool = False
    scrolls: bool = True
    compared_with: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCell:
    """The two places of a card that change while its shot goes: the text, and the figures under it."""

    shot_id: int
    text: DeltaGenerator
    foot: DeltaGenerator


def draw_card(seat: Seat, style: CardStyle) -> LiveCell | None:
    """Draw a card; of a shot that is still going, give the places to keep up to date."""
    shot = seat.shot
    with st.container(border=True, gap="small", key=f"card_{shot.id}"):
        _head(seat, style)
        height = FOLDED_PIXELS if seat.same_as else CARD_PIXELS
        body = st.container(height=height if style.scrolls else "content", border=False, gap="small")
        if style.covered:
            body.markdown(COVERED)
            return None
        if not shot.state.settled:
            return LiveCell(shot_id=shot.id, text=body, foot=st.container(gap=None))
        with body:
            _settled(seat, style)
        if not style.hidden:
            st.caption(foot_words(shot))
    return None


def head_words(seat: Seat, style: CardStyle) -> str:
    """Give a card's title as Markdown: its mark, and whose answer it is unless names are hidden."""
    if style.hidden:
        return f"**{seat.mark}**"
    shot = seat.shot
    name = safe_label(shot.label)
    if style.workspace:
        name = linked_name(shot.label, shot.model, workspace=style.workspace)
    copies = f" :gray-badge[×{seat.copies}]" if seat.copies > 1 else ""
    return f"**{seat.mark}** **{name}** :gray[· {which_shot(shot)}]{copies}"


def foot_words(shot: ShotRecord) -> str:
    """Give the figures under an answer, on two lines."""
    lines = [timing(shot), " · ".join(filter(None, (usage(shot), tried(shot))))]
    return "  \n".join(line for line in lines if line).replace("$", r"\$").replace("~", r"\~")


def body_words(shot: ShotRecord) -> str:
    """Give what a card shows of a shot that is still going, as safe Markdown."""
    if shot.text:
        shown = safe_markdown(shot.text[:LONGEST_DRAWN])
        return f":small[:gray[{thinking_words(shot)}]]\n\n{shown}" if shot.thinking else shown
    if shot.thinking:
        return f":shimmer[{thinking_words(shot)} …]"
    return ":gray[waiting]" if shot.state is ShotState.QUEUED else ":shimmer[waiting for the first word]"


def draw_tools(shot: ShotRecord, *, key: str, raw: bool = True) -> None:
    """Draw what can be done with an answer's text: copy it, see it byte by byte."""
    copy_button(shot.text, f"copy_{key}")
    if raw:
        with st.popover("Raw", type="tertiary", key=f"raw_{key}", on_change="rerun") as popover:
            if popover.open:
                draw_raw(shot.text)


def _head(seat: Seat, style: CardStyle) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="xsmall"):
        st.markdown(head_words(seat, style), width="content")
        if not style.hidden:
            st.markdown(place_badge(seat.shot.place), width="content")


def _settled(seat: Seat, style: CardStyle) -> None:
    shot = seat.shot
    if shot.state is ShotState.FAILED:
        _failure(shot, hidden=style.hidden)
        return
    if shot.thinking and not style.hidden:
        with st.expander(thinking_words(shot), type="compact"):
            st.caption(safe_markdown(shot.thinking[:LONGEST_DRAWN]))
    if seat.same_as:
        st.caption(f"The same as shot {seat.same_as}, word for word.")
    elif style.compared_with is not None:
        st.markdown(marked_differences(style.compared_with, shot.text))
    elif shot.text:
        draw_text(shot.text[:LONGEST_DRAWN])
        if len(shot.text) > LONGEST_DRAWN:
            st.caption(f"{len(shot.text):,} characters in all; the whole text is under Raw and Copy.")
    if shot.state is not ShotState.DONE:
        st.caption(_ending(shot))


def _failure(shot: ShotRecord, *, hidden: bool) -> None:
    often = f", {tried(shot)}" if tried(shot) else ""
    message = "This answer failed." if hidden else safe_markdown(shot.error_message or "It failed without a word.")
    st.markdown(f":red[:material/error:] **{message.rstrip('.')}**{often}.")
    if shot.error_next_step and not hidden:
        st.markdown(safe_markdown(shot.error_next_step))
    if shot.text:
        st.caption("What had arrived:")
        draw_text(shot.text[:LONGEST_DRAWN])
    st.caption("Nothing is lost; the other answers go on.")


def _ending(shot: ShotRecord) -> str:
    if shot.state is ShotState.TRUNCATED:
        return ":orange[:material/content_cut:] The answer is not whole: it was cut."
    if shot.state is ShotState.CANCELLED:
        return "Stopped; what had arrived is kept." if shot.text else "Stopped before the first word."
    return "Interrupted: the engine went away before this answer was done."
