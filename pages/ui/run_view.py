"""During and after the run: the answers have the page, and the question which one won."""

from dataclasses import dataclass

import streamlit as st

from core.domain.run import RunRecord
from core.domain.verdict import Verdict
from core.errors import ClaudePrompterError
from core.runs.live import LiveView
from pages.ui.answer_words import title_of
from pages.ui.arrangement import Arrangement, Seat, arrange
from pages.ui.auto_said import draw_chose
from pages.ui.budget_lines import draw_crossed_of_run, draw_refused_again
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
from pages.ui.steady import draw_steadiness


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """A run as one person has it open: what was asked, how it stands now, and what they said of it."""

    page: Page
    record: RunRecord
    view: LiveView
    verdict: Verdict | None
    hidden: bool
    narrow: bool

    @property
    def id(self) -> str:
        return self.record.public_id

    @property
    def covered(self) -> bool:
        """Tell whether answers wait for each other because names are hidden."""
        return self.hidden and not self.view.state.settled


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
    hidden = _hides(record) and verdict is None and not st.session_state.get(seen_key(public_id), False)
    if not hidden:
        page.services.seen.mark(public_id, person=page.person)
    run = _Open(page=page, record=record, view=view, verdict=verdict, hidden=hidden, narrow=narrow)
    progress = _head(run)
    after = st.container()
    arrangement, on_view, cells = _answers(run)
    with st.container(key="between_shots"):
        if not run.hidden:
            draw_steadiness(page, record)
    with after if narrow and verdict is not None else st.bottom:
        _question(run, arrangement, on_view)
    if progress is not None:
        follow(follower, view, cells, progress, hidden=hidden)


def _head(run: _Open) -> st.delta_generator.DeltaGenerator | None:
    """Draw what stands above the answers; give the place of the progress line while the run goes.

    Each part that may come or go has a room that is always there: else all that follows would move and be drawn anew.
    """
    draw_title(run.page, run.record, narrow=run.narrow)
    if run.page.person:  # until then the title line asks for a name, and has no room
        with run.page.head:
            draw_asked(run.record, hidden=run.hidden, narrow=run.narrow)
    with st.container():
        progress = _progress(run)
    with st.container():
        if not run.view.state.settled:
            draw_engine(run.page)
    with st.container():
        draw_simulated_only(run.page, run.record)
    with st.container():
        draw_chose(run.page, run.record, hidden=run.hidden)
    with st.container(gap="xsmall"):
        draw_refused_again(run.page, run.id)
        draw_crossed_of_run(run.page, run.record)
    return progress


def _answers(run: _Open) -> tuple[Arrangement, Seat | None, list[LiveCell]]:
    """Draw the answers; give how they stand, which one has the page where it is one, and the cells still going."""
    arrangement = _arrange(run)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="view_row"):
        one = run.narrow or _one_at_a_time(arrangement, run.id)
        compared_with = None if run.hidden or one else _compared(arrangement, run.id)
        if not run.page.person:
            draw_asked(run.record, hidden=run.hidden, narrow=run.narrow)
    shown = Shown(
        page=run.page,
        record=run.record,
        hidden=run.hidden,
        narrow=run.narrow,
        covered=run.covered,
        compared_with=compared_with,
    )
    if one and not run.covered:
        on_view, cells = draw_one_at_a_time(shown, arrangement)
        return arrangement, on_view, cells
    return arrangement, None, draw_side_by_side(shown, arrangement)


def _question(run: _Open, arrangement: Arrangement, on_view: Seat | None) -> None:
    """Draw which answer won, or what the pick means."""
    picking = Picking(
        page=run.page,
        record=run.record,
        seats=tuple(answered(arrangement.seats)),
        hidden=run.hidden,
        single=len(run.view.shots) == 1,
    )
    if run.verdict is not None:
        draw_after(picking, run.verdict, seats=arrangement.seats)
    elif not _may_pick(picking, run.view):
        return
    elif run.narrow and on_view is not None and not picking.single:
        draw_winner_bar(picking, on_view)
    else:
        draw_question(picking)


def _hides(record: RunRecord) -> bool:
    return record.blind or st.query_params.get("hide") == "1"


def _progress(run: _Open) -> st.delta_generator.DeltaGenerator | None:
    if run.view.state.settled:
        draw_settled(run.page, run.record, run.view, hidden=run.hidden)
        return None
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="progress"):
        place = st.container(width="stretch")
        draw_stop(run.page, run.id)
    return place


def _arrange(run: _Open) -> Arrangement:
    models = dict.fromkeys(shot.model for shot in run.view.shots)
    on_view = {model: int(st.session_state.get(strip_key(run.record, model)) or 1) for model in models}
    return arrange(run.view.shots, on_view=on_view, hidden_seed=run.id if run.hidden else "")


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
        format_func=lambda mark: f"{mark} {title_of(seats[mark].shot)}",
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
