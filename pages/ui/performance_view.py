"""The leaderboard: one row a model, who cannot be told apart, wins against each other, and how it is computed."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from core.labels.board import Board
from core.labels.enough import Answer
from core.labels.sentences import say
from core.labels.speeds import figures
from core.labels.strength import PositionPull
from pages.ui.charts import CONFIG, wins_matrix
from pages.ui.page import Page
from pages.ui.performance_filters import draw_filters
from pages.ui.performance_rows import Row, cost_words, rows_of, share_words, table_of, wins_of
from pages.ui.text import safe_label
from pages.ui.words import plural, seconds, speed

COLUMNS: Final = {
    "rank": st.column_config.NumberColumn("#", width=40, pinned=True),
    "model": st.column_config.TextColumn("Model", pinned=True),
    "place": st.column_config.TextColumn("Place"),
    "share": st.column_config.TextColumn("Picked or tied", help="In 100 comparisons with another model"),
    "record": st.column_config.TextColumn("Won / tied / lost", help="Picks as they fell"),
    "picks": st.column_config.TextColumn("Picks / people"),
    "cost": st.column_config.TextColumn("Cost per run"),
    "first": st.column_config.TextColumn("First word", help="The usual time: half of the answers were faster"),
    "whole": st.column_config.TextColumn("Whole"),
    "speed": st.column_config.TextColumn("Tokens/s"),
    "failed": st.column_config.TextColumn("Failed", help="Of all shots that ended in the period"),
}


def draw(page: Page, *, narrow: bool) -> None:
    """Draw the leaderboard as the filters ask for it. Raises StoreError."""
    wanted = draw_filters(page, narrow=narrow)
    board = page.services.leaderboard.of(wanted.runs, by=wanted.by, blind_only=wanted.blind_only)
    rows = rows_of(board, figures(page.services.database, wanted.runs))
    if not rows:
        _nothing(page)
        return
    st.caption(_basis(board))
    if narrow:
        for row in rows:
            _card(row)
    else:
        st.dataframe(
            table_of(rows),
            column_config=COLUMNS,
            hide_index=True,
            width="stretch",
            height="content",
            alt="Each model with its quality, picks, cost and speed, strongest first.",
            key="leaderboard",
        )
    _sentences(page, board)
    if board.answers:
        _matrix(board, rows)
    _how(board)


def _basis(board: Board) -> str:
    found = board.strengths
    if not found.picks:
        return "No picks between models in this view: no quality is shown."
    return (
        f"{plural(found.picks, 'pick')} between models by {plural(found.people, 'person', 'people')} "
        f"on {plural(found.prompts, 'prompt')}; {found.decisive:,} chose one answer."
    )


def _sentences(page: Page, board: Board) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="told_apart"):
        if board.strengths.needed and board.strengths.picks:
            # Decisive is a pick that chose one answer, not a tie.
            missing = plural(board.strengths.needed, "more decisive pick")
            st.markdown(f"Too early to rank: {missing} would make a start.", width="content")
        for sentence in board.sentences():
            st.markdown(safe_label(sentence), width="content")
        page.link("label", "Label these", icon=":material/rate_review:")


def _card(row: Row) -> None:
    with st.container(border=True, gap="xsmall", key=f"row_{row.model}"):
        rank = f"{row.strength.rank} " if row.strength and row.strength.rank else ""
        st.markdown(f"**{rank}{safe_label(row.label)}** · {safe_label(share_words(row.strength))}")
        lines = []
        if row.strength:
            lines.append(f"{row.strength.picks} picks by {plural(row.strength.people, 'person', 'people')}")
        if row.figures:
            first, whole, rate = row.figures.first_ms, row.figures.whole_ms, row.figures.tokens_per_second
            lines.append(cost_words(row.figures).replace("$", r"\$") + " a run")
            if first is not None and whole is not None:
                lines.append(f"first {seconds(first)} · whole {seconds(whole)} · {speed(rate)}")
            lines.append(f"{row.figures.failed_share * 100:.1f} % failed")
        st.caption(" · ".join(lines))


def _matrix(board: Board, rows: Sequence[Row]) -> None:
    st.subheader("Wins against each other", anchor=False)
    wins = wins_of(board, rows)
    st.caption("Each cell reads won / tied / lost, for the model at the left against the one above.")
    best = max(board.answers, key=lambda each: each.record.picks)
    st.plotly_chart(wins_matrix(wins), theme="streamlit", config=CONFIG, key="wins_matrix", alt=_sentence(best, board))
    with st.expander("What the picks say, pair by pair", type="compact"):
        for answer in board.answers:
            st.markdown(safe_label(_sentence(answer, board)))


def _sentence(answer: Answer, board: Board) -> str:
    return say(answer, label=board.label)


def _how(board: Board) -> None:
    with st.popover("How this is computed", type="tertiary", icon=":material/help:"):
        st.markdown(
            "**Picked or tied** is the chance that an answer of the model is picked or tied beside one answer of "
            "another model, averaged over all of them. A model with more shots wins no more by it: one answer is "
            "compared with one answer, and the same text counts once.\n\n"
            "Strengths are fitted to all picks together: Bradley–Terry for winner-of-N (Plackett–Luce) with ties "
            "(Davidson) and a weak prior. “None is good enough” is a tie here. The range holds 95 % of what is to be "
            "expected when other prompts had been asked (cluster bootstrap over prompts). Models share a rank where "
            "the range of their difference includes zero. Below ten picks that chose one answer: counts, no rank.\n\n"
            "Whether a pair is settled follows an e-value of a betting mixture, which may be looked at after every "
            "pick. Where a lead settled a disagreement, the lead's pick counts; items that come back swapped do not."
        )
        st.markdown(_pull_words(board.strengths.pull))


def _pull_words(pull: PositionPull | None) -> str:
    if pull is None:
        return "**Pull of the first place**: too few picks with an order drawn by lot."
    return (
        f"**Pull of the first place**: of two equal answers the first one is picked {pull.share * 100:.0f} in 100 "
        f"(likely {pull.low * 100:.0f}–{pull.high * 100:.0f}; 50 is no pull), from {plural(pull.picks, 'pick')}."
    )


def _nothing(page: Page) -> None:
    with st.container(border=True, horizontal_alignment="center", gap="xsmall", key="no_models"):
        st.markdown(":material/leaderboard:", width="content")
        st.markdown("**No run in this view**", width="content")
        st.caption("Models appear here once they were asked; their quality follows from picks.", width="content")
        page.link("run", "Start a run", icon=":material/play_arrow:")
