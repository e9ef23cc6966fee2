"""What can be done with the ticked runs, pinned below the list; and the way back from what was just done."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from core.errors import ClaudePrompterError
from pages.ui.export_dialog import export_dialog
from pages.ui.history_tags import tag_dialog
from pages.ui.history_ticks import Ticks, tick_all, tick_only
from pages.ui.page import Page
from pages.ui.problems import problem_words
from pages.ui.rerun_dialog import rerun_dialog
from pages.ui.words import plural

DELETED: Final = "_deleted_runs"
MOST_COMPARED: Final = 2
MOST_QUEUED: Final = 500


def draw_bar(ticks: Ticks, *, narrow: bool) -> None:
    """Draw what can be done with the ticked runs, where there are any, and the way back from the last deletion."""
    deleted = st.session_state.get(DELETED)
    if not ticks.count and not deleted:
        return
    with st.bottom:
        if deleted:
            _undo_line(ticks.page, deleted)
        if not ticks.count:
            return
        if narrow:
            with st.popover(f"{ticks.count:,} ticked", icon=":material/check_box:", width="stretch", key="bar_sheet"):
                _actions(ticks, width="stretch")
            return
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="bar"):
            st.markdown(f"**{ticks.count:,} ticked**", width="content")
            st.space("xsmall")
            _actions(ticks, width="content")


def deleted_now(runs: tuple[str, ...]) -> None:
    """Remember what was just put into the bin, so that it can be taken back."""
    st.session_state[DELETED] = list(runs)


def _actions(ticks: Ticks, *, width: str) -> None:
    if ticks.wanted.in_bin:
        _button("Restore", ":material/undo:", lambda: _restore(ticks.page, ticks.runs()), width)
    else:
        _to_do(ticks, width)
    st.space("stretch")
    if not ticks.all and ticks.total > ticks.count:
        _button(f"All {ticks.total:,} in this view", "", lambda: tick_all(ticks), width, quiet=True)
    _button("Untick", "", lambda: tick_only(ticks.page, ()), width, quiet=True)


def _to_do(ticks: Ticks, width: str) -> None:
    two = ticks.count == MOST_COMPARED
    _button(
        "Compare", ":material/compare_arrows:", lambda: _compare(ticks), width, disabled=not two,
        tip="" if two else "Tick two runs to set them side by side.",
    )  # fmt: skip
    if _button("Re-run on …", ":material/replay:", None, width):
        rerun_dialog(ticks)
    if _button("Add to queue", ":material/rate_review:", None, width, tip="A new queue on Label, of these runs."):
        ticks.page.go("label", runs=",".join(ticks.runs(most=MOST_QUEUED)))
    if _button("AI judge", ":material/smart_toy:", None, width, tip="A model's second opinion on these runs."):
        ticks.page.go("label", judge="1", runs=",".join(ticks.runs(most=MOST_QUEUED)))
    if _button("Tag", ":material/sell:", None, width):
        tag_dialog(ticks)
    if _button("Export", ":material/download:", None, width):
        export_dialog(ticks)
    _button("Delete", ":material/delete:", lambda: _delete(ticks), width)


def _button(
    label: str,
    icon: str,
    act: Callable[[], None] | None,
    width: str,
    *,
    quiet: bool = False,
    disabled: bool = False,
    tip: str = "",
) -> bool:
    return st.button(
        label,
        key=f"bar_{label.split(maxsplit=1)[0].lower()}",
        icon=icon or None,
        type="tertiary" if quiet else "secondary",
        width=width,  # type: ignore[arg-type]
        disabled=disabled,
        help=tip or None,
        on_click=act,
    )


def _compare(ticks: Ticks) -> None:
    st.query_params["compare"] = ",".join(ticks.runs(most=MOST_COMPARED))


def _delete(ticks: Ticks) -> None:
    try:
        done = ticks.page.services.many.delete(ticks.runs(), by=ticks.page.person)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
        return
    if done.changed:
        deleted_now(done.changed)
    if done.left:
        st.toast(f"{plural(done.left, 'run')} still going or not yours: left where it was.", icon=":material/info:")
    tick_only(ticks.page, ())


def _restore(page: Page, runs: tuple[str, ...]) -> None:
    try:
        page.services.many.restore(runs, by=page.person)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
        return
    tick_only(page, ())
    _forget()


def _undo_line(page: Page, deleted: list[str]) -> None:
    """Offer to take back the last deletion of this tab."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="deleted_line"):
        what = "The run is" if len(deleted) == 1 else f"{len(deleted):,} runs are"
        st.markdown(f":material/delete: {what} in the bin for 30 days. The cost stays counted.", width="content")
        st.button("Undo", key="undo_delete", icon=":material/undo:", on_click=_restore, args=(page, tuple(deleted)))
        st.button("Close", key="close_deleted", type="tertiary", on_click=_forget)


def _forget() -> None:
    st.session_state.pop(DELETED, None)
