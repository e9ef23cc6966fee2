"""Rates by which sums can be shown in another currency; the ledger stays in US dollars."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final

import streamlit as st

from pages.ui.changes import change, draw_problem, who_may
from pages.ui.page import Page
from pages.ui.text import safe_label

WHERE: Final = "rates"
SHOWN: Final = 6


def draw(page: Page, now: datetime) -> None:
    """Draw the form and the rates. Raises StoreError."""
    rates = page.services.rates.entered()
    with st.container(border=True, key="prices_rates"):
        st.markdown("##### Another currency")
        st.caption(
            "The ledger, budgets and exports stay in US dollars. The review can be shown in a currency that has a rate "
            "here; the rate and its day stand beside the sums."
        )
        draw_problem(WHERE)
        with st.form("rate_enter", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input("Currency", key="rate_currency", placeholder="EUR", max_chars=3, width=110)
            st.number_input(
                "One unit is worth, in \\$", min_value=0.0, value=None, format="%.6f", key="rate_usd",
                placeholder="1.08", width=190,
            )  # fmt: skip
            st.date_input("On", value=now.date(), key="rate_day", format="YYYY-MM-DD", width=160)
            st.text_input("Who says so", key="rate_source", placeholder="European Central Bank", width=240)
            st.form_submit_button(
                "Enter the rate", icon=":material/add:", disabled=not page.admin,
                help=who_may(page, "Rates are entered"), on_click=_enter, args=(page,),
            )  # fmt: skip
        for rate in rates[:SHOWN]:
            source = f", {safe_label(rate.source)}" if rate.source else ""
            words = f"1 {rate.currency} = \\${rate.usd.normalize():f} on {rate.day.day} {rate.day:%b %Y}{source}"
            st.markdown(words)
        if len(rates) > SHOWN:
            st.caption(f"and {len(rates) - SHOWN:,} earlier ones")


def _enter(page: Page) -> None:
    state = st.session_state
    usd, day = state.get("rate_usd"), state.get("rate_day")
    if usd is None or not isinstance(day, date):
        st.toast("Give a currency and what one unit of it is worth.", icon=":material/info:")
        return

    def enter() -> None:
        page.services.rates.enter(
            currency=str(state.get("rate_currency") or ""), day=day, usd=Decimal(str(usd)),
            source=str(state.get("rate_source") or ""), person=page.person,
        )  # fmt: skip

    change(WHERE, enter, "The rate is entered.")
