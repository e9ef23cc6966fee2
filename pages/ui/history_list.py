"""The list of past runs: a table on a desk, cards on a phone; a click opens the run."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final
from zlib import crc32

import streamlit as st

from core.domain.run import RunState
from core.store.history import HistoryPage
from core.store.history_rows import HistoryRow
from pages.ui.history_address import reader_zone
from pages.ui.history_ticks import Ticks, tick_shown
from pages.ui.text import safe_label
from pages.ui.words import NO_CHARGE, NO_PRICE, NOTHING_YET, first_line, plural, run_words, sum_words, when

ROW_PIXELS: Final = 35
OPENED: Final = "_history_table"


def summary_words(found: HistoryPage) -> str:
    """Give the sums over the whole view: `1,204 runs · $212.40 · 412 judged`."""
    cost = sum_words(found.total_cost, unpriced=found.unpriced_shots)
    return f"**{plural(found.total_runs, 'run')}** · {cost} · {found.judged:,} judged".replace("$", r"\$")


def cost_words(row: HistoryRow) -> str:
    """Give what one run cost; runs of free models read "no charge"."""
    if not row.cost and not row.unpriced and row.free:
        return NO_CHARGE if row.state.settled or row.free == row.shots else NOTHING_YET
    if not row.cost and row.unpriced == row.shots:
        return NO_PRICE
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


def draw_table(rows: Sequence[HistoryRow], ticks: Ticks) -> None:
    """Draw the runs as a table: a box ticks a run, a click on any other cell puts it into the address, which opens it.

    The table is made anew when other runs come into it, because it knows its ticks by their place alone.
    """
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
    shown = [row.public_id for row in rows]
    key = f"{OPENED}_{st.session_state.get(OPENED, 0)}_{ticks.all}_{crc32(' '.join(shown).encode()):x}"
    ticked = range(len(rows)) if ticks.all else [at for at, run in enumerate(shown) if run in set(ticks.one_by_one)]
    config = st.column_config
    st.dataframe(
        frame,
        hide_index=True,
        key=key,
        on_select=lambda: _chosen(key, shown, ticks),
        selection_mode=["multi-row", "single-cell"],
        selection_default={"selection": {"rows": list(ticked)}},
        height=min(ROW_PIXELS * (len(rows) + 1) + 3, 640),
        column_config={
            "when": config.TextColumn("When", width=100),
            "prompt": config.TextColumn("Prompt", width=360),
            "who": config.TextColumn("Who", width=70),
            "models": config.TextColumn("Models", width=125),
            "shots": config.NumberColumn("Shots", width=55),
            "winner": config.TextColumn("Winner", width=70),
            "cost": config.TextColumn("Cost", width=100, alignment="right"),
            "state": config.TextColumn("State", width=80),
        },
        alt="Past runs; a box at the left ticks a run, a click elsewhere on its row opens it.",
    )


def draw_cards(rows: Sequence[HistoryRow], ticks: Ticks) -> None:
    """Draw the runs as cards, for a phone."""
    zone: tzinfo = reader_zone()
    for row in rows:
        with st.container(border=True, gap="xsmall", key=f"run_card_{row.public_id}"):
            st.markdown(safe_label(first_line(row.prompt, longest=110)))
            won = f":material/trophy: {safe_label(row.winner)} · " if row.winner else ""
            cost = cost_words(row).replace("$", r"\$").replace("~", r"\~")
            st.caption(f"{won}{cost} · {state_of(row)} · {when(row.created_at, zone=zone)}")
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                _tick_box(row.public_id, ticks)
                st.space("stretch")
                st.button(
                    "Open", key=f"open_{row.public_id}", type="tertiary", on_click=open_run, args=(row.public_id,)
                )


def _tick_box(run: str, ticks: Ticks) -> None:
    key = f"tick_{run}"
    st.session_state[key] = ticks.all or run in ticks.one_by_one

    def change() -> None:
        tick_shown(ticks, [run], [run] if st.session_state[key] else [])

    st.checkbox("Tick", key=key, on_change=change)


def open_run(public_id: str) -> None:
    """Put a run into the address; the page then opens its drawer."""
    st.query_params["run"] = public_id


def close_run() -> None:
    """Take the run out of the address, and the mark off its row in the table."""
    st.query_params.pop("run", None)
    st.session_state[OPENED] = st.session_state.get(OPENED, 0) + 1


def _chosen(key: str, shown: Sequence[str], ticks: Ticks) -> None:
    selection = st.session_state[key].selection
    tick_shown(ticks, shown, [shown[at] for at in selection.rows if at < len(shown)])
    if selection.cells and selection.cells[0][0] < len(shown):
        open_run(shown[selection.cells[0][0]])
