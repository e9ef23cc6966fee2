"""What the picks say of models, in sentences, and the way to more picks."""

import streamlit as st

from core.labels.board import Board
from core.labels.sentences import say
from pages.ui.page import Page
from pages.ui.text import safe_label
from pages.ui.words import plural


def basis_words(board: Board) -> str:
    """Give how many picks the quality in this view stands on."""
    found = board.strengths
    if not found.picks:
        return "No picks between models in this view: no quality is shown."
    return (
        f"{plural(found.picks, 'pick')} between models by {plural(found.people, 'person', 'people')} "
        f"on {plural(found.prompts, 'prompt')}; {found.decisive:,} chose one answer."
    )


def draw_sentences(page: Page, board: Board) -> None:
    """Draw what the picks say of models beside each other, and the way to more picks."""
    said = [*_too_early(board), *board.sentences()]
    with st.container(gap="xxsmall", key="told_apart"):
        for sentence in said[:-1]:
            st.markdown(safe_label(sentence))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if said:
                st.markdown(safe_label(said[-1]), width="content")
            page.link("label", "Label these", icon=":material/rate_review:")


def _too_early(board: Board) -> list[str]:
    if not (board.strengths.needed and board.strengths.picks):
        return []
    # Decisive is a pick that chose one answer, not a tie.
    missing = plural(board.strengths.needed, "more decisive pick")
    return [f"Too early to rank: {missing} would make a start."]


def best_pair_words(board: Board) -> str:
    """Give the sentence on the pair that was compared most."""
    return say(max(board.answers, key=lambda each: each.record.picks), label=board.label)
