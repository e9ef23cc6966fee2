"""Section 2, why did it change: one sentence made from the figures, a waterfall, and who moved it most."""

from decimal import Decimal

import pandas as pd
import streamlit as st

from core.costs.bridge import Effect
from core.costs.meeting import Meeting
from core.costs.meeting_parts import CAUSES, steps_of
from core.costs.meeting_words import why_words
from core.costs.rounding import rounded
from core.costs.sums import Group
from core.store.run_reads import label_of
from pages.ui import costs_charts
from pages.ui.charts import CONFIG
from pages.ui.costs_runs import ask, key_of
from pages.ui.costs_spent import whole_month
from pages.ui.costs_view import View
from pages.ui.viewport import is_dark


def draw_why(view: View, found: Meeting) -> None:
    """Draw waterfall and movers; nothing where there is nothing to compare with."""
    if not found.review.before.amount or not found.review.movers:
        return
    chart, table = (st.container(), st.container()) if view.narrow else st.columns([3, 2], gap="medium")
    with chart:
        steps = steps_of(found, view.amounts, whole_bill=view.whole_bill)
        frame = pd.DataFrame(
            [
                {
                    "name": step.name,
                    "amount": float(step.amount),
                    "words": view.amounts.say(step.amount) if step.whole else _signed(view, step.amount),
                    "whole": step.whole,
                }
                for step in steps
            ]
        )
        st.plotly_chart(
            costs_charts.waterfall(frame, sign=view.amounts.sign, dark=is_dark(), large=view.presenting),
            theme="streamlit",
            config=CONFIG,
            key="costs_waterfall",
            alt=why_words(found, view.amounts),
        )
        if view.whole_bill and found.bill is not None and found.bill_before is None:
            st.caption(f"No bill was read for {found.review.against_words}; all of elsewhere counts as new.")
    with table:
        _movers(view, found)


def _movers(view: View, found: Meeting) -> None:
    movers = found.review.movers
    key = key_of("costs_movers")
    st.dataframe(
        pd.DataFrame([_line(view, found, effect) for effect in movers]),
        column_config={
            "who": st.column_config.TextColumn("Team"),
            "model": st.column_config.TextColumn("Model"),
            "what": st.column_config.TextColumn("Through"),
            "much": st.column_config.TextColumn("Change", alignment="right"),
        },
        hide_index=True,
        width="stretch",
        height="content",
        key=key,
        on_select=lambda: _picked(view, key, movers),
        selection_mode="single-cell",
        alt="The largest changes, by team and model, largest first. Click a number for its runs.",
    )
    st.caption("What moved the sum most. Click a number for its runs of this month.")


def _line(view: View, found: Meeting, effect: Effect) -> dict[str, str]:
    return {
        "who": found.review.group_names.get(effect.group, "no team"),
        "model": label_of(effect.model),
        "what": CAUSES[effect.part],
        "much": _signed(view, rounded(view.amounts.of(effect.amount))),
    }


def _picked(view: View, key: str, movers: tuple[Effect, ...]) -> None:
    cells = st.session_state[key].selection.cells
    if cells:
        effect = movers[int(cells[0][0])]
        ask(whole_month(view, (Group.TEAM, effect.group), (Group.MODEL, effect.model)))


def _signed(view: View, amount: Decimal) -> str:
    return f"{'+' if amount > 0 else ''}{view.amounts.say(amount)}"
