"""How far several words on the same items agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.labels.agreement import (
    JudgeWord,
    Rating,
    Repeat,
    agreement,
    judge_agreement,
    krippendorff_alpha,
    longer_wins,
    repeats,
    wilson,
)

# Krippendorff's own example (Computing Krippendorff's Alpha-Reliability, 2011, part C): 4 observers, 12 units.
OBSERVERS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
    (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
)


def test_alpha_is_the_one_of_krippendorffs_own_example() -> None:
    units = [[str(label) for label in unit if label is not None] for unit in zip(*OBSERVERS, strict=True)]
    assert krippendorff_alpha(units) == pytest.approx(0.743, abs=0.0005)


def test_alpha_is_one_where_all_agree_and_nothing_where_one_label_was_used() -> None:
    assert krippendorff_alpha([("A", "A"), ("B", "B", "B")]) == 1.0
    assert krippendorff_alpha([("A", "A"), ("A", "A")]) is None
    assert krippendorff_alpha([("A",), ("B",)]) is None


def test_alpha_is_about_zero_for_labels_by_lot_and_below_where_people_contradict() -> None:
    half = [("A", "A"), ("B", "B"), ("A", "B"), ("B", "A")] * 100
    assert krippendorff_alpha(half) == pytest.approx(0, abs=0.01)
    assert krippendorff_alpha([("A", "B")] * 50) < -0.9


@pytest.mark.parametrize(
    ("successes", "number", "low", "high"), [(6, 10, 31, 83), (18, 30, 42, 75), (60, 100, 50, 69), (0, 10, 0, 28)]
)
def test_wilson_gives_the_known_intervals(successes: int, number: int, low: int, high: int) -> None:
    share = wilson(successes, number)
    assert (round(share.low * 100), round(share.high * 100)) == (low, high)


@given(st.integers(1, 500), st.floats(0, 1))
def test_a_share_lies_in_its_interval(number: int, part: float) -> None:
    share = wilson(part * number, number)
    assert 0 <= share.low <= share.value + 1e-9
    assert share.value - 1e-9 <= share.high <= 1


def test_no_case_is_no_share() -> None:
    with pytest.raises(ValueError, match="at least one"):
        wilson(0, 0)


def _ratings(**items: str) -> list[Rating]:
    return [
        Rating(item=item, person=f"person {number}", label=label)
        for item, labels in items.items()
        for number, label in enumerate(labels.split())
    ]


def test_only_items_that_two_judged_count_and_those_in_dispute_are_named() -> None:
    found = agreement(_ratings(one="Sage Sage", two="Sage tie", three="Pine", four="Pine Pine Sage"))
    assert (found.items, found.people) == (3, 3)
    assert found.to_settle == ("two", "four")
    assert found.raw is not None
    assert found.raw.value == pytest.approx((1 + 0 + 1 / 3) / 3)
    assert found.raw.number == 3


def test_a_changed_mind_counts_once() -> None:
    found = agreement([*_ratings(one="Sage Pine"), Rating(item="one", person="person 1", label="Sage")])
    assert found.to_settle == ()


def test_nothing_in_common_is_no_agreement() -> None:
    found = agreement(_ratings(one="Sage", two="Pine"))
    assert (found.raw, found.alpha, found.items) == (None, None, 0)


def test_a_hand_that_follows_the_place_shows_in_swapped_repeats() -> None:
    steady = Repeat(first="Sage", second="Sage", first_place=0, second_place=1)
    follows = Repeat(first="Sage", second="Pine", first_place=0, second_place=0)
    tie = Repeat(first="tie", second="tie", first_place=None, second_place=None)
    found = repeats([steady, steady, follows, tie])
    assert found is not None
    assert found.same_answer.value == pytest.approx(3 / 4)
    assert found.same_place.value == pytest.approx(1 / 3)
    assert repeats([]) is None
    only_ties = repeats([tie])
    assert only_ties is not None
    assert only_ties.same_place.number == 0


def test_a_judge_stands_beside_what_people_reach_with_each_other() -> None:
    people = _ratings(one="Sage Sage", two="Sage Pine", three="tie", unseen="Pine Pine")
    judge = {
        "one": JudgeWord(label="Sage"),
        "two": JudgeWord(label="Sage"),
        "three": JudgeWord(label="Pine", flipped=True),
        "alone": JudgeWord(label="tie"),
    }
    found = judge_agreement(people, judge)
    assert found.with_people is not None
    assert found.with_people.value == pytest.approx((1 + 0.5 + 0) / 3)
    assert found.among_people is not None
    assert (found.among_people.value, found.among_people.number) == (0.5, 2)
    assert found.flips is not None
    assert (found.flips.value, found.flips.number) == (0.25, 4)


def test_a_judge_nobody_shares_an_item_with_has_no_agreement() -> None:
    found = judge_agreement([], {})
    assert (found.with_people, found.among_people, found.alpha, found.flips) == (None, None, None, None)


def test_a_liking_for_length_is_counted_on_unequal_answers_only() -> None:
    share = longer_wins([(100, 50), (80, 20), (10, 30), (40, 40)])
    assert share is not None
    assert (share.value, share.number) == (pytest.approx(2 / 3), 3)
    assert longer_wins([(5, 5)]) is None
