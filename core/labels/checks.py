"""Checks without code: what an answer must be, say or fit, told by a form instead of a program.

A check passes, fails, or cannot tell (None): a pattern that takes too long or a text too short for a language must not
count against a model. What a person enters is untrusted: patterns run under a time limit, schemas load nothing.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import regex

from core.errors import InputError
from core.labels.agreement_of_shots import plain_words
from core.labels.entered import compiled, load_json, search, validator

LONGEST_TEXT = 200_000
LETTERS_FOR_LANGUAGE = 20
SURE_OF_LANGUAGE = 0.9

_CODES = (
    "ace af am an ar ary arz as az ba bcl be bg bn br bs ca crh cs cy da de dz el en eo es et eu ext fa fi fo "
    "fr fuv fy ga gcf gcr gd gl gom grc gu gug guw ha hbo he hi hr ht hu hy id ig is it ja jv ka kab kik kk km "
    "kn ko ku ky la lb lg lij ln lo lt ltg lv mg mk ml mn mr ms mt my ne nl nn no nso oc om or pa pcm pl ps pt "
    "qu ro ru rw sa sdh se si sk sl sn so sq sr st sv sw ta te tg th tk tl tr tt ug uk ur uz uzs vec vi vo wa "
    "wuu xh yo yue zh zu "
)
LANGUAGES = frozenset(_CODES.split())
"""Codes of the languages that can be told."""

_NUMBER = regex.compile(r"(?<![\w.,])[-+−]?(?:\d{1,3}(?:[,\u202f ]\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?(?!\w)")
_FENCE = regex.compile(r"```(?:json)?\s*\n(.*?)```", regex.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """Whether an answer passed, None where it cannot be told, with the reason in a plain sentence."""

    passed: bool | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Equals:
    """The answer is `expected`, to the letter or apart from case, emphasis, spacing and the closing full stop."""

    expected: str
    to_the_letter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contains:
    """The answer contains all, any or none of `words`, whatever their case. InputError without any."""

    words: tuple[str, ...]
    how: Literal["all", "any", "none"] = "all"

    def __post_init__(self) -> None:
        if not [word for word in self.words if word]:
            raise InputError("There is nothing to look for.", next_step="Give at least one word.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """The pattern (a regular expression) is found in the answer. InputError where it is none, or too long."""

    pattern: str

    def __post_init__(self) -> None:
        compiled(self.pattern)


@dataclass(frozen=True, slots=True, kw_only=True)
class FitsSchema:
    """The answer, or its one code block, is JSON that fits `schema`: the text of a JSON Schema, 2020-12 or as it says.

    InputError where the schema is none. References lead nowhere but into the schema itself.
    """

    schema: str

    def __post_init__(self) -> None:
        validator(self.schema)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberNear:
    """The answer's last number is within `tolerance` of `expected`; where `relative`, within that share of it."""

    expected: float
    tolerance: float = 0.0
    relative: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.expected) and math.isfinite(self.tolerance) and self.tolerance >= 0):
            raise InputError(
                "Number and tolerance must be ordinary numbers.", next_step="Give a tolerance of 0 or more."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthWithin:
    """The answer has between `least` and `most` characters or words. InputError where that leaves nothing."""

    least: int = 0
    most: int | None = None
    unit: Literal["characters", "words"] = "words"

    def __post_init__(self) -> None:
        if self.least < 0 or (self.most is not None and self.most < self.least):
            raise InputError("No length fits these bounds.", next_step="Give a least that is not above the most.")


@dataclass(frozen=True, slots=True, kw_only=True)
class InLanguage:
    """The answer is in a language, by its two-letter code (`en`, `de`). InputError for one that is not known."""

    code: str

    def __post_init__(self) -> None:
        if self.code not in LANGUAGES:
            raise InputError(f"The language {self.code!r} is not known.", next_step="Give a code such as en, de or fr.")


Check = Equals | Contains | Matches | FitsSchema | NumberNear | LengthWithin | InLanguage


def run_check(check: Check, text: str) -> CheckResult:
    """Give whether an answer passes a check."""
    if len(text) > LONGEST_TEXT:
        return CheckResult(passed=None, reason=f"The answer is longer than {LONGEST_TEXT:,} characters.")
    return _RUNNERS[type(check)](check, text)


def _equals(check: Equals, text: str) -> CheckResult:
    same = text.strip() == check.expected.strip()
    if not check.to_the_letter:
        same = same or plain_words(text) == plain_words(check.expected)
    return CheckResult(passed=same, reason="It is what was expected." if same else "It is something else.")


def _contains(check: Contains, text: str) -> CheckResult:
    lower = text.casefold()
    wanted = [word for word in check.words if word]
    found = [word for word in wanted if word.casefold() in lower]
    passed = {"all": len(found) == len(wanted), "any": bool(found), "none": not found}[check.how]
    missing = [word for word in wanted if word not in found]
    reason = f"Found: {', '.join(found) or 'nothing'}. Not found: {', '.join(missing) or 'nothing'}."
    return CheckResult(passed=passed, reason=reason)


def _matches(check: Matches, text: str) -> CheckResult:
    try:
        found = search(check.pattern, text)
    except TimeoutError:
        return CheckResult(passed=None, reason="The pattern took too long on this answer; make it simpler.")
    return CheckResult(passed=found, reason="The pattern was found." if found else "The pattern was not found.")


def _fits_schema(check: FitsSchema, text: str) -> CheckResult:
    from jsonschema.exceptions import ValidationError  # noqa: PLC0415 - a tenth of a second, and few checks need it
    from referencing.exceptions import Unresolvable  # noqa: PLC0415

    try:
        value = load_json(_json_part(text))
    except (ValueError, RecursionError) as error:
        return CheckResult(passed=False, reason=f"It is not JSON: {error}.")
    try:
        validator(check.schema).validate(value)
    except ValidationError as error:
        place = "/".join(str(step) for step in error.absolute_path) or "the whole"
        return CheckResult(passed=False, reason=f"At {place}: {error.message[:200]}")
    except Unresolvable as error:
        return CheckResult(passed=None, reason=f"The schema refers to something outside itself: {error.ref}")
    except (TimeoutError, RecursionError, InputError):
        return CheckResult(passed=None, reason="The schema took too long on this answer; make it simpler.")
    return CheckResult(passed=True, reason="It fits the schema.")


def _number_near(check: NumberNear, text: str) -> CheckResult:
    numbers = list(numbers_in(text))
    if not numbers:
        return CheckResult(passed=False, reason="It holds no number.")
    room = check.tolerance * (abs(check.expected) if check.relative else 1)
    # The last bits of a binary fraction are not the model's fault.
    off = abs(numbers[-1] - check.expected)
    near = off <= room or math.isclose(off, room, rel_tol=1e-9)
    return CheckResult(passed=near, reason=f"Its last number is {numbers[-1]:g}.")


def _length_within(check: LengthWithin, text: str) -> CheckResult:
    length = len(text.strip()) if check.unit == "characters" else len(text.split())
    fits = check.least <= length and (check.most is None or length <= check.most)
    return CheckResult(passed=fits, reason=f"It has {length:,} {check.unit}.")


def _in_language(check: InLanguage, text: str) -> CheckResult:
    if sum(letter.isalpha() for letter in text) < LETTERS_FOR_LANGUAGE:
        return CheckResult(passed=None, reason="It is too short to tell its language.")
    code, sure = _identifier().classify(text[:20_000])
    if code == check.code and sure >= 0.5:
        return CheckResult(passed=True, reason=f"It is in {code}.")
    if sure < SURE_OF_LANGUAGE or code not in LANGUAGES:
        return CheckResult(passed=None, reason="Its language is not clear.")
    return CheckResult(passed=False, reason=f"It is in {code}.")


def numbers_in(text: str) -> Iterator[float]:
    """Give the numbers of a text in order; a comma or thin space between groups of three is no decimal sign."""
    for found in _NUMBER.finditer(text):
        value = float(regex.sub(r"[,\u202f ]", "", found[0]).replace("−", "-"))
        if math.isfinite(value):
            yield value


@lru_cache(maxsize=1)
def _identifier() -> Any:
    # Takes a second and 100 MB: for the process that runs checks, never at import.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _json_part(text: str) -> str:
    fenced = _FENCE.findall(text)
    return str(fenced[0]) if len(fenced) == 1 else text


_RUNNERS: dict[type, Callable[[Any, str], CheckResult]] = {
    Equals: _equals,
    Contains: _contains,
    Matches: _matches,
    FitsSchema: _fits_schema,
    NumberNear: _number_near,
    LengthWithin: _length_within,
    InLanguage: _in_language,
}
