"""Which runs of the list are ticked in this tab: some by one, or all that the view holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import streamlit as st

from core.store.history_filter import HistoryFilter
from pages.ui.page import Page

_TICKED: Final = "_ticked_"
_ALL: Final = "_all_ticked_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticks:
    """The ticks of one view. `total` is how many runs the view holds; `one_by_one` are public ids."""

    page: Page
    wanted: HistoryFilter
    total: int
    one_by_one: tuple[str, ...]
    all: bool

    @property
    def count(self) -> int:
        """Give how many runs are ticked."""
        return self.total if self.all else len(self.one_by_one)

    def runs(self, *, most: int = 100_000) -> tuple[str, ...]:
        """Give the public ids of the ticked runs, of a whole view in its order, up to `most`. Raises StoreError."""
        return self.page.services.history.ids(self.wanted, most=most) if self.all else self.one_by_one[:most]


def ticks_of(page: Page, wanted: HistoryFilter, *, total: int) -> Ticks:
    """Give what is ticked; "all in this view" ends when the view becomes another one."""
    all_of = st.session_state.get(_ALL + page.workspace.value)
    return Ticks(
        page=page,
        wanted=wanted,
        total=total,
        one_by_one=tuple(st.session_state.get(_TICKED + page.workspace.value, ())),
        all=all_of is not None and all_of == _view(wanted),
    )


def tick_only(page: Page, runs: Iterable[str]) -> None:
    """Tick these runs and no others."""
    st.session_state[_TICKED + page.workspace.value] = list(dict.fromkeys(runs))
    st.session_state.pop(_ALL + page.workspace.value, None)


def tick_shown(ticks: Ticks, shown: Sequence[str], ticked: Iterable[str]) -> None:
    """Tick these of the runs on view; what is ticked beyond them stays so, unless it was all of the view."""
    beyond = () if ticks.all else [run for run in ticks.one_by_one if run not in set(shown)]
    tick_only(ticks.page, [*beyond, *ticked])


def tick_all(ticks: Ticks) -> None:
    """Tick every run that the view holds, those not on the page too."""
    st.session_state[_ALL + ticks.page.workspace.value] = _view(ticks.wanted)


def _view(wanted: HistoryFilter) -> HistoryFilter:
    return replace(wanted, viewer="")
