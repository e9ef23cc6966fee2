"""Which model is good, fast and dependable? One row a model; the leaderboard and a page for each model live here."""

import streamlit as st

from core.errors import ClaudePrompterError
from pages.ui import performance_model, performance_view
from pages.ui.problems import show_problem
from pages.ui.shell import open_page
from pages.ui.viewport import is_narrow, watch_width

page = open_page("performance")
watch_width()
model = st.query_params.get("model", "")
try:
    if model:
        performance_model.draw(page, model, narrow=is_narrow())
    else:
        performance_view.draw(page, narrow=is_narrow())
except ClaudePrompterError as error:
    show_problem(error)
