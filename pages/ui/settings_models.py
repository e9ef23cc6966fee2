"""Settings, Models and keys: what is connected, where its key is kept, and every model that can be asked."""

from typing import Final

import streamlit as st

from core.bootstrap import Services
from core.domain.model import ModelCard
from core.domain.workspace import Workspace
from core.errors import ClaudePrompterError
from pages.ui import connecting, services
from pages.ui.connect import connect_dialog
from pages.ui.connections import IN_APP, Connection, connections_of
from pages.ui.model_link import linked_name
from pages.ui.page import Page
from pages.ui.palette import place_badge
from pages.ui.problems import problem_words, show_problem
from pages.ui.text import safe_label
from pages.ui.words import count, plural, price_words, seconds, status_colour, status_words, when

SHOWN: Final = 60


def draw(page: Page) -> None:
    """Draw the tab."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            "Models in the cloud, in our network and on this machine. Keys stay on this server.", width="stretch"
        )
        if st.button("Connect a model", type="primary", icon=":material/add_link:", disabled=not page.admin):
            connect_dialog(page)
    try:
        team = services.services_of(Workspace.TEAM.value)
        _connections(page, team)
        _models(page)
    except ClaudePrompterError as error:
        show_problem(error)


def _connections(page: Page, team: Services) -> None:
    found = connections_of(team)
    with st.container(border=True):
        st.markdown("##### Connected")
        if page.demo:
            st.caption("These belong to our own workspace. The demo has its made-up models and asks nobody.")
        if not found:
            st.markdown(
                ":gray[:material/link_off: Nothing is connected yet.] Ollama on this machine is found by itself."
            )
        for connection in found:
            with st.container(horizontal=True, vertical_alignment="center", key=f"connected_{connection.name}"):
                facts = (connection.address, connection.key, plural(connection.models, "model"))
                st.markdown(
                    f"**{safe_label(connection.label)}** {place_badge(connection.place)}  \n"
                    f":gray[:small[{' · '.join(safe_label(fact) for fact in facts if fact)}]]",
                    width="stretch",
                )
                if connection.removable and page.admin:
                    _remover(team, connection)
                elif not connection.removable:
                    st.caption("from the environment", width="content")


def _remover(team: Services, connection: Connection) -> None:
    with st.popover("Remove", type="tertiary", icon=":material/delete:"):
        what = "and its files" if connection.name.startswith(IN_APP) else "and its key"
        st.markdown(f"Forget **{safe_label(connection.label)}** {what}? Runs made with it stay.")
        st.button("Remove it", key=f"remove_{connection.name}", on_click=_remove, args=(team, connection.name))


def _remove(team: Services, name: str) -> None:
    try:
        connecting.disconnect(team, name)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
    else:
        st.toast("It is removed.", icon=":material/check:")


@st.fragment(run_every=5)
def _models(page: Page) -> None:
    """Show every model of this workspace; looked at anew every five seconds."""
    cards, checked = page.services.known_models.all(), page.services.known_models.checked_at()
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            title = "Made-up models" if page.demo else "Models"
            st.markdown(f"##### {title}", width="stretch")
            if checked is not None:
                st.caption(f"looked at {when(checked)}", width="content")
        if not cards:
            st.markdown(":gray[:material/hourglass_empty: None seen yet.] The engine looks every half minute.")
            return
        wanted = str(st.text_input("Search", placeholder=f"Search {plural(len(cards), 'model')}", key="models_wanted",
                                   label_visibility="collapsed", type="search") or "")  # fmt: skip
        found = [card for card in cards if all(word in _searched(card) for word in wanted.casefold().split())]
        if not found:
            st.markdown("No model has these words in its name.")
        with st.grid("auto", min_column_width=300):
            for card in found[:SHOWN]:
                st.markdown(_card_words(card, page.workspace.value))
        if len(found) > SHOWN:
            st.caption(f"and {len(found) - SHOWN:,} more: type a few letters of the name.")


def _card_words(card: ModelCard, workspace: str) -> str:
    """Give a model in two lines: what it is called, where it runs, how it is; what it costs, reads and takes."""
    facts = [price_words(card).replace("$", r"\$")]
    if card.context_tokens:
        facts.append(f"reads {count(card.context_tokens)} tokens")
    if card.median_seconds is not None:
        facts.append(f"usually {seconds(card.median_seconds * 1000)}")
    state = f":{status_colour(card.status)}[●] {safe_label(status_words(card))}"
    name = linked_name(card.label, card.name, workspace=workspace)
    return f"**{name}** {place_badge(card.place)} {state}  \n:gray[:small[{' · '.join(facts)}]]"


def _searched(card: ModelCard) -> str:
    return f"{card.label} {card.name} {card.provider}".casefold()
