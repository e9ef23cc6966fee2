"""What went wrong, in plain words with the next step: inline, never a traceback."""

import logging

import streamlit as st

from core.errors import ClaudePrompterError
from pages.ui.text import safe_markdown

logger = logging.getLogger(__name__)


def problem_words(error: ClaudePrompterError) -> str:
    """Give what happened and what to do as Markdown that shows both as typed."""
    step = f"  \n{safe_markdown(error.next_step)}" if error.next_step else ""
    return f"**{safe_markdown(error.message)}**{step}"


def show_problem(error: ClaudePrompterError, *, icon: str = ":material/error:") -> None:
    """Draw an error of ours where it happened; the other side's own words are one click away."""
    st.error(problem_words(error), icon=icon)
    if error.detail:
        with st.popover("Why?", type="tertiary"):
            st.code(error.detail, language=None, wrap_lines=True)


def show_unexpected(error: Exception) -> bool:
    """Draw an error that no page caught, and log it. Gives True, so that Streamlit shows no traceback of its own."""
    if isinstance(error, ClaudePrompterError):
        show_problem(error)
        return True
    logger.error("A page failed", exc_info=error)
    st.error(
        "**This page could not be drawn.** Nothing that was recorded is lost.  \n"
        "Reload it; if it fails again, the server's log says why.",
        icon=":material/error:",
    )
    return True
