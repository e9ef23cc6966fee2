"""Try a text on the first rule: what of it would keep it inside. The text is not kept and goes nowhere."""

import streamlit as st

from core.domain.model import ModelStatus
from core.router.private import Found, find
from core.router.rules import Rules
from pages.ui.page import Page
from pages.ui.text import safe_label
from pages.ui.words import plural

LONGEST = 400_000


def draw_text_check(page: Page, rules: Rules) -> None:
    """Draw the field and what the rule says of it."""
    with st.expander("Try a text on this rule", key="try_inside", on_change="rerun") as expander:
        if not expander.open:
            return
        text = str(st.text_area("Text", key="inside_text", height=90, placeholder="Paste a text",
                                label_visibility="collapsed") or "")  # fmt: skip
        if not text.strip():
            st.caption("It is looked at here and neither kept nor sent.")
            return
        found = find(text[:LONGEST], rules)
        if not found:
            st.markdown(":material/cloud: Nothing in it keeps it inside: it may be sent outside.")
            return
        st.markdown(f":material/home: **It stays inside**: {safe_label(_kinds(found))}.")
        for each in found[:8]:
            st.caption(f"{safe_label(each.name)}: {safe_label(each.text)}")
        up = [
            card.label
            for card in page.services.known_models.all()
            if card.place.inside and card.status is ModelStatus.UP
        ]
        if up:
            st.caption(safe_label(f"It could go to {', '.join(up)}."))
        else:
            st.caption("No inside model is up: it would not be sent at all.")


def _kinds(found: tuple[Found, ...]) -> str:
    counts: dict[str, int] = {}
    for each in found:
        counts[each.name] = counts.get(each.name, 0) + 1
    return ", ".join(f"{name} ({plural(number, 'time')})" for name, number in counts.items())
