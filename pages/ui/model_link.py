"""A model's name as a link to its page on Performance, wherever a name stands in a text."""

from urllib.parse import urlencode

from pages.ui.text import safe_label


def linked_name(label: str, model: str, *, workspace: str) -> str:
    """Give a model's label as a link in Markdown; it opens beside the page, so that nothing on it is lost."""
    return f"[{safe_label(label)}](performance?{urlencode({'ws': workspace, 'model': model})})"
