"""The runs behind a figure: opened by a click on a number or a bar, their sum is the figure."""

from datetime import date
from typing import Final

import streamlit as st

from core.costs.behind import Behind, Slice, behind
from core.costs.meeting_parts import NOBODY
from core.costs.sums import Group
from core.errors import ClaudePrompterError
from core.store.run_reads import label_of
from pages.ui.costs_view import View
from pages.ui.page import Page, script_of
from pages.ui.problems import show_problem
from pages.ui.text import safe_label
from pages.ui.words import first_line, plural, when

ASKED: Final = "_costs_slice"
DRAWN: Final = "_costs_drawn"
LISTED: Final = 25
HISTORY: Final = {Group.MODEL: "model", Group.TEAM: "team", Group.PROJECT: "project", Group.PERSON: "person"}


def ask(wanted: Slice) -> None:
    """Ask for the runs behind a figure; for callbacks."""
    st.session_state[ASKED] = wanted


def key_of(name: str) -> str:
    """Give a chart's or table's key, another one after each visit, so that what was clicked is not marked for ever."""
    return f"{name}_{st.session_state.get(DRAWN, 0)}"


def runs_button(label: str, wanted: Slice, *, key: str, icon: str | None = ":material/list:") -> None:
    """Draw a quiet button that opens the runs behind a figure."""
    st.button(label, key=key, type="tertiary", icon=icon, on_click=ask, args=(wanted,))


def draw_asked(page: Page, view: View) -> None:
    """Open the runs that were asked for, if any."""
    wanted = st.session_state.get(ASKED)
    if wanted is not None:
        _drawer(page, view, wanted)


def history_parameters(wanted: Slice, names: dict[Group, dict[str, str]]) -> dict[str, str | list[str]]:
    """Give History's parameters for a slice: its days, and who or what it is narrowed to, by name."""
    found: dict[str, str | list[str]] = {"days": [wanted.first.isoformat(), wanted.last.isoformat()]}
    for group, key in wanted.parts:
        if group in HISTORY:
            known = names.get(group, {})
            found[HISTORY[group]] = NOBODY[group] if key == "0" and group in NOBODY else known.get(key, key)
    return found


def slice_words(wanted: Slice, names: dict[Group, dict[str, str]]) -> str:
    """Give a slice in words: Sage, Support, 9 Oct 14:00 UTC."""
    words = []
    for group, key in wanted.parts:
        if group is Group.MODEL:
            words.append(label_of(key))
        else:
            words.append(names.get(group, {}).get(key) or NOBODY.get(group, key))
    if wanted.hour is not None:
        words.append(f"{_day(wanted.first)} {wanted.hour:02}:00 UTC")
    elif wanted.first == wanted.last:
        words.append(_day(wanted.first))
    else:
        words.append(f"{_day(wanted.first)} to {_day(wanted.last)}")
    return ", ".join(words)


def _close() -> None:
    st.session_state.pop(ASKED, None)
    st.session_state[DRAWN] = int(st.session_state.get(DRAWN, 0)) + 1


@st.dialog("Runs behind this figure", width="medium", position="right", on_dismiss=_close)
def _drawer(page: Page, view: View, wanted: Slice) -> None:
    try:
        found = behind(page.services.database, wanted, viewer=page.person, limit=LISTED)
        names = {group: dict(page.services.reviews.names(group)) for group in NOBODY}
    except ClaudePrompterError as error:
        show_problem(error)
        return
    st.metric(safe_label(slice_words(wanted, names)), view.amounts.each(found.amount))
    st.caption(plural(found.count, "run"))
    for run in found.runs:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            label = safe_label(first_line(run.prompt, longest=52) or "A run")
            st.page_link(
                script_of("history"), label=label, width="stretch", query_params=page.parameters(run=run.public_id)
            )
            st.caption(safe_label(f"{run.person or 'someone'} · {when(run.created_at)}"), width="content")
            st.markdown(safe_label(view.amounts.each(run.cost)), width="content")
    _rest(found, view)
    st.page_link(
        script_of("history"),
        label="See them in History",
        icon=":material/history:",
        query_params={"ws": page.workspace.value, **history_parameters(wanted, names)},
    )
    if any(group is Group.MODEL for group, _ in wanted.parts):
        st.caption("History shows what whole runs cost, with all their models; here it is this model's part of them.")


def _rest(found: Behind, view: View) -> None:
    left = found.count - found.hidden - len(found.runs)
    if left > 0:
        listed = sum(run.cost for run in found.runs)
        rest = view.amounts.text(found.amount - found.hidden_amount - listed)
        st.caption(safe_label(f"and {plural(left, 'more run')}, {rest} together"))
    if found.hidden:
        words = f"{plural(found.hidden, 'run')} in the bin or seen by their author alone: "
        st.caption(safe_label(words + f"{view.amounts.text(found.hidden_amount)}. Costs always count."))


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"
