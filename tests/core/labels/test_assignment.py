"""Work is dealt fairly, and what teaches most comes first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.labels.assignment import by_need, deal, worth
from core.labels.items import Candidate, Item


def _item(number: int, *models: str, run: str = "") -> Item:
    answers = tuple(Candidate(shot=index, model=model) for index, model in enumerate(models or ("A", "B")))
    return Item(key=f"item {number}", run=run or f"run {number}", answers=answers)


@given(st.integers(0, 60), st.integers(1, 6), st.integers(1, 3), st.floats(0, 1), st.integers())
def test_everybody_has_as_much_and_every_item_is_seen(
    number: int, people: int, seen_by: int, shared: float, seed: int
) -> None:
    names = [f"person {one}" for one in range(people)]
    hands = deal([_item(one) for one in range(number)], names, seed=seed, seen_by=seen_by, shared=shared)
    loads = [len(hand) for hand in hands.values()]
    assert max(loads) - min(loads) <= 1
    assert all(len(set(hand)) == len(hand) for hand in hands.values())
    seen = [key for hand in hands.values() for key in hand]
    twice = round(number * shared)
    assert len(seen) == twice * min(people, seen_by + 1) + (number - twice) * min(people, seen_by)
    assert len(set(seen)) == number


def test_a_fifth_is_shared_and_not_always_by_the_same_two() -> None:
    hands = deal([_item(one) for one in range(120)], ["Anna", "Ben", "Cara", "Dan"], seed=1)
    assert [len(hand) for hand in hands.values()] == [36, 36, 36, 36]
    together = {
        tuple(sorted(name for name, hand in hands.items() if key in hand)) for hand in hands.values() for key in hand
    }
    assert len([names for names in together if len(names) == 2]) == 6


def test_nobody_to_label_is_nobody_dealt_to() -> None:
    assert deal([_item(1)], [], seed=1) == {}
    with pytest.raises(ValueError, match="cannot be dealt"):
        deal([_item(1)], ["Anna"], seed=1, seen_by=0)


NEEDS = {("A", "B"): 0.0, ("A", "C"): 0.05, ("B", "C"): 0.01}


def test_the_pair_that_needs_most_comes_first_and_a_settled_one_last() -> None:
    queue = by_need([_item(1, "A", "B"), _item(2, "C", "B"), _item(3, "C", "A")], NEEDS, seed=1, person="Anna")
    assert [item.key for item in queue] == ["item 3", "item 2", "item 1"]


def test_models_that_never_met_come_before_all_others() -> None:
    queue = by_need([_item(1, "A", "C"), _item(2, "A", "D")], NEEDS, seed=1, person="Anna")
    assert queue[0].key == "item 2"


def test_runs_whose_names_were_seen_come_last_however_much_they_would_teach() -> None:
    queue = by_need([_item(1, "A", "C", run="seen"), _item(2, "A", "B")], NEEDS, seed=1, person="Anna", named={"seen"})
    assert [item.run for item in queue] == ["run 2", "seen"]


def test_two_people_begin_at_different_items_where_all_are_worth_the_same() -> None:
    items = [_item(number) for number in range(20)]
    assert by_need(items, NEEDS, seed=1, person="Anna") != by_need(items, NEEDS, seed=1, person="Ben")


def test_an_answer_alone_teaches_nothing_of_a_pair() -> None:
    assert worth(_item(1, "A"), NEEDS) == 0.0
    assert worth(_item(1, "A", "B", "C"), NEEDS) == pytest.approx(0.04)
