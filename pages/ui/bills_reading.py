"""Reading a bill: from a file, or fetched from the provider with an admin key when somebody presses the button."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

import streamlit as st

from core.costs.bills.billing import BillingKey
from core.costs.bills.reading import bill_of_bytes
from core.errors import InputError
from pages.ui.bill_words import report_words
from pages.ui.changes import change, draw_problem, who_may
from pages.ui.page import Page
from pages.ui.text import safe_label

FILE: Final = "bill_file"
FETCH: Final = "bill_fetch"
LARGEST_MB: Final = 200
USUAL_DAYS: Final = 30
LATE_DAYS: Final = 7
"""Providers correct their figures for some days, so a fetch reaches back over the last week that was read."""


def draw(page: Page) -> None:
    """Draw both ways side by side. Raises SettingsError, StoreError."""
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, height="stretch", key="bill_from_file"):
        st.markdown("##### From a file")
        _from_file(page)
    with right, st.container(border=True, height="stretch", key="bill_by_key"):
        st.markdown("##### From the provider")
        if page.demo:
            st.caption(
                "In our own workspace, an admin key fetches the bill of OpenAI, Anthropic or OpenRouter. The demo asks "
                "nobody: its bill is of a made-up provider, 3 % above what was seen here."
            )
        else:
            _by_key(page)


def _from_file(page: Page) -> None:
    st.file_uploader(
        "Bill: JSON, CSV or Parquet", type=["json", "csv", "parquet", "gz"], key="bill_upload",
        max_upload_size=LARGEST_MB, disabled=not page.admin, on_change=_take_in, args=(page,),
        help=who_may(page, "Bills are read"),
    )  # fmt: skip
    draw_problem(FILE)
    if told := st.session_state.get("bill_told"):
        st.success(told, icon=":material/check:")


def _take_in(page: Page) -> None:
    st.session_state["bill_told"] = ""
    file = st.session_state.get("bill_upload")
    if file is None:
        change(FILE, lambda: None)
        return

    def read() -> None:
        lines = bill_of_bytes(file.getvalue(), file.name)
        if not lines:
            raise InputError(f"{file.name} bills nothing for models.", next_step="Export a period with usage.")
        report = page.services.bills.take_in(lines, read_from=file.name, person=page.person)
        st.session_state["bill_told"] = f"{safe_label(file.name)}: {report_words(report)}"

    change(FILE, read)


def _by_key(page: Page) -> None:
    keys = {key.label: key for key in page.services.billing.providers()}
    chosen = keys[
        st.segmented_control(
            "Provider", list(keys), default=next(iter(keys)), required=True, key="bill_provider",
            label_visibility="collapsed",
        )
    ]  # fmt: skip
    draw_problem(FETCH)
    if not chosen.source:
        _ask_key(page, chosen)
        return
    first, last = _usual_period(page, chosen.provider)
    with st.form("bill_fetch_form", border=False):
        left, right = st.columns(2, gap="small")
        left.date_input("From", value=first, key="bill_first", format="YYYY-MM-DD")
        right.date_input("To", value=last, key="bill_last", format="YYYY-MM-DD")
        st.form_submit_button(
            f"Fetch from {chosen.host}", icon=":material/cloud_download:", disabled=not page.admin,
            help=who_may(page, "Bills are fetched"), on_click=_fetch, args=(page, chosen),
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        where = "kept on this server" if chosen.source == "file" else f"in {chosen.source}"
        st.caption(f"Its admin key is {where}, for {chosen.host} alone.", width="stretch")
        if chosen.source == "file":
            st.button(
                "Forget the key", key="bill_forget", type="tertiary", disabled=not page.admin, on_click=change,
                args=(FETCH, lambda: page.services.billing.forget_key(chosen.provider), "The key is forgotten."),
            )  # fmt: skip
    if told := st.session_state.get("bill_fetched"):
        st.success(told, icon=":material/check:")


def _ask_key(page: Page, chosen: BillingKey) -> None:
    with st.form("bill_key_form", border=False, clear_on_submit=True):
        st.text_input(
            f"Admin key of {chosen.label}", type="password", key="bill_key",
            help=f"Kept on this server, sent to {chosen.host} alone, never shown again. "
            f"{chosen.variable} on the server does the same.",
        )  # fmt: skip
        st.form_submit_button(
            "Keep the key", icon=":material/key:", disabled=not page.admin, help=who_may(page, "Keys are kept"),
            on_click=_keep, args=(page, chosen),
        )  # fmt: skip
    st.caption(
        "A key for asking models is not enough: bills are read with an admin key, and nothing else is done by it."
    )


def _keep(page: Page, chosen: BillingKey) -> None:
    key = str(st.session_state.get("bill_key") or "")
    change(FETCH, lambda: page.services.billing.keep_key(chosen.provider, key), "The key is kept.")


def _fetch(page: Page, chosen: BillingKey) -> None:
    st.session_state["bill_fetched"] = ""
    first, last = st.session_state.get("bill_first"), st.session_state.get("bill_last")

    def fetch() -> None:
        if not isinstance(first, date) or not isinstance(last, date):
            raise InputError("A fetch needs a first and a last day.", next_step="Choose both.")
        report = page.services.billing.fetch(chosen.provider, first=first, last=last, person=page.person)
        st.session_state["bill_fetched"] = report_words(report)

    change(FETCH, fetch)


def _usual_period(page: Page, provider: str) -> tuple[date, date]:
    """Give the days that a fetch would take: from a week before the last that was read, to yesterday."""
    last = datetime.now(UTC).date() - timedelta(days=1)
    read = page.services.bills.until().get(provider)
    first = read - timedelta(days=LATE_DAYS) if read else last - timedelta(days=USUAL_DAYS)
    return min(first, last), last
