"""A note on a section of the review: shown under it, written from it, also while presenting."""

import streamlit as st

from core.costs.meeting import Meeting
from core.errors import ClaudePrompterError
from pages.ui.costs_view import View
from pages.ui.page import Page
from pages.ui.problems import problem_words
from pages.ui.text import safe_markdown


def draw_note(found: Meeting, section: str) -> None:
    """Draw the section's note, where it has one."""
    text = found.notes.get(section, "")
    if text:
        st.markdown("\n".join(f"> {line}" for line in safe_markdown(text).splitlines()))


def draw_note_button(page: Page, view: View, found: Meeting, section: str) -> None:
    """Draw what writes the section's note."""
    text = found.notes.get(section, "")
    label = "Edit the note" if text else "Add a note"
    with (
        st.popover(label, type="tertiary", icon=":material/edit_note:", key=f"note_{section}"),
        st.form(f"note_form_{section}", border=False),
    ):
        st.text_area("Note", value=text, key=f"note_text_{section}_{view.month.number}", height=120)
        st.form_submit_button("Save", type="primary", on_click=_write, args=(page, view, section))


def _write(page: Page, view: View, section: str) -> None:
    text = str(st.session_state.get(f"note_text_{section}_{view.month.number}") or "")
    try:
        page.services.decisions.write_note(view.month, section, text.strip(), person=page.person)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
