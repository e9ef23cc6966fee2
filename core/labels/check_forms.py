"""Checks as they are kept and named: to JSON and back, and in the words of the pages."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from core.errors import InputError
from core.labels.checks import Check, Contains, Equals, FitsSchema, InLanguage, LengthWithin, Matches, NumberNear

KINDS: dict[str, type[Check]] = {
    "equals": Equals,
    "contains": Contains,
    "pattern": Matches,
    "schema": FitsSchema,
    "number": NumberNear,
    "length": LengthWithin,
    "language": InLanguage,
}
"""What each check is called where it is kept."""

LONGEST_NAME = 60


def check_to_json(check: Check) -> dict[str, Any]:
    """Give a check as JSON."""
    kind = next(name for name, each in KINDS.items() if isinstance(check, each))
    return {"kind": kind, **asdict(check)}


def check_from_json(value: Mapping[str, Any]) -> Check:
    """Read a check. Raises InputError where it is none."""
    given: dict[str, Any] = {
        name: tuple(each) if isinstance(each, list) else each for name, each in value.items() if name != "kind"
    }
    kind = KINDS.get(str(value.get("kind")))
    if kind is None:
        raise InputError("This kind of check is not known.", next_step="Choose one of those on the page.")
    try:
        return kind(**given)
    except TypeError as error:
        raise InputError("This check cannot be read.", next_step="Make it anew.", detail=str(error)) from error


def version_of(check: Check) -> str:
    """Give what tells this form from every other one."""
    return sha256(json.dumps(check_to_json(check), sort_keys=True).encode()).hexdigest()[:12]


def check_words(check: Check) -> str:
    """Give what a check asks for, in a few words: `contains "refund"`."""
    return _WORDS[type(check)](check)


def _contains(check: Contains) -> str:
    words = ", ".join(f"“{_short(word)}”" for word in check.words if word)
    how = {"all": "contains", "any": "contains one of", "none": "does not contain"}[check.how]
    return f"{how} {words}"


def _number(check: NumberNear) -> str:
    room = f"{check.tolerance * 100:g} %" if check.relative else f"{check.tolerance:g}"
    return f"its last number is {check.expected:g}" + (f" within {room}" if check.tolerance else "")


def _length(check: LengthWithin) -> str:
    if check.most is None:
        return f"has at least {check.least:,} {check.unit}"
    if not check.least:
        return f"has at most {check.most:,} {check.unit}"
    return f"has {check.least:,} to {check.most:,} {check.unit}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 1]}…"


_WORDS: dict[type, Callable[[Any], str]] = {
    Equals: lambda check: f"is “{_short(check.expected)}”" + (" to the letter" if check.to_the_letter else ""),
    Contains: _contains,
    Matches: lambda check: f"matches {_short(check.pattern)}",
    FitsSchema: lambda _check: "is JSON that fits the schema",
    NumberNear: _number,
    LengthWithin: _length,
    InLanguage: lambda check: f"is in the language “{check.code}”",
}
