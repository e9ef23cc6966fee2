"""What a person's tab remembers while they label: the item on screen, since when, the last pick, a note begun."""

from dataclasses import dataclass, field
from time import monotonic
from typing import Final

import streamlit as st

from core.labels.views import Given, ItemView

MOST_UNDONE: Final = 10
WORDS_A_SECOND: Final = 25
"""Faster than anybody reads: two picks in a row above it get a gentle line."""

UNTIL_FOCUSED: Final = 0.6
"""Seconds until the cursor is surely in a field that was opened by a key."""


@dataclass(slots=True, kw_only=True)
class Desk:
    """One queue (or one single item) as it lies before a person. `item` is None until the next one is drawn."""

    item: str | None = None
    since: float = 0.0
    words: int = 0
    last: Given | None = None
    undone: int = 0
    hasty: int = 0
    note: str = ""
    note_open: bool = False
    note_since: float = 0.0
    guide_open: bool = False
    answer: int = 1
    opened: set[int] = field(default_factory=set)
    asked_about: int | None = None

    def show(self, view: ItemView) -> None:
        """Take an item that is drawn now; the clock starts when it is a new one."""
        if self.item == view.id and self.since:
            return
        self.item, self.since = view.id, monotonic()
        self.words = sum(len(answer.text.split()) for answer in view.answers)
        self.note, self.note_open, self.answer, self.opened, self.asked_about = "", False, 1, set(), None

    def seconds(self) -> float:
        """Give how long the item has been on screen."""
        return monotonic() - self.since if self.since else 0.0

    def picked(self, given: Given) -> None:
        """Take note of a pick; the next item may come."""
        self.hasty = self.hasty + 1 if self.seconds() < self.words / WORDS_A_SECOND else 0
        self.last, self.undone = given, 0
        self.clear()

    def turn_note(self) -> None:
        """Open the field for a note, or close it."""
        self.note_open, self.note_since = not self.note_open, monotonic()

    @property
    def begins_note(self) -> bool:
        """Tell whether the field was opened just now: a letter that comes now was meant for it, and is no pick."""
        return self.note_open and monotonic() - self.note_since < UNTIL_FOCUSED

    def clear(self) -> None:
        """Make room for another item."""
        self.item, self.since = None, 0.0


def desk_of(key: str) -> Desk:
    """Give the desk of a queue, or of a single item, in this tab."""
    kept = st.session_state.setdefault("_desks", {})
    # A dict of plain values would survive an edit of this file better, but nothing is lost with a desk.
    if not isinstance(kept.get(key), Desk):
        kept[key] = Desk()
    found: Desk = kept[key]
    return found
