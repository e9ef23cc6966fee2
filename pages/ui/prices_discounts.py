"""What a provider takes less for a period: a price source like any other, named wherever its prices are."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Final

import streamlit as st

from core.costs.discounts import Discount
from core.domain.model import ModelCard
from pages.ui.changes import change, draw_problem, who_may
from pages.ui.page import Page
from pages.ui.price_words import since_words
from pages.ui.text import safe_label
from pages.ui.words import when

WHERE: Final = "discounts"


def draw(page: Page, cards: tuple[ModelCard, ...]) -> None:
    """Draw the form and the discounts. Raises StoreError."""
    providers = sorted({card.provider for card in cards if not card.place.inside})
    found = page.services.prices.discounts.all()
    with st.container(border=True, height="stretch", key="prices_discounts"):
        st.markdown("##### Discounts")
        st.caption("Taken off a provider's list prices for every attempt that ends in the period.")
        draw_problem(WHERE)
        with st.form("discount_enter", border=False):
            left, right = st.columns([2, 1], gap="small")
            left.selectbox(
                "Provider", providers, index=None, key="discount_provider", placeholder="Choose a provider",
                accept_new_options=True,
            )  # fmt: skip
            right.number_input(
                "Percent off", min_value=0.0, max_value=100.0, value=None, format="%.2f", key="discount_percent",
                placeholder="12",
            )  # fmt: skip
            left, right = st.columns(2, gap="small")
            left.date_input("From", value="today", key="discount_from", format="YYYY-MM-DD")
            right.date_input("Last day", value=None, key="discount_until", format="YYYY-MM-DD", help="Empty: no end.")
            st.form_submit_button(
                "Enter the discount", icon=":material/add:", disabled=not page.admin,
                help=who_may(page, "Discounts are entered"), on_click=_enter, args=(page,),
            )  # fmt: skip
        for discount in reversed(found):
            end = partial(page.services.prices.discounts.end, discount.id, person=page.person)
            with st.container(horizontal=True, vertical_alignment="center", key=f"line_discount-{discount.id}"):
                st.markdown(discount_words(discount), width="stretch")
                st.button(
                    "Undo", key=f"undo_discount-{discount.id}", type="tertiary", icon=":material/undo:",
                    disabled=not page.admin, on_click=change, args=(WHERE, end, "The discount is taken back."),
                )  # fmt: skip


def discount_words(discount: Discount) -> str:
    """Give a discount in two lines: whose, how much, when; who entered it."""
    until = f" to {since_words(discount.valid_until - timedelta(days=1))}" if discount.valid_until else ""
    return (
        f"**{safe_label(discount.provider)}**, {discount.percent.normalize():f} % from "
        f"{since_words(discount.valid_from)}{until}  \n"
        f":gray[:small[discount {discount.id} · entered by {safe_label(discount.by or 'someone')} {when(discount.at)}]]"
    )


def _enter(page: Page) -> None:
    state = st.session_state
    provider, percent = state.get("discount_provider"), state.get("discount_percent")
    if not provider or percent is None:
        st.toast("Choose a provider and say how many percent.", icon=":material/info:")
        return
    first, last = state.get("discount_from"), state.get("discount_until")

    def enter() -> None:
        page.services.prices.discounts.enter(
            provider=str(provider),
            percent=Decimal(str(percent)),
            valid_from=_midnight(first) or datetime.now(UTC),
            valid_until=_midnight(last + timedelta(days=1)) if isinstance(last, date) else None,
            person=page.person,
        )
        page.services.remember_models()

    change(WHERE, enter, "The discount holds.")


def _midnight(day: object) -> datetime | None:
    return datetime.combine(day, time(), UTC) if isinstance(day, date) else None
