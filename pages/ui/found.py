"""The demo's line about what is at hand: real models on this machine or by a key, one click away."""

import streamlit as st

from core.domain.model import ModelCard, ModelStatus, Place
from core.domain.workspace import Workspace
from core.errors import ClaudePrompterError
from pages.ui import services, workspaces
from pages.ui.page import Page
from pages.ui.text import safe_label
from pages.ui.words import plural


def draw_found(page: Page) -> None:
    """Draw what real models were found, in the demo alone; nothing where there are none."""
    if not page.demo or not workspaces.may_switch(page.settings):
        return
    words = found_words(_team_cards())
    if not words:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="found"):
        st.markdown(f":material/bolt: {words}", width="content")
        st.button("Use them", key="use_found", on_click=workspaces.switch, args=(Workspace.TEAM,))


def found_words(cards: tuple[ModelCard, ...]) -> str:
    """Give what was found in one sentence: `Ollama on this machine has 3 models`."""
    counts: dict[tuple[str, Place], int] = {}
    for card in cards:
        if card.status is ModelStatus.UP:
            key = (card.endpoint or card.provider, card.place)
            counts[key] = counts.get(key, 0) + 1
    where = {Place.LOCAL: " on this machine", Place.PRIVATE: " in our network", Place.CLOUD: ""}
    parts = [
        f"**{safe_label(name.capitalize())}**{where[place]} has {plural(number, 'model')}"
        for (name, place), number in counts.items()
    ]
    return f"{', '.join(parts)}." if parts else ""


def _team_cards() -> tuple[ModelCard, ...]:
    try:
        return services.services_of(Workspace.TEAM.value).known_models.all()
    except ClaudePrompterError:
        return ()
