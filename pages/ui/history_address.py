"""The view of History as it stands in the address: each filter's name there, and a saved view put back into it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from core.domain.run import RunState
from core.store.history_filter import HistoryFilter, Order

NOBODY: Final = "someone"
NO_PROJECT: Final = "no project"
NO_TEAM: Final = "no team"
NO_TAG: Final = "no tag"
JUDGED: Final = ("Judged", "Not judged")
WORDS: Final = "words"
MEANING: Final = "meaning"
EMPTY: Final[Mapping[str, Any]] = {
    "words": "",
    "by": WORDS,
    "when": None,
    "days": (),
    "person": [],
    "team": [],
    "project": [],
    "tag": [],
    "model": [],
    "place": [],
    "state": [],
    "judged": None,
    "winner": [],
    "cost_from": None,
    "cost_to": None,
    "bin": False,
    "sort": Order.NEWEST.value,
}
"""What each part of the address is while it asks for nothing."""
ROWS_SHOWN: Final = "_history_rows"


def reader_zone() -> ZoneInfo:
    """Give the time zone of the browser, UTC where it tells none that is known."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def put(values: Mapping[str, Any]) -> None:
    """Put a view into the address; what is not named asks for nothing. For callbacks alone."""
    for key, value in {**EMPTY, **values}.items():
        if st.session_state.get(key, EMPTY[key]) != value or key in st.query_params:
            st.session_state[key] = value
    st.session_state.pop(ROWS_SHOWN, None)


def address_of(wanted: HistoryFilter, *, zone: tzinfo) -> dict[str, Any]:
    """Give the parts of the address that show what a filter asks for."""
    return {
        "words": wanted.meaning or wanted.words,
        "by": MEANING if wanted.meaning else WORDS,
        "when": wanted.recent.value if wanted.recent else None,
        "days": _days(wanted, zone),
        "person": _named(wanted.persons, NOBODY),
        "team": _named(wanted.teams, NO_TEAM),
        "project": _named(wanted.projects, NO_PROJECT),
        "tag": _named(wanted.tags, NO_TAG),
        "model": list(wanted.models),
        "place": [place.value for place in wanted.places],
        "state": [state.value for state in wanted.states if state is not RunState.QUEUED],
        "judged": None if wanted.judged is None else JUDGED[0 if wanted.judged else 1],
        "winner": list(wanted.winners),
        "cost_from": None if wanted.cost_from is None else float(wanted.cost_from),
        "cost_to": None if wanted.cost_to is None else float(wanted.cost_to),
        "bin": wanted.in_bin,
        "sort": wanted.order.value,
    }


def moments(days: object, *, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """Give from when on (included) and until when (not included) two chosen days go; one alone is both."""
    chosen = [day for day in days if isinstance(day, date)] if isinstance(days, tuple) else []
    if not chosen:
        return None, None
    first, last = min(chosen), max(chosen)
    return _midnight(first, zone), _midnight(last + timedelta(days=1), zone)


def _days(wanted: HistoryFilter, zone: tzinfo) -> tuple[date, ...]:
    if wanted.since is None or wanted.until is None:
        return ()
    return wanted.since.astimezone(zone).date(), (wanted.until.astimezone(zone) - timedelta(seconds=1)).date()


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _named(names: tuple[str, ...], nobody: str) -> list[str]:
    return [name or nobody for name in names]
