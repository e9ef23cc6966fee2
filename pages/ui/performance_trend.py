"""A time of every model over days, with unusual days marked; and these days in words."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pandas as pd
import streamlit as st

from core.metrics.rollups import By, Measured, day_of
from core.metrics.tally import Tally
from core.metrics.unusual import Unusual, together, with_hours
from core.store.buckets import Kind
from core.store.daily_measures import Cut
from pages.ui.charts import CONFIG
from pages.ui.page import Page
from pages.ui.performance_charts import over_days
from pages.ui.performance_links import day_parameters, open_runs, picked_point, runs_link
from pages.ui.performance_seen import Seen
from pages.ui.performance_words import MEASURES, micros_words, unusual_words
from pages.ui.text import safe_label
from pages.ui.viewport import is_dark
from pages.ui.words import speed

UNITS: Final = {
    "First word": "seconds, half sooner", "Whole answer": "seconds, half sooner",
    "Time per token": "ms a token, half faster", "Tokens/s": "tokens a second",
}  # fmt: skip
FEWEST: Final = 5
"""Answers a day must have for a point of its own."""
SHOWN: Final = 3
MOST_DAYS: Final = 120
"""Days beyond which a point stands for a week."""


def draw_unusual(page: Page, seen: Seen, *, most: int = SHOWN) -> None:
    """Draw a line for each unusual day, the newest first, with the way to its runs."""
    for days in together(unusual_of(page, seen, most=most)):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"unusual_{days[0].day}"):
            said = safe_label(unusual_words(days, seen.labels))
            st.markdown(f":orange[:material/warning:] {said}", width="content")
            models = [each.model for each in days]
            runs_link(page, "See the runs", day_parameters(seen.wanted, days[0].day.isoformat()) | {"model": models})


def unusual_of(page: Page, seen: Seen, *, most: int = SHOWN) -> tuple[Unusual, ...]:
    """Give the newest unusual days of what is looked at; their hours where the sums by day know them. StoreError."""
    found = seen.unusual
    days = sorted({each.day for each in found}, reverse=True)[:most]
    newest = tuple(each for each in found if each.day in days)
    wanted = seen.wanted.measures
    if not newest or wanted.cuts or wanted.tags or wanted.tasks:
        return newest
    read = page.services.measures.read
    hours = [read(replace(wanted, since=day, until=day + timedelta(days=1)), cut=Cut.HOUR).rows for day in days]
    return with_hours(newest, Measured(rows=tuple(row for rows in hours for row in rows), exact=seen.measured.exact))


def draw_trend(page: Page, seen: Seen, measure: str, *, key: str) -> None:
    """Draw one measure over days, a line a model; a click on a point opens its runs."""
    weeks = seen.span is not None and (seen.span[1] - seen.span[0]).days > MOST_DAYS
    measured = seen.measured.weekly() if weeks else seen.measured
    rows = frame_of(((model, day, tally) for (model, day), tally in measured.by(By.MODEL, By.DAY).items()), measure)
    if rows.empty or rows["day"].nunique() < 2:
        st.caption("A line over days begins with the second day of answers.")
        return
    marks = _marks(seen, rows, weeks=weeks)
    figure = over_days(
        rows, seen.labels, seen.colours, unit=UNITS[measure], marks=marks, span=seen.span, dark=is_dark()
    )
    event = st.plotly_chart(
        figure, theme="streamlit", config=CONFIG, key=key, on_select="rerun", selection_mode="points",
        alt=f"{measure} of each model over days; {len(marks)} unusual days are marked.",
    )  # fmt: skip
    if weeks:
        st.caption("Each point is a week.")
    point = picked_point(event)
    if point:
        open_runs(page, day_parameters(seen.wanted, str(point[1]), days=7 if weeks else 1, model=str(point[0])))


def value_of(tally: Tally, measure: str) -> float | None:
    """Give the middle of a measure as a figure shows it: seconds, milliseconds a token, or tokens a second."""
    kind = MEASURES[measure]
    if measure == "Tokens/s":
        return tally.speed(0.5)
    micros = tally.spread(kind).percentile(0.5)
    return None if micros is None else micros / (1_000 if kind is Kind.TOKEN else 1_000_000)


def frame_of(tallies: Iterable[tuple[str, int, Tally]], measure: str, *, fewest: int = FEWEST) -> pd.DataFrame:
    """Give a table of days with enough answers: model, day, iso, value, words."""
    kind, rows = MEASURES[measure], []
    for model, number, tally in tallies:
        value = value_of(tally, measure) if tally.spread(kind).count >= fewest else None
        if value is not None:
            day = day_of(number)
            words = f"{_words(value, measure)}, {tally.spread(kind).count:,} answers"
            rows.append(
                {"model": model, "day": pd.Timestamp(day), "iso": day.isoformat(), "value": value, "words": words}
            )
    return pd.DataFrame(rows, columns=["model", "day", "iso", "value", "words"])


def _marks(seen: Seen, rows: pd.DataFrame, *, weeks: bool) -> pd.DataFrame:
    at: dict[tuple[Any, Any], float] = {(row["model"], row["iso"]): row["value"] for row in rows.to_dict("records")}
    marks = []
    for each in seen.unusual:
        day = each.day - timedelta(days=each.day.weekday()) if weeks else each.day
        value = at.get((each.model, day.isoformat()))
        if value is not None:
            when = {"day": pd.Timestamp(day), "iso": day.isoformat()}
            marks.append({"model": each.model, **when, "value": value, "words": unusual_words([each], seen.labels)})
    return pd.DataFrame(marks, columns=["model", "day", "iso", "value", "words"])


def _words(value: float, measure: str) -> str:
    if measure == "Tokens/s":
        return speed(value)
    kind = MEASURES[measure]
    return micros_words(value * (1_000 if kind is Kind.TOKEN else 1_000_000), kind)
