"""Checks without code: pass, fail, or cannot tell; and what a person enters can neither hang nor reach out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from core.errors import InputError
from core.labels.checks import (
    LANGUAGES,
    LONGEST_TEXT,
    Check,
    Contains,
    Equals,
    FitsSchema,
    InLanguage,
    LengthWithin,
    Matches,
    NumberNear,
    numbers_in,
    run_check,
)

PERSON = '{"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "pattern": "^[A-Z]"}}}'


@pytest.mark.parametrize(
    ("check", "text", "passed"),
    [
        (Equals(expected="Paris"), "**paris.**", True),
        (Equals(expected="1,000"), "1000", True),
        (Equals(expected="Paris"), "London", False),
        (Equals(expected="Paris", to_the_letter=True), "paris", False),
        (Equals(expected="Paris", to_the_letter=True), " Paris\n", True),
        (Contains(words=("refund", "order")), "Your REFUND for the order", True),
        (Contains(words=("refund", "order")), "Your refund", False),
        (Contains(words=("refund", "order"), how="any"), "Your refund", True),
        (Contains(words=("never",), how="none"), "We will", True),
        (Contains(words=("never",), how="none"), "We never will", False),
        (Matches(pattern=r"\b\d{4}-\d{2}-\d{2}\b"), "on 2026-11-22.", True),
        (Matches(pattern=r"^\d+$"), "about 5", False),
        (FitsSchema(schema=PERSON), 'Here:\n```json\n{"name": "Ada"}\n```', True),
        (FitsSchema(schema=PERSON), '{"name": "ada"}', False),
        (FitsSchema(schema=PERSON), "{}", False),
        (FitsSchema(schema=PERSON), "no JSON", False),
        (FitsSchema(schema='{"type": "number"}'), "NaN", False),
        (FitsSchema(schema='{"type": "array"}'), "[" * 100_000, False),
        (NumberNear(expected=0.3, tolerance=0.1), "about 0.2", True),
        (NumberNear(expected=1234.5), "The total is 1,234.50 USD.", True),
        (NumberNear(expected=100, tolerance=0.05, relative=True), "3 items, 106", False),
        (NumberNear(expected=5), "none", False),
        (LengthWithin(least=2, most=3), "one two three", True),
        (LengthWithin(most=3, unit="characters"), "four", False),
        (InLanguage(code="de"), "Sehr geehrte Frau Okafor, vielen Dank für Ihre Nachricht.", True),
        (InLanguage(code="de"), "Dear Ms Okafor, thank you very much for writing to us about your order.", False),
        (InLanguage(code="en"), "42", None),
        (InLanguage(code="en"), "SELECT name FROM orders WHERE id = 3 ORDER BY name", None),
    ],
)
def test_a_check_says_what_it_sees(check: Check, text: str, passed: bool | None) -> None:
    result = run_check(check, text)
    assert result.passed is passed
    assert result.reason


def test_a_pattern_that_never_ends_is_stopped_and_counts_for_nothing() -> None:
    assert run_check(Matches(pattern=r"^((a+)+|(\w+)+)+$"), "a" * 5000 + "!").passed is None


def test_a_pattern_inside_a_schema_is_stopped_too() -> None:
    schema = '{"type": "string", "pattern": "^(a|a|a)*$"}'
    assert run_check(FitsSchema(schema=schema), '"' + "a" * 5000 + '!"').passed is None


def test_a_schema_that_goes_in_circles_ends() -> None:
    assert run_check(FitsSchema(schema='{"$ref": "#"}'), "1").passed is None


def test_a_schema_is_never_loaded_from_an_address() -> None:
    result = run_check(FitsSchema(schema='{"$ref": "http://127.0.0.1:9/schema.json"}'), "1")
    assert result.passed is None
    assert "outside itself" in result.reason


@pytest.mark.parametrize(
    "enter",
    [
        lambda: Matches(pattern="("),
        lambda: Matches(pattern="a" * 1001),
        lambda: Matches(pattern="((a{1000}){1000}){1000}"),
        lambda: FitsSchema(schema="{"),
        lambda: FitsSchema(schema='{"type": "nothing"}'),
        lambda: FitsSchema(schema="[]"),
        lambda: FitsSchema(schema='{"properties": {"a": {"pattern": "("}}}'),
        lambda: FitsSchema(schema='{"patternProperties": {"(a+)+$": {}}}'),
        lambda: FitsSchema(schema='{"a":' * 50_000),
        lambda: Contains(words=()),
        lambda: Contains(words=("",)),
        lambda: NumberNear(expected=float("nan")),
        lambda: NumberNear(expected=1, tolerance=-1),
        lambda: LengthWithin(least=5, most=4),
        lambda: InLanguage(code="klingon"),
    ],
)
def test_what_makes_no_check_is_refused_when_it_is_entered(enter: object) -> None:
    with pytest.raises(InputError) as caught:
        enter()  # type: ignore[operator]
    assert caught.value.next_step


def test_an_answer_of_any_length_ends() -> None:
    assert run_check(Equals(expected="a"), "a" * (LONGEST_TEXT + 1)).passed is None


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1,234.50", [1234.5]),
        ("−5 and +3", [-5.0, 3.0]),
        ("1.5e3", [1500.0]),
        ("a1b2", []),
        ("€12, 3 %", [12.0, 3.0]),
        ("ends with 7.", [7.0]),
        ("1e999", []),
    ],
)
def test_numbers_are_found_as_people_write_them(text: str, numbers: list[float]) -> None:
    assert list(numbers_in(text)) == numbers


ALL = (
    Equals(expected="x"),
    Contains(words=("x",)),
    Matches(pattern="x+$"),
    FitsSchema(schema=PERSON),
    NumberNear(expected=1),
    LengthWithin(least=1),
    InLanguage(code="en"),
)


@given(st.text(max_size=400), st.sampled_from(ALL))
def test_every_text_can_be_checked(text: str, check: Check) -> None:
    assert run_check(check, text).passed in (True, False, None)


def test_the_languages_offered_are_those_that_can_be_told() -> None:
    known = set(LanguageIdentifier.from_model_file(MODEL_FILE).labels)
    assert known - {"zxx"} == LANGUAGES
