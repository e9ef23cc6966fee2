"""A link that leads to no run here: says why, and offers the way back; never a blank page."""

import streamlit as st

from core.domain.workspace import Workspace
from core.errors import ClaudePrompterError, NotFound
from pages.ui import services, workspaces
from pages.ui.page import Page
from pages.ui.problems import problem_words, show_problem


def draw_lost(page: Page, public_id: str, error: ClaudePrompterError) -> None:
    """Draw what became of a run that a link names: it is elsewhere, in the bin, somebody's own, or nowhere."""
    other = Workspace.TEAM if page.demo else Workspace.DEMO
    elsewhere = isinstance(error, NotFound) and workspaces.may_switch(page.settings) and _holds(page, other, public_id)
    if elsewhere:
        where = "the demo workspace" if other is Workspace.DEMO else "our own workspace"
        st.warning(f"**This run is in {where}.** You are in the other one.", icon=":material/link_off:")
    else:
        show_problem(error, icon=":material/link_off:" if isinstance(error, NotFound) else ":material/error:")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="lost_link"):
        if elsewhere:
            st.button("Open it there", key="open_there", on_click=_open_there, args=(other, public_id))
        elif isinstance(error, NotFound) and _in_bin(page, public_id):
            st.button(
                "Restore it", key="restore_run", icon=":material/undo:", on_click=_restore, args=(page, public_id)
            )
        page.link("history", "All runs", icon=":material/history:")
        page.link("run", "New run", icon=":material/add:")


def _holds(page: Page, workspace: Workspace, public_id: str) -> bool:
    try:
        services.services_of(workspace.value).runs.record(public_id, viewer=page.person)
    except ClaudePrompterError:
        return False
    return True


def _in_bin(page: Page, public_id: str) -> bool:
    from core.store.history_filter import HistoryFilter  # noqa: PLC0415 - only a lost link asks

    try:
        binned = page.services.history.page(HistoryFilter(in_bin=True, viewer=page.person), limit=500)
    except ClaudePrompterError:
        return False
    return any(row.public_id == public_id for row in binned.rows)


def _open_there(workspace: Workspace, public_id: str) -> None:
    workspaces.switch(workspace)
    st.query_params["run"] = public_id


def _restore(page: Page, public_id: str) -> None:
    try:
        page.services.history.restore(public_id, page.person)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
