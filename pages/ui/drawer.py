"""The drawer: one past run whole. Its frame: next and previous, prompt, figures, tabs, and what can be done with it."""

from typing import Final

import streamlit as st

from core.domain.run import RunRecord
from core.errors import ClaudePrompterError
from core.runs.live import LiveView
from core.store.history_filter import HistoryFilter
from pages.ui.again import plan_again
from pages.ui.clip import copy_button
from pages.ui.draft import Draft
from pages.ui.drawer_answers import draw_answers
from pages.ui.drawer_differences import draw_differences
from pages.ui.drawer_picks import draw_picks
from pages.ui.drawer_tables import cost_table, speed_table
from pages.ui.drawer_way import draw_way
from pages.ui.export import draw_export
from pages.ui.first_minutes import tick
from pages.ui.head import settings_words, summary_words
from pages.ui.history_bar import deleted_now
from pages.ui.history_list import close_run, open_run
from pages.ui.page import Page
from pages.ui.problems import problem_words, show_problem
from pages.ui.text import draw_raw, draw_text, safe_label

TABS: Final = ("Answers", "Differences", "Cost", "Speed", "Picks", "Why this model")
PROMPT_SHOWN: Final = 320


@st.dialog("Run", width="medium", position="right", on_dismiss=close_run)
def draw_drawer(page: Page, wanted: HistoryFilter) -> None:
    """Open the drawer over the list; the run shown is the one in the address, so that next and previous move it."""
    public_id = st.query_params.get("run", "")
    try:
        record = page.services.runs.record(public_id, viewer=page.person)
        view = page.services.live.follow(public_id).view()
        neighbours = page.services.history.neighbours(public_id, wanted)
        page.services.seen.mark(public_id, person=page.person)
    except ClaudePrompterError as error:
        show_problem(error)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="drawer_head"):
        _move("Previous", ":material/chevron_left:", "K", neighbours.newer)
        _move("Next", ":material/chevron_right:", "J", neighbours.older)
        st.space("stretch")
        page.link("run", "Open", icon=":material/open_in_full:", run=public_id)
        page.share("history", f"share_drawer_{public_id}", run=public_id)
    _prompt(record)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="drawer_figures"):
        st.caption(f"{summary_words(record, view)}  \n{safe_label(settings_words(record))}", width="stretch")
        _tags(page, record)
    tab = st.segmented_control(
        "Part", TABS, default=TABS[0], key="drawer_tab", required=True, label_visibility="collapsed", width="stretch"
    )
    try:
        _tab(page, record, tab or TABS[0])
        _actions(page, record, view)
    except ClaudePrompterError as error:
        show_problem(error)


def _move(label: str, icon: str, shortcut: str, to: str | None) -> None:
    st.button(
        label,
        key=f"drawer_{label}",
        icon=icon,
        type="tertiary",
        shortcut=shortcut,
        disabled=to is None,
        on_click=open_run,
        args=(to or "",),
    )


def _prompt(record: RunRecord) -> None:
    text = record.prompt
    with st.container(border=True, gap="xsmall", key="drawer_prompt"):
        draw_text(text if len(text) <= PROMPT_SHOWN else f"{text[:PROMPT_SHOWN].rstrip()} …")
        with st.container(horizontal=True, gap="xsmall"):
            copy_button(text, f"copy_prompt_{record.public_id}")
            if len(text) > PROMPT_SHOWN:
                with st.popover("Show all", type="tertiary"):
                    draw_raw(text)


def _tags(page: Page, record: RunRecord) -> None:
    key = f"drawer_tags_{record.public_id}"
    with st.popover("Tags", type="tertiary", icon=":material/sell:", key=f"{key}_popover"):
        known = page.services.people.tags()
        st.multiselect(
            "Tags of this run", list(dict.fromkeys([*record.tags, *known])), default=list(record.tags), key=key,
            accept_new_options=True, placeholder="None", on_change=_tag, args=(page, record, key),
        )  # fmt: skip


def _tag(page: Page, record: RunRecord, key: str) -> None:
    wanted = [str(name) for name in st.session_state[key]]
    new = [name for name in wanted if name not in record.tags]
    gone = [name for name in record.tags if name not in wanted]
    many = page.services.many
    try:
        if new:
            many.tag([record.public_id], new, by=page.person)
        if gone:
            many.untag([record.public_id], gone, by=page.person)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")


def _tab(page: Page, record: RunRecord, tab: str) -> None:
    if tab == "Answers":
        draw_answers(page, record)
    elif tab == "Differences":
        draw_differences(page, record)
    elif tab == "Picks":
        draw_picks(page, record)
    elif tab == "Cost":
        tick(page, "cost")
        attempts = page.services.attempts.of_run(record.id)
        table = cost_table(record, attempts, page.services.attempts.charges_of_run(record.id))
        st.markdown(table or "Nothing was asked from here: this run was imported, and its cost is not known.")
        if table:
            st.caption("List prices, before discount and tax. Failed attempts count where the provider counted tokens.")
    elif tab == "Speed":
        st.markdown(speed_table(record, page.services.attempts.of_run(record.id)) or "Nothing was measured.")
    else:
        draw_way(page, record)


def _actions(page: Page, record: RunRecord, view: LiveView) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="drawer_actions"):
        if st.button("Run again", icon=":material/replay:", key="drawer_again"):
            try:
                started = page.services.runs.start(plan_again(page, record))
            except ClaudePrompterError as error:
                st.toast(problem_words(error), icon=":material/error:")
            else:
                page.go("run", run=started)
        if st.button("Edit as new run", icon=":material/edit:", key="drawer_edit"):
            Draft(page).load(record)
            page.go("run")
        if st.button("Add to queue", icon=":material/rate_review:", key="drawer_queue"):
            page.go("label", runs=record.public_id)
        draw_export(record)
        if view.state.settled and st.button("Delete", icon=":material/delete:", type="tertiary", key="drawer_delete"):
            _delete(page, record)


def _delete(page: Page, record: RunRecord) -> None:
    """Put the run into the bin at once; the list then offers to take it back."""
    try:
        page.services.history.delete(record.public_id, page.person)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
        return
    deleted_now((record.public_id,))
    close_run()
    st.rerun()
