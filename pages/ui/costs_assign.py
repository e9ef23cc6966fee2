"""Spending that is booked to no person, team or project: always shown, and assigned from here."""

from typing import Final

import pandas as pd
import streamlit as st

from core.costs.ledger import ZERO
from core.costs.meeting import Meeting
from core.costs.meeting_parts import NOBODY
from core.costs.sums import Group
from core.costs.unbooked import UnbookedRun, What
from core.errors import ClaudePrompterError
from pages.ui.costs_runs import key_of
from pages.ui.costs_view import View
from pages.ui.page import Page
from pages.ui.problems import problem_words, show_problem
from pages.ui.text import safe_label
from pages.ui.words import plural, when

MOST: Final = 2_000
ASSIGNING: Final = "_costs_assigning"
ASSIGNED: Final = "_costs_assigned"
WHATS: Final[tuple[What, ...]] = ("project", "team", "person")


def draw_unbooked(page: Page, view: View, found: Meeting) -> None:
    """Say what is booked to nobody, with a way to assign it."""
    total = found.review.totals
    sums = {"project": total.without_project, "team": total.without_team, "person": total.without_person}
    for what in WHATS:
        if sums[what] > ZERO:
            share = sums[what] / total.amount * 100
            with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"without_{what}"):
                words = f"of this without a {what}: **{safe_label(view.amounts.text(sums[what]))}**, {share:.0f} %"
                st.markdown(words, width="content")
                if not view.presenting:
                    st.button("Assign", key=f"assign_{what}", type="tertiary", icon=":material/assignment_ind:",
                              on_click=_start, args=(what,))  # fmt: skip
    done = st.session_state.get(ASSIGNED)
    if done is not None and not view.presenting:
        _way_back(page, *done)
    asked = st.session_state.get(ASSIGNING)
    if asked is not None:
        _dialog(page, view, asked)


def _start(what: What) -> None:
    st.session_state[ASSIGNING] = what


def _stop() -> None:
    st.session_state.pop(ASSIGNING, None)


@st.dialog("Assign spending", width="large", on_dismiss=_stop)
def _dialog(page: Page, view: View, what: What) -> None:
    try:
        every = page.services.unbooked.runs(what, view.month.first, view.month.last, limit=MOST)
        names = sorted(page.services.reviews.names(Group(what)).values(), key=str.casefold)
    except ClaudePrompterError as error:
        show_problem(error)
        return
    runs = [run for run in every if _asked(view, run)]
    if not runs:
        st.markdown(f"Every run of {view.month.label} has a {what}.")
        return
    which = f"The {MOST:,} dearest runs" if len(every) == MOST else "Runs"
    st.markdown(f"{which} of {view.month.label} without a {what}, the dearest first. Choose some, or assign all.")
    chosen = st.dataframe(
        pd.DataFrame(
            [
                {
                    "when": when(run.created_at),
                    "prompt": run.prompt,
                    "person": run.person or "someone",
                    "team": run.team or "–",
                    "cost": view.amounts.each(run.cost),
                }
                for run in runs
            ]
        ),
        column_config={
            "when": "When", "prompt": st.column_config.TextColumn("Prompt", width="large"), "person": "Person",
            "team": "Team", "cost": st.column_config.TextColumn("Cost", alignment="right"),
        },
        hide_index=True,
        height=360,
        on_select="rerun",
        selection_mode="multi-row",
        key=key_of("assign_runs"),
        alt=f"Runs without a {what}.",
    )  # fmt: skip
    picked = [runs[row] for row in chosen.selection.rows] or list(runs)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.selectbox(f"Book to which {what}", names, index=None, key="assign_to", placeholder=f"Choose a {what}")
        now = st.button(f"Assign {plural(len(picked), 'run')}", key="assign_now", type="primary", disabled=name is None)
    st.caption("The sums move along at once. A month's total does not change.")
    if now and name and _assign(page, what, [run.public_id for run in picked], name):
        _stop()
        st.rerun()


def _asked(view: View, run: UnbookedRun) -> bool:
    """Tell whether a run is within the filters that its row tells of."""
    told = {Group.TEAM: run.team, Group.PERSON: run.person}
    return all(told.get(group, name) in (name, "" if name == NOBODY[group] else name) for group, name in view.filters)


def _assign(page: Page, what: What, runs: list[str], name: str) -> bool:
    try:
        booked = page.services.unbooked.assign(what, runs, name)
    except ClaudePrompterError as error:
        st.error(problem_words(error))
        return False
    st.session_state[ASSIGNED] = (what, runs, name, booked)
    return True


def _way_back(page: Page, what: What, runs: list[str], name: str, booked: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="assigned"):
        st.markdown(f":material/check: {plural(booked, 'run')} booked to {safe_label(name)}.", width="content")
        st.button("Undo", key="assign_undo", type="tertiary", icon=":material/undo:", on_click=_take_back,
                  args=(page, what, runs, name))  # fmt: skip
        st.button("Close", key="assign_close", type="tertiary", on_click=_forget)


def _take_back(page: Page, what: What, runs: list[str], name: str) -> None:
    try:
        page.services.unbooked.take_back(what, runs, name)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
        return
    _forget()


def _forget() -> None:
    st.session_state.pop(ASSIGNED, None)
