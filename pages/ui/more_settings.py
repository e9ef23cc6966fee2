"""What most runs leave as it is: system prompt, temperature, longest answer, one model's own, tags, who sees it."""

from typing import Final

import streamlit as st

from core.domain.model import ModelCard
from core.domain.run import Visibility
from pages.ui.draft import Draft
from pages.ui.page import Page

WHO: Final = {Visibility.TEAM.value: "The team", Visibility.ME.value: "Only me"}


def draw_more(page: Page, draft: Draft, cards: dict[str, ModelCard]) -> None:
    """Draw the popover; a dot on its button tells that something in it differs from the default."""
    label = "More :orange[●]" if draft.changed else "More"
    with st.popover(label, key=draft.key("more"), width="content"):
        st.text_area(
            "System prompt",
            key=draft.key("system"),
            height=90,
            placeholder="Who the model is and how it answers. Empty by default.",
            persist_state="session",
        )
        _numbers(draft)
        _per_model(draft, cards)
        st.multiselect(
            "Tags",
            sorted({*page.services.people.tags(), *draft.tags}),
            key=draft.key("tags"),
            accept_new_options=True,
            placeholder="None",
            persist_state="session",
        )
        st.segmented_control(
            "Who may see the run",
            list(WHO),
            format_func=WHO.__getitem__,
            key=draft.key("visibility"),
            required=True,
            persist_state="session",
            help="What it costs counts for everyone either way.",
        )
        if not page.person:
            st.caption("Without a name the run is someone's, and the whole team sees it.")


def _numbers(draft: Draft) -> None:
    left, right = st.columns(2)
    left.number_input(
        "Temperature",
        0.0,
        2.0,
        step=0.1,
        format="%.1f",
        key=draft.key("temperature"),
        persist_state="session",
        help="0 gives nearly the same answer each time; higher is more varied.",
    )
    right.number_input(
        "Longest answer, tokens",
        1,
        1_000_000,
        step=500,
        key=draft.key("max_tokens"),
        persist_state="session",
        help="The answer is cut there. 1,000 tokens are about 750 words.",
    )


def _per_model(draft: Draft, cards: dict[str, ModelCard]) -> None:
    if len(draft.models) < 2:
        return
    names = {name: cards[name].label if name in cards else name for name in draft.models}
    chosen = st.selectbox(
        "Other settings for one model",
        draft.models,
        format_func=names.__getitem__,
        index=None,
        key=draft.key("own_model"),
        placeholder="None",
    )
    for name, own in draft.changes.items():
        if name in names and name != chosen:
            st.caption(f"{names[name]}: temperature {own['temperature']:.1f}, longest answer {own['max_tokens']:,}")
    if chosen is None:
        return
    own = draft.changes.get(chosen, {})
    left, right = st.columns(2)
    settings = draft.settings
    temperature = left.number_input(
        f"Temperature of {names[chosen]}",
        0.0,
        2.0,
        value=float(own.get("temperature", settings.temperature)),
        step=0.1,
        format="%.1f",
        key=draft.key(f"own_temperature_{chosen}"),
    )
    longest = right.number_input(
        f"Longest answer of {names[chosen]}",
        1,
        1_000_000,
        value=int(own.get("max_tokens", settings.max_tokens)),
        step=500,
        key=draft.key(f"own_longest_{chosen}"),
    )
    rest = {name: kept for name, kept in draft.changes.items() if name != chosen}
    if temperature != settings.temperature or longest != settings.max_tokens:
        rest[chosen] = {"temperature": temperature, "max_tokens": longest}
    draft.changes = rest
