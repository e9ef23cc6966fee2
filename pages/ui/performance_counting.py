"""Very many picks are counted beside the page: the line above the figures says so and brings them in time."""

from typing import Final

import streamlit as st

from core.labels.board import Board
from pages.ui.page import Page
from pages.ui.performance_filters import Wanted
from pages.ui.performance_seen import Seen
from pages.ui.performance_sentences import basis_words
from pages.ui.words import plural

LOOK_SECONDS: Final = 1.0


def draw_basis(page: Page, seen: Seen) -> None:
    """Draw what the quality in this view stands on; while picks are counted, look until the figures are new."""
    st.fragment(_basis, run_every=LOOK_SECONDS if seen.board.counting else None)(page, seen.wanted, seen.board)


def awaited(board: Board) -> str:
    """Give what stands in place of figures that are being counted for the first time, "" where they are there."""
    return "Appears when the picks are counted." if board.counting and not board.strengths.picks else ""


def _basis(page: Page, wanted: Wanted, board: Board) -> None:
    if board.counting:
        now = page.services.leaderboard.at_once(wanted.runs, by=wanted.by, blind_only=wanted.blind_only)
        if not now.counting:
            st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="basis"):
        if not board.counting:
            st.caption(basis_words(board))
        elif board.strengths.picks:
            st.caption(f"{basis_words(board)} What came since is being counted.")
        else:
            st.caption(f":material/hourglass: Counting {plural(board.counting, 'pick')}: quality appears by itself.")
