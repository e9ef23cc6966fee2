"""Prices that the team enters itself: per million tokens, per call, or an hour of an own server."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import partial
from typing import Final

import streamlit as st

from core.costs.discounts import ServerPrice
from core.costs.overrides import Entered
from core.costs.unpriced import UnpricedUse
from core.domain.model import ModelCard
from core.domain.money import TokenClass
from pages.ui.changes import change, draw_problem, who_may
from pages.ui.page import Page
from pages.ui.price_words import CLASS_WORDS, MILLION, per_million, since_words
from pages.ui.text import safe_label
from pages.ui.words import when

WHERE: Final = "prices"
AN_HOUR: Final = "an hour of an own server"
KINDS: Final = {
    **{CLASS_WORDS[each]: each for each in TokenClass if each is not TokenClass.MACHINE_TIME},
    AN_HOUR: None,
}


def draw(page: Page, cards: tuple[ModelCard, ...], unpriced: tuple[UnpricedUse, ...]) -> None:
    """Draw the form and what was entered. Raises StoreError."""
    names = {card.name: card.label for card in cards} | {use.model: use.label for use in unpriced}
    first = next((use.model for use in unpriced), None)
    with st.container(border=True, height="stretch", key="prices_entered"):
        st.markdown("##### Our own prices")
        st.caption("They come before every list, and no discount is taken off them.")
        draw_problem(WHERE)
        with st.form("price_enter", border=False):
            model = list(names)
            st.selectbox(
                "Model", model, index=model.index(first) if first else None, format_func=names.__getitem__,
                key="price_model", placeholder="Choose a model",
            )  # fmt: skip
            left, middle, right = st.columns(3, gap="small")
            left.selectbox("Price of", list(KINDS), key="price_kind", help="Tokens are priced by the million.")
            middle.number_input(
                "US dollars", min_value=0.0, value=None, format="%.4f", key="price_amount", placeholder="0.15"
            )
            right.date_input("Holds from", value="today", key="price_from", format="YYYY-MM-DD")
            st.form_submit_button(
                "Enter the price", icon=":material/add:", disabled=not page.admin,
                help=who_may(page, "Prices are entered"), on_click=_enter, args=(page, names),
            )  # fmt: skip
        _entered(page, names)


def _entered(page: Page, names: Mapping[str, str]) -> None:
    overrides, servers = page.services.prices.overrides, page.services.prices.servers
    for price in overrides.entered():
        _line(page, f"override-{price.id}", _words(price, names), partial(overrides.undo, price.id, person=page.person))
    for hour in reversed(servers.all()):
        words = _hour_words(hour, names)
        _line(page, f"server-{hour.id}", words, partial(servers.undo, hour.id, person=page.person))


def _line(page: Page, key: str, words: str, undo: partial[None]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"line_{key}"):
        st.markdown(words, width="stretch")
        st.button(
            "Undo", key=f"undo_{key}", type="tertiary", icon=":material/undo:", disabled=not page.admin,
            on_click=change, args=(WHERE, undo, "The price is taken back."),
        )  # fmt: skip


def _words(price: Entered, names: Mapping[str, str]) -> str:
    unit = "a call" if price.token_class is TokenClass.REQUEST else "per 1M tokens"
    amount = "taken back" if price.per_unit is None else f"{per_million(price.per_unit, price.token_class)} {unit}"
    return _both(
        f"**{safe_label(names.get(price.model, price.model))}** {CLASS_WORDS[price.token_class]}: {safe_label(amount)}",
        price.valid_from, price.by, price.at,
    )  # fmt: skip


def _hour_words(price: ServerPrice, names: Mapping[str, str]) -> str:
    amount = "taken back" if price.per_hour is None else f"${price.per_hour.normalize():f} an hour of answering"
    return _both(
        f"**{safe_label(names.get(price.model, price.model))}**: {safe_label(amount)}",
        price.valid_from, price.by, price.at,
    )  # fmt: skip


def _both(what: str, since: datetime, by: str, at: datetime) -> str:
    return f"{what}  \n:gray[:small[from {since_words(since)} · entered by {safe_label(by or 'someone')} {when(at)}]]"


def _enter(page: Page, names: Mapping[str, str]) -> None:
    state = st.session_state
    model, kind, amount = state.get("price_model"), KINDS[state["price_kind"]], state.get("price_amount")
    day = state.get("price_from")

    def enter() -> None:
        dollars = Decimal(str(amount))
        since = datetime.combine(day if isinstance(day, date) else datetime.now(UTC).date(), time(), UTC)
        if kind is None:
            page.services.prices.servers.enter(model=str(model), per_hour=dollars, valid_from=since, person=page.person)
            return
        per_unit = dollars if kind is TokenClass.REQUEST else dollars / MILLION
        page.services.prices.overrides.enter(
            model=str(model), token_class=kind, per_unit=per_unit, valid_from=since, now=datetime.now(UTC),
            person=page.person,
        )  # fmt: skip
        page.services.remember_models()

    if model is None or amount is None:
        st.toast("Choose a model and give a price.", icon=":material/info:")
    else:
        change(WHERE, enter, f"{names[model]} has its price.")
