"""What History shows, as chosen on the page; each choice stands in the address, so that a view can be shared."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.domain.model import Place
from core.domain.run import RunState
from core.errors import ClaudePrompterError
from core.store.history_filter import HistoryFilter, Order
from core.store.recent import Recent
from core.store.vectors import Likeness
from pages.ui.history_address import (
    EMPTY,
    JUDGED,
    MEANING,
    NO_PROJECT,
    NO_TAG,
    NO_TEAM,
    NOBODY,
    WORDS,
    moments,
    put,
    reader_zone,
)
from pages.ui.page import Page
from pages.ui.palette import place_words
from pages.ui.problems import show_problem
from pages.ui.text import safe_label
from pages.ui.words import run_words

STATES: Final = (RunState.DONE, RunState.FAILED, RunState.CANCELLED, RunState.INTERRUPTED, RunState.RUNNING)
ORDERS: Final = {
    Order.NEWEST.value: "newest first",
    Order.OLDEST.value: "oldest first",
    Order.DEAREST.value: "dearest first",
}
RARE: Final = ("team", "tag", "place", "winner", "cost_from", "cost_to", "days", "bin")
TIE: Final = "tie"
NONE: Final = "none"
_LIKENESS: Final = "_likeness"

__all__ = ["draw_filters", "reader_zone"]


def draw_filters(page: Page, *, narrow: bool, order_at: DeltaGenerator) -> HistoryFilter:
    """Draw search and filters, and at `order_at` the order; give what they ask for. Raises StoreError."""
    labels = page.services.history.models()
    text, like = _search(page, narrow=narrow)
    if narrow:
        with st.popover(_sheet_label(), icon=":material/tune:", width="stretch", key="filter_sheet"):
            chosen = _Drawn(page=page, labels=labels, inside=True)
            _often(chosen)
            _rarely(chosen)
            _clear_button()
    else:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="filters"):
            _often(_Drawn(page=page, labels=labels, inside=False))
            with st.popover(_more_label(), type="tertiary", key="more_filters"):
                _rarely(_Drawn(page=page, labels=labels, inside=True))
            if _asked(EMPTY):
                _clear_button()
    with order_at:
        order = _order(by_meaning=like is not None)
    wanted = _wanted(page, order)
    return replace(wanted, like=like, meaning=text) if like is not None else replace(wanted, words=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """Where filters are drawn: on a line, each in a popover of its own, or inside one that is open."""

    page: Page
    labels: dict[str, str]
    inside: bool

    def several(
        self, label: str, key: str, options: Sequence[str], shown: Callable[[str], str] = str, *, more: bool = False
    ) -> None:
        """Draw a filter that takes several values; `more` lets values be typed that nobody knows."""

        def draw() -> None:
            st.multiselect(
                label,
                [*options, *(name for name in _value(key) if name not in options)],
                format_func=shown,
                key=key,
                bind="query-params",
                placeholder="Any",
                accept_new_options=more,
            )

        if self.inside:
            draw()
            return
        values = _words_of(key, shown)
        rest = f" +{len(values) - 1}" if len(values) > 1 else ""
        with st.popover(f"{label}: **{safe_label(values[0])}**{rest}" if values else label, key=f"filter_{key}"):
            draw()


def _often(drawn: _Drawn) -> None:
    people = drawn.page.services.people
    st.selectbox(
        "When", [each.value for each in Recent], index=None, format_func=str.capitalize, key="when",
        bind="query-params", placeholder="Any time", label_visibility=_visible(drawn),
        width="stretch" if drawn.inside else 150,
    )  # fmt: skip
    drawn.several("Person", "person", [*people.names(), NOBODY])
    drawn.several("Project", "project", [*(project.name for project in people.projects()), NO_PROJECT])
    drawn.several("Model", "model", list(drawn.labels), _model_words(drawn.labels), more=True)
    drawn.several("State", "state", [state.value for state in STATES], lambda value: run_words(RunState(value)))
    st.selectbox(
        "Judged", JUDGED, index=None, key="judged", bind="query-params", placeholder="Judged or not",
        label_visibility=_visible(drawn), width="stretch" if drawn.inside else 150,
    )  # fmt: skip


def _rarely(drawn: _Drawn) -> None:
    people = drawn.page.services.people
    drawn.several("Team", "team", [*(team.name for team in people.teams()), NO_TEAM])
    drawn.several("Tag", "tag", [*people.tags(), NO_TAG])
    drawn.several("Place", "place", [place.value for place in Place], lambda value: place_words(Place(value)))
    drawn.several("Winner", "winner", [*drawn.labels, TIE, NONE], _winner_words(drawn.labels))
    st.date_input("Between two days", value=[], key="days", bind="query-params")
    low, high = st.columns(2)
    for column, label, key in ((low, "Cost from, USD", "cost_from"), (high, "Cost to, USD", "cost_to")):
        column.number_input(
            label, min_value=0.0, value=None, key=key, bind="query-params", step=0.01, format="%g", placeholder="Any"
        )
    st.toggle("The bin", key="bin", bind="query-params", help="Deleted runs stay there for 30 days.")


def _order(*, by_meaning: bool) -> Order:
    """Draw which runs come first; a search by meaning has its own order."""
    if by_meaning:
        st.caption("nearest first", width="content")
        return Order.NEWEST
    chosen = st.selectbox(
        "Order", list(ORDERS), format_func=ORDERS.__getitem__, key="sort", bind="query-params",
        label_visibility="collapsed", width=150,
    )  # fmt: skip
    return Order(chosen)


def _wanted(page: Page, order: Order) -> HistoryFilter:
    zone = reader_zone()
    recent = _value("when")
    since, until = moments(_value("days"), zone=zone)
    judged = _value("judged")
    states = [RunState(value) for value in _value("state")]
    if RunState.RUNNING in states:  # who looks for runs that are going means those that wait as well
        states.append(RunState.QUEUED)
    return HistoryFilter(
        models=tuple(_value("model")),
        places=tuple(Place(value) for value in _value("place")),
        states=tuple(states),
        persons=_names("person", NOBODY),
        teams=_names("team", NO_TEAM),
        projects=_names("project", NO_PROJECT),
        tags=_names("tag", NO_TAG),
        since=since,
        until=until,
        recent=Recent(recent) if recent else None,
        zone=zone.key if recent else "",
        cost_from=_amount("cost_from"),
        cost_to=_amount("cost_to"),
        judged=None if judged is None else judged == JUDGED[0],
        winners=tuple(_value("winner")),
        viewer=page.person,
        in_bin=bool(_value("bin")),
        order=order,
    )


def _search(page: Page, *, narrow: bool) -> tuple[str, Likeness | None]:
    """Draw the search and give its text, and what a search by meaning compares with."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="search_line"):
        text = st.text_input(
            "Search",
            key="words",
            type="search",
            live="300ms",
            bind="query-params",
            placeholder="Search prompts and answers" if narrow else "Search the words of prompts and answers",
            label_visibility="collapsed",
            icon=":material/search:",
        )
        by = st.segmented_control(
            "Search by",
            [WORDS, MEANING],
            default=WORDS,
            key="by",
            bind="query-params",
            required=True,
            label_visibility="collapsed",
            help="Words: what is written in prompts and answers. Meaning: prompts that ask for something alike.",
            width="content",
        )
    typed = (text or "").strip()
    if by != MEANING or not typed:
        return typed, None
    try:
        return typed, _likeness(page, typed)
    except ClaudePrompterError as error:
        show_problem(error)
        st.caption("Words are looked for instead.")
        return typed, None


