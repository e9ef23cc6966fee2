"""Which models are asked, and how often: chips of the chosen ones, and a list to add from."""

from typing import Final, Literal

import streamlit as st

from core.domain.model import ModelCard, ModelStatus
from pages.ui import remembered
from pages.ui.auto_draft import AutoDraft
from pages.ui.connect import connect_dialog
from pages.ui.draft import MODELS_KEPT, SHOT_CHOICES, Draft
from pages.ui.model_list import chip_words, find, grouped, row_words
from pages.ui.page import Page
from pages.ui.words import plural

MOST_ROWS: Final = 40
LIST_PIXELS: Final = 300


def draw_models(page: Page, draft: Draft, cards: dict[str, ModelCard]) -> None:
    """Draw the chosen models as chips that a click removes, and the list that adds more."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="model_chips"):
        st.markdown("**Models**", width="content")
        auto = AutoDraft(page)
        if auto.on:
            st.button("Auto", key=draft.key("chip_auto"), icon=":material/close:", icon_position="right",
                      help="Choose the models yourself", on_click=_auto, args=(auto, False))  # fmt: skip
            return
        for name in draft.models:
            st.button(
                chip_words(name, cards.get(name)),
                key=draft.key(f"chip_{name}"),
                icon=":material/close:",
                icon_position="right",
                help="Remove",
                on_click=_remove,
                args=(draft, name),
            )
        if not cards:
            _connect_button(page, draft.key("connect_first"))
            return
        label = "Add" if draft.models else "Choose a model"
        with st.popover(label, icon=":material/add:", key=draft.key("picker"), on_change="rerun") as popover:
            if popover.open:
                _list(page, draft, cards)
        st.button("Auto instead", key=draft.key("auto_instead"), icon=":material/alt_route:", type="tertiary",
                  help="Let the router choose the model, and say why before the run.", on_click=_auto,
                  args=(auto, True))  # fmt: skip


def draw_shots(draft: Draft) -> None:
    """Draw how many answers each model gives, and whether names stay hidden."""
    options = sorted({*SHOT_CHOICES, draft.shots})
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="shots_row"):
        st.markdown("Shots per model", width="content", help="How many answers each model gives to the same prompt.")
        st.segmented_control(
            "Shots per model",
            options,
            key=draft.key("shots"),
            required=True,
            label_visibility="collapsed",
            persist_state="session",
            width="content",
        )
        st.toggle(
            "Hide names until I pick",
            key=draft.key("blind"),
            persist_state="session",
            help="Answers get letters, costs and times wait, and all answers appear together. The pick counts as made "
            "with names hidden.",
        )


def _list(page: Page, draft: Draft, cards: dict[str, ModelCard]) -> None:
    words = st.text_input(
        "Find a model",
        key=draft.key("find_model"),
        type="search",
        live="150ms",
        placeholder="Find by name, provider or place",
        label_visibility="collapsed",
    )
    found = find(cards.values(), words or "")
    kept = remembered.value(page, MODELS_KEPT)
    recent = [*draft.models, *(kept if isinstance(kept, list) else [])]
    left = MOST_ROWS
    with st.container(height=LIST_PIXELS if len(found) > 4 else "content", border=False, gap="xsmall"):
        for title, group in grouped(found, recent):
            if left <= 0:
                break
            st.caption(title)
            for card in group[:left]:
                _row(draft, card)
            left -= len(group)
        if not found:
            st.caption("No model here has such a name.")
        if left < 0:
            st.caption(f"{plural(-left, 'more model')}: type a few letters of the name.")
    _connect_button(page, draft.key("connect"), quiet=True)


def _connect_button(page: Page, key: str, *, quiet: bool = False) -> None:
    kind: Literal["tertiary", "secondary"] = "tertiary" if quiet else "secondary"
    if not quiet:
        st.markdown("None is connected yet.", width="content")
    if st.button("Connect a model", key=key, icon=":material/add_link:", type=kind):
        connect_dialog(page)


def _row(draft: Draft, card: ModelCard) -> None:
    chosen = card.name in draft.models
    st.button(
        row_words(card),
        key=draft.key(f"row_{card.name}"),
        icon=":material/check_box:" if chosen else ":material/check_box_outline_blank:",
        type="tertiary",
        disabled=card.status is ModelStatus.NO_KEY and not chosen,
        on_click=_remove if chosen else _add,
        args=(draft, card.name),
    )


def _auto(auto: AutoDraft, on: bool) -> None:
    auto.on = on


def _add(draft: Draft, name: str) -> None:
    if name not in draft.models:
        draft.models = [*draft.models, name]


def _remove(draft: Draft, name: str) -> None:
    draft.models = [kept for kept in draft.models if kept != name]
