"""A month as it was run and at today's prices; and where the two lists of prices disagree."""

from datetime import datetime
from typing import Final

import streamlit as st

from core.costs.price_check import Disagreement
from core.costs.price_view import Repriced
from core.costs.rounding import rounded_shares
from core.domain.model import ModelCard
from core.store.run_reads import label_of
from pages.ui.page import Page
from pages.ui.price_words import CLASS_WORDS, per_million
from pages.ui.words import NO_CHARGE, cents, dollars, plural

_CHECKED: Final = "prices_checked"


def draw(page: Page, cards: tuple[ModelCard, ...], now: datetime) -> None:
    """Draw both. Raises StoreError."""
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, height="stretch", key="prices_today"):
        st.markdown("##### As run, and at today's prices")
        _today(page, cards, now)
    with right, st.container(border=True, height="stretch", key="prices_check"):
        st.markdown("##### Do the lists agree?")
        st.caption(
            "Prices come from genai-prices, then from the list that ships with litellm. Where both know a model and "
            "differ, one of them is behind: look at the provider's page, and enter the price where the list is wrong."
        )
        st.button("Compare the lists", icon=":material/rule:", on_click=_check, args=(page, cards, now))
        found = st.session_state.get(_CHECKED)
        if found is not None:
            _disagreements(found)


def _today(page: Page, cards: tuple[ModelCard, ...], now: datetime) -> None:
    import pandas as pd  # noqa: PLC0415 - slow, and only drawn tables need it

    months = {month.label: month for month in page.services.reviews.months()}
    if not months:
        st.markdown("Nothing was run yet.")
        return
    chosen = months[st.selectbox("Month", list(months), key="prices_month", label_visibility="collapsed", width=220)]
    found = page.services.price_view.at_todays_prices(chosen.first, chosen.last, cards, at=now)
    st.markdown(today_words(found).replace("$", r"\$"))
    lines = lines_of(found)
    right = st.column_config.TextColumn(alignment="right")
    st.dataframe(
        pd.DataFrame(lines), hide_index=True, height="content", key="prices_today_table",
        column_config=dict.fromkeys(("As run", "At today's prices", "Difference"), right),
        alt=f"What each model cost in {chosen.label}, as run and at today's prices",
    )  # fmt: skip
    kept = f" {dollars(found.unchanged)} of it kept its price, for none is known now." if found.unchanged else ""
    st.caption(f"The ledger keeps what was paid; this is a reading beside it.{kept}".replace("$", r"\$"))


def today_words(found: Repriced) -> str:
    """Give both sums and how far they are apart: `As run $57.15 · at today's prices $55.02, $2.13 less (3.7 %)`."""
    before, now = (rounded_shares({"": amount})[""] for amount in (found.as_run, found.amount))
    words = f"As run **{cents(before)}** · at today's prices **{cents(now)}**"
    if now == before:
        return f"{words}, the same"
    share = f" ({abs(now - before) / before * 100:.1f} %)" if before else ""
    return f"{words}, {cents(abs(now - before))} {'more' if now > before else 'less'}{share}"


def lines_of(found: Repriced) -> list[dict[str, str]]:
    """Give a line for each model, the dearest first; every column adds up to the sum shown above it."""
    before, now = rounded_shares(found.as_run_by_model), rounded_shares(found.by_model)
    lines = []
    for model, amount in sorted(found.as_run_by_model.items(), key=lambda each: -each[1]):
        free = not amount and not found.by_model[model]
        lines.append(
            {
                "Model": label_of(model),
                "As run": NO_CHARGE if free else cents(before[model]),
                "At today's prices": NO_CHARGE if free else cents(now[model]),
                "Difference": "" if before[model] == now[model] else cents(now[model] - before[model]),
            }
        )
    return lines


def _check(page: Page, cards: tuple[ModelCard, ...], now: datetime) -> None:
    st.session_state[_CHECKED] = page.services.price_view.check(cards, at=now)


def _disagreements(found: tuple[Disagreement, ...]) -> None:
    import pandas as pd  # noqa: PLC0415 - slow, and only drawn tables need it

    if not found:
        st.markdown(":material/check: They agree on every connected model that both know.")
        return
    st.markdown(f"They disagree in {plural(len(found), 'price')}.")
    lines = [
        {
            "Model": each.label,
            "Price of": CLASS_WORDS[each.token_class],
            "genai-prices (used)": per_million(each.used, each.token_class),
            "litellm's list": per_million(each.other, each.token_class),
            "Apart": f"{each.apart:+.0%}",
        }
        for each in found
    ]
    st.dataframe(
        pd.DataFrame(lines), hide_index=True, key="prices_check_table",
        alt=f"{plural(len(found), 'price')} in which the two lists disagree",
    )  # fmt: skip
