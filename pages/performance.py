"""Which model is good, fast and dependable? One row a model; the leaderboard lives here."""

from core.errors import ClaudePrompterError
from pages.ui import performance_view
from pages.ui.problems import show_problem
from pages.ui.shell import open_page
from pages.ui.viewport import is_narrow, watch_width

page = open_page("performance")
try:
    performance_view.draw(page, narrow=is_narrow())
except ClaudePrompterError as error:
    show_problem(error)
watch_width()
