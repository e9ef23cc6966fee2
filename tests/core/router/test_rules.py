"""The rules as settings: who changed what, undone with one click, and never unreadable."""

import pytest

from core.errors import InputError
from core.router.rules import INSIDE_PATTERNS, INSIDE_TAGS, INSIDE_WORDS, KEEP, USUAL, Pattern, RuleBook
from core.store.preferences import Preferences


@pytest.fixture
def book(sqlite_database):
    return RuleBook(Preferences(sqlite_database))


def test_before_anybody_has_set_anything_the_usual_rules_hold(book):
    assert book.rules() == USUAL


def test_each_part_is_changed_by_somebody_and_undone_by_itself(book):
    book.set(KEEP, 0.9, person="Anna")
    book.set(INSIDE_TAGS, ["HR", " HR ", ""], person="Ben")
    rules = book.set(INSIDE_PATTERNS, ["email"], person="Ben")
    assert (rules.keep, rules.tags, rules.patterns) == (0.9, ("HR",), frozenset({Pattern.EMAIL}))
    assert [(change.person, change.value, change.was) for change in book.history(KEEP)] == [("Anna", 0.9, None)]
    assert book.undo(KEEP, person="Cara").keep == USUAL.keep
    assert book.rules().tags == ("HR",)


@pytest.mark.parametrize("value", [0.2, 1.1, "much", None])
def test_a_share_that_is_none_is_refused_and_changes_nothing(book, value):
    with pytest.raises(InputError):
        book.set(KEEP, value, person="Anna")
    assert book.rules() == USUAL


def test_a_part_that_cannot_be_read_any_more_counts_as_not_set(book, sqlite_database):
    Preferences(sqlite_database).set(KEEP, "gone mad", person="")
    Preferences(sqlite_database).set(INSIDE_PATTERNS, ["from a later version", "card"], person="")
    assert book.rules().keep == USUAL.keep
    assert book.rules().patterns == frozenset({Pattern.CARD})


def test_the_teams_own_words_are_kept_tidy(book):
    assert book.set(INSIDE_WORDS, ["Project  Falcon", "Project Falcon"], person="Anna").words == ("Project Falcon",)
