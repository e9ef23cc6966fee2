"""How steady a model is between its shots."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.labels.agreement_of_shots import agreement_of_shots, fold, plain_words


def test_short_answers_that_mean_the_same_agree() -> None:
    found = agreement_of_shots(["42", "**42.**", "42.0", "41"])
    assert found.by == "words"
    assert found.agreement == pytest.approx(0.5)
    assert (found.most_said, found.vote_share, found.odd_one_out) == ("42", 0.75, 3)


def test_only_answers_equal_to_the_letter_are_folded() -> None:
    assert fold(["Yes.", " Yes.\n", "yes"]) == ((0, 1), (2,))


def test_two_commonest_answers_are_no_commonest() -> None:
    found = agreement_of_shots(["a", "a", "b", "b"])
    assert (found.most_said, found.vote_share, found.odd_one_out) == (None, 0.5, None)


def test_of_two_different_answers_neither_is_odd() -> None:
    assert agreement_of_shots(["a", "b"]).odd_one_out is None


LONG = ["Dear Ms Okafor, " + "thank you for writing to us. " * 4, "Hello, " + "we are sorry for it all. " * 4, "x" * 80]


def test_long_answers_are_compared_by_the_vectors_given() -> None:
    found = agreement_of_shots(LONG, vectors=[(1.0, 0.0), (0.9, 0.1), (0.0, 1.0)])
    assert found.by == "meaning"
    assert found.odd_one_out == 2
    assert found.agreement == pytest.approx((0.9939 + 0 + 0.1104) / 3, abs=1e-3)
    assert found.vote_share is None


def test_without_vectors_long_answers_are_not_compared() -> None:
    found = agreement_of_shots(LONG)
    assert (found.by, found.agreement) == (None, None)
    same = agreement_of_shots([LONG[0], LONG[0]])
    assert (same.by, same.agreement, same.folds) == ("words", 1.0, ((0, 1),))


def test_equal_vectors_have_no_odd_one_out() -> None:
    assert agreement_of_shots(LONG, vectors=[(1.0, 0.0)] * 3).odd_one_out is None


def test_one_answer_agrees_with_nothing() -> None:
    assert agreement_of_shots(["42"]).agreement is None
    assert agreement_of_shots([]).folds == ()


def test_vectors_must_be_one_a_text() -> None:
    with pytest.raises(ValueError, match="2 vectors for 3 texts"):
        agreement_of_shots(LONG, vectors=[(1.0,), (1.0,)])


@pytest.mark.parametrize(
    ("one", "other"),
    [("1,000", "1000"), ("Paris.", "paris"), ("`YES`", "yes"), ("+3.50", "3.5"), ("a  b", "a b"), ("-0", "0")],
)
def test_the_same_in_other_dress_is_the_same(one: str, other: str) -> None:
    assert plain_words(one) == plain_words(other)


@pytest.mark.parametrize(("one", "other"), [("1,5", "15"), ("-3", "3"), ("3 May", "5 May"), ("v1.0", "v1")])
def test_what_differs_stays_different(one: str, other: str) -> None:
    assert plain_words(one) != plain_words(other)


@given(st.lists(st.text(max_size=70), max_size=6))
def test_every_text_can_be_compared_and_every_index_is_folded_once(texts: list[str]) -> None:
    found = agreement_of_shots(texts)
    assert sorted(index for group in found.folds for index in group) == list(range(len(texts)))
    assert found.agreement is None or 0 <= found.agreement <= 1
