"""During and after the run: the answers have the page, and the question which one won."""

import streamlit as st

from core.domain.run import RunRecord
from core.errors import ClaudePrompterError
from core.runs.live import LiveView
from pages.ui.arrangement import Arrangement, Seat, arrange
from pages.ui.cards import LiveCell
from pages.ui.grid import (
    ONE_AT_A_TIME,
    SIDE_BY_SIDE,
    Shown,
    answered,
    draw_one_at_a_time,
    draw_side_by_side,
    strip_key,
)
from pages.ui.head import draw_asked, draw_engine, draw_settled, draw_stop, draw_title
from pages.ui.live import follow
from pages.ui.lost_link import draw_lost
from pages.ui.no_answer import draw_simulated_only
from pages.ui.page import Page
from pages.ui.picks import Picking, draw_after, draw_question, draw_winner_bar, my_verdict, seen_key


def draw(page: Page, public_id: str, *, narrow: bool) -> None:
    """Draw a run by its public id, as far as it has come; a link that leads nowhere says so, with a way back."""
    try:
        record = page.services.runs.record(public_id, viewer=page.person)
        follower = page.services.live.follow(public_id)
        view = follower.view()
        verdict = my_verdict(page, public_id)
    except ClaudePrompterError as error:
        draw_lost(page, public_id, error)
        return
    draw_title(page, record, narrow=narrow)
    hidden = _hides(record) and verdict is None and not st.session_state.get(seen_key(public_id), False)
    if page.person:  # until then the title line asks for a name, and has no room
        with page.head:
            draw_asked(record, hidden=hidden, narrow=narrow)
    # Each part that may come or go has a room that is always there: else all that follows would move and be drawn anew.
    with st.container():
        progress = _progress(page, record, view, hidden=hidden)
    with st.container():
        if not view.state.settled:
            draw_engine(page)
    with st.container():
        draw_simulated_only(page, record)
    after = st.container()
    arrangement = _arrange(record, view, hidden=hidden)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="view_row"):
        one = narrow or _one_at_a_time(arrangement, public_id)
        compared_with = None if hidden or one else _compared(arrangement, public_id)
        if not page.person:
            draw_asked(record, hidden=hidden, narrow=narrow)
    shown = Shown(
        page=page,
        record=record,
        hidden=hidden,
        narrow=narrow,
        covered=hidden and not view.state.settled,
        compared_with=compared_with,
    )
    on_view: Seat | None = None
    cells: list[LiveCell]
    if shown.covered:
        cells = draw_side_by_side(shown, arrangement)
    elif one:
        on_view, cells = draw_one_at_a_time(shown, arrangement)
    else:
        cells = draw_side_by_side(shown, arrangement)
    picking = Picking(
        page=page,
        record=record,
        seats=tuple(answered(arrangement.seats)),
        hidden=hidden,
        single=len(view.shots) == 1,
    )
    with after if narrow and verdict is not None else st.bottom:
        if verdict is not None:
            draw_after(picking, verdict, seats=arrangement.seats)
        elif _may_pick(picking, view):
            if narrow and on_view is not None and not picking.single:
                draw_winner_bar(picking, on_view)
            else:
                draw_question(picking)
    if not view.state.settled and progress is not None:
        follow(follower, view, cells, progress, hidden=hidden)


def _hides(record: RunRecord) -> bool:
    return record.blind or st.query_params.get("hide") == "1"


def _progress(
    page: Page, record: RunRecord, view: LiveView, *, hidden: bool
) -> st.delta_generator.DeltaGenerator | None:
    """Draw how far the run is; give the place to keep up to date while it goes."""
    if view.state.settled:
        draw_settled(page, record, view, hidden=hidden)
        return None
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="progress"):
        place = st.container(width="stretch")
        draw_stop(page, record.public_id)
    return place


def _arrange(record: RunRecord, view: LiveView, *, hidden: bool) -> Arrangement:
    on_view = {
        model: int(st.session_state.get(strip_key(record, model)) or 1)
        for model in dict.fromkeys(shot.model for shot in view.shots)
    }
    return arrange(view.shots, on_view=on_view, hidden_seed=record.public_id if hidden else "")


def _one_at_a_time(arrangement: Arrangement, public_id: str) -> bool:
    if len(arrangement.seats) < 2:
        return False
    chosen = st.segmented_control(
        "View",
        [SIDE_BY_SIDE, ONE_AT_A_TIME],
        default=SIDE_BY_SIDE,
        key=f"view_{public_id}",
        required=True,
        label_visibility="collapsed",
        width="content",
    )
    return bool(chosen == ONE_AT_A_TIME)


def _compared(arrangement: Arrangement, public_id: str) -> Seat | None:
    if len(arrangement.seats) < 2:
        return None
    seats = {seat.mark: seat for seat in answered(arrangement.seats)}
    chosen = st.selectbox(
        "Compare with",
        list(seats),
        index=None,
        format_func=lambda mark: f"{mark} {seats[mark].shot.label}, shot {seats[mark].shot.shot_index}",
        key=f"compare_{public_id}",
        placeholder="Compare with: none",
        disabled=len(seats) < 2,
        label_visibility="collapsed",
        width=240,
    )
    return seats.get(chosen) if chosen else None


def _may_pick(picking: Picking, view: LiveView) -> bool:
    """Tell whether there is enough to judge: one answer of one, two of several, all of them where names are hidden."""
    if picking.hidden and not view.state.settled:
        return False
    return len(picking.seats) >= (1 if picking.single else 2) or (view.state.settled and bool(picking.seats))
