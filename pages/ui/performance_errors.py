"""Performance, Errors: what failed, of which kind and when, what was tried again, and who is paused."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pandas as pd
import streamlit as st

from core.metrics.rollups import By, day_of
from core.metrics.unusual import Unusual
from core.store.daily_measures import Cut
from pages.ui.charts import CONFIG
from pages.ui.page import Page
from pages.ui.performance_charts import counts, faults_by_slot
from pages.ui.performance_failures import draw_failures, failures_dialog
from pages.ui.performance_links import is_new, open_runs, picked_point
from pages.ui.performance_seen import Seen
from pages.ui.performance_trend import draw_unusual, unusual_of
from pages.ui.performance_words import FAULT_WORDS, day_words, fault_words, percent
from pages.ui.viewport import is_dark
from pages.ui.words import plural, when

COLUMNS: Final = {
    "model": st.column_config.TextColumn("Model", pinned=True),
    "attempts": st.column_config.NumberColumn("Attempts", format="localized"),
    "failed": st.column_config.TextColumn("Failed", help="Attempts that failed; most are healed by another try"),
    "retries": st.column_config.NumberColumn("Tried again", format="localized"),
    "lost": st.column_config.TextColumn("No answer", help="Answers that never came, however often they were tried"),
    "cut": st.column_config.TextColumn("Cut", help="Answers cut at the length limit, or broken off"),
    "stopped": st.column_config.NumberColumn("Stopped", help="By a person, or interrupted", format="localized"),
    "most": st.column_config.TextColumn("Mostly"),
    "state": st.column_config.TextColumn("Now"),
}


def draw(page: Page, seen: Seen) -> None:
    """Draw the tab. Raises StoreError."""
    draw_unusual(page, seen)
    _table(page, seen)
    if any(row.tally and row.tally.failed for row in seen.rows):
        st.subheader("By kind, over days", anchor=False)
        draw_faults(page, seen, key="faults")
        _bad_day(page, seen)
        st.subheader("Last failures", anchor=False)
        draw_failures(page, seen.wanted.measures, seen.labels)
    else:
        st.caption("No attempt failed in this view.")
    _in_flight(seen)


def draw_faults(page: Page, seen: Seen, *, key: str) -> None:
    """Draw failed attempts by kind over days; a click on a bar opens the runs of its day."""
    rows = [
        {"day": pd.Timestamp(day_of(day)), "iso": day_of(day).isoformat(), "kind": kind, "count": count}
        for (day,), tally in seen.measured.by(By.DAY).items()
        for kind, count in tally.faults.items()
    ]
    if not rows:
        st.caption("No attempt failed in this view.")
        return
    frame = pd.DataFrame(rows)
    worst = frame.groupby("iso")["count"].sum().sort_values(ascending=False)
    event = st.plotly_chart(
        faults_by_slot(frame, FAULT_WORDS, by="day", span=seen.span, dark=is_dark()), theme="streamlit",
        config=CONFIG, key=key, on_select="rerun", selection_mode="points",
        alt=f"Failed attempts by kind over days; most on {worst.index[0]}: {worst.iloc[0]}.",
    )  # fmt: skip
    point = picked_point(event)
    if is_new(key, point) and point:
        day = date.fromisoformat(str(point[1]))
        wanted = replace(seen.wanted.measures, since=day, until=day + timedelta(days=1))
        failures_dialog(page, wanted, seen.labels, kind=str(point[0]))


def _table(page: Page, seen: Seen) -> None:
    health = page.services.known_models.health()
    now = datetime.now(UTC)
    rows: list[dict[str, Any]] = []
    for row in seen.rows:
        tally = row.tally
        if tally is None:
            continue
        most = max(tally.faults.items(), key=lambda item: item[1], default=None)
        own = health.get(row.model)
        paused = own.paused_until if own and own.paused_until and own.paused_until > now else None
        rows.append(
            {
                "model": row.label, "attempts": tally.attempts, "failed": _of(tally.failed, tally.attempts),
                "retries": tally.retries, "lost": _of(tally.lost, tally.answers),
                "cut": _of(tally.truncated, tally.answers), "stopped": tally.stopped,
                "most": f"{fault_words(most[0])} ({most[1]:,})" if most else "",
                "state": paused_words(own.failures, paused) if own and paused else "up",
            }
        )  # fmt: skip
    event = st.dataframe(
        pd.DataFrame(rows), column_config=COLUMNS, hide_index=True, width="stretch", height="content", key="errors",
        on_select="rerun", selection_mode="single-cell",
        alt="Each model's attempts: failed, tried again, without an answer, cut, stopped; and whether it is paused.",
    )  # fmt: skip
    shown = [row for row in seen.rows if row.tally is not None]
    cells = event.selection.get("cells", [])
    if not is_new("errors", cells) or not cells:
        return
    model, column = shown[cells[0][0]].model, cells[0][1]
    if column == "model":
        page.go("performance", model=model)
    if column in ("failed", "lost", "most", "retries"):
        failures_dialog(page, replace(seen.wanted.measures, models=(model,)), seen.labels)
    else:
        open_runs(page, seen.wanted.history(model=model))


def paused_words(failures: int, until: datetime) -> str:
    """Give how a model that keeps failing is left alone: `paused after 5 failures, next try 14:32`."""
    return f"paused after {plural(failures, 'failure')}, next try {when(until)}"


def _of(number: int, whole: int) -> str:
    return f"{number:,} ({percent(number / whole)})" if number and whole else "0"


def _bad_day(page: Page, seen: Seen) -> None:
    """Draw the newest day of unusual failures hour by hour."""
    bad = next((each for each in unusual_of(page, seen) if each.failing and each.hours), None)
    if bad is None:
        return
    st.subheader(f"{day_words(bad.day)}, hour by hour", anchor=False)
    st.plotly_chart(
        faults_by_slot(_by_hour(page, seen, bad), FAULT_WORDS, by="hour", dark=is_dark()), theme="streamlit",
        config=CONFIG, key="bad_day", alt="Failed attempts of that day by kind and hour (UTC).",
    )  # fmt: skip


def _by_hour(page: Page, seen: Seen, bad: Unusual) -> pd.DataFrame:
    wanted = replace(seen.wanted.measures, since=bad.day, until=bad.day + timedelta(days=1))
    day = page.services.measures.read(wanted, cut=Cut.HOUR)
    rows = [
        {"hour": hour, "iso": bad.day.isoformat(), "kind": kind, "count": count}
        for (hour,), tally in day.by(By.PIECE).items()
        for kind, count in tally.faults.items()
    ]
    return pd.DataFrame(rows, columns=["hour", "iso", "kind", "count"])


def _in_flight(seen: Seen) -> None:
    going = seen.measured.whole().in_flight()
    going.pop(0, None)
    if not going:
        return
    with st.expander("How many requests were going at once", type="compact"):
        st.plotly_chart(
            counts(pd.DataFrame(list(going.items()), columns=["number", "count"]), title="going when one was sent"),
            theme="streamlit", config=CONFIG, key="in_flight",
            alt=f"At most {max(going)} requests were going at once.",
        )  # fmt: skip
