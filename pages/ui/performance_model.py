"""The page of one model: its row, its speed and errors over time, its versions, its price, its last failures."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pandas as pd
import streamlit as st

from core.costs.price_steps import price_steps
from core.domain.model import Place
from core.metrics.revisions import Change, changes
from core.store.buckets import Kind
from pages.ui.charts import CONFIG
from pages.ui.page import Page
from pages.ui.palette import SERIES_DARK, SERIES_LIGHT, place_badge
from pages.ui.performance_charts import steps
from pages.ui.performance_errors import draw_faults, paused_words
from pages.ui.performance_failures import draw_failures
from pages.ui.performance_filters import KEYS, Wanted, draw_filters
from pages.ui.performance_links import runs_link
from pages.ui.performance_rows import COUNTING, Row, cost_words, share_words
from pages.ui.performance_seen import Seen, read
from pages.ui.performance_speed import percentile_cells
from pages.ui.performance_steadiness import draw_steadiness
from pages.ui.performance_trend import draw_trend, draw_unusual
from pages.ui.performance_words import MEASURES, change_words, percent, speed_words, time_words
from pages.ui.text import safe_label
from pages.ui.viewport import is_dark
from pages.ui.words import plural


def draw(page: Page, model: str, *, narrow: bool) -> None:
    """Draw a model's page as the filters ask for it. Raises StoreError."""
    wanted = draw_filters(page, narrow=narrow)
    whole = read(page, wanted, narrow=narrow)
    row = next((each for each in whole.rows if each.model == model), None)
    seen = _only(whole, model, row)
    _head(page, model, row, narrow=narrow)
    if row is None:
        st.caption("Nobody asked or judged this model in this view. A longer period may show more.")
        return
    _tiles(row)
    with st.container(horizontal=True, gap="small"):
        runs_link(page, "Its runs", wanted.history(model=model))
        runs_link(page, "Judged ones", wanted.history(model=model, judged="Judged"), icon=":material/rate_review:")
    draw_unusual(page, seen)
    if row.tally is None:
        return
    _speed(page, seen, row)
    _versions(page, seen, wanted)
    if row.tally.failed:
        st.subheader("Failed attempts", anchor=False)
        draw_faults(page, seen, key="faults_model")
    draw_steadiness(page, seen)
    _price(page, model)
    if row.tally.failed:
        st.subheader("Last failures", anchor=False)
        draw_failures(page, seen.wanted.measures, seen.labels)


def _only(whole: Seen, model: str, row: Row | None) -> Seen:
    return replace(
        whole,
        wanted=replace(whole.wanted, measures=replace(whole.wanted.measures, models=(model,))),
        measured=whole.measured.of(lambda each: each.model == model),
        rows=(row,) if row else (),
    )


def _head(page: Page, model: str, row: Row | None, *, narrow: bool) -> None:
    label = row.label if row else page.services.measures.labels([model])[model]
    page.link("performance", "All models", icon=":material/arrow_back:")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="model_head"):
        st.header(safe_label(label), anchor=False, width="content")
        if row and row.place:
            st.markdown(place_badge(Place(row.place)), width="content")
        st.caption(safe_label(model), width="content")
        health = page.services.known_models.health().get(model)
        if health and health.paused_until and health.paused_until > datetime.now(UTC):
            words = paused_words(health.failures, health.paused_until)
            st.markdown(f":orange-badge[:material/pause: {safe_label(words)}]", width="content")
    if not narrow:
        with page.actions:
            address = {key: st.query_params.get_all(key) for key in KEYS if key in st.query_params}
            page.share("performance", "share_model", "Share", model=model, **address)


