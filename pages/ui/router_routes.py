"""Auto's choices over time: how many, what they rested on, and what they should have saved."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import streamlit as st

from core.store.routes import PastRoute
from pages.ui.charts import CONFIG
from pages.ui.page import Page
from pages.ui.router_charts import routes_by_day
from pages.ui.text import safe_label
from pages.ui.words import dollars, plural


def draw_routes(page: Page, *, since: datetime | None, until: datetime | None) -> None:
    """Draw Auto's choices of a period. Raises StoreError."""
    st.markdown("##### Auto's choices")
    found = page.services.routes.past(since=since, until=until)
    if not found:
        st.caption("Auto has chosen nothing in this period. Choose it on the Run page in place of models.")
        page.link("run", "Run with Auto", icon=":material/play_arrow:", auto="1")
        return
    st.markdown(safe_label(routes_words(found)))
    if len({each.created_at.date() for each in found}) > 1:
        st.plotly_chart(routes_by_day(found), theme="streamlit", config=CONFIG, key="routes_by_day",
                        alt="Auto's choices by day, by what they rested on.")  # fmt: skip


def routes_words(found: Sequence[PastRoute]) -> str:
    """Give how many choices there were, how many people overruled, and what they should have saved, an estimate."""
    saved = sum(
        (each.baseline_cost - each.expected_cost for each in found
         if each.baseline_cost is not None and each.expected_cost is not None and not each.overridden),
        Decimal(0),
    )  # fmt: skip
    overruled = sum(each.overridden for each in found)
    parts = [f"Auto chose {plural(len(found), 'time')}"]
    if overruled:
        parts.append(f"people chose otherwise {plural(overruled, 'time')}")
    if saved > 0:
        parts.append(f"about {dollars(saved)} less than always asking the best model, an estimate")
    elif saved < 0:
        parts.append(f"about {dollars(-saved)} more than asking the best model alone, to learn, an estimate")
    return "; ".join(parts) + "."
