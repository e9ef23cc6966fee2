import pytest

from core.router.private import find, kinds
from core.router.rules import USUAL_PATTERNS, Pattern, Rules

ALL = Rules(patterns=frozenset(Pattern), words=("Project Falcon",))


@pytest.mark.parametrize(
    ("text", "name", "held"),
    [
        ("Mail anna.o@example.org, please", "e-mail addresses", "anna.o@example.org"),
        ("Call +49 30 901820 today", "telephone numbers", "+49 30 901820"),
        ("Call (212) 555-2368 today", "telephone numbers", "(212) 555-2368"),
        ("His card is 4111 1111 1111 1111.", "card numbers", "4111 1111 1111 1111"),
        ("Pay to DE89 3704 0044 0532 0130 00 by Friday", "account numbers", "DE89 3704 0044 0532 0130 00"),
        ("use AKIAIOSFODNN7EXAMPLE for it", "keys and passwords", "AKIAIOSFODNN7EXAMPLE"),
        ("The password is hunter22x", "keys and passwords", "password is hunter22x"),
        ("what of project  falcon?", "“Project Falcon”", "project  falcon"),
    ],
)
def test_what_keeps_a_text_inside_is_found_where_it_stands(text: str, name: str, held: str) -> None:
    (found,) = find(text, ALL)
    assert (found.name, found.text) == (name, held)
    assert text[found.start : found.end] == held
    assert kinds(text, ALL) == (name,)


@pytest.mark.parametrize(
    "text",
    [
        "order 4111 1111 1111 1112",  # the check digit does not hold
        "DE88 3704 0044 0532 0130 00",
        "on 2026-11-12 we sold 1234567 units for 12,345,678.90",
        "ISBN 978-3-16-148410-0, see 10.0.0.1 and 12.11.2026",
        "Write a password policy for us",
        "falconry is a project",
        "",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert find(text, ALL) == ()


def test_addresses_and_telephone_numbers_keep_nothing_inside_until_somebody_says_so() -> None:
    usual = Rules()
    assert usual.patterns == frozenset(USUAL_PATTERNS)
    assert not kinds("anna@example.org, +49 30 901820", usual)


def test_a_text_of_a_megabyte_is_looked_through_whole() -> None:
    assert kinds("lorem ipsum 2026 dolor\n" * 45_000 + "4111 1111 1111 1111", ALL) == ("card numbers",)
