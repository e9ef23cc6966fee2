"""How steady models are between the shots of one run."""

import pandas as pd
import streamlit as st

from pages.ui.page import Page
from pages.ui.performance_seen import Seen
from pages.ui.words import plural


def draw_steadiness(page: Page, seen: Seen) -> None:
    """Draw how far each model's answers to one prompt agree. Raises StoreError."""
    shown = {row.model for row in seen.rows}
    found = [each for each in page.services.steadiness.of_models(seen.wanted.runs) if each.model in shown]
    st.subheader("Steadiness between shots", anchor=False)
    if not found:
        st.caption("Nothing is compared yet: it takes runs with several shots of a model, compared when nothing runs.")
        return
    rows = [
        {
            "Model": each.label,
            "Short answers agree": f"{each.exact * 100:.0f} %" if each.exact is not None else "",
            "Meaning alike": f"{each.by_meaning * 100:.0f} in 100" if each.by_meaning is not None else "",
            "One apart": plural(each.odd, "run") if each.odd else "",
            "Runs": each.runs,
        }
        for each in found
    ]
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, width="stretch", height="content", key="steadiness",
        column_config={
            "Short answers agree": st.column_config.TextColumn(
                help="How often two short answers to one prompt say the same, word for word"
            ),
            "Meaning alike": st.column_config.TextColumn(
                help="How alike two longer answers to one prompt are in meaning; 100 is the same"
            ),
            "One apart": st.column_config.TextColumn(help="Runs in which one answer stands apart from all others"),
        },
        alt="How far each model's answers to one prompt agree.",
    )  # fmt: skip
