"""What History shows, as chosen on the page and as it stands in the address, so that a view can be shared."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from core.domain.run import RunState
from core.errors import ClaudePrompterError
from core.store.history_filter import HistoryFilter
from pages.ui.model_list import cards_of
from pages.ui.page import Page
from pages.ui.words import run_words

WHEN: Final = ("Today", "Last 7 days", "Last 30 days", "This month")
JUDGED: Final = ("Judged", "Not judged")
STATES: Final = (RunState.DONE, RunState.FAILED, RunState.CANCELLED, RunState.INTERRUPTED, RunState.RUNNING)
KEYS: Final = ("words", "when", "model", "state", "judged", "person", "project", "bin")
NOBODY: Final = "someone"
Width = int | Literal["stretch"]


def draw_filters(page: Page, *, narrow: bool) -> HistoryFilter:
    """Draw the filters and give what they ask for."""
    words = st.text_input(
        "Search the prompts",
        key="words",
        type="search",
        live="300ms",
        bind="query-params",
        placeholder="Search the words of a prompt",
        label_visibility="collapsed",
        icon=":material/search:",
    )
    if narrow:
        with st.popover("Filters", icon=":material/tune:", width="stretch"):
            return _rest(page, words or "", narrow=True)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="filters"):
        return _rest(page, words or "", narrow=False)


def begin_of(when: str | None, *, now: datetime, zone: tzinfo) -> datetime | None:
    """Give the moment from which on runs are shown: days begin at midnight of the reader's own zone."""
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    days = {"Today": 0, "Last 7 days": 6, "Last 30 days": 29}
    if when in days:
        return (midnight - timedelta(days=days[when])).astimezone(UTC)
    return midnight.replace(day=1).astimezone(UTC) if when == "This month" else None


def reader_zone() -> tzinfo:
    """Give the time zone of the browser, UTC where it tells none."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _rest(page: Page, words: str, *, narrow: bool) -> HistoryFilter:
    width: Width = "stretch" if narrow else 150
    when = st.selectbox(
        "When", WHEN, index=None, key="when", bind="query-params", placeholder="Any time",
        label_visibility="collapsed", width=width,
    )  # fmt: skip
    models = _models(page, width=width)
    states = st.multiselect(
        "State", [state.value for state in STATES], format_func=lambda value: run_words(RunState(value)), key="state",
        bind="query-params", placeholder="Any state", label_visibility="collapsed", width=width,
    )  # fmt: skip
    judged = st.selectbox(
        "Judged", JUDGED, index=None, key="judged", bind="query-params", placeholder="Judged or not",
        label_visibility="collapsed", width=width,
    )  # fmt: skip
    with st.popover("More", type="tertiary"):
        persons = st.multiselect(
            "Person", [NOBODY, *page.services.people.names()], key="person", bind="query-params", placeholder="Anybody"
        )
        projects = st.multiselect(
            "Project",
            [project.name for project in page.services.people.projects()],
            key="project",
            bind="query-params",
            placeholder="Any project",
        )
        in_bin = st.toggle("The bin", key="bin", bind="query-params", help="Deleted runs stay there for 30 days.")
    st.button("Clear", type="tertiary", key="clear_filters", on_click=_clear)
    return HistoryFilter(
        words=words,
        models=tuple(models),
        states=tuple(RunState(value) for value in _with_queued(states)),
        persons=tuple("" if name == NOBODY else name for name in persons),
        projects=tuple(projects),
        since=begin_of(when, now=datetime.now(UTC), zone=reader_zone()),
        judged=None if judged is None else judged == JUDGED[0],
        viewer=page.person,
        in_bin=in_bin,
    )


def _models(page: Page, *, width: Width) -> list[str]:
    try:
        labels = {name: card.label for name, card in cards_of(page).items()}
    except ClaudePrompterError:
        labels = {}
    return st.multiselect(
        "Model",
        list(labels),
        format_func=lambda name: labels.get(name, name),
        key="model",
        bind="query-params",
        placeholder="Any model",
        label_visibility="collapsed",
        accept_new_options=True,
        width=width,
    )


def _with_queued(states: list[str]) -> list[str]:
    """Take "going" for runs that wait as well."""
    return [*states, RunState.QUEUED.value] if RunState.RUNNING.value in states else states


def _clear() -> None:
    empty: dict[str, Any] = {
        "words": "",
        "when": None,
        "model": [],
        "state": [],
        "judged": None,
        "person": [],
        "project": [],
    }
    for key, value in empty.items():
        st.session_state[key] = value
    st.session_state["bin"] = False
