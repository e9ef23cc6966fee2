"""What Performance shows, as chosen on the page and as it stands in the address."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from core.store.history_filter import HistoryFilter
from pages.ui.history_filters import begin_of, reader_zone
from pages.ui.page import Page

PERIODS: Final = ("Last 7 days", "Last 30 days", "This month")
KEYS: Final = ("period", "projects", "tasks", "tags", "people")
BLIND: Final = "blind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The runs looked at, whose picks count (empty: everybody's), and whether only those with names hidden do."""

    runs: HistoryFilter
    by: tuple[str, ...]
    blind_only: bool


def draw_filters(page: Page, *, narrow: bool) -> Wanted:
    """Draw the filters and give what they ask for. Raises StoreError."""
    if narrow:
        with st.popover("Filters", icon=":material/tune:", width="stretch"):
            return _filters(page)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="performance_filters"):
        return _filters(page)


def _filters(page: Page) -> Wanted:
    period = st.selectbox(
        "Period", PERIODS, index=None, key="period", bind="query-params", placeholder="Any time",
        label_visibility="collapsed", width=150,
    )  # fmt: skip
    projects = _several("Project", [each.name for each in page.services.people.projects()], "projects")
    tasks = page.services.leaderboard.tasks()
    chosen_tasks = _several("Task", list(tasks), "tasks") if tasks else ()
    tags = _several("Tag", list(page.services.people.tags()), "tags")
    people = _several("Picked by", list(page.services.people.names()), "people")
    blind = st.toggle(
        "Names hidden only",
        key=BLIND,
        bind="query-params",
        help="Counts only picks of people who could not see which model wrote what.",
    )
    return Wanted(
        runs=HistoryFilter(
            projects=projects,
            tasks=chosen_tasks,
            tags=tags,
            since=begin_of(period, now=datetime.now(UTC), zone=reader_zone()),
            viewer=page.person,
        ),
        by=people,
        blind_only=bool(blind),
    )


def _several(label: str, options: list[str], key: str) -> tuple[str, ...]:
    chosen = st.multiselect(
        label,
        options,
        key=key,
        bind="query-params",
        placeholder=label,
        label_visibility="collapsed",
        width=150,
    )
    return tuple(chosen)
