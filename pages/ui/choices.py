"""What a person chose to stay chosen: team, project and strategy; kept with the workspace, per person."""

from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.bootstrap import Services
from core.domain.run import Strategy
from core.domain.workspace import Workspace
from pages.ui.identity import Identity

TEAM: Final = "my_team"
PROJECT: Final = "my_project"
STRATEGY: Final = "my_strategy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person's next runs are booked to, and which places they may use."""

    team: str = ""
    project: str = ""
    strategy: Strategy = Strategy.HYBRID


def read(services: Services, identity: Identity, workspace: Workspace) -> Choice:
    """Give what this person chose in this workspace; somebody without a name keeps it for this tab alone."""
    kept = {key: _value(services, identity, workspace, key) for key in (TEAM, PROJECT, STRATEGY)}
    strategy = kept[STRATEGY] if kept[STRATEGY] in list(Strategy) else Strategy.HYBRID
    return Choice(team=kept[TEAM], project=kept[PROJECT], strategy=Strategy(strategy))


def keep(services: Services, identity: Identity, workspace: Workspace, key: str, value: str) -> None:
    """Keep one choice, as a change that says who and when. Raises StoreError."""
    st.session_state[_tab_key(workspace, key)] = value
    if identity.name:
        services.preferences.set(key, value, scope=_scope(identity), person=identity.name)


def _value(services: Services, identity: Identity, workspace: Workspace, key: str) -> str:
    tab = _tab_key(workspace, key)
    if tab not in st.session_state:
        kept = services.preferences.get(key, scope=_scope(identity)) if identity.name else ""
        st.session_state[tab] = kept if isinstance(kept, str) else ""
    return str(st.session_state[tab])


def _tab_key(workspace: Workspace, key: str) -> str:
    return f"_{workspace.value}_{key}"


def _scope(identity: Identity) -> str:
    return f"person:{identity.name}"
