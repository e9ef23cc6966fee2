"""Keeps the cards of a going run up to date, without ever holding the page.

The page is drawn whole and its script ends; then a fragment comes by a few times a second, reads what is new and draws
the cells. A turn takes milliseconds and waits for nothing: a click that arrives while a turn is under way is put
together with the browser's next call for one, and where that still names the old page, a change of page is lost
(Streamlit 1.67; one click in sixteen with turns of a quarter second, none with these). And what an earlier page left
behind is gone, which a loop inside the page's own script would keep in view.
"""

from collections.abc import Sequence
from time import monotonic
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.domain.run import ShotRecord
from core.runs.live import Follower, LiveView
from pages.ui.cards import LiveCell, body_words, foot_words
from pages.ui.words import about_dollars, seconds, sum_words

EVERY_SECONDS: Final = 0.15
"""How often the browser asks for a turn."""
GATHER_SECONDS: Final = 0.5
"""How long settled shots wait for each other before the page is drawn anew with their buttons."""


def follow(
    follower: Follower, drawn: LiveView, cells: Sequence[LiveCell], progress: DeltaGenerator, *, hidden: bool = False
) -> None:
    """Keep cells and progress up to date until the run settles; the page is drawn anew when a shot settled or came.

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
        if not first:
            view = follower.wait(0.0) or view
        _draw(view, cells)
        draw_progress(progress, view, hidden=hidden)
        settled_more = not hidden and view.settled != drawn.settled and monotonic() - began > GATHER_SECONDS
        more = view.total != drawn.total  # the run went on inside, because nothing outside could be reached
        if not first and (view.state.settled or settled_more or more):
            st.rerun()

    # A room of its own, with nothing after it: the next turn may begin before this page has reached the browser, and
    # then what the fragment drew is dropped; an element after it would have no place, and the browser lose the page.
    with st.container():
        keep_up()


def draw_progress(place: DeltaGenerator, view: LiveView, *, hidden: bool = False) -> None:
    """Draw how far a run is: `4 of 6 · 3.2 s · ~$0.0021 of about $0.004`."""
    place.progress(view.settled / max(view.total, 1), text=progress_words(view, hidden=hidden))


def progress_words(view: LiveView, *, hidden: bool = False) -> str:
    """Give how far a run is in words; no sums while names are hidden, for a sum may tell who is at work."""
    parts = [f"**{view.settled} of {view.total}**", seconds(view.elapsed_s * 1000)]
    if not hidden:
        cost = sum_words(view.cost, unpriced=view.unpriced_shots, estimated=view.cost_is_estimate)
        of = f" of about {about_dollars(view.estimate)}" if view.estimate else ""
        parts.append(f"{cost}{of}")
    return " · ".join(parts).replace("$", r"\$").replace("~", r"\~")


def _draw(view: LiveView, cells: Sequence[LiveCell]) -> None:
    shots = {shot.id: shot for shot in view.shots}
    for cell in cells:
        text, foot = _words(shots[cell.shot_id])
        cell.text.markdown(text)
        cell.foot.caption(foot)


def _words(shot: ShotRecord) -> tuple[str, str]:
    return body_words(shot), foot_words(shot)
