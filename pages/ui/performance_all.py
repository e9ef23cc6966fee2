"""Performance, All: one row a model says whether it is good, fast and dependable, and at what price."""

from dataclasses import replace
from typing import Final

import streamlit as st

from core.store.buckets import Kind
from pages.ui.charts import CONFIG, wins_matrix
from pages.ui.page import Page
from pages.ui.performance_counting import awaited, draw_basis
from pages.ui.performance_errors import draw_faults
from pages.ui.performance_failures import failures_dialog
from pages.ui.performance_links import is_new, model_link, open_runs
from pages.ui.performance_rows import Row, cost_words, table_of, wins_of
from pages.ui.performance_seen import Seen
from pages.ui.performance_sentences import best_pair_words, draw_sentences
from pages.ui.performance_trend import draw_trend, draw_unusual
from pages.ui.performance_words import percent, speed_words, time_words
from pages.ui.text import safe_label
from pages.ui.words import plural

COLUMNS: Final = {
    "rank": st.column_config.NumberColumn("#", width=40, pinned=True),
    "model": st.column_config.TextColumn("Model", pinned=True),
    "place": st.column_config.TextColumn("Place"),
    "share": st.column_config.TextColumn("Picked or tied", help="In 100 comparisons with another model"),
    "picks": st.column_config.TextColumn("Picks / people"),
    "cost": st.column_config.TextColumn("Cost per run", help="All its shots in a run, retries too"),
    "first": st.column_config.TextColumn("First word", help="Half of the answers began sooner"),
    "whole": st.column_config.TextColumn("Whole", help="Half of the answers were done sooner"),
    "speed": st.column_config.TextColumn("Tokens/s"),
    "failed": st.column_config.TextColumn("Failed", help="Answers that never came, however often they were tried"),
    "answers": st.column_config.NumberColumn("Answers", format="localized", help="What was asked for in the period"),
}
RUNS_OF: Final = {"share": {"judged": "Judged"}, "picks": {"judged": "Judged"}}


def draw(page: Page, seen: Seen) -> None:
    """Draw the tab. Raises StoreError."""
    draw_basis(page, seen)
    if seen.narrow:
        for row in seen.rows:
            _card(page, row)
    else:
        _table(page, seen)
    draw_sentences(page, seen.board)
    draw_unusual(page, seen)
    if seen.narrow:
        draw_trend(page, seen, "First word", key="trend_all")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        _wins(seen)
    with right:
        st.subheader("Time to the first word", anchor=False)
        draw_trend(page, seen, "First word", key="trend_all")
    if any(row.tally and row.tally.failed for row in seen.rows):
        st.subheader("Failed attempts", anchor=False)
        draw_faults(page, seen, key="faults_all")


def _table(page: Page, seen: Seen) -> None:
    event = st.dataframe(
        table_of(seen.rows),
        column_config=COLUMNS,
        hide_index=True,
        width="stretch",
        height="content",
        on_select="rerun",
        selection_mode="single-cell",
        alt="Each model with its quality, picks, cost, speed and failures, strongest first.",
        key="leaderboard",
    )
    st.caption("Click a name for the model's page, a figure for its runs.")
    cells = event.selection.get("cells", [])
    if not is_new("leaderboard", cells) or not cells:
        return
    model, column = seen.rows[cells[0][0]].model, cells[0][1]
    if column in ("rank", "model", "place"):
        page.go("performance", model=model)
    if column == "failed":
        failures_dialog(page, replace(seen.wanted.measures, models=(model,)), seen.labels)
    else:
        open_runs(page, seen.wanted.history(model=model, **RUNS_OF.get(column, {})))


def _card(page: Page, row: Row) -> None:
    with st.container(border=True, gap="xsmall", key=f"row_{row.model}"):
        rank = f"{row.strength.rank} " if row.strength and row.strength.rank else ""
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            model_link(page, row.model, f"**{rank}{safe_label(row.label)}**")
            st.markdown(safe_label(row.share), width="content")
        lines = []
        if row.strength:
            lines.append(f"{row.strength.picks} picks by {plural(row.strength.people, 'person', 'people')}")
        if row.tally:
            lines.append(cost_words(row.tally).replace("$", r"\$") + " a run")
            if row.tally.spread(Kind.WHOLE).count:
                first, whole = (time_words(row.tally, kind, 0.5) for kind in (Kind.FIRST, Kind.WHOLE))
                lines.append(f"first {first} · whole {whole} · {speed_words(row.tally, 0.5)}")
            lines.append(f"{percent(row.tally.lost_share)} failed")
        st.caption(" · ".join(lines))


def _wins(seen: Seen) -> None:
    st.subheader("Wins against each other", anchor=False)
    if not seen.board.answers:
        st.caption(awaited(seen.board) or "Nobody has compared two models in this view yet.")
        return
    wins = wins_of(seen.board, seen.rows)
    st.plotly_chart(
        wins_matrix(wins), theme="streamlit", config=CONFIG, key="wins_all", alt=best_pair_words(seen.board)
    )
    st.caption("Won / tied / lost, the model at the left against the one above.")
