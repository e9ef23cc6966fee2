"""Settings, About: which version this is, and whether all of it is well."""

import platform
from importlib.metadata import version
from typing import Final

import streamlit as st

from core.errors import ClaudePrompterError
from core.store.size import measure
from pages.ui import settings_health
from pages.ui.page import Page
from pages.ui.problems import problem_words
from pages.ui.text import safe_label
from pages.ui.words import bytes_words

_STATES: Final = {
    "ready": (":green-badge[:material/check_circle: Ready]", "It carries out runs."),
    "starting": (":orange-badge[:material/hourglass_top: Starting]", ""),
    "down": (":red-badge[:material/error: Not running]", ""),
}

_MEANING: Final = {
    "ready": (":green-badge[:material/check_circle: Up to date]", "Every prompt can be found by its meaning."),
    "working": (":blue-badge[:material/autorenew: Reading]", "It reads new prompts while nothing else is going on."),
    "waiting": (":gray-badge[:material/hourglass_empty: Later]", "It begins a minute after the app has started."),
    "off": (":red-badge[:material/error: Off]", ""),
}


def draw(page: Page) -> None:
    """Draw the tab."""
    left, right = st.columns(2, gap="medium")
    with left:
        _health(page)
    with right:
        _versions(page)
    settings_health.draw(page)


@st.fragment(run_every=3)
def _health(page: Page) -> None:
    """Show how the engine and the database are; looked at anew every three seconds."""
    with st.container(border=True):
        st.markdown("##### Health")
        engine = page.services.engine.status()
        badge, words = _STATES[engine.state]
        st.markdown(f"**Engine**, which asks the models  \n{badge} {safe_label(engine.message or words)}")
        if engine.next_step:
            st.caption(safe_label(engine.next_step))
        st.markdown(f"**Database**  \n{_database(page)}")
        _meaning(page)


def _meaning(page: Page) -> None:
    """Show whether the meaning of prompts is read, for search and router."""
    found = page.services.catching_up.status()
    badge, words = _MEANING[found.state]
    st.markdown(f"**Meaning of prompts**, for search and router  \n{badge} {safe_label(found.message or words)}")
    if found.next_step:
        st.caption(safe_label(found.next_step))
    if found.detail:
        st.caption(safe_label(found.detail))


def _database(page: Page) -> str:
    kind = "SQLite" if page.services.database.is_sqlite else "PostgreSQL"
    try:
        size = bytes_words(measure(page.services.database).bytes)
    except ClaudePrompterError as error:
        return f":red-badge[:material/error: Not usable] {problem_words(error)}"
    return f":green-badge[:material/check_circle: Open] {kind}, {size}"


def _versions(page: Page) -> None:
    known = {
        "ClaudePrompter": _version("claudeprompter") or "from source",
        "Python": platform.python_version(),
        "Streamlit": st.__version__,
        "litellm": _version("litellm"),
        "Data folder": str(page.settings.data_dir),
    }
    with st.container(border=True):
        st.markdown("##### Version")
        lines = (f":gray[{name}] · {safe_label(value)}" for name, value in known.items() if value)
        st.markdown("  \n".join(lines))
        st.caption("`python -m core doctor` prints more, without secrets.")


def _version(name: str) -> str:
    try:
        return version(name)
    except ModuleNotFoundError:  # PackageNotFoundError is one; run from source, the app itself is not installed
        return ""