def _tiles(row: Row) -> None:
    strength, tally = row.strength, row.tally
    with st.grid(6, min_column_width=150):
        picks = plural(strength.picks, "pick") if strength else "no picks"
        if strength is not None and strength.share is not None:
            _tile("Picked or tied", share_words(strength), f"in 100 · {picks}")
        elif row.share == COUNTING:
            _tile("Picked or tied", "…", f"picks are {COUNTING}")
        else:
            _tile("Picked or tied", "too early", f"{share_words(strength).removeprefix('too early, ')} · {picks}")
        if tally is None:
            return
        _tile("Cost per run", cost_words(tally), plural(tally.runs, "run"))
        _tile("First word", time_words(tally, Kind.FIRST, 0.5), f"9 in 10: {time_words(tally, Kind.FIRST, 0.9)}")
        _tile("Whole answer", time_words(tally, Kind.WHOLE, 0.5), f"9 in 10: {time_words(tally, Kind.WHOLE, 0.9)}")
        _tile("Tokens/s", speed_words(tally, 0.5), f"9 in 10: {speed_words(tally, 0.9)}")
        _tile("Failed", percent(tally.lost_share), f"{tally.failed:,} of {tally.attempts:,} attempts")


def _tile(name: str, value: str, below: str) -> None:
    with st.container(border=True, height="stretch", gap="xxsmall"):
        st.metric(name, value.replace("$", r"\$"))
        st.caption(safe_label(below))


def _speed(page: Page, seen: Seen, row: Row) -> None:
    measure = str(
        st.segmented_control(
            "Show", list(MEASURES), default="First word", required=True, key="measure", bind="query-params",
            label_visibility="collapsed",
        )
    )  # fmt: skip
    draw_trend(page, seen, measure, key="trend_model")
    if row.tally is not None:
        cells = percentile_cells(row.tally, measure)
        st.caption(
            f"Half within {cells['half']}, 9 in 10 within {cells['9 in 10']}, 99 in 100 within {cells['99 in 100']}, "
            f"from {plural(cells['answers'], 'answer')}."
            if measure != "Tokens/s"
            else f"Half faster than {cells['half']}, 9 in 10 than {cells['9 in 10']}, from "
            f"{plural(cells['answers'], 'answer')}."
        )


def _versions(page: Page, seen: Seen, wanted: Wanted) -> None:
    found = changes(seen.measured)
    if not found:
        return
    st.subheader("New versions", anchor=False)
    for change in found[:3]:
        st.markdown(safe_label(change_words(change, seen.labels[change.model])))
        st.caption(safe_label(_picked_words(page, change, wanted)))


def _picked_words(page: Page, change: Change, wanted: Wanted) -> str:
    """Give how often the model was picked or tied before its new version and since."""
    begun = datetime.combine(change.day, time(), UTC)
    sides = {
        "before": replace(wanted.runs, since=begun - timedelta(days=30), until=begun),
        "since": replace(wanted.runs, since=begun, until=begun + timedelta(days=30)),
    }
    said = []
    for name, runs in sides.items():
        board = page.services.leaderboard.at_once(runs, by=wanted.by, blind_only=wanted.blind_only)
        own = next((each for each in board.strengths.rows if each.model == change.model), None)
        said.append(f"{name}: {share_words(own)} picked or tied, {plural(own.picks if own else 0, 'pick')}")
    return "; ".join(said) + "."


def _price(page: Page, model: str) -> None:
    found = price_steps(page.services.database, model)
    if not found:
        return
    st.subheader("Price, as charged", anchor=False)
    rows = [
        {"name": f"{step.token_class.value} tokens", "day": pd.Timestamp(step.day), "price": float(step.per_million)}
        for step in found
    ]
    today = pd.Timestamp(datetime.now(UTC).date())
    last = {row["name"]: row for row in rows}
    frame = pd.DataFrame([*rows, *({**row, "day": today} for row in last.values())])
    series = SERIES_DARK if is_dark() else SERIES_LIGHT
    st.plotly_chart(
        steps(frame, colours=series), theme="streamlit", config=CONFIG, key="price_steps",
        alt="; ".join(f"{step.token_class.value} ${step.per_million:f} per million from {step.day}" for step in found),
    )  # fmt: skip
