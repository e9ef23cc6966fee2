"""Which answer won? Queues of answers without names, judged one key at a time."""

from core.errors import ClaudePrompterError
from pages.ui import label_view
from pages.ui.problems import show_problem
from pages.ui.shell import open_page
from pages.ui.viewport import is_narrow, watch_width

page = open_page("label", asks_name=label_view.asks_name())
try:
    label_view.draw(page, narrow=is_narrow())
except ClaudePrompterError as error:
    show_problem(error)
watch_width()
