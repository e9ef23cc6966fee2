"""Words on a shot become one quality."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.verdict import VerdictKind
from core.errors import InputError
from core.labels.quality import Observation, Quality, Source, Tally, of_check, of_rating, of_verdict

observations = st.builds(
    Observation,
    source=st.sampled_from(Source),
    quality=st.floats(0, 1),
    weight=st.floats(0, 1000),
)


def tally(some: list[Observation]) -> Tally:
    total = Tally()
    for one in some:
        total = total.add(one)
    return total


@given(st.lists(observations), observations, st.randoms())
def test_taking_a_word_back_leaves_exactly_what_was_there_before(
    some: list[Observation], one: Observation, random: object
) -> None:
    before = tally(some)
    mixed = [*some, one]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert tally(mixed).remove(one) == before
    assert before.add(one).remove(one).quality() == before.quality()


@given(st.lists(observations))
def test_quality_lies_between_the_lowest_and_the_highest_word(some: list[Observation]) -> None:
    found = tally(some).quality()
    counting = [one.quality for one in some if one.source is not Source.HEURISTIC and round(one.weight * 1_000_000)]
    if found is None:
        assert not counting
    else:
        assert min(counting) - 1e-6 <= found.value <= max(counting) + 1e-6


def test_nothing_said_is_no_quality() -> None:
    assert Tally().quality() is None


def test_heuristics_weigh_nothing() -> None:
    assert tally([Observation(source=Source.HEURISTIC, quality=1.0)]).quality() is None


@given(st.lists(observations.filter(lambda one: one.source is not Source.PERSON)))
def test_no_number_of_judges_outvotes_one_person(judges: list[Observation]) -> None:
    person = Observation(source=Source.PERSON, quality=1.0)
    found = tally([*judges, person]).quality()
    assert found is not None
    assert found.value >= 2 / 3 - 1e-6


def test_judges_alone_weigh_half_a_person_at_most() -> None:
    judges = [Observation(source=Source.JUDGE, quality=1.0)] * 7
    assert tally(judges).quality() == Quality(value=1.0, weight=0.5)


@pytest.mark.parametrize("number", range(2, 10))
def test_among_equal_answers_the_mean_is_a_half_however_many_were_shown(number: int) -> None:
    shots = tuple(range(number))
    total = Tally()
    for winner in shots:
        total = total.add(of_verdict(VerdictKind.WINNER, compared=shots, winner=winner)[0])
    found = total.quality()
    assert found is not None
    assert found.value == pytest.approx(0.5, abs=1e-5)


def test_none_is_a_fail_for_each_and_a_tie_a_success_for_each() -> None:
    none = of_verdict(VerdictKind.NONE, compared=(1, 2))
    tie = of_verdict(VerdictKind.TIE, compared=(1, 2))
    assert [one.quality for one in none.values()] == [0.0, 0.0]
    assert [one.quality for one in tie.values()] == [1.0, 1.0]


def test_one_answer_is_good_or_not() -> None:
    assert of_verdict(VerdictKind.GOOD, compared=(5,))[5].quality == 1.0
    assert of_verdict(VerdictKind.NOT_GOOD, compared=(5,))[5].quality == 0.0


def test_an_ai_judge_speaks_in_the_same_form_with_its_own_name() -> None:
    said = of_verdict(VerdictKind.WINNER, compared=(1, 2), winner=2, source=Source.JUDGE)
    assert {one.source for one in said.values()} == {Source.JUDGE}


def test_a_rating_is_its_place_on_the_scale() -> None:
    assert of_rating(4, lowest=1, highest=5).quality == pytest.approx(0.75)
    assert of_check(True) == Observation(source=Source.CHECK, quality=1.0)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_quality_off_the_scale_is_refused(value: float) -> None:
    with pytest.raises(InputError):
        of_rating(value)
    with pytest.raises(InputError):
        Observation(source=Source.IMPORT, quality=value)


def test_a_weight_that_is_none_is_refused() -> None:
    with pytest.raises(InputError):
        Observation(source=Source.IMPORT, quality=1, weight=float("nan"))
    with pytest.raises(InputError):
        of_rating(1, lowest=2, highest=2)


def test_a_winner_must_be_among_the_compared_and_have_one_beside_it() -> None:
    with pytest.raises(InputError):
        of_verdict(VerdictKind.WINNER, compared=(1, 2), winner=3)
    with pytest.raises(InputError):
        of_verdict(VerdictKind.WINNER, compared=(1,), winner=1)
    with pytest.raises(InputError):
        of_verdict(VerdictKind.TIE, compared=(1,))
