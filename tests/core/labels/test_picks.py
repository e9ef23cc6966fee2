"""Verdicts become picks, and picks become records of pairs."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.verdict import Verdict, VerdictKind
from core.labels.picks import PairRecord, Pick, pair_records, pick_of

MODELS = {1: "Sage", 2: "Swift", 3: "Pine", 4: "Sage"}


def _verdict(kind: VerdictKind, *, shot: int | None = None, compared: tuple[int, ...] = (1, 2, 3)) -> Verdict:
    return Verdict(
        id=1,
        run_id=1,
        person="Anna",
        kind=kind,
        shot_id=shot,
        compared=compared,
        blind=True,
        note="",
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
    )


def _pick(*shown: str, winner: int | None, prompt: str = "p", person: str = "Anna") -> Pick:
    return Pick(prompt=prompt, person=person, shown=shown, winner=winner)


def test_a_winner_is_named_by_its_place_among_what_was_shown() -> None:
    pick = pick_of(_verdict(VerdictKind.WINNER, shot=2), models=MODELS, prompt="p")
    assert pick is not None
    assert (pick.shown, pick.won, pick.decisive, pick.blind) == (("Sage", "Swift", "Pine"), "Swift", True, True)


@pytest.mark.parametrize("kind", [VerdictKind.TIE, VerdictKind.NONE])
def test_a_tie_and_none_are_both_a_tie_for_ranking(kind: VerdictKind) -> None:
    pick = pick_of(_verdict(kind), models=MODELS, prompt="p")
    assert pick is not None
    assert pick.won is None


@pytest.mark.parametrize(
    "verdict",
    [
        _verdict(VerdictKind.GOOD, compared=(1,)),
        _verdict(VerdictKind.WINNER, shot=1, compared=(1, 4)),
        _verdict(VerdictKind.WINNER, shot=9, compared=(1, 2, 9)),
    ],
    ids=["one answer", "two answers of one model", "the winner was deleted"],
)
def test_what_compares_no_two_models_is_no_pick(verdict: Verdict) -> None:
    assert pick_of(verdict, models=MODELS, prompt="p") is None


def test_a_pick_of_a_third_says_nothing_of_the_two_that_lost() -> None:
    records = pair_records([_pick("Sage", "Swift", "Pine", winner=0)])
    assert [(record.first, record.second, record.wins, record.losses) for record in records] == [
        ("Pine", "Sage", 0, 1),
        ("Sage", "Swift", 1, 0),
    ]


def test_a_model_with_more_answers_than_the_other_is_not_counted_as_better() -> None:
    assert pair_records([_pick("Sage", "Sage", "Swift", winner=0)]) == ()


def test_ten_picks_of_one_prompt_are_one_observation() -> None:
    picks = [_pick("A", "B", winner=number % 2, person=str(number)) for number in range(9)]
    (record,) = pair_records(picks)
    assert (record.picks, record.prompts, record.people) == (9, 1, 9)
    assert record.scores == ((Fraction(5, 9), 1),)


picks = st.builds(
    Pick,
    prompt=st.sampled_from("pqrs"),
    person=st.sampled_from(["Anna", "Ben"]),
    shown=st.permutations(["A", "B", "C"]).map(tuple),
    winner=st.one_of(st.none(), st.integers(0, 2)),
)


@given(st.lists(picks, max_size=30))
def test_a_record_seen_from_the_other_side_and_back_is_the_same(some: list[Pick]) -> None:
    for record in pair_records(some):
        turned = record.seen_from(record.second)
        assert (turned.wins, turned.ties, turned.losses) == (record.losses, record.ties, record.wins)
        assert turned.seen_from(record.first) == record
        assert record.picks == record.wins + record.ties + record.losses
        assert sum(score * count for score, count in record.scores) <= record.prompts <= record.picks


def test_a_stranger_has_no_record() -> None:
    record = PairRecord(first="A", second="B", wins=1, ties=0, losses=0, people=1, scores=((Fraction(1), 1),))
    with pytest.raises(KeyError):
        record.seen_from("C")
