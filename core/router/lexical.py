"""What a prompt looks like, beside what it means: length, numbers, symbols, variety; bounded in time for any length."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

READ_CHARACTERS = 20_000
"""Counted in this many characters from the start; the whole length is a feature of its own."""

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_FRACTION = re.compile(r"\d[./]\d")
_SENTENCE = re.compile(r"[.!?。！？।؟]+(?:\s|$)|\n")
_WORD = re.compile(r"\w+")
_OPTION = re.compile(r"^\s*\(?[A-J][.):]\s", re.MULTILINE)
_CODE = re.compile(r"```|\bdef |\bclass |\breturn\b|\bimport |[{};]|==|->|\(\)")
_COMPARE = frozenset(
    [
        "more",
        "less",
        "than",
        "fewer",
        "left",
        "remaining",
        "rest",
        "difference",
        "half",
        "twice",
        "double",
        "triple",
        "times",
        "third",
    ]
)
_EACH = frozenset(["each", "every", "per", "total", "all", "altogether", "how", "many", "much"])
_LOGIC = frozenset(
    ["if", "when", "then", "after", "before", "until", "but", "except", "not", "only", "no", "never", "unless"]
)

NAMES = (
    "characters", "words", "numbers", "sentences", "words_per_sentence", "variety", "largest_number", "fractions",
    "percent", "money", "comparing", "counting", "logic", "capitals", "digits", "word_length", "last_sentence", "lines",
    "operators", "brackets", "backslashes", "code", "options", "questions", "beyond_ascii",
)  # fmt: skip
"""One name per column of `lexical_features`."""


def lexical_features(texts: Sequence[str]) -> Floats:
    """Give (n, len(NAMES)) finite numbers, mostly logarithms of counts; not yet standardised."""
    return np.array([_row(text) for text in texts], dtype=np.float64).reshape(len(texts), len(NAMES))


def _row(text: str) -> list[float]:
    part = text[:READ_CHARACTERS]
    words = _WORD.findall(part)
    low = [word.casefold() for word in words]
    sentences = [piece for piece in _SENTENCE.split(part) if piece.strip()] or [part]
    counts = [
        len(text),
        len(words),
        len(_NUMBER.findall(part)),
        len(sentences),
        len(words) / len(sentences),
    ]
    shape = [len(set(low)) / max(1, len(low)), _largest(part)]
    more = [
        len(_FRACTION.findall(part)),
        part.count("%") + low.count("percent"),
        sum(map(part.count, "$€£¥")),
        _among(low, _COMPARE),
        _among(low, _EACH),
        _among(low, _LOGIC),
        sum(word[0].isupper() for word in words[1:]),
        sum(character.isdigit() for character in part),
        sum(map(len, words)) / max(1, len(words)),
        len(_WORD.findall(sentences[-1])),
        part.count("\n"),
        sum(map(part.count, "+-*/=^<>")),
        sum(map(part.count, "()[]{}")),
        part.count("\\"),
        len(_CODE.findall(part)),
        len(_OPTION.findall(part)),
        part.count("?"),
        sum(character > "\x7f" for character in part),
    ]
    return [*np.log1p(counts).tolist(), *shape, *np.log1p(more).tolist()]


def _among(words: list[str], wanted: frozenset[str]) -> int:
    return sum(word in wanted for word in words)


def _largest(text: str) -> float:
    """Give the logarithm of one plus the largest number written in the text, by its digits before the point."""
    digits = max((len(found.partition(".")[0].replace(",", "")) for found in _NUMBER.findall(text)), default=0)
    return float(digits)
