"""What an open page holds: who is there, in which workspace, and the links that lead from here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.bootstrap import Services
from core.domain.run import Strategy
from core.domain.workspace import Workspace
from core.settings import Settings
from pages.ui.clip import share_button
from pages.ui.identity import Identity

FOLDER: Final = Path(__file__).resolve().parents[1]
HOME: Final = "run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page as one person has it open. `team` and `project` are what this person's runs are booked to, or empty.

    `head` is the room beside the title and `actions` the room at the right of the title line, both to draw into.
    """

    name: str
    services: Services
    settings: Settings
    workspace: Workspace
    identity: Identity
    team: str = ""
    project: str = ""
    strategy: Strategy = Strategy.HYBRID
    head: DeltaGenerator = field(repr=False, compare=False)
    actions: DeltaGenerator = field(repr=False, compare=False)

    @property
    def person(self) -> str:
        """Give the person's name, empty while nobody has said who they are."""
        return self.identity.name

    @property
    def admin(self) -> bool:
        """Tell whether this person may connect models and change what holds for everyone."""
        return self.identity.admin

    @property
    def demo(self) -> bool:
        """Tell whether everything on this page is simulated."""
        return self.workspace is Workspace.DEMO

    def parameters(self, **more: str) -> dict[str, str]:
        """Give the parameters of a link: the workspace, always, and what the target needs."""
        return {"ws": self.workspace.value, **{key: value for key, value in more.items() if value}}

    def go(self, name: str, **parameters: str) -> NoReturn:
        """Open another page of this workspace."""
        st.switch_page(script_of(name), query_params=self.parameters(**parameters))

    def link(self, name: str, label: str, *, icon: str | None = None, **parameters: str) -> None:
        """Draw a link to a page of this workspace."""
        st.page_link(script_of(name), label=label, icon=icon, query_params=self.parameters(**parameters))

    def share(self, name: str, key: str, label: str = "Share", **parameters: str | Sequence[str]) -> None:
        """Draw a button that copies the whole link to a page of this workspace; a parameter may have several values."""
        given = {"ws": self.workspace.value} | {name: value for name, value in parameters.items() if value}
        share_button(path_of(name), given, key, label)


def script_of(name: str) -> str:
    """Give the script of a page, as Streamlit's links take it."""
    return str(FOLDER / f"{name}.py")


def path_of(name: str) -> str:
    """Give a page's path in a link; the first page has none."""
    return "" if name == HOME else name
