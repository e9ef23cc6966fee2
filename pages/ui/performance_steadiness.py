"""How steady models are between the shots of one run."""

from pages.ui.page import Page
from pages.ui.performance_seen import Seen


def draw_steadiness(page: Page, seen: Seen) -> None:
    """Draw how far each model's answers to one prompt agree. Raises StoreError."""
