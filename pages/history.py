"""What did we ask, and what came back? Newest first, found again by words, model, state and pick."""

import streamlit as st

from core.errors import ClaudePrompterError
from pages.ui import history_view
from pages.ui.import_runs import draw_import
from pages.ui.problems import show_problem
from pages.ui.shell import open_page
from pages.ui.viewport import watch_width

page = open_page("history")
narrow = watch_width()
with page.actions:
    draw_import(page)
try:
    history_view.draw(page, st.query_params.get("run", ""), narrow=narrow)
except ClaudePrompterError as error:
    show_problem(error)
