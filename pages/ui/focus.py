"""Puts the cursor into a field that a key has just opened: Streamlit opens it, but leaves the cursor where it was."""

from typing import Final

import streamlit as st

_JS: Final = """
export default function ({ data }) {
  if (window.lastFocused === data.once) return;
  const until = performance.now() + 2000;
  const look = () => {
    // The field may be drawn after this, and the button that was pressed may still take the cursor back.
    const field = document.querySelector(`.st-key-${data.key} input, .st-key-${data.key} textarea`);
    if (field) {
      window.lastFocused = data.once;
      field.focus();
    }
    if (document.activeElement !== field && performance.now() < until) requestAnimationFrame(look);
  };
  look();
}
"""
_FOCUS = st.components.v2.component("focus", js=_JS)


def focus(key: str, *, once: str) -> None:
    """Put the cursor into the field of this key, one time for each value of `once`. Takes no room."""
    _FOCUS(key=f"focus_{key}", data={"key": key, "once": once}, height="content")
