"""The models that can be chosen here: read from what discovery last saw, found again by words, grouped by place."""

from collections.abc import Iterable, Sequence
from typing import Final

from core.domain.model import ModelCard, ModelStatus, Place
from pages.ui.page import Page
from pages.ui.palette import place_icon, place_words
from pages.ui.text import safe_label
from pages.ui.words import price_words, seconds, status_colour, status_words

GROUPS: Final = ((Place.CLOUD, "Outside"), (Place.PRIVATE, "Our network"), (Place.LOCAL, "This machine"))
ASKABLE: Final = (ModelStatus.UP, ModelStatus.UNKNOWN, ModelStatus.PAUSED)


def cards_of(page: Page) -> dict[str, ModelCard]:
    """Give every model of the workspace by name. Raises StoreError."""
    return {card.name: card for card in page.services.known_models.all()}


def find(cards: Iterable[ModelCard], words: str) -> list[ModelCard]:
    """Give the cards whose label, name, provider or place holds every word, in any case."""
    wanted = words.casefold().split()
    return [card for card in cards if all(word in _searched(card) for word in wanted)]


def grouped(cards: Sequence[ModelCard], recent: Sequence[str]) -> list[tuple[str, list[ModelCard]]]:
    """Give groups of cards in reading order: the ones used last, then by place; each card once, no empty group."""
    by_name = {card.name: card for card in cards}
    first = [by_name[name] for name in dict.fromkeys(recent) if name in by_name]
    groups = [("Recent", first)] if first else []
    for place, title in GROUPS:
        rest = [card for card in cards if card.place is place and card not in first]
        groups.append((title, sorted(rest, key=lambda card: (card.status not in ASKABLE, card.label.casefold()))))
    return [(title, found) for title, found in groups if found]


def row_words(card: ModelCard) -> str:
    """Give one line of the picker as Markdown: name, place, price per million tokens, usual time, status."""
    parts = [place_words(card.place), price_words(card).replace("$", r"\$")]
    if card.median_seconds is not None:
        parts.append(seconds(card.median_seconds * 1000))
    dot = f":{status_colour(card.status)}[●] {safe_label(status_words(card))}"
    name = safe_label(card.label)
    if card.status not in ASKABLE:
        return f":gray[{name} · {' · '.join(parts)}] · {dot}"
    return f"**{name}** · {' · '.join(parts)} · {dot}"


def chip_words(name: str, card: ModelCard | None) -> str:
    """Give a chosen model's chip: its name and where it runs; one that is gone says so."""
    if card is None:
        return f"{safe_label(name)} · not connected"
    return f"{safe_label(card.label)} {place_icon(card.place)} :small[{place_words(card.place)}]"


def _searched(card: ModelCard) -> str:
    return f"{card.label} {card.name} {card.provider} {place_words(card.place)}".casefold()
