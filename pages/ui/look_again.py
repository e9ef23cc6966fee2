"""Draws a page anew in a second, for what is still being read or asked; a few times, then it rests."""

from collections.abc import Callable
from typing import Final

import streamlit as st

SECONDS: Final = 1.0
MOST_TIMES: Final = 40


def look_again(subject: str, *, before: Callable[[], None] | None = None) -> None:
    """Have the page drawn again, after `before` if given; `MOST_TIMES` at most while it is about the same subject."""
    key = "_looked_again"
    asked, times = st.session_state.get(key, ("", 0))
    times = times if asked == subject else 0
    if times >= MOST_TIMES:
        return
    turns = 0

    @st.fragment(run_every=SECONDS)
    def again() -> None:
        nonlocal turns
        turns += 1
        if turns == 1:
            return
        st.session_state[key] = (subject, times + 1)
        if before is not None:
            before()
        st.rerun()

    with st.container():
        again()
