"""Where Performance leads to: a model's page, and the runs behind a figure."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import streamlit as st

from pages.ui.page import Page, script_of
from pages.ui.performance_filters import Wanted

Parameters = Mapping[str, str | Sequence[str]]


def open_runs(page: Page, parameters: Parameters) -> None:
    """Open History with these parameters."""
    st.switch_page(script_of("history"), query_params=_with_workspace(page, parameters))


def runs_link(page: Page, label: str, parameters: Parameters, *, icon: str | None = ":material/history:") -> None:
    """Draw a link to History with these parameters."""
    st.page_link(script_of("history"), label=label, icon=icon, query_params=_with_workspace(page, parameters))


def model_link(page: Page, model: str, label: str) -> None:
    """Draw a model's name as a link to its page."""
    page.link("performance", label, model=model)


def day_parameters(wanted: Wanted, day: str, *, days: int = 1, **more: str) -> dict[str, str | list[str]]:
    """Give History's parameters for so many days from this one (ISO) on."""
    first = date.fromisoformat(day)
    return wanted.history(**more) | {"days": [first.isoformat(), (first + timedelta(days=days - 1)).isoformat()]}


def is_new(key: str, selection: object) -> bool:
    """Tell whether a selection was just made: it stays until the next one, and must open something only once."""
    known = st.session_state.get(f"_opened_{key}")
    st.session_state[f"_opened_{key}"] = selection
    return bool(selection) and selection != known


def picked_point(event: Any) -> list[Any] | None:
    """Give the custom data of the point of a figure that was just clicked, None where none was."""
    points = event.selection.points if event is not None and "selection" in event else []
    data = points[0].get("customdata") if points else None
    return list(data) if isinstance(data, list | tuple) else None


def _with_workspace(page: Page, parameters: Parameters) -> dict[str, Any]:
    return {"ws": page.workspace.value, **{name: value for name, value in parameters.items() if value}}
