"""Why this model: who chose it, what rules and Auto's evidence said, and where the prompt went."""

import streamlit as st

from core.domain.route import Route
from core.domain.run import Origin, RunRecord
from core.errors import ClaudePrompterError
from pages.ui.drawer_tables import way_table
from pages.ui.page import Page
from pages.ui.receipt import draw_receipt
from pages.ui.receipt_words import asked_words, headline
from pages.ui.text import safe_label


def draw_way(page: Page, record: RunRecord) -> None:
    """Draw who chose the models of a run, on what evidence, and where its prompt went. Raises StoreError."""
    st.markdown("**Where the prompt went**")
    table = way_table(record, page.services.attempts.of_run(record.id))
    st.markdown(table or "Nothing was sent from here.")
    route = _route_of(page, record)
    if route is None:
        st.markdown(chosen_words(record))
        return
    st.markdown(f":material/alt_route: **{safe_label(headline(route, past=True))}**")
    if route.overridden:
        who = safe_label(record.person or "Someone")
        st.markdown(f"{who} chose otherwise than Auto, which would have asked {safe_label(asked_words(route))}.")
    draw_receipt(page, route, key="drawer", narrow=True)


def chosen_words(record: RunRecord) -> str:
    """Give who chose the models, and under which strategy."""
    labels = safe_label(", ".join(dict.fromkeys(shot.label for shot in record.shots if shot.source_shot_id is None)))
    if record.origin is Origin.IMPORT:
        return f"Imported: {labels} answered elsewhere."
    who = safe_label(record.person or "Someone")
    along = [shot for shot in record.shots if shot.source_shot_id is not None]
    carried = f" The answer of {safe_label(along[0].label)} came along from an earlier run." if along else ""
    return f"{who} chose {labels}; the strategy was **{record.strategy}**.{carried}"


def _route_of(page: Page, record: RunRecord) -> Route | None:
    try:
        return page.services.routes.of_run(record.public_id, viewer=page.person)
    except ClaudePrompterError:
        return None
