"""The receipt of a route: candidates, what the rules took away, how the prompt reads, and the nearest past runs."""

import streamlit as st

from core.domain.route import Candidate, Route
from pages.ui.page import Page
from pages.ui.palette import place_words
from pages.ui.receipt_words import (
    RULE_WORDS,
    class_words,
    cost_words,
    quality_words,
    rules_words,
    time_words,
)
from pages.ui.text import safe_label
from pages.ui.words import first_line, plural, when

NEAREST = 5


def draw_receipt(page: Page, route: Route, *, key: str, narrow: bool = False) -> None:
    """Draw everything that a route rests on, under its headline."""
    words = rules_words(route)
    if words:
        st.markdown(safe_label(words))
    if route.candidates:
        _candidates(route, key=key, narrow=narrow)
    reads = class_words(route.classified)
    if reads:
        st.markdown(f"It reads as: {safe_label(reads)}.")
    _spoke(route)
    _nearest(page, route)
    if route.challenger is not None:
        share = f"{100 * route.challenger.probability:.0f} in 100"
        words = f"One extra answer, of {route.challenger.label}, to keep learning: drawn with a chance of {share}."
        st.caption(safe_label(words))
    saving = _saving(route)
    st.caption(safe_label(f"{saving}Decided in {route.took_ms:.0f} ms."))


def _candidates(route: Route, *, key: str, narrow: bool) -> None:
    if narrow:
        for each in route.candidates:
            facts = " · ".join(filter(None, (quality_words(each), cost_words(each), time_words(each), each.because)))
            st.markdown(f"**{safe_label(each.label)}**  \n:gray[:small[{safe_label(facts)}]]")
        return
    st.dataframe(
        [_row(each) for each in route.candidates],
        hide_index=True,
        width="stretch",
        height="content",
        key=f"candidates_{key}",
        column_config={"Because": st.column_config.TextColumn("Because", width="large")},
        alt="Each model with its quality on this prompt, cost, time, and why it was chosen or not.",
    )


def _row(each: Candidate) -> dict[str, str]:
    return {
        "Model": each.label,
        "Place": place_words(each.place),
        "Would be picked or tied": quality_words(each),
        "Runs like this": f"{each.won_or_tied} of {each.similar}" if each.similar else "none",
        "Cost": cost_words(each),
        "Time": time_words(each) or "not known",
        "Because": each.because,
    }


def _spoke(route: Route) -> None:
    for each in route.rules:
        st.markdown(f":material/gavel: **{RULE_WORDS[each.rule]}**: {safe_label(each.reason)}")


def _nearest(page: Page, route: Route) -> None:
    if not route.neighbours:
        st.caption("No judged run like this one.")
        return
    st.markdown(f"**Nearest runs**: {plural(route.similar, 'judged run')} like this; the closest:")
    for each in route.neighbours[:NEAREST]:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            with st.container(width="stretch"):
                if each.first_line:
                    page.link("history", safe_label(first_line(each.first_line, longest=64)), run=each.run)
                else:
                    st.markdown(":gray[A run that only its author sees]")
            won = {"tie": "a tie", "none": "none good enough"}.get(each.winner, f"{each.winner} won")
            words = f"{100 * each.similarity:.0f} in 100 alike · {won} · {when(each.judged_at)}"
            st.caption(safe_label(words), width="content")


def _saving(route: Route) -> str:
    baseline = route.candidate(route.baseline)
    if route.saving is None or baseline is None or route.saving <= 0:
        return ""
    return f"About ${route.saving:.4f} less than always asking {baseline.label}. "
