"""The frame of every page: the list of pages, the way in, and the title line.

Streamlit runs a page by its deep link without `app.py` when it is the first visit after a start (its old rule for a
folder named `pages`). So every page begins with `open_page`, which restores the map and asks for sign-in itself.
"""

from dataclasses import dataclass
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import Page as StreamlitPage

from core.errors import ClaudePrompterError
from pages.ui import choices, identity, services, sidebar, workspaces
from pages.ui.page import FOLDER, HOME, Page, script_of
from pages.ui.problems import show_problem
from pages.ui.text import safe_label

STATIC: Final = FOLDER.parent / "static"
SIDEBAR_PIXELS: Final = 264
_MAPPED: Final = "_mapped"
_WAITING: Final = "_waiting"


@dataclass(frozen=True, slots=True)
class Entry:
    """One page on the map."""

    name: str
    title: str
    group: str
    icon: str


PAGES: Final = (
    Entry("run", "Run", "Work", ":material/play_circle:"),
    Entry("label", "Label", "Work", ":material/rate_review:"),
    Entry("history", "History", "Work", ":material/history:"),
    Entry("performance", "Performance", "Review", ":material/leaderboard:"),
    Entry("costs", "Costs", "Review", ":material/payments:"),
    Entry("router", "Router", "Review", ":material/alt_route:"),
    Entry("settings", "Settings", "Set-up", ":material/settings:"),
)


def set_up_page() -> None:
    """Give the browser tab its title and icon, and the app its logo."""
    st.set_page_config(
        page_title="ClaudePrompter",
        page_icon=str(STATIC / "mark.svg"),
        layout="wide",
        initial_sidebar_state="collapsed" if presenting() else SIDEBAR_PIXELS,
    )
    st.logo(str(STATIC / "logo.svg"), size="large", icon_image=str(STATIC / "mark.svg"))


def navigate() -> StreamlitPage:
    """Draw the map in the sidebar and give the page that was asked for."""
    st.session_state[_MAPPED] = True
    groups: dict[str, list[StreamlitPage]] = {}
    for entry in PAGES:
        page = st.Page(
            script_of(entry.name),
            title=_title(entry),
            icon=entry.icon,
            url_path=entry.name,
            default=entry.name == HOME,
        )
        groups.setdefault(entry.group, []).append(page)
    return st.navigation(groups, expanded=True, position="hidden" if presenting() else "sidebar")


def presenting() -> bool:
    """Tell whether the address asks for a presentation: the map and the sidebar stay away then."""
    return bool(st.query_params.get("present"))


def _title(entry: Entry) -> str:
    """Give a page's title on the map; Label's tells how many items waited for the person at the last drawing."""
    waiting = int(st.session_state.get(_WAITING, 0)) if entry.name == "label" else 0
    return f"{entry.title} ({waiting})" if waiting else entry.title


def open_page(name: str, *, title: str = "", asks_name: bool = False) -> Page:
    """Open a page: map, sign-in, workspace, title line and sidebar. The first statement of every page.

    `title` replaces the page's own in the title line; a page that asks for a name itself says so with `asks_name`.
    Stops the page where somebody has to sign in first, or where the settings or the database cannot be used.
    """
    if not st.session_state.get(_MAPPED):
        set_up_page()  # first: a map without it would fetch its icon for the browser tab from Google
        navigate()
        st.rerun()
    entry = next(entry for entry in PAGES if entry.name == name)
    try:
        settings = services.settings()
        person = identity.who(settings)
        workspace = workspaces.here(settings)
        found = services.services_of(workspace.value)
        choice = choices.read(found, person, workspace)
        drawn, waiting = st.session_state.get(_WAITING), found.labelling.waiting(person=person.name)
        st.session_state[_WAITING] = waiting
    except ClaudePrompterError as error:
        st.title(entry.title)
        show_problem(error)
        st.stop()
    if drawn and not waiting:  # the map above was drawn with a number, and nothing waits any more
        st.rerun()
    head, actions = _title_line(
        title or entry.title, workspaces.badge(workspace, safe_label(choice.team or "Our team"))
    )
    page = Page(
        name=name,
        services=found,
        settings=settings,
        workspace=workspace,
        identity=person,
        team=choice.team,
        project=choice.project,
        strategy=choice.strategy,
        head=head,
        actions=actions,
    )
    if not presenting():
        sidebar.draw(page)
        if not asks_name:
            with head:
                identity.ask_name(person)
    services.starter().look_after(found, workspace)
    return page


def _title_line(title: str, badge: str) -> tuple[DeltaGenerator, DeltaGenerator]:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="title_line"):
        st.title(title, anchor=False, width="content")
        head = st.container(horizontal=True, vertical_alignment="center", width="content", gap="small")
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="right", gap="small"):
            actions = st.container(horizontal=True, vertical_alignment="center", width="content", gap="small")
            st.markdown(badge, width="content")
    return head, actions
