"""The form of one check without code: what an answer must be, say or fit."""

from collections.abc import Callable
from typing import Final, Literal

import streamlit as st

from core.labels.check_forms import check_words
from core.labels.checks import (
    LANGUAGES,
    Check,
    Contains,
    Equals,
    FitsSchema,
    InLanguage,
    LengthWithin,
    Matches,
    NumberNear,
)

KINDS: Final = {
    "contains": "contains words",
    "equals": "is exactly this",
    "number": "ends in a number near",
    "length": "has a length",
    "language": "is in a language",
    "pattern": "matches a pattern",
    "schema": "is JSON that fits a schema",
}
HOW: Final[dict[Literal["all", "any", "none"], str]] = {
    "all": "all of them",
    "any": "at least one",
    "none": "none of them",
}
UNITS: Final[tuple[Literal["words", "characters"], ...]] = ("words", "characters")
NAMED_LANGUAGES: Final = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "nl": "Dutch",
    "pl": "Polish", "pt": "Portuguese", "tr": "Turkish", "uk": "Ukrainian", "ja": "Japanese", "zh": "Chinese",
}  # fmt: skip


def draw_check_form(key: str) -> Callable[[], Check] | None:
    """Draw the fields of a check; give what makes it of them (which raises InputError), None while they are empty."""
    kind = st.selectbox(
        "An answer passes where it", list(KINDS), format_func=KINDS.__getitem__, key=f"{key}_kind", width=320
    )
    return _FIELDS[kind or "contains"](f"{key}_{kind}")


def check_line(check: Check) -> str:
    """Give a check as a line: `An answer passes where it contains "refund"`."""
    return f"An answer passes where it {check_words(check)}."


def _contains(key: str) -> Callable[[], Check] | None:
    left, right = st.columns([3, 1])
    words = left.text_input("Words, with commas between them", key=f"{key}_words", placeholder="refund, sorry")
    how = right.selectbox("Of these", list(HOW), format_func=HOW.__getitem__, key=f"{key}_how")
    given = tuple(word.strip() for word in (words or "").split(",") if word.strip())
    return (lambda: Contains(words=given, how=how)) if given else None


def _equals(key: str) -> Callable[[], Check] | None:
    text = st.text_input("The answer expected", key=f"{key}_text", placeholder="42")
    strict = st.toggle("To the letter", key=f"{key}_strict", help="Else case, emphasis and a full stop do not matter.")
    return (lambda: Equals(expected=text, to_the_letter=strict)) if text else None


def _number(key: str) -> Callable[[], Check] | None:
    left, middle, right = st.columns(3)
    expected = left.number_input("Number", value=None, key=f"{key}_expected", placeholder="1250", format="%g")
    room = middle.number_input("Within", min_value=0.0, value=0.0, key=f"{key}_room", format="%g")
    percent = right.selectbox("Of", ("its own unit", "percent"), key=f"{key}_of") == "percent"
    if expected is None:
        return None
    return lambda: NumberNear(expected=expected, tolerance=room / 100 if percent else room, relative=percent)


def _length(key: str) -> Callable[[], Check] | None:
    left, middle, right = st.columns(3)
    least = left.number_input("At least", min_value=0, value=0, key=f"{key}_least")
    most = middle.number_input("At most", min_value=1, value=None, key=f"{key}_most", placeholder="no limit")
    unit = right.selectbox("Of", UNITS, key=f"{key}_unit")
    if not least and most is None:
        return None
    return lambda: LengthWithin(least=int(least), most=None if most is None else int(most), unit=unit)


def _language(key: str) -> Callable[[], Check] | None:
    codes = [*NAMED_LANGUAGES, *sorted(LANGUAGES - set(NAMED_LANGUAGES))]
    code = st.selectbox(
        "Language", codes, format_func=lambda each: NAMED_LANGUAGES.get(each, each), key=f"{key}_code", width=240
    )
    return lambda: InLanguage(code=code or "en")


def _pattern(key: str) -> Callable[[], Check] | None:
    pattern = st.text_input("Pattern (a regular expression)", key=f"{key}_pattern", placeholder=r"\b\d{2}-\d{4}\b")
    return (lambda: Matches(pattern=pattern)) if pattern else None


def _schema(key: str) -> Callable[[], Check] | None:
    schema = st.text_area("JSON Schema", key=f"{key}_schema", height=120, placeholder='{"type": "object"}')
    return (lambda: FitsSchema(schema=schema)) if schema else None


_FIELDS: Final[dict[str, Callable[[str], Callable[[], Check] | None]]] = {
    "contains": _contains,
    "equals": _equals,
    "number": _number,
    "length": _length,
    "language": _language,
    "pattern": _pattern,
    "schema": _schema,
}
