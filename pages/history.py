"""What did we ask, what came back? Newest first, found again by words, model, state and pick."""

from pages.ui.shell import open_page

page = open_page("history")
