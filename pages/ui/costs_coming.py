"""Section 4, what is coming: the month's end with its likely range, the day a budget ends, and unusual hours."""

from datetime import date
from decimal import Decimal

import pandas as pd
import streamlit as st

from core.costs.behind import Slice
from core.costs.ledger import ZERO
from core.costs.meeting import Meeting, Outlook
from core.costs.meeting_words import unusual_words
from core.costs.sums import Group
from core.costs.whole_bill import Elsewhere
from pages.ui import costs_charts
from pages.ui.charts import CONFIG
from pages.ui.costs_runs import runs_button
from pages.ui.costs_view import View
from pages.ui.palette import SERIES_DARK, SERIES_LIGHT
from pages.ui.text import safe_label
from pages.ui.viewport import is_dark


def draw_coming(view: View, found: Meeting) -> None:
    """Draw the burn-up and the unusual hours with their runs."""
    ahead = found.outlook
    if ahead is not None and ahead.forecast.middle is not None:
        _burn_up(view, ahead, found.bill if view.whole_bill and ahead.month == found.month else None)
    unusual = found.review.anomalies
    if not unusual:
        st.caption(f"No unusual hour in {found.month.label}.")
    for place, each in enumerate(unusual):
        hour = each.hour
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"unusual_{place}"):
            st.markdown(safe_label(unusual_words(each, view.amounts)), width="content")
            day = hour.start.date()
            wanted = Slice(first=day, last=day, hour=hour.start.hour, parts=((Group.MODEL, hour.model),))
            runs_button("See the runs", wanted, key=f"runs_of_hour_{place}")
    if unusual and view.filters:
        st.caption("Unusual hours are of the whole workspace.")


def _burn_up(view: View, ahead: Outlook, bill: Elsewhere | None) -> None:
    amounts, sums, total = view.amounts, [], ZERO
    days = dict(ahead.days)
    last = max(days, default=ahead.month.first)
    beyond = dict(bill.by_day) if bill else {}
    for number in range(1, last.day + 1):
        day = last.replace(day=number)
        total += days.get(day, ZERO) + beyond.get(day, ZERO)
        sums.append(_point(view, day, total))
    extra = sum(beyond.values(), ZERO)
    coming = [
        {
            "day": day,
            "low": float(amounts.of(low + extra)),
            "middle": float(amounts.of(middle + extra)),
            "high": float(amounts.of(high + extra)),
            "words": f"{amounts.text(middle + extra)}, likely {_span(view, low + extra, high + extra)}",
        }
        for day, low, middle, high in ahead.forecast.by_day
    ]
    st.plotly_chart(
        costs_charts.burn_up(
            pd.DataFrame(sums),
            pd.DataFrame(coming),
            sign=amounts.sign,
            budget=None if not ahead.budget else float(amounts.of(ahead.budget)),
            colour=(SERIES_DARK if is_dark() else SERIES_LIGHT)[0],
            dark=is_dark(),
            large=view.presenting,
        ),
        theme="streamlit",
        config=CONFIG,
        key="costs_burn_up",
        alt=f"What {ahead.month.label} cost day by day, and its likely end.",
    )
    st.caption("The shaded band holds eight of ten futures drawn from past days of the same kind.")


def _point(view: View, day: date, total: Decimal) -> dict[str, object]:
    return {"day": day, "amount": float(view.amounts.of(total)), "words": view.amounts.text(total)}


def _span(view: View, low: Decimal, high: Decimal) -> str:
    return f"{view.amounts.text(low)} to {view.amounts.text(high)}"
