"""Section 3, what did we get: cost against quality with likely ranges, best buys joined, and what that says."""

from typing import Final

import pandas as pd
import streamlit as st

from core.costs.meeting import Meeting
from core.costs.unit_costs import FEWEST_JUDGED, Buy
from core.store.run_reads import label_of
from pages.ui import costs_charts
from pages.ui.charts import CONFIG
from pages.ui.costs_view import View
from pages.ui.page import Page
from pages.ui.palette import colours_of
from pages.ui.text import safe_label
from pages.ui.viewport import is_dark
from pages.ui.words import NO_CHARGE, plural

FEWEST_DOTS: Final = 2


def draw_got(page: Page, view: View, found: Meeting) -> None:
    """Draw the chart, what a run and an answer cost, and how much was judged."""
    dots = [buy for buy in found.review.buys if buy.judged >= FEWEST_JUDGED and buy.cost is not None]
    left, right = (st.container(), st.container()) if view.narrow else st.columns([3, 2], gap="medium")
    ready = len(dots) >= FEWEST_DOTS
    if ready:
        with left:
            _chart(view, dots)
    with right if ready else left:
        _unit_costs(view, found)
    bought = found.review.bought
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="judged_line"):
        share = f"{(bought.judged_share or 0) * 100:.0f} % of runs"
        st.markdown(f"Judged: {share}, {bought.judged_runs:,} of {plural(bought.runs, 'run')}", width="content")
        page.link("label", "Label more", icon=":material/rate_review:")
    if view.whole_bill:
        st.caption("Of what was spent elsewhere no answer is known: this section is of runs made here.")


def _chart(view: View, dots: list[Buy]) -> None:
    frame = pd.DataFrame([_dot(view, buy) for buy in dots])
    st.plotly_chart(
        costs_charts.value_dots(
            frame,
            colours_of([buy.model for buy in dots], dark=is_dark()),
            sign=view.amounts.sign,
            dark=is_dark(),
            large=view.presenting,
        ),
        theme="streamlit",
        config=CONFIG,
        key="costs_value",
        alt="Cost of one answer against how many in 100 are picked or tied, for each model.",
    )
    st.caption(
        f"Filled: a best buy, no model is as good for less. Lines: the likely ranges. Models with fewer than "
        f"{FEWEST_JUDGED} judged answers stand in the table alone."
    )


def _dot(view: View, buy: Buy) -> dict[str, object]:
    def shown(amount: object) -> float:
        return float("nan") if amount is None else float(view.amounts.of(amount))  # type: ignore[arg-type]

    quality = (buy.quality or 0.0, buy.quality_low or 0.0, buy.quality_high or 0.0)
    middle, low, high = (share * 100 for share in quality)
    cost = NO_CHARGE if buy.free else f"{view.amounts.each(buy.cost)} an answer"
    words = f"{label_of(buy.model)}: {middle:.0f} in 100 picked or tied (likely {low:.0f}–{high:.0f}), {cost}"
    return {
        "model": buy.model,
        "name": label_of(buy.model),
        "cost": shown(buy.cost),
        "cost_low": shown(buy.cost_low),
        "cost_high": shown(buy.cost_high),
        "quality": middle,
        "low": low,
        "high": high,
        "best": buy.best,
        "words": f"{words}, {plural(buy.judged, 'answer')} judged",
    }


def _unit_costs(view: View, found: Meeting) -> None:
    rows = [
        {
            "model": label_of(buy.model),
            "answer": NO_CHARGE if buy.free else view.amounts.each(buy.cost),
            "quality": _quality(buy),
            "judged": f"{buy.judged:,}",
            "best": "best buy" if buy.best else "",
        }
        for buy in found.review.buys
    ]
    if rows:
        st.dataframe(
            pd.DataFrame(rows),
            column_config={
                "model": "Model",
                "answer": st.column_config.TextColumn("An answer", alignment="right"),
                "quality": st.column_config.TextColumn("Picked or tied in 100", alignment="right"),
                "judged": st.column_config.TextColumn("Judged", alignment="right"),
                "best": "",
            },
            hide_index=True,
            width="stretch",
            height="content",
            key="costs_units",
            alt="Each model with what an answer cost and how often it was picked or tied.",
        )
    bought = found.review.bought
    words = [f"{view.amounts.each(bought.per_run)} a run"] if bought.per_run is not None else []
    if bought.per_accepted is not None:
        words.append(f"{view.amounts.each(bought.per_accepted)} an accepted answer")
    if bought.per_winner is not None:
        words.append(f"{view.amounts.each(bought.per_winner)} a picked winner (judged runs alone)")
    if words:
        st.caption(safe_label(" · ".join(words)))


def _quality(buy: Buy) -> str:
    if buy.quality is None or buy.quality_low is None or buy.quality_high is None:
        return "not judged"
    if buy.judged < FEWEST_JUDGED:
        return f"{buy.quality * buy.judged:.0f} of {buy.judged}"
    return f"{buy.quality * 100:.0f} ({buy.quality_low * 100:.0f}–{buy.quality_high * 100:.0f})"
