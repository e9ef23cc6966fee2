"""Performance, Quality: who is picked how often, how sure that is, and what quality costs in speed."""

from typing import Final

import pandas as pd
import streamlit as st

from core.labels.board import Board
from core.labels.sentences import say
from core.labels.strength import PositionPull
from core.store.buckets import Kind
from pages.ui.charts import CONFIG, wins_matrix
from pages.ui.page import Page
from pages.ui.performance_charts import ranges, trade_off
from pages.ui.performance_counting import awaited, draw_basis
from pages.ui.performance_judges import draw_judges
from pages.ui.performance_rows import quality_table, share_words, wins_of
from pages.ui.performance_seen import Seen
from pages.ui.performance_sentences import best_pair_words, draw_sentences
from pages.ui.performance_words import speed_words, time_words
from pages.ui.text import safe_label
from pages.ui.words import plural

COLUMNS: Final = {
    "rank": st.column_config.NumberColumn("#", width=40, pinned=True),
    "model": st.column_config.TextColumn("Model", pinned=True),
    "share": st.column_config.TextColumn("Picked or tied", help="In 100 comparisons with another model"),
    "record": st.column_config.TextColumn("Won / tied / lost", help="Picks as they fell"),
    "picks": st.column_config.NumberColumn("Picks", format="localized"),
    "people": st.column_config.NumberColumn("People"),
    "prompts": st.column_config.NumberColumn("Prompts", format="localized"),
    "whole": st.column_config.TextColumn("Whole", help="Half of the answers were done sooner"),
    "speed": st.column_config.TextColumn("Tokens/s"),
}
AXES: Final = {"Whole answer": "seconds to the whole answer, half sooner", "Tokens/s": "tokens a second, half faster"}


def draw(page: Page, seen: Seen) -> None:
    """Draw the tab."""
    draw_basis(page, seen)
    ranked = _ranked(seen)
    if seen.narrow:
        _ranges(seen, ranked)
        _trade_off(seen, ranked)
    else:
        left, right = st.columns(2, gap="medium")
        with left:
            _ranges(seen, ranked)
        with right:
            _trade_off(seen, ranked)
    draw_sentences(page, seen.board)
    st.dataframe(
        quality_table(seen.rows), column_config=COLUMNS, hide_index=True, width="stretch", height="content",
        alt="Each model's picks: won, tied, lost; people, prompts and speed.", key="quality_table",
    )  # fmt: skip
    if seen.board.answers:
        _matrix(seen)
    draw_judges(page, seen)
    _how(seen.board)


def _ranked(seen: Seen) -> pd.DataFrame:
    rows = []
    for row in seen.rows:
        own = row.strength
        if own is None or own.share is None or own.low is None or own.high is None:
            continue
        rows.append(
            {
                "model": row.model, "label": row.label, "share": own.share * 100, "low": own.low * 100,
                "high": own.high * 100, "words": share_words(own),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=["model", "label", "share", "low", "high", "words"])


def _ranges(seen: Seen, ranked: pd.DataFrame) -> None:
    st.subheader("Picked or tied", anchor=False)
    if ranked.empty:
        st.caption(awaited(seen.board) or "Ranges appear once two models have ten picks each that chose one answer.")
        return
    best = ranked.iloc[0]
    st.plotly_chart(
        ranges(ranked, seen.colours), theme="streamlit", config=CONFIG, key="ranges",
        alt=f"{best['label']} stands first: {best['words']} in 100 picked or tied.",
    )  # fmt: skip


def _trade_off(seen: Seen, ranked: pd.DataFrame) -> None:
    st.subheader("Quality beside speed", anchor=False)
    if ranked.empty:
        st.caption("A dot for each model appears with its range.")
        return
    axis = st.segmented_control(
        "Speed as", list(AXES), default="Whole answer", required=True, key="axis", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    tallies = {row.model: row.tally for row in seen.rows if row.tally and row.tally.spread(Kind.WHOLE).count}
    rows = ranked[ranked["model"].isin(list(tallies))].copy()
    if rows.empty:
        st.caption("No answer of these models was timed in this view.")
        return
    own = [tallies[model] for model in rows["model"]]
    if axis == "Tokens/s":
        rows["x"] = [tally.speed(0.5) or 0.0 for tally in own]
    else:
        rows["x"] = [(tally.spread(Kind.WHOLE).percentile(0.5) or 0.0) / 1e6 for tally in own]
    rows["words"] = [
        f"{share} in 100, whole answer {time_words(tally, Kind.WHOLE, 0.5)}, {speed_words(tally, 0.5)}"
        for share, tally in zip(rows["words"], own, strict=True)
    ]
    st.plotly_chart(
        trade_off(rows, seen.colours, unit=AXES[str(axis)]), theme="streamlit", config=CONFIG, key="trade_off",
        alt="; ".join(f"{row['label']}: {row['words']}" for row in rows.to_dict("records")),
    )  # fmt: skip


def _matrix(seen: Seen) -> None:
    st.subheader("Wins against each other", anchor=False)
    st.caption(
        "Each cell reads won / tied / lost, for the model at the left against the one above; "
        "a stronger colour: picked or tied more often."
    )
    st.plotly_chart(
        wins_matrix(wins_of(seen.board, seen.rows)), theme="streamlit", config=CONFIG, key="wins_matrix",
        alt=best_pair_words(seen.board),
    )  # fmt: skip
    with st.expander("What the picks say, pair by pair", type="compact"):
        for answer in seen.board.answers:
            st.markdown(safe_label(say(answer, label=seen.board.label)))


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
