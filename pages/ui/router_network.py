"""The demo's network: cut it, or switch off the models inside, and see what the rules make of it."""

from typing import Final

import streamlit as st

from core.domain.model import ModelCard
from core.errors import ClaudePrompterError
from core.store.simulated_network import INSIDE, OUTSIDE, Broken, SimulatedNetwork
from pages.ui.page import Page
from pages.ui.problems import problem_words
from pages.ui.text import safe_label

CUT: Final = "Cut the network (simulated)"
OFF: Final = "Switch off the models inside (simulated)"


def draw_network(page: Page) -> None:
    """Draw the two switches and what follows from them; nothing where models are real. Raises StoreError."""
    network = page.services.network
    if network is None:
        return
    broken = network.broken()
    st.session_state[OUTSIDE], st.session_state[INSIDE] = broken.outside, broken.inside
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="network_switches"):
        for key, label in ((OUTSIDE, CUT), (INSIDE, OFF)):
            st.toggle(label, key=key, on_change=_switch, args=(page, network, key), width="content")
    st.caption(safe_label(network_words(broken, page.services.known_models.all())))


def draw_network_notice(page: Page) -> None:
    """Draw in the sidebar that something is out of reach, with the way back; nothing while all is up."""
    network = page.services.network
    try:
        broken = network.broken() if network is not None else Broken()
    except ClaudePrompterError:
        return  # the rest of the sidebar says it
    if network is None or not broken:
        return
    words = " and ".join(
        part for part in ("network cut" if broken.outside else "", "models inside off" if broken.inside else "") if part
    )
    st.button(
        f":orange[{words.capitalize()}] (simulated) · **Restore**",
        key="network_restore",
        icon=":material/cloud_off:",
        type="tertiary",
        on_click=_restore,
        args=(page, network),
    )


def network_words(broken: Broken, cards: tuple[ModelCard, ...]) -> str:
    """Give what runs do while this is out of reach."""
    inside = _names([card for card in cards if card.place.inside])
    outside = _names([card for card in cards if not card.place.inside])
    if broken.outside and broken.inside:
        return "Nothing can be asked: Auto says what to start, and a prompt that must stay inside is not sent anywhere."
    if broken.outside:
        return f"{outside} cannot be reached. Auto goes on inside, with {inside}, and says so."
    if broken.inside:
        return f"{inside} do not answer. A prompt that must stay inside is not sent anywhere; the others go outside."
    return f"Runs may ask {outside} outside and {inside} inside. Nothing real is switched by these two."


def _names(cards: list[ModelCard]) -> str:
    labels = [card.label for card in cards]
    return " and ".join(filter(None, (", ".join(labels[:-1]), labels[-1] if labels else ""))) or "no model"


def _switch(page: Page, network: SimulatedNetwork, key: str) -> None:
    on, outside = bool(st.session_state[key]), key == OUTSIDE
    try:
        if not on:
            network.restore(person=page.person, outside=outside, inside=not outside)
        elif outside:
            network.cut(person=page.person)
        else:
            network.switch_off_inside(person=page.person)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")


def _restore(page: Page, network: SimulatedNetwork) -> None:
    try:
        network.restore(person=page.person)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
