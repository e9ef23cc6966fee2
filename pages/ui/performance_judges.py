"""What AI judges and checks say, set beside people: agreement, contradictions, length, shares of passes."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.labels.agreement import Share
from core.labels.check_passes import CheckFigures
from core.labels.judge_figures import JudgeFigures
from pages.ui.page import Page
from pages.ui.performance_seen import Seen
from pages.ui.text import safe_label
from pages.ui.words import plural


def draw_judges(page: Page, seen: Seen) -> None:
    """Draw what judges and checks said of the runs looked at; nothing where none spoke. Raises StoreError."""
    judges = page.services.second_raters.judges(seen.wanted.runs)
    checks = page.services.second_raters.checks(seen.wanted.runs)
    if judges:
        st.subheader("AI judges beside people", anchor=False)
        for judge in judges:
            st.markdown(safe_label(judge_words(judge)))
        st.caption("A judge's words never count as picks.")
    if checks:
        st.subheader("Checks passed", anchor=False)
        st.dataframe(
            checks_table(checks), hide_index=True, width="stretch", height="content", key="checks",
            alt="The share of each model's answers that passed each check.",
        )  # fmt: skip


def judge_words(judge: JudgeFigures) -> str:
    """Give one or two sentences on a judge."""
    pairs = plural(judge.pairs, "pair")
    if judge.told is None:
        said = [f"{judge.label} judged {pairs}; too few of them were judged by people to say how far they agree."]
    else:
        said = [f"{judge.label} agrees with people in {_range(judge.told)}, on {judge.told.number:,} of its {pairs}."]
        if judge.agreement.among_people is not None:
            said.append(f"People agree with each other there in {_percent(judge.agreement.among_people)}.")
    if judge.agreement.flips is not None:
        said.append(f"It contradicted itself in {_percent(judge.agreement.flips)} when the order was turned.")
    if judge.longer is not None:
        people = f" (people {_percent(judge.longer_people)})" if judge.longer_people else ""
        said.append(f"The longer answer won with it in {_percent(judge.longer)}{people}.")
    return " ".join(said)


def checks_table(checks: Sequence[CheckFigures]) -> pd.DataFrame:
    """Give checks as rows and models as columns: `93 % of 40`."""
    rows: dict[str, dict[str, str]] = {}
    for each in checks:
        told = f"{_percent(each.passed)} of {each.passed.number:,}" if each.passed else "could not be told"
        rows.setdefault(each.check, {"Check": each.check})[each.label] = told
    return pd.DataFrame(list(rows.values())).fillna("")


def _percent(share: Share) -> str:
    return f"{share.value * 100:.0f} %"


def _range(share: Share) -> str:
    return f"{share.value * 100:.0f} % (likely {share.low * 100:.0f}–{share.high * 100:.0f})"
