"""Keeps the cards of a going run up to date, without ever holding the page.

The page is drawn whole and its script ends; then a fragment comes by a few times a second, follows the run for a short
turn and redraws the cells that changed. Between turns every other click has its way, also inside dialogs and other
fragments; and what an earlier page left behind is gone, which a loop inside the page's own script would keep in view.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.domain.run import ShotRecord
from core.runs.live import Follower, LiveView
from pages.ui.cards import LiveCell, body_words, foot_words
from pages.ui.words import about_dollars, seconds, sum_words

TURN_SECONDS: Final = 0.25
EVERY_SECONDS: Final = 0.3
"""How often the browser asks for a turn: a little longer than a turn takes, so that none waits in a row."""
FRAME_SECONDS: Final = 1 / 12
GATHER_SECONDS: Final = 0.5
"""How long settled shots wait for each other before the page is drawn anew with their buttons."""


def follow(
    follower: Follower, drawn: LiveView, cells: Sequence[LiveCell], progress: DeltaGenerator, *, hidden: bool = False
) -> None:
    """Keep cells and progress up to date until the run settles; the page is drawn anew when a shot has settled.

    `drawn` is the view that the page around was drawn from. With `hidden` there are no cells, and no sums either: who
    is done first, and at what cost, would tell who it is.
    """
    turns = 0
    view = drawn
    began = monotonic()

    @st.fragment(run_every=EVERY_SECONDS)
    def keep_up() -> None:
        nonlocal turns, view
        first, turns = turns == 0, turns + 1
        end = monotonic() + TURN_SECONDS
        view = view if first else follower.wait(0.0) or view
        places, line = _draw(view, cells), draw_progress(progress, view, hidden=hidden)
        while not first:
            if view.state.settled or (
                not hidden and view.settled != drawn.settled and monotonic() - began > GATHER_SECONDS
            ):
                st.rerun()
            left = end - monotonic()
            if left <= 0:
                return
            frame = monotonic() + FRAME_SECONDS
            view = follower.wait(left) or view
            sleep(max(0.0, min(frame, end) - monotonic()))
            _redraw(view, places)
            draw_progress(line, view, hidden=hidden)

    # A room of its own, with nothing after it: the next turn may begin before this page has reached the browser, and
    # then what the fragment drew is dropped; an element after it would have no place, and the browser lose the page.
    with st.container():
        keep_up()


def draw_progress(place: DeltaGenerator, view: LiveView, *, hidden: bool = False) -> DeltaGenerator:
    """Draw how far a run is, `4 of 6 · 3.2 s · ~$0.0021 of about $0.004`, and give the place to draw it anew."""
    return place.progress(view.settled / max(view.total, 1), text=progress_words(view, hidden=hidden))


def progress_words(view: LiveView, *, hidden: bool = False) -> str:
    """Give how far a run is in words; no sums while names are hidden, for a sum may tell who is at work."""
    parts = [f"**{view.settled} of {view.total}**", seconds(view.elapsed_s * 1000)]
    if not hidden:
        cost = sum_words(view.cost, unpriced=view.unpriced_shots, estimated=view.cost_is_estimate)
        of = f" of about {about_dollars(view.estimate)}" if view.estimate else ""
        parts.append(f"{cost}{of}")
    return " · ".join(parts).replace("$", r"\$").replace("~", r"\~")


@dataclass(slots=True)
class _Place:
    """The two texts of a card as they stand in the browser, and where each is drawn anew."""

    text: DeltaGenerator
    foot: DeltaGenerator
    shown: tuple[str, str]


def _draw(view: LiveView, cells: Sequence[LiveCell]) -> dict[int, _Place]:
    """Write each card's texts for the first time in a turn: never an empty cell first, which would be seen."""
    shots = {shot.id: shot for shot in view.shots}
    places = {}
    for cell in cells:
        text, foot = _words(shots[cell.shot_id])
        places[cell.shot_id] = _Place(text=cell.text.markdown(text), foot=cell.foot.caption(foot), shown=(text, foot))
    return places


def _redraw(view: LiveView, places: dict[int, _Place]) -> None:
    """Write the texts that changed, and only those."""
    for shot in view.shots:
        place = places.get(shot.id)
        if place is None:
            continue
        text, foot = _words(shot)
        if text != place.shown[0]:
            place.text.markdown(text)
        if foot != place.shown[1]:
            place.foot.caption(foot)
        place.shown = (text, foot)


def _words(shot: ShotRecord) -> tuple[str, str]:
    return body_words(shot), foot_words(shot)
