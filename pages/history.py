"""What did we ask, and what came back? Searched by words or meaning, compared, asked again, brought in, taken out."""

import streamlit as st

from core.errors import ClaudePrompterError
from pages.ui import history_view
from pages.ui.history_compare import COMPARE, draw_compare
from pages.ui.problems import show_problem
from pages.ui.shell import open_page
from pages.ui.viewport import watch_width

page = open_page("history")
narrow = watch_width()
try:
    if compared := st.query_params.get(COMPARE, ""):
        draw_compare(page, compared)
    else:
        history_view.draw(page, st.query_params.get("run", ""), narrow=narrow)
except ClaudePrompterError as error:
    show_problem(error)
