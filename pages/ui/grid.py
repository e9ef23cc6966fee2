"""The answers of a run side by side, or one at a time. Every button is outside what is redrawn while text streams."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.domain.run import RunRecord, ShotRecord, ShotState
from pages.ui.arrangement import WIDEST, Arrangement, Seat
from pages.ui.budget_lines import act
from pages.ui.cards import CardStyle, LiveCell, draw_card, draw_tools
from pages.ui.page import Page
from pages.ui.palette import state_icon
from pages.ui.text import safe_label

NARROWEST_CARD: Final = 200
SIDE_BY_SIDE: Final = "Side by side"
ONE_AT_A_TIME: Final = "One at a time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the answers of a run are drawn with: whether names are hidden, the width, and what is compared with what."""

    page: Page
    record: RunRecord
    hidden: bool
    narrow: bool
    covered: bool = False
    compared_with: Seat | None = None

    def style_of(self, seat: Seat, *, scrolls: bool) -> CardStyle:
        """Give how one card is drawn."""
        base = self.compared_with
        differs = base is not None and base.shot.id != seat.shot.id and seat.shot.state.answered
        return CardStyle(
            workspace=self.page.workspace.value,
            hidden=self.hidden,
            covered=self.covered,
            scrolls=scrolls,
            compared_with=base.shot.text if base is not None and differs else None,
        )


def draw_side_by_side(shown: Shown, arrangement: Arrangement) -> list[LiveCell]:
    """Draw all answers; give the places of those that are still going."""
    cells = []
    columns = min(WIDEST, max((len(row) for row in arrangement.rows), default=1))
    for row in arrangement.rows:
        grid = st.grid(max(columns, 2) if len(arrangement.seats) > 1 else 1, min_column_width=NARROWEST_CARD)
        for seat in row:
            with grid.cell():
                if seat.siblings:
                    _strip(shown, seat)
                cells.append(draw_card(seat, shown.style_of(seat, scrolls=not shown.narrow)))
                _buttons(shown, seat)
    return [cell for cell in cells if cell is not None]


def draw_one_at_a_time(shown: Shown, arrangement: Arrangement) -> tuple[Seat, list[LiveCell]]:
    """Draw a tab for each answer and the chosen one at full width; give its seat and what of it is still going."""
    seats = {seat.mark: seat for seat in arrangement.seats}
    key = f"on_view_{shown.record.public_id}"
    if st.session_state.get(key) not in seats:
        st.session_state[key] = next(iter(seats))
    chosen = st.pills(
        "Answer",
        list(seats),
        format_func=lambda mark: tab_words(seats[mark], hidden=shown.hidden),
        key=key,
        required=True,
        label_visibility="collapsed",
        wrap=not shown.narrow,
    )
    seat = seats[chosen or next(iter(seats))]
    if seat.siblings:
        _strip(shown, seat)
    cell = draw_card(seat, shown.style_of(seat, scrolls=False))
    _buttons(shown, seat)
    return seat, [cell] if cell is not None else []


def tab_words(seat: Seat, *, hidden: bool) -> str:
    """Give an answer's tab: a mark of its state, its number, and whose it is unless names are hidden."""
    name = "" if hidden else f" {safe_label(seat.shot.label)}"
    return f"{state_icon(seat.shot.state)} {seat.mark}{name}"


def _strip(shown: Shown, seat: Seat) -> None:
    """Draw the shots of one column as a strip with a mark of each one's state; the chosen one is the card below."""
    by_index = {shot.shot_index: shot for shot in seat.siblings}
    st.segmented_control(
        f"Shot of {seat.mark}",
        list(by_index),
        default=seat.shot.shot_index,
        format_func=lambda index: f"{state_icon(by_index[index].state)} {index}",
        key=strip_key(shown.record, seat.shot.model),
        required=True,
        label_visibility="collapsed",
    )


def strip_key(record: RunRecord, model: str) -> str:
    """Give the session's key under which it stands which shot a one-shot column shows."""
    return f"strip_{record.public_id}_{model}"


def _buttons(shown: Shown, seat: Seat) -> None:
    shot = seat.shot
    key = f"{shown.record.public_id}_{shot.ordinal}"
    if shown.covered:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"tools_{key}"):
        if not shot.state.settled:
            _act("Stop this", shown, shot, key=f"stop_{key}", icon=":material/stop_circle:")
            return
        if shot.text and not seat.same_as:
            draw_tools(shot, key=key)
        if shot.state in (ShotState.FAILED, ShotState.CANCELLED, ShotState.INTERRUPTED, ShotState.TRUNCATED):
            _act("Try again", shown, shot, key=f"again_{key}", icon=":material/refresh:")
        if shot.error_detail and not shown.hidden:
            with st.popover("Why?", type="tertiary", key=f"why_{key}"):
                st.caption("In the words of the other side:")
                st.code(shot.error_detail, language=None, wrap_lines=True)


def _act(label: str, shown: Shown, shot: ShotRecord, *, key: str, icon: str) -> None:
    st.button(label, key=key, type="tertiary", icon=icon, on_click=_stop_or_retry, args=(shown, shot))


def _stop_or_retry(shown: Shown, shot: ShotRecord) -> None:
    runs = shown.page.services.runs
    does = runs.retry if shot.state.settled else runs.cancel_shot
    act(shown.record.public_id, lambda run: does(run, shot.ordinal))


def answered(seats: Sequence[Seat]) -> list[Seat]:
    """Give the seats whose answer can be picked."""
    return [seat for seat in seats if seat.shot.state.answered]
