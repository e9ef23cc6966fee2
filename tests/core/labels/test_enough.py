"""The stop rule errs rarely however often it is asked, and finds what is there."""

import math
from collections import Counter
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.labels.enough import (
    MOST_TOLD,
    NEVER_MET,
    SMALL_GAP,
    SURE,
    Finding,
    detectable_win_rate,
    enough,
    evidence,
    largest_gap,
    need,
)
from core.labels.picks import PairRecord

WIN, TIE, LOSS = Fraction(1), Fraction(1, 2), Fraction(0)


def record(wins: int, ties: int, losses: int) -> PairRecord:
    scores = tuple((score, count) for score, count in ((LOSS, losses), (TIE, ties), (WIN, wins)) if count)
    return PairRecord(first="Sage", second="Swift", wins=wins, ties=ties, losses=losses, people=3, scores=scores)


@cache
def says_better(wins: int, losses: int) -> bool:
    return enough_is_better(record(wins, 0, losses))


def enough_is_better(found: PairRecord) -> bool:
    return found.decisive >= 10 and evidence(found.scores) >= SURE


def test_between_equal_models_a_false_winner_is_declared_in_at_most_5_of_100_sequences() -> None:
    random = np.random.default_rng(20)
    false = 0
    for _ in range(1000):
        won = np.cumsum(random.random(300) < 0.5)
        false += any(says_better(int(wins), look - int(wins)) for look, wins in enumerate(won, start=1))
    assert 0 < false <= 50


def test_people_who_agree_on_a_prompt_do_not_make_a_false_winner() -> None:
    # Equal models; each prompt favours one of the two and five people see it alike nine times of ten.
    random = np.random.default_rng(21)
    false = 0
    for _ in range(120):
        scores: Counter[Fraction] = Counter()
        stopped = False
        for _prompt in range(40):
            share = 0.9 if random.random() < 0.5 else 0.1
            wins = 0
            for person in range(1, 6):
                if person > 1:
                    scores[Fraction(wins, person - 1)] -= 1
                wins += int(random.random() < share)
                scores[Fraction(wins, person)] += 1
                stopped = stopped or evidence([(score, count) for score, count in scores.items() if count]) >= SURE
        false += stopped
    assert false <= 6


def test_a_better_model_is_found_after_about_as_many_picks_as_known() -> None:
    # The medians of a simulation published with the rule: 19 picks at a win rate of 80 %, 47 at 70 %.
    random = np.random.default_rng(22)
    for rate, known in ((0.8, 19), (0.7, 47)):
        stops = []
        for _ in range(300):
            won = np.cumsum(random.random(600) < rate)
            stops.append(
                next(
                    look for look, wins in enumerate(won, start=1) if look == 600 or says_better(int(wins), look - wins)
                )
            )
        assert np.median(stops) == pytest.approx(known, rel=0.2)


def test_the_gap_holds_the_true_one_at_every_look() -> None:
    random = np.random.default_rng(23)
    missed = 0
    for _ in range(100):
        drawn = random.choice(3, size=300, p=(0.15, 0.6, 0.25))
        looks = [np.bincount(drawn[:look], minlength=3) for look in range(30, 301, 30)]
        missed += any(largest_gap(record(int(won), int(tied), int(lost)).scores) < 0.10 for lost, tied, won in looks)
    assert missed <= 5


@given(st.integers(0, 120), st.integers(0, 50), st.integers(0, 120))
def test_the_evidence_of_single_picks_is_the_beta_mixture(wins: int, ties: int, losses: int) -> None:
    exact = (wins + losses) * math.log(2) + math.lgamma(1 + wins) + math.lgamma(1 + losses)
    exact -= math.lgamma(2 + wins + losses)
    assert math.log(evidence(record(wins, ties, losses).scores)) == pytest.approx(exact, abs=1e-6)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_both_sides_hear_the_same(wins: int, ties: int, losses: int) -> None:
    one, other = enough(record(wins, ties, losses)), enough(record(losses, ties, wins))
    assert one.finding is other.finding
    assert one.gap == pytest.approx(other.gap, abs=1e-4)
    assert need(record(wins, ties, losses)) == pytest.approx(need(record(losses, ties, wins)))


def test_a_clear_winner_is_named_and_nothing_more_is_asked_for() -> None:
    answer = enough(record(11, 0, 36))
    assert (answer.finding, answer.better, answer.more) == (Finding.BETTER, "Swift", 0)
    assert answer.record.wins == 36


def test_mostly_ties_are_a_small_gap() -> None:
    answer = enough(record(12, 170, 10))
    assert answer.finding is Finding.ALIKE
    assert answer.better is None
    assert answer.gap <= SMALL_GAP
    assert answer.more == 180


def test_what_is_said_to_be_missing_is_about_what_it_takes() -> None:
    found = record(24, 8, 12)
    answer = enough(found)
    assert answer.finding is Finding.MORE
    assert answer.more is not None
    scale = 1 + answer.more / found.picks
    later = record(round(24 * scale), round(8 * scale), round(12 * scale))
    assert enough(later).finding is Finding.BETTER
    half = 1 + answer.more / found.picks / 2
    assert enough(record(round(24 * half), round(8 * half), round(12 * half))).finding is Finding.MORE


def test_a_few_picks_are_too_early_even_where_all_agree() -> None:
    answer = enough(record(9, 0, 0))
    assert answer.e_value > SURE
    assert (answer.finding, answer.better) == (Finding.TOO_EARLY, None)
    assert answer.more is not None
    assert 1 <= answer.more <= 3


def test_twelve_prompts_judged_by_six_people_are_no_more_than_twelve() -> None:
    many = PairRecord(first="Sage", second="Swift", wins=54, ties=0, losses=18, people=6, scores=((LOSS, 3), (WIN, 9)))
    assert enough(many).finding is Finding.MORE
    assert enough(record(54, 0, 18)).finding is Finding.BETTER


def test_beyond_a_thousand_no_number_is_promised() -> None:
    assert enough(record(15, 0, 15)).more is None
    assert MOST_TOLD == 1000


def test_a_queue_needs_the_unknown_most_and_the_settled_not_at_all() -> None:
    assert need(record(0, 0, 0)) == pytest.approx(NEVER_MET)
    assert NEVER_MET > need(record(6, 0, 5)) > need(record(30, 0, 28)) > 0
    assert need(record(36, 0, 11)) == need(record(12, 170, 10)) == 0


def test_more_picks_show_smaller_differences() -> None:
    assert detectable_win_rate(5) is None
    rates = [detectable_win_rate(picks) for picks in (20, 60, 120, 1000)]
    assert rates == sorted(rates, reverse=True)
    assert detectable_win_rate(120, ties=0.0) == pytest.approx(0.65, abs=0.01)
