"""Costs, Prices: what a token costs and who says so; own prices, discounts, today's prices, the lists, currencies."""

from datetime import UTC, datetime

import streamlit as st

from core.costs.price_view import PriceRow
from core.costs.unpriced import UnpricedUse
from core.domain.model import ModelCard, PriceState
from pages.ui import prices_discounts, prices_entered, prices_rates, prices_today
from pages.ui.page import Page
from pages.ui.price_words import row_of_model
from pages.ui.text import safe_label
from pages.ui.words import count, plural

FEW = 12


def draw(page: Page) -> None:
    """Draw the tab. Raises StoreError."""
    now = datetime.now(UTC)
    cards = page.services.known_models.all()
    months = page.services.reviews.months()
    unpriced = page.services.price_view.unpriced(months[-1].first, now.date()) if months else ()
    st.caption(
        "US dollars per million tokens, for a request of ordinary length. A price is frozen into every attempt when it "
        "ends: what changes here counts from then on, and nothing that was charged is charged anew."
    )
    known = {card.name for card in cards if card.price_state is not PriceState.UNPRICED}
    _unpriced(unpriced, known)
    _table(page, cards, now)
    left, right = st.columns(2, gap="medium")
    with left:
        prices_entered.draw(page, cards, tuple(use for use in unpriced if use.model not in known))
    with right:
        prices_discounts.draw(page, cards)
    prices_today.draw(page, cards, now)
    prices_rates.draw(page, now)


def _unpriced(unpriced: tuple[UnpricedUse, ...], known: set[str]) -> None:
    """Say what was used while no price of it was known; `known` are the models that have one by now."""
    if not unpriced:
        return
    lines = [
        f"**{safe_label(use.label)}** {plural(use.attempts, 'attempt')}, {count(use.tokens)} tokens"
        + (" (it has a price now)" if use.model in known else "")
        for use in unpriced
    ]
    step = (
        "" if all(use.model in known for use in unpriced) else " Enter a price below, and the next attempts have one."
    )
    st.warning(
        f"**Used while no price was known**: {' · '.join(lines)}.  \n"
        f"They are counted and listed, and are in no sum, not even as \\$0.{step}",
        icon=":material/help:",
    )


def _table(page: Page, cards: tuple[ModelCard, ...], now: datetime) -> None:
    import pandas as pd  # noqa: PLC0415 - slow, and only drawn tables need it

    with st.container(border=True, key="prices_now"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("##### What a token costs now", width="stretch")
            wanted = ""
            if len(cards) > FEW:
                wanted = str(
                    st.text_input(
                        "Search", key="prices_wanted", placeholder=f"Search {plural(len(cards), 'model')}",
                        label_visibility="collapsed", type="search", width=260,
                    )
                    or ""
                )  # fmt: skip
        shown = [card for card in cards if wanted.casefold() in f"{card.label} {card.name}".casefold()]
        if not shown:
            st.markdown("No model has this in its name." if cards else "No model is connected yet.")
            return
        by_model: dict[str, list[PriceRow]] = {}
        for row in page.services.price_view.rows(shown, at=now):
            by_model.setdefault(row.model, []).append(row)
        lines = [row_of_model(rows) for rows in by_model.values()]
        frame = pd.DataFrame(lines)
        numbers = {name: st.column_config.TextColumn(alignment="right") for name in ("Input", "Cached input", "Output")}
        st.dataframe(
            frame.loc[:, [name for name in frame if name == "Model" or frame[name].any()]],
            hide_index=True,
            column_config=numbers,
            height="content" if len(lines) <= FEW else 460,
            key="prices_table",
            alt=f"What {plural(len(lines), 'model')} cost per million tokens, and who says so",
        )
