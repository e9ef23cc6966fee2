"""The lines under the head: on what the figures rest, what is not in them, and how much of the bill they are."""

from typing import Final

import streamlit as st

from core.costs.discounts import Discount
from core.costs.ledger import ZERO
from core.costs.meeting import Meeting
from pages.ui.costs_view import View
from pages.ui.history_filters import reader_zone
from pages.ui.text import safe_label
from pages.ui.words import count, plural, when

PROVIDERS: Final = {
    "openai": "OpenAI", "anthropic": "Anthropic", "openrouter": "OpenRouter", "azure": "Azure", "aws": "AWS",
    "google": "Google", "mistral": "Mistral", "orchard_made_up": "Orchard (made up)",
}  # fmt: skip


def draw_basis(view: View, found: Meeting) -> None:
    """Draw the lines; on a phone one of them, with the rest behind "details"."""
    lines = (standing_words(found), doubt_words(view, found), *arrived_words(view, found))
    if view.narrow:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="basis"):
            st.caption(f"{safe_label(found.standing)} · {_prices(found.discounts)[0]}", width="stretch")
            with st.popover("Details", type="tertiary"):
                for line in lines:
                    st.caption(safe_label(line))
        return
    with st.container(gap=None, key="basis"):
        for line in lines:
            st.caption(safe_label(line))


def standing_words(found: Meeting) -> str:
    """Give how the month stands and on which prices, attempts and days its figures rest."""
    total = found.review.totals
    words = [found.standing, *_prices(found.discounts), "month in UTC", plural(total.attempts, "attempt")]
    if total.unpriced_attempts:
        words.append(f"{total.unpriced_attempts:,} without a price ({count(total.unpriced_tokens)} tokens)")
    if total.estimated_attempts:
        words.append(f"{plural(total.estimated_attempts, 'attempt')} of our own count")
    return " · ".join(words)


def doubt_words(view: View, found: Meeting) -> str:
    """Give how much of the bill was seen, what calls without usage could add, and as of when this is."""
    words = []
    if found.bill is None:
        words.append(
            "runs made here alone: a bill knows no teams, projects or people" if view.filters
            else "only runs made here are counted: no bill covers this month"
        )  # fmt: skip
    else:
        for bill in found.bill.bills:
            until = f" to {bill.until.day} {bill.until:%b}" if bill.until else ""
            share = "nothing" if bill.share is None else f"{bill.share * 100:.1f} %"
            words.append(f"seen of the bill of {provider_words(bill.provider)}{until}: {share}")
        if found.bill.other_currencies:
            words.append(f"{plural(found.bill.other_currencies, 'line')} in other currencies left out")
    total = found.review.totals
    if total.silent:
        could = view.amounts.text(total.could_add)
        words.append(f"{plural(total.silent, 'call')} ended without usage, could add {could}")
    rate = view.amounts.rate
    if rate is not None:
        words.append(f"shown in {rate.currency} at {rate.usd.normalize():f} USD ({rate.day:%-d %b}, {rate.source})")
    words.append(f"as of {when(view.now, zone=reader_zone())}")
    return " · ".join(words)


def arrived_words(view: View, found: Meeting) -> tuple[str, ...]:
    """Give what arrived after a month was closed: in the closed month, and in the month in which it arrived."""
    lines = []
    if found.arrived != ZERO:
        lines.append(f"since it was closed {view.amounts.text(found.arrived)} arrived; it stands where it arrived")
    for each in found.adjustments:
        amount = view.amounts.text(each.amount)
        lines.append(f"adjustment: {amount} for {each.month.label} arrived in this month, in no sum above")
    return tuple(lines)


def provider_words(name: str) -> str:
    """Give a provider's name as it writes itself, where it is known."""
    return PROVIDERS.get(name, name.replace("_", " ").capitalize())


def _prices(discounts: tuple[Discount, ...]) -> list[str]:
    if not discounts:
        return ["list prices, before discount and tax"]
    said = (f"{provider_words(each.provider)} less {each.percent.normalize():f} %" for each in discounts)
    return [f"list prices, {', '.join(said)}, before tax"]
