"""What one answer says and another does not, word by word, as Markdown that marks both."""

import re
from collections import Counter
from difflib import SequenceMatcher
from typing import Final

from pages.ui.text import safe_label

LONGEST_COMPARED: Final = 3_000
"""Words of each text that are compared; beyond, the time would be felt."""
_WORDS = re.compile(r"\n|[^\S\n]+|[^\s]+")


def marked_differences(base: str, other: str) -> str:
    """Give `other` with the words that `base` lacks on green, and the words it left out struck through on red."""
    old, new = _WORDS.findall(base)[: 2 * LONGEST_COMPARED], _WORDS.findall(other)[: 2 * LONGEST_COMPARED]
    shown = []
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            shown.append(_plain(new[new_from:new_to]))
            continue
        shown.append(_marked(old[old_from:old_to], "red", struck=True))
        shown.append(_marked(new[new_from:new_to], "green", struck=False))
    return "".join(shown)


def likeness(base: str, other: str) -> float:
    """Give how many of their words two texts have in common, in [0, 1], whatever their order; 0 for an empty one."""
    old, new = (Counter(text.casefold().split()[:LONGEST_COMPARED]) for text in (base, other))
    return 2 * (old & new).total() / max(1, old.total() + new.total()) if old and new else 0.0


def _plain(words: list[str]) -> str:
    return "".join("  \n" if word == "\n" else safe_label(word) if word.strip() else " " for word in words)


def _marked(words: list[str], colour: str, *, struck: bool) -> str:
    """Mark each line apart, because a mark cannot go over a line's end."""
    lines = "".join(words).split("\n")
    marked = []
    for line in lines:
        text = safe_label(line)
        inner = f"~~{text}~~" if struck else text
        marked.append(
            f"{_edge(line, first=True)}:{colour}-background[{inner}]{_edge(line, first=False)}" if text else ""
        )
    return ("" if struck else "  \n").join(marked)


def _edge(line: str, *, first: bool) -> str:
    return " " if (line[:1] if first else line[-1:]).isspace() else ""
