"""What Performance shows, as chosen on the page and as it stands in the address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import streamlit as st

from core.metrics.rollups import MeasureFilter
from core.store.history_filter import HistoryFilter
from pages.ui.page import Page
from pages.ui.performance_words import LENGTH_WORDS
from pages.ui.text import safe_label

PERIODS: Final = ("Last 7 days", "Last 30 days", "Last 90 days", "This month", "Any time")
USUAL: Final = "Last 90 days"
DAYS: Final = {"Last 7 days": 7, "Last 30 days": 30, "Last 90 days": 90}
KEYS: Final = ("period", "projects", "teams", "tasks", "tags", "lengths", "people", "blind")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked at: runs for picks, attempts for speed, whose picks count (empty: everybody's), names hidden only.

    `since` is the first UTC day, None for any time.
    """

    runs: HistoryFilter
    measures: MeasureFilter
    by: tuple[str, ...] = ()
    blind_only: bool = False
    since: date | None = None

    def history(self, **more: str | Sequence[str]) -> dict[str, str | list[str]]:
        """Give History's parameters for the runs looked at, and what narrows them down."""
        today = datetime.now(UTC).date()
        found: dict[str, str | list[str]] = {
            "project": list(self.runs.projects),
            "team": list(self.runs.teams),
            "tag": list(self.runs.tags),
            "days": [self.since.isoformat(), today.isoformat()] if self.since else [],
        }
        found |= {name: value if isinstance(value, str) else list(value) for name, value in more.items()}
        return {name: value for name, value in found.items() if value}


def begin_of(period: str | None, *, today: date) -> date | None:
    """Give the first UTC day of a period, None for any time."""
    if period in DAYS:
        return today - timedelta(days=DAYS[period] - 1)
    return today.replace(day=1) if period == "This month" else None


def draw_filters(page: Page, *, narrow: bool) -> Wanted:
    """Draw the filters and give what they ask for. Raises StoreError."""
    if narrow:
        with st.popover("Filters", icon=":material/tune:", width="stretch", key="performance_sheet"):
            return _filters(page, inside=True)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="performance_filters"):
        return _filters(page, inside=False)


def _filters(page: Page, *, inside: bool) -> Wanted:
    people = page.services.people
    period = st.selectbox(
        "Period", PERIODS, index=PERIODS.index(USUAL), key="period", bind="query-params",
        label_visibility="visible" if inside else "collapsed", width="stretch" if inside else 150,
    )  # fmt: skip
    projects = _several("Project", "projects", [each.name for each in people.projects()], inside)
    teams = _several("Team", "teams", [each.name for each in people.teams()], inside)
    tasks = _several("Task", "tasks", page.services.leaderboard.tasks(), inside)
    tags = _several("Tag", "tags", people.tags(), inside)
    lengths = _several("Prompt length", "lengths", LENGTH_WORDS, inside)
    by = _several("Picked by", "people", people.names(), inside)
    blind = st.toggle(
        "Names hidden only",
        key="blind",
        bind="query-params",
        help="Counts only picks of people who could not see which model wrote what.",
    )
    since = begin_of(period, today=datetime.now(UTC).date())
    return Wanted(
        runs=HistoryFilter(
            projects=projects, teams=teams, tasks=tasks, tags=tags, viewer=page.person,
            since=datetime.combine(since, time(), UTC) if since else None,
        ),
        measures=MeasureFilter(
            since=since, projects=projects, teams=teams, tasks=tasks, tags=tags,
            lengths=tuple(LENGTH_WORDS.index(each) for each in lengths),
        ),
        by=by,
        blind_only=bool(blind),
        since=since,
    )  # fmt: skip


def _several(label: str, key: str, options: Sequence[str], inside: bool) -> tuple[str, ...]:
    """Draw a filter that takes several values: on a line in a popover of its own. None is drawn without a choice."""
    chosen = st.session_state.get(key) or st.query_params.get_all(key)
    if not options and not chosen:
        return ()

    def draw() -> tuple[str, ...]:
        return tuple(st.multiselect(label, list(options), key=key, bind="query-params", placeholder="Any"))

    if inside:
        return draw()
    more = f" +{len(chosen) - 1}" if len(chosen) > 1 else ""
    with st.popover(f"{label}: **{safe_label(str(chosen[0]))}**{more}" if chosen else label, key=f"filter_{key}"):
        return draw()
