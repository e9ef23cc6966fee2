"""Which workspace a browser tab is in: it belongs to the tab and stands in every link as `ws`."""

from typing import Final

import streamlit as st

from core.domain.workspace import Workspace
from core.settings import Settings
from pages.ui import services

PARAMETER: Final = "ws"
_CHOSEN: Final = "_workspace"


def here(settings: Settings) -> Workspace:
    """Give the tab's workspace: the forced one, else the link's, else the tab's, else the team's once it holds a run.

    The choice is written back to the address, so that a reload or a copied address stays where it was.
    """
    chosen = settings.forced_workspace or _asked() or st.session_state.get(_CHOSEN) or services.usual_workspace()
    workspace = Workspace(chosen)
    st.session_state[_CHOSEN] = workspace.value
    if st.query_params.get(PARAMETER) != workspace.value:
        st.query_params[PARAMETER] = workspace.value
    return workspace


def switch(workspace: Workspace) -> None:
    """Move this tab, and no other, to another workspace; what the address pointed at stays behind."""
    st.query_params.clear()
    st.session_state[_CHOSEN] = workspace.value
    st.query_params[PARAMETER] = workspace.value


def may_switch(settings: Settings) -> bool:
    """Tell whether there is more than one workspace to go to."""
    return settings.forced_workspace is None


def badge(workspace: Workspace, team: str) -> str:
    """Give the workspace as a badge in Markdown: amber for the demo, the team's name otherwise."""
    if workspace is Workspace.DEMO:
        return ":orange-badge[:material/science: Demo: simulated]"
    return f":violet-badge[:material/groups: {team}]"


def _asked() -> str | None:
    asked = st.query_params.get(PARAMETER)
    return asked if asked in list(Workspace) else None
