"""Views of History under a name: opened, saved, renamed, taken off the list; the same for everybody here."""

from typing import Any, Final

import streamlit as st

from core.errors import ClaudePrompterError
from core.store.history_filter import HistoryFilter
from core.store.saved_views import SavedViewRecord
from pages.ui.history_address import address_of, put, reader_zone
from pages.ui.page import Page
from pages.ui.problems import problem_words
from pages.ui.text import safe_label

_NAME: Final = "view_name"
_RENAMED: Final = "_view_renamed"
LONGEST_NAME: Final = 80


def draw_saved(page: Page, wanted: HistoryFilter) -> None:
    """Draw the list of saved views, and the field that keeps the view on screen. Raises StoreError."""
    with st.popover("Saved views", icon=":material/bookmarks:", key="saved_views", on_change="rerun") as popover:
        if not popover.open:
            return
        views = page.services.views.all()
        for view in views:
            _view(page, view)
        if not views:
            st.caption("None yet. A saved view keeps search, filters and order for everybody here.")
        with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", key="save_view_line"):
            st.text_input(
                "Save this view as", key=_NAME, max_chars=LONGEST_NAME, placeholder="Complaints, not judged",
                on_change=_save, args=(page, wanted),
            )  # fmt: skip
            st.button("Save", key="save_view", on_click=_save, args=(page, wanted))


def _view(page: Page, view: SavedViewRecord) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"view_{view.id}"):
        if st.session_state.get(_RENAMED) == view.id:
            key = f"view_rename_{view.id}"
            st.text_input(
                "New name", value=view.name, key=key, max_chars=LONGEST_NAME, label_visibility="collapsed",
                on_change=_rename, args=(page, view.id, key),
            )  # fmt: skip
            return
        st.button(
            safe_label(view.name), key=f"open_view_{view.id}", type="tertiary", on_click=_open, args=(view,),
            help=f"Saved by {safe_label(view.person or 'someone')}", width="stretch",
        )  # fmt: skip
        st.button(
            "Rename", key=f"rename_view_{view.id}", type="tertiary", icon=":material/edit:",
            on_click=st.session_state.__setitem__, args=(_RENAMED, view.id),
        )  # fmt: skip
        st.button(
            "Delete", key=f"delete_view_{view.id}", type="tertiary", icon=":material/delete:",
            on_click=_remove, args=(page, view),
        )  # fmt: skip


def _open(view: SavedViewRecord) -> None:
    put(address_of(view.wanted, zone=reader_zone()))


def _save(page: Page, wanted: HistoryFilter) -> None:
    name = str(st.session_state.get(_NAME) or "").strip()
    if not name:
        st.toast("Type a name first.", icon=":material/info:")
        return
    _do(lambda: page.services.views.save(name, wanted, person=page.person), f"Saved as {safe_label(name)}.")
    st.session_state[_NAME] = ""


def _rename(page: Page, view_id: int, key: str) -> None:
    st.session_state.pop(_RENAMED, None)
    name = str(st.session_state.get(key) or "").strip()
    if name:
        _do(lambda: page.services.views.rename(view_id, name), "")


def _remove(page: Page, view: SavedViewRecord) -> None:
    _do(lambda: page.services.views.remove(view.id), f"{safe_label(view.name)} is off the list; its runs stay.")


def _do(act: Any, said: str) -> None:
    try:
        act()
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
        return
    if said:
        st.toast(said, icon=":material/check:")
