"""The list of past runs: a table on a desk, cards on a phone; a click opens the run."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

import streamlit as st

from core.domain.run import RunState
from core.store.history import HistoryPage
from core.store.history_rows import HistoryRow
from pages.ui.history_filters import reader_zone
from pages.ui.text import safe_label
from pages.ui.words import NO_CHARGE, first_line, plural, run_words, sum_words, when

ROW_PIXELS: Final = 35
OPENED: Final = "_history_table"


def summary_words(found: HistoryPage) -> str:
    """Give the sums over the whole view: `1,204 runs · $212.40 · 412 judged`."""
    cost = sum_words(found.total_cost, unpriced=found.unpriced_shots)
    return f"**{plural(found.total_runs, 'run')}** · {cost} · {found.judged:,} judged".replace("$", r"\$")


def cost_words(row: HistoryRow) -> str:
    """Give what one run cost; runs of free models read "no charge"."""
    if not row.cost and not row.unpriced and row.free:
        return NO_CHARGE
    return sum_words(row.cost, unpriced=row.unpriced, estimated=row.cost_is_estimate)


def models_words(models: Sequence[str]) -> str:
    """Give the models of a run in little room: `Sage, Swift +1`."""
    return ", ".join(models[:2]) + (f" +{len(models) - 2}" if len(models) > 2 else "")


def state_of(row: HistoryRow) -> str:
    """Give how a run ended; one with failures names their number."""
    return f"{row.failed} failed" if row.failed and row.state is RunState.DONE else run_words(row.state)


def winner_words(row: HistoryRow) -> str:
    """Give who won, a dash where nobody has said."""
    return row.winner or "—"


def draw_table(rows: Sequence[HistoryRow]) -> None:
    """Draw the runs as a table; a click on any cell of a row puts its run into the address, which opens it."""
    import pandas as pd  # noqa: PLC0415 - a page without a table does without

    zone = reader_zone()
    frame = pd.DataFrame(
        {
            "when": [when(row.created_at, zone=zone) for row in rows],
            "prompt": [first_line(row.prompt, longest=90) for row in rows],
            "who": [row.person or "someone" for row in rows],
            "models": [models_words(row.models) for row in rows],
            "shots": [row.shots for row in rows],
            "winner": [winner_words(row) for row in rows],
            "cost": [cost_words(row) for row in rows],
            "state": [state_of(row) for row in rows],
        }
    )
    turn = st.session_state.get(OPENED, 0)
    key = f"{OPENED}_{turn}"
    config = st.column_config
    st.dataframe(
        frame,
        hide_index=True,
        key=key,
        on_select=lambda: _open_selected(key, rows),
        selection_mode="single-cell",
        height=min(ROW_PIXELS * (len(rows) + 1) + 3, 640),
        column_config={
            "when": config.TextColumn("When", width=110),
            "prompt": config.TextColumn("Prompt", width="large"),
            "who": config.TextColumn("Who", width="small"),
            "models": config.TextColumn("Models", width=140),
            "shots": config.NumberColumn("Shots", width=60),
            "winner": config.TextColumn("Winner", width="small"),
            "cost": config.TextColumn("Cost", width="small", alignment="right"),
            "state": config.TextColumn("State", width="small"),
        },
        alt="Past runs, newest first; a click on a row opens the run.",
    )


def draw_cards(rows: Sequence[HistoryRow]) -> None:
    """Draw the runs as cards, for a phone."""
    zone: tzinfo = reader_zone()
    for row in rows:
        with st.container(border=True, gap="xsmall", key=f"run_card_{row.public_id}"):
            st.markdown(safe_label(first_line(row.prompt, longest=110)))
            won = f":material/trophy: {safe_label(row.winner)} · " if row.winner else ""
            cost = cost_words(row).replace("$", r"\$").replace("~", r"\~")
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                st.caption(f"{won}{cost} · {state_of(row)} · {when(row.created_at, zone=zone)}", width="stretch")
                st.button(
                    "Open", key=f"open_{row.public_id}", type="tertiary", on_click=open_run, args=(row.public_id,)
                )


def open_run(public_id: str) -> None:
    """Put a run into the address; the page then opens its drawer."""
    st.query_params["run"] = public_id


def close_run() -> None:
    """Take the run out of the address, and the mark off its row in the table."""
    st.query_params.pop("run", None)
    st.session_state[OPENED] = st.session_state.get(OPENED, 0) + 1


def _open_selected(key: str, rows: Sequence[HistoryRow]) -> None:
    cells = st.session_state[key].selection.cells
    if cells and 0 <= cells[0][0] < len(rows):
        open_run(rows[cells[0][0]].public_id)
