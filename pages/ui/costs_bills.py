"""Costs, Bills: what providers billed beside what was seen here, and why the rest differs."""

from datetime import date
from decimal import Decimal
from typing import Final

import streamlit as st

from core.costs.bills.kept import ReadFile
from core.costs.reconcile import Reconciled, reconcile
from core.costs.rounding import rounded_parts
from pages.ui import bills_reading
from pages.ui.bill_words import day_words, provider_words, rows_of, sentence
from pages.ui.changes import change, draw_problem
from pages.ui.page import Page
from pages.ui.text import safe_label
from pages.ui.words import cents, plural, when

WHOLE: Final = "All that was read"
BY_DAY: Final = "By day"
FEW: Final = 14


def draw(page: Page) -> None:
    """Draw the tab. Raises StoreError, SettingsError."""
    st.caption(
        "Hold a provider's bill against the ledger: per day, model and token class what was seen here, what was not, "
        "and whether the difference is tokens or price. Days are UTC. The same bill twice changes nothing."
    )
    bills_reading.draw(page)
    span = page.services.bills.span()
    if span is None:
        with st.container(border=True):
            st.markdown("**No bill has been read yet.** Only runs made here are counted.")
            st.caption(
                "Read OpenAI's costs, Anthropic's cost report or OpenRouter's activity as JSON, or any FOCUS file "
                "(AWS, Azure, Google) as CSV or Parquet. The review then adds what was spent elsewhere: “Whole bill”."
            )
        return
    first, last = _period(page, *span)
    for found in reconcile(page.services.database, first=first, last=last):
        _provider(found)
    _readings(page)


def _period(page: Page, first: date, last: date) -> tuple[date, date]:
    months = {
        month.label: (month.first, month.last)
        for month in page.services.reviews.months()
        if month.first <= last and month.last >= first
    }
    if len(months) < 2:
        return first, last
    periods = {**months, WHOLE: (first, last)}
    chosen = st.selectbox("Period", list(periods), key="bills_period", label_visibility="collapsed", width=240)
    return periods[chosen]


def _provider(found: Reconciled) -> None:
    name = provider_words(found.provider)
    with st.container(border=True, key=f"bill_{found.provider}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"##### {safe_label(name)}", width="stretch")
            st.caption(f"billed to {day_words(found.until)}", width="content")
        billed, ours, gap = _shown(found)
        share = "" if found.coverage is None else f"{found.coverage * 100:.1f} %"
        with st.grid(4, min_column_width=150):
            for label, value in (
                ("Billed", cents(billed)), ("Here", cents(ours)), ("Difference", cents(gap)),
                ("Of the bill seen here", share or "nothing billed"),
            ):  # fmt: skip
                st.metric(label, value, border=True, height="stretch")
        st.markdown(safe_label(sentence(found)))
        _lines(found, name)


def _lines(found: Reconciled, name: str) -> None:
    import pandas as pd  # noqa: PLC0415 - slow, and only drawn tables need it

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        by_day = st.toggle(BY_DAY, key=f"bill_by_day_{found.provider}")
        st.download_button(
            "Lines as CSV", data=lambda: csv_of(found), file_name=f"bill-{found.provider}.csv", mime="text/csv",
            icon=":material/download:", type="tertiary", on_click="ignore", key=f"bill_csv_{found.provider}",
            help="Every day, model and token class, with all digits.",
        )  # fmt: skip
    rows = rows_of(found, by_day=by_day)
    seen = rounded_parts([row.seen for row in rows])
    billed = rounded_parts([row.billed for row in rows])
    lines = [
        {
            **({"Day": row.day} if by_day else {}),
            "Model": row.model,
            "Tokens": row.token_class,
            "Here": cents(ours),
            "Billed": cents(theirs),
            "Difference": "" if ours == theirs else cents(theirs - ours),
            "Why": row.why,
            "Tokens here": row.our_tokens,
            "Tokens billed": row.their_tokens,
        }
        for row, ours, theirs in zip(rows, seen, billed, strict=True)
    ]
    right = st.column_config.TextColumn(alignment="right")
    st.dataframe(
        pd.DataFrame(lines), hide_index=True, height="content" if len(lines) <= FEW else 440,
        key=f"bill_lines_{found.provider}",
        column_config=dict.fromkeys(("Here", "Billed", "Difference", "Tokens here", "Tokens billed"), right),
        alt=f"{name}: billed {cents(found.billed)}, here {cents(found.ours)}, in {plural(len(lines), 'line')}",
    )  # fmt: skip


def csv_of(found: Reconciled) -> str:
    """Give every compared line with all digits, harmless to a spreadsheet."""
    import pandas as pd  # noqa: PLC0415

    rows = [
        {
            "day": line.day.isoformat(), "provider": found.provider, "model": _harmless(line.model),
            "token_class": line.token_class, "known_by": line.seen.value, "here_usd": f"{line.ours:f}",
            "billed_usd": f"{line.billed:f}", "difference_usd": f"{line.difference:f}",
            "here_quantity": line.our_quantity,
            "billed_quantity": "" if line.billed_quantity is None else line.billed_quantity,
            "volume_usd": "" if line.volume is None else f"{line.volume:f}",
            "price_usd": "" if line.price is None else f"{line.price:f}",
        }
        for line in found.lines
    ]  # fmt: skip
    return str(pd.DataFrame(rows).to_csv(index=False))


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text


def _shown(found: Reconciled) -> tuple[Decimal, Decimal, Decimal]:
    """Give billed, here and their difference to the cent, so that the three agree as shown."""
    billed, ours = rounded_parts([found.billed])[0], rounded_parts([found.ours])[0]
    return billed, ours, billed - ours


def _readings(page: Page) -> None:
    found = page.services.bills.readings()
    with st.expander(f"What was read ({len(found)})", icon=":material/receipt_long:"):
        draw_problem("readings")
        for number, reading in enumerate(found):
            with st.container(horizontal=True, vertical_alignment="center", key=f"reading_{number}"):
                st.markdown(_reading_words(reading), width="stretch")
                st.button(
                    "Take out", key=f"reading_out_{number}", type="tertiary", disabled=not page.admin,
                    help="Its lines go; reading the file again brings them back.", on_click=_forget,
                    args=(page, reading),
                )  # fmt: skip


def _reading_words(reading: ReadFile) -> str:
    days = day_words(reading.first)
    if reading.last != reading.first:
        days += f" to {day_words(reading.last)}"
    who = f" by {reading.by}" if reading.by else ""
    return (
        f"**{safe_label(reading.read_from)}**  \n:gray[:small[{safe_label(provider_words(reading.provider))}, "
        f"{plural(reading.lines, 'line')}, {days} · read {when(reading.at)}{safe_label(who)}]]"
    )


def _forget(page: Page, reading: ReadFile) -> None:
    change("readings", lambda: page.services.bills.forget(reading), f"{reading.read_from} is taken out.")
