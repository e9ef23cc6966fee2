"""Whether the page is on a phone and in the dark: asked of the browser, because that makes another page."""

from typing import Final

import streamlit as st

_KEY: Final = "viewport"
_KNOWN: Final = "_narrow"
_JS: Final = """
export default function ({ setStateValue }) {
  const narrow = matchMedia("(max-width: 640px)");
  const tell = () => setStateValue("narrow", narrow.matches);
  narrow.addEventListener("change", tell);
  tell();
  return () => narrow.removeEventListener("change", tell);
}
"""
_VIEWPORT = st.components.v2.component("viewport", js=_JS)


def is_narrow() -> bool:
    """Tell whether the page is at most 640 px wide, as the browser last said; guessed from its name before that."""
    return bool(st.session_state.get(_KNOWN, "Mobi" in (st.context.headers.get("User-Agent") or "")))


def watch_width() -> bool:
    """Draw the invisible part that tells the width, in the sidebar where it takes no room, and tell `is_narrow`.

    Once on a page, before anything that depends on it.
    """
    known = is_narrow()
    with st.sidebar:
        told = _VIEWPORT(key=_KEY, default={"narrow": known}, on_narrow_change=_changed, height="content")
    if told.narrow is not None:
        st.session_state[_KNOWN] = bool(told.narrow)
    if is_narrow() != known:
        st.rerun()
    return known


def _changed() -> None:
    state = st.session_state.get(_KEY)
    if state is not None and state.get("narrow") is not None:
        st.session_state[_KNOWN] = bool(state["narrow"])


def is_dark() -> bool:
    """Tell whether the reader's theme is dark."""
    return st.context.theme.type == "dark"