def _likeness(page: Page, text: str) -> Likeness:
    """Give what a text is compared with, worked out once for each text; the first one of all waits for the model."""
    kept = st.session_state.get(_LIKENESS)
    if kept and kept[0] == text:
        return kept[1]  # type: ignore[no-any-return]
    with st.spinner("Reading what it means …"):
        found = page.services.embeddings.like(text)
    st.session_state[_LIKENESS] = (text, found)
    return found


def _value(key: str) -> Any:
    return st.session_state.get(key, EMPTY[key])


def _words_of(key: str, shown: Callable[[str], str]) -> list[str]:
    """Give a filter's values in words before its widget is drawn: on the first visit the address alone knows them."""
    return (
        [shown(value) for value in st.session_state[key]] if key in st.session_state else st.query_params.get_all(key)
    )


def _names(key: str, nobody: str) -> tuple[str, ...]:
    return tuple("" if name == nobody else name for name in _value(key))


def _amount(key: str) -> Decimal | None:
    value = _value(key)
    return None if value is None else Decimal(str(value))


def _model_words(labels: dict[str, str]) -> Callable[[str], str]:
    """Give a model's name for people; where two have the same, the whole one."""
    shown = list(labels.values())
    return lambda name: labels[name] if name in labels and shown.count(labels[name]) == 1 else name


def _winner_words(labels: dict[str, str]) -> Callable[[str], str]:
    words = {TIE: "a tie", NONE: "none was good enough"}
    name_of = _model_words(labels)
    return lambda value: words.get(value) or name_of(value)


def _visible(drawn: _Drawn) -> Any:
    return "visible" if drawn.inside else "collapsed"


def _asked(keys: Iterable[str]) -> int:
    """Give how many of these filters ask for something."""
    return sum(_asks(key) for key in keys if key not in ("sort", "by"))


def _asks(key: str) -> bool:
    return st.session_state[key] != EMPTY[key] if key in st.session_state else key in st.query_params


def _more_label() -> str:
    return f"More ({_asked(RARE)})" if _asked(RARE) else "More"


def _sheet_label() -> str:
    asked = _asked(key for key in EMPTY if key != "words")
    return f"Filters ({asked})" if asked else "Filters"


def _clear_button() -> None:
    st.button("Clear", type="tertiary", key="clear_filters", on_click=_clear)


def _clear() -> None:
    put({"sort": _value("sort")})
