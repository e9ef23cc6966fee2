"""Tags put on many runs, or taken off them, in one step."""

from typing import Final

import streamlit as st

from core.errors import ClaudePrompterError
from core.store.many_runs import Done
from pages.ui.history_ticks import Ticks
from pages.ui.problems import show_problem
from pages.ui.text import safe_label
from pages.ui.words import plural

_SAID: Final = "_tagged"


@st.dialog("Tag", icon=":material/sell:")
def tag_dialog(ticks: Ticks) -> None:
    """Open the dialog that tags the ticked runs."""
    st.caption(f"{plural(ticks.count, 'run')} ticked.")
    names = st.multiselect(
        "Tags",
        ticks.page.services.people.tags(),
        key="tag_names",
        accept_new_options=True,
        placeholder="Choose, or type a new one",
    )
    with st.container(horizontal=True, gap="small"):
        put = st.button("Put on", type="primary", key="tag_put", disabled=not names)
        off = st.button("Take off", key="tag_off", disabled=not names)
    if not put and not off:
        return
    many = ticks.page.services.many
    try:
        done = (many.tag if put else many.untag)(ticks.runs(), names, by=ticks.page.person)
    except ClaudePrompterError as error:
        show_problem(error)
        return
    st.session_state[_SAID] = tagged_words(done, names, put=put)
    st.rerun()


def say_tagged() -> None:
    """Say what the dialog did, now that it is closed: what is said while it closes is lost with it."""
    if said := st.session_state.pop(_SAID, ""):
        st.toast(said, icon=":material/sell:")


def tagged_words(done: Done, names: list[str], *, put: bool) -> str:
    """Give what became of the tags: how many runs have changed, and how many could not."""
    which = safe_label(", ".join(names))
    if not done.changed and not done.left:
        return f"Nothing to change: these runs {'have' if put else 'never had'} {which}."
    said = f"{which} {'put on' if put else 'taken off'} {plural(len(done.changed), 'run')}."
    return f"{said} {plural(done.left, 'run')} left as before." if done.left else said
