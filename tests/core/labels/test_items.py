"""Items are drawn by a stored seed, and every person has an order of their own."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.labels.items import Candidate, Item, draw_items, due_again, shown_order

candidates = st.lists(
    st.tuples(st.integers(1, 60), st.sampled_from("ABCDEFG")), max_size=40, unique_by=lambda row: row[0]
).map(lambda rows: [Candidate(shot=shot, model=model) for shot, model in rows])


@given(candidates, st.integers(), st.integers(2, 4))
def test_an_item_holds_two_to_four_answers_one_shot_a_model_and_none_is_forgotten(
    some: list[Candidate], seed: int, largest: int
) -> None:
    items = draw_items("run", some, seed=seed, largest=largest)
    assert len({item.key for item in items}) == len(items)
    several = len({one.model for one in some}) > 1
    for item in items:
        assert len(set(item.models)) == len(item.models)
        assert (2 if several else 1) <= len(item.answers) <= (largest if several else 1)
    if several:
        assert {answer for item in items for answer in item.answers} == set(some)
    else:
        assert len(items) == bool(some)


@given(candidates, st.integers())
def test_the_same_seed_draws_the_same_items_whatever_order_they_came_in(some: list[Candidate], seed: int) -> None:
    assert draw_items("run", some, seed=seed) == draw_items("run", some[::-1], seed=seed)


def test_another_seed_draws_other_items() -> None:
    run = [Candidate(shot=10 * model + shot, model=str(model)) for model in range(6) for shot in range(5)]
    assert draw_items("run", run, seed=1) != draw_items("run", run, seed=2)


def test_six_models_and_five_shots_give_ten_items_of_three() -> None:
    run = [Candidate(shot=10 * model + shot, model=str(model)) for model in range(6) for shot in range(5)]
    assert Counter(len(item.answers) for item in draw_items("run", run, seed=7)) == {3: 10}


def test_a_run_of_one_model_asks_of_one_answer() -> None:
    (item,) = draw_items("run", [Candidate(shot=1, model="A"), Candidate(shot=2, model="A")], seed=7)
    assert len(item.answers) == 1


def test_an_item_of_one_answer_is_not_drawn_by_size() -> None:
    with pytest.raises(ValueError, match="at least two"):
        draw_items("run", [], seed=1, largest=1)


ITEM = Item(key="run:0", run="run", answers=tuple(Candidate(shot=number, model=str(number)) for number in range(3)))


def test_one_person_always_sees_the_same_order_and_others_another() -> None:
    mine = shown_order(ITEM, seed=1, person="Anna")
    assert mine == shown_order(ITEM, seed=1, person="Anna")
    assert len({shown_order(ITEM, seed=1, person=f"person {number}") for number in range(50)}) == 6


def test_every_answer_stands_first_equally_often() -> None:
    first = Counter(shown_order(ITEM, seed=1, person=str(number))[0].shot for number in range(6000))
    # Three standard deviations of a fair lot are 110.
    assert all(abs(count - 2000) < 150 for count in first.values())


@pytest.mark.parametrize("number", [2, 3, 4])
def test_an_item_that_comes_back_has_every_answer_at_another_place(number: int) -> None:
    item = Item(key="k", run="run", answers=tuple(Candidate(shot=one, model=str(one)) for one in range(number)))
    before = shown_order(item, seed=1, person="Anna")
    after = shown_order(item, seed=1, person="Anna", again=True)
    assert set(before) == set(after)
    assert all(one != other for one, other in zip(before, after, strict=True))


def test_every_twentieth_item_is_one_that_was_seen_a_while_ago() -> None:
    served: list[str] = []
    again = []
    for number in range(1, 101):
        key = due_again(served, seed=3, person="Anna")
        if key is not None:
            again.append((number, number - 1 - served.index(key)))
        served.append(key or f"item {number}")
    assert [number for number, _ in again] == [20, 40, 60, 80, 100]
    assert all(5 <= distance < 20 for _, distance in again)
    assert max(Counter(served).values()) == 2
