"""What models are called on a page: their labels, for those that are gone too."""

from core.store.run_reads import label_of
from pages.ui.page import Page


class Names(dict[str, str]):
    """Labels by a model's full name; one that is not connected any more is called by its last part."""

    def __missing__(self, name: str) -> str:
        """Give the last part of a name."""
        return label_of(name)


def names_of(page: Page) -> Names:
    """Give what each model is called. Raises StoreError."""
    return Names({card.name: card.label for card in page.services.known_models.all()})
