"""Performance, Speed: percentiles of every time, over days and hours, by version, prompt length and place."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pandas as pd
import streamlit as st

from core.domain.model import Place
from core.metrics.revisions import changes
from core.metrics.rollups import By
from core.metrics.tally import MOST_OFF, Tally
from core.store.buckets import Kind
from core.store.daily_measures import Cut
from pages.ui.charts import CONFIG
from pages.ui.history_address import reader_zone
from pages.ui.page import Page
from pages.ui.palette import place_words
from pages.ui.performance_charts import by_hour
from pages.ui.performance_seen import Seen
from pages.ui.performance_steadiness import draw_steadiness
from pages.ui.performance_trend import FEWEST, UNITS, draw_trend, draw_unusual, value_of
from pages.ui.performance_words import LENGTH_WORDS, MEASURES, change_words, micros_words, speed_words, time_words
from pages.ui.text import safe_label
from pages.ui.words import plural, speed

HOUR_DAYS: Final = 90
"""How far back the hours of the day are looked at."""
SHARES: Final = {"half": 0.5, "9 in 10": 0.9, "99 in 100": 0.99}


def draw(page: Page, seen: Seen) -> None:
    """Draw the tab. Raises StoreError."""
    st.caption(_basis(seen))
    measure = st.segmented_control(
        "Show", list(MEASURES), default="First word", required=True, key="measure", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    measure = str(measure)
    _percentiles(seen, measure)
    draw_unusual(page, seen)
    charts = (st.container(), st.container()) if seen.narrow else st.columns(2, gap="medium")
    with charts[0]:
        st.subheader("Over days", anchor=False)
        draw_trend(page, seen, measure, key="trend_speed")
    with charts[1]:
        st.subheader("By hour of the day, last 90 days", anchor=False)
        _hours(page, seen, measure)
    _changes(seen)
    parts = (st.container(), st.container()) if seen.narrow else st.columns(2, gap="medium")
    with parts[0]:
        st.subheader("By prompt length", anchor=False)
        _lengths(page, seen, measure)
    with parts[1]:
        st.subheader("By place", anchor=False)
        _places(seen, measure)
    draw_steadiness(page, seen)
    _how(seen)


def _basis(seen: Seen) -> str:
    whole = seen.measured.whole()
    answers = plural(whole.done + whole.truncated, "answer")
    if seen.measured.newest:
        return f"The newest {seen.measured.newest:,} attempts in this view, {answers} of them timed. Days are UTC."
    return f"{answers} of {plural(whole.attempts, 'attempt')} in this view are timed. Days are UTC."


def _percentiles(seen: Seen, measure: str) -> None:
    rows = [
        {
            "model": row.label,
            "place": place_words(row.place) if row.place else "",
            **percentile_cells(row.tally, measure),
        }
        for row in seen.rows
        if row.tally is not None
    ]
    names = {"half": "Half within", "9 in 10": "9 in 10 within", "99 in 100": "99 in 100 within"}
    if measure == "Tokens/s":
        names = {"half": "Half faster than", "9 in 10": "9 in 10 faster than", "99 in 100": "99 in 100 faster than"}
    st.dataframe(
        pd.DataFrame(rows),
        column_config={
            "model": st.column_config.TextColumn("Model", pinned=True), "place": st.column_config.TextColumn("Place"),
            **{key: st.column_config.TextColumn(name) for key, name in names.items()},
            "answers": st.column_config.NumberColumn("Answers timed", format="localized"),
        },
        hide_index=True, width="stretch", height="content", key="percentiles",
        alt=f"{measure} of each model: what half, nine in ten and ninety-nine in a hundred answers stayed within.",
    )  # fmt: skip


def percentile_cells(tally: Tally, measure: str) -> dict[str, Any]:
    """Give what half, nine in ten and ninety-nine in a hundred answers stayed within, and how many were timed."""
    kind = MEASURES[measure]
    said = (
        {name: speed_words(tally, share) for name, share in SHARES.items()}
        if measure == "Tokens/s"
        else {name: time_words(tally, kind, share) for name, share in SHARES.items()}
    )
    return {**said, "answers": tally.spread(kind).count}


def _hours(page: Page, seen: Seen, measure: str) -> None:
    kind = MEASURES[measure]
    wanted, begin = seen.wanted.measures, datetime.now(UTC).date() - timedelta(days=HOUR_DAYS - 1)
    since = max(wanted.since or begin, begin)
    measured = page.services.measures.read(replace(wanted, since=since), cut=Cut.HOUR, times_only=True)
    ahead = round((reader_zone().utcoffset(datetime.now(UTC)) or timedelta()).total_seconds() / 3600)
    rows = [
        {
            "model": model,
            "hour": (hour + ahead) % 24,
            "value": value,
            "words": f"{_said(value, measure)}, {count:,} answers",
        }
        for (model, hour), tally in measured.by(By.MODEL, By.PIECE).items()
        if (count := tally.spread(kind).count) >= FEWEST and (value := value_of(tally, measure)) is not None
    ]
    if not rows:
        st.caption(f"An hour is drawn from {FEWEST} answers on.")
        return
    frame = pd.DataFrame(rows).sort_values(["model", "hour"])
    st.plotly_chart(
        by_hour(frame, seen.labels, seen.colours, unit=UNITS[measure]), theme="streamlit", config=CONFIG,
        key="hours", alt=f"{measure} of each model by the hour of the day in your time zone.",
    )  # fmt: skip


def _changes(seen: Seen) -> None:
    found = changes(seen.measured)
    if not found:
        return
    st.subheader("New versions", anchor=False)
    for change in found[:5]:
        st.markdown(safe_label(change_words(change, seen.labels.get(change.model, change.model))))


def _lengths(page: Page, seen: Seen, measure: str) -> None:
    measured = page.services.measures.read(seen.wanted.measures, cut=Cut.LENGTH, times_only=True)
    cells = {(model, LENGTH_WORDS[band]): tally for (model, band), tally in measured.by(By.MODEL, By.PIECE).items()}
    _grid(seen, cells, list(LENGTH_WORDS), measure, key="lengths")


def _places(seen: Seen, measure: str) -> None:
    places = seen.measured.by(By.PLACE)
    _table({place_words(Place(place)): tally for (place,), tally in places.items()}, "Place", measure, key="places")


def _grid(seen: Seen, cells: Mapping[tuple[str, str], Tally], columns: list[str], measure: str, *, key: str) -> None:
    rows = []
    for row in seen.rows:
        said = {column: _middle(cells.get((row.model, column)), measure) for column in columns}
        if any(said.values()):
            rows.append({"Model": row.label, **said})
    shown = [column for column in columns if any(row[column] for row in rows)]
    st.dataframe(
        pd.DataFrame(rows, columns=["Model", *shown]), hide_index=True, width="stretch", height="content", key=key,
        alt=f"{measure} of each model by prompt length: half of the answers stayed within it.",
    )  # fmt: skip


def _table(tallies: Mapping[str, Tally], name: str, measure: str, *, key: str) -> None:
    rows = [{name: part, **percentile_cells(tally, measure)} for part, tally in tallies.items()]
    st.dataframe(
        pd.DataFrame(rows),
        column_config={
            "half": "Half", "9 in 10": "9 in 10", "99 in 100": "99 in 100",
            "answers": st.column_config.NumberColumn("Answers timed", format="localized"),
        },
        hide_index=True, width="stretch", height="content", key=key, alt=f"{measure} by {name.lower()}.",
    )  # fmt: skip


def _middle(tally: Tally | None, measure: str) -> str:
    if tally is None or not tally.spread(MEASURES[measure]).count:
        return ""
    return speed_words(tally, 0.5) if measure == "Tokens/s" else time_words(tally, MEASURES[measure], 0.5)


def _said(value: float, measure: str) -> str:
    if measure == "Tokens/s":
        return speed(value)
    kind = MEASURES[measure]
    return micros_words(value * (1_000 if kind is Kind.TOKEN else 1_000_000), kind)


def _how(seen: Seen) -> None:
    with st.popover("How this is computed", type="tertiary", icon=":material/help:"):
        sums = (
            "Here every attempt was read, so the figures are exact."
            if seen.measured.exact
            else "Here the figures come from counts by day in buckets that add up; inside a bucket times are taken to "
            f"be spread evenly, so a figure is off by at most {MOST_OFF * 100:.0f} %, usually by 1 or 2 %."
        )
        st.markdown(
            "Timed are attempts that brought an answer to its end, cut ones too; failed and stopped ones tell nothing "
            "of a model's speed. **First word** counts from sending, thinking included. **Time per token** is the "
            "time after the first piece over the tokens after the first one; **tokens/s** is its inverse. "
            f"{sums}\n\n"
            "**Unusual days**: a day's time to the first word, of which nine in ten answers stayed within, beside the "
            "model's other days by median and median absolute deviation, on logarithms: a mean and a standard "
            "deviation would be moved by the very day that is looked for. Failures are unusual when so many would "
            "come about in less than one day in a thousand."
        )
