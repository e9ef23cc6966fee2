"""Colours and marks that mean the same on every page: a model keeps its colour, a place its icon and word.

The theme in `.streamlit/config.toml` holds the same series, which stands here too for what must know a model's own.
"""

import hashlib
from collections.abc import Iterable

from core.domain.model import Place
from core.domain.run import ShotState

SERIES_LIGHT = ("#4F46E5", "#B45309", "#0F766E", "#BE185D", "#1D6FB8", "#4D7C0F", "#7E22CE", "#B91C1C")
SERIES_DARK = ("#A5A1FF", "#F2B35E", "#4FD1C0", "#F59AC4", "#7CC0F5", "#B5DB6C", "#D3A6FB", "#FB9C94")
"""Eight colours, each at least 4.5:1 on the page and on a panel of its theme; the same order in both."""

_DEMO_MODELS = (
    "simulated/sage",
    "simulated/swift",
    "simulated/pine",
    "simulated/grand",
    "simulated/fern",
)
_DIRECTIVES = ("violet", "orange", "green", "red", "blue")

_PLACE_WORDS = {Place.LOCAL: "this machine", Place.PRIVATE: "our network", Place.CLOUD: "outside"}
_PLACE_ICONS = {
    Place.LOCAL: ":material/computer:",
    Place.PRIVATE: ":material/lan:",
    Place.CLOUD: ":material/cloud:",
}
_PLACE_COLOURS = {Place.LOCAL: "green", Place.PRIVATE: "blue", Place.CLOUD: "gray"}
_PLACE_MEANING = {
    Place.LOCAL: "Runs on the machine that serves this page; nothing leaves it.",
    Place.PRIVATE: "Runs on a server the team declared its own; nothing leaves our network.",
    Place.CLOUD: "Runs at a provider; the prompt leaves our network.",
}
_STATE_ICONS = {
    ShotState.QUEUED: ":material/schedule:",
    ShotState.RUNNING: ":material/more_horiz:",
    ShotState.DONE: ":material/check:",
    ShotState.TRUNCATED: ":material/content_cut:",
    ShotState.FAILED: ":material/error:",
    ShotState.CANCELLED: ":material/stop_circle:",
    ShotState.INTERRUPTED: ":material/power_off:",
}


def series_index(model: str) -> int:
    """Give the model's place in the series of eight colours: the same on every page, machine and day.

    The demo's five models have fixed and distinct ones; any other follows from its name alone.
    """
    if model in _DEMO_MODELS:
        return _DEMO_MODELS.index(model)
    return hashlib.sha256(model.encode()).digest()[0] % len(SERIES_LIGHT)


def colour_of(model: str, *, dark: bool = False) -> str:
    """Give a model's colour as `#RRGGBB` for a figure in the light or the dark theme."""
    return (SERIES_DARK if dark else SERIES_LIGHT)[series_index(model)]


def colours_of(models: Iterable[str], *, dark: bool = False) -> dict[str, str]:
    """Give a colour per model for one figure: each its own, and no two alike while the series has colours left."""
    given: dict[str, str] = {}
    series = SERIES_DARK if dark else SERIES_LIGHT
    taken: set[int] = set()
    for model in sorted(set(models), key=lambda name: (name not in _DEMO_MODELS, name)):
        start = series_index(model)
        steps = ((start + step) % len(series) for step in range(len(series)))
        chosen = next((index for index in steps if index not in taken), start)
        taken.add(chosen)
        given[model] = series[chosen]
    return given


def place_words(place: Place) -> str:
    """Give the word for a place: this machine, our network, outside."""
    return _PLACE_WORDS[place]


def place_icon(place: Place) -> str:
    """Give the icon of a place, as Streamlit's icon parameters take it."""
    return _PLACE_ICONS[place]


def place_meaning(place: Place) -> str:
    """Give one sentence that says where a prompt goes."""
    return _PLACE_MEANING[place]


def place_badge(place: Place) -> str:
    """Give a place as a badge in Streamlit's Markdown: icon and word, so that colour never stands alone."""
    return f":{_PLACE_COLOURS[place]}-badge[{_PLACE_ICONS[place]} {_PLACE_WORDS[place]}]"


def state_icon(state: ShotState) -> str:
    """Give the mark of a shot's state, as Streamlit's icon parameters take it."""
    return _STATE_ICONS[state]
