"""What AI judges and checks say, beside people: agreement and what pulls a judge, shares of passes."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.labels.agreement import Share
from core.labels.check_passes import CheckFigures
from pages.ui.label_judge_words import agrees_words, beside_words
from pages.ui.page import Page
from pages.ui.performance_seen import Seen
from pages.ui.text import safe_label


def draw_judges(page: Page, seen: Seen) -> None:
    """Draw what judges and checks said of the runs looked at; nothing where none spoke. Raises StoreError."""
    judges = page.services.second_raters.judges(seen.wanted.runs)
    checks = page.services.second_raters.checks(seen.wanted.runs)
    if judges:
        st.subheader("AI judges beside people", anchor=False)
        for judge in judges:
            st.markdown(safe_label(f"{agrees_words(judge)}."))
            st.caption(safe_label(beside_words(judge)))
        st.caption("A judge's words never count as picks.")
    if checks:
        st.subheader("Checks passed", anchor=False)
        st.dataframe(
            checks_table(checks), hide_index=True, width="stretch", height="content", key="checks",
            alt="The share of each model's answers that passed each check.",
        )  # fmt: skip


def checks_table(checks: Sequence[CheckFigures]) -> pd.DataFrame:
    """Give checks as rows and models as columns: `93 % of 40`."""
    rows: dict[str, dict[str, str]] = {}
    for each in checks:
        told = f"{_percent(each.passed)} of {each.passed.number:,}" if each.passed else "could not be told"
        rows.setdefault(each.check, {"Check": each.check})[each.label] = told
    return pd.DataFrame(list(rows.values())).fillna("")


def _percent(share: Share) -> str:
    return f"{share.value * 100:.0f} %"
