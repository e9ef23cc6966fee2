"""The review as files: one that prints, a workbook, a table, and FOCUS for finance systems. The demo's say so."""

from collections.abc import Callable

import streamlit as st

from core.costs.focus_zip import focus_zip
from core.costs.meeting import Meeting
from core.costs.review_html import review_html
from core.costs.review_tables import review_csv, review_xlsx
from core.costs.sums import Group
from pages.ui.costs_view import View
from pages.ui.page import Page
from pages.ui.palette import colours_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def draw_export(page: Page, view: View, found: Meeting) -> None:
    """Draw the menu; a file is made when it is asked for."""
    month = f"{view.month.year}-{view.month.month:02}"
    name = f"{'simulated-' if page.demo else ''}costs-{month}"
    badge = "Demo: simulated" if page.demo else ""
    models = [group.key for group in found.review.groups] if view.by is Group.MODEL else []
    colours = colours_of([*models, *(buy.model for buy in found.review.buys)])
    whole = view.whole_bill
    with st.popover("Export", icon=":material/download:", type="tertiary", key="export_costs"):
        _file("To print: two pages (HTML)", f"{name}.html", "text/html",
              lambda: review_html(found, whole_bill=whole, badge=badge, made_at=view.now, colours=colours))  # fmt: skip
        _file("Excel", f"{name}.xlsx", XLSX, lambda: review_xlsx(found, whole_bill=whole, badge=badge))
        _file("CSV, by day", f"{name}.csv", "text/csv", lambda: review_csv(found, whole_bill=whole, badge=badge))
        _file("For finance systems: FOCUS 1.2 (zip)", f"{name}-focus.zip", "application/zip",
              lambda: focus_zip(page.services.database, first=view.month.first, last=view.month.last,
                                name=f"{name}-focus"))  # fmt: skip
        st.caption("Sums are US dollars with all digits. FOCUS holds every charge of the month, whatever is filtered.")


def _file(label: str, name: str, mime: str, make: Callable[[], str | bytes]) -> None:
    st.download_button(
        label, data=make, file_name=name, mime=mime, on_click="ignore", width="stretch", key=f"export_{mime}"
    )
