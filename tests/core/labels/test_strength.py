"""The leaderboard: shares with ranges that hold what they promise."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from core.labels.picks import Pick
from core.labels.strength import leaderboard


def _true_shares(strengths: np.ndarray, tie: float) -> np.ndarray:
    """Picked or tied against one other, averaged over the others (Davidson 1970)."""
    ahead = strengths[:, None] - strengths[None, :]
    win, lose, both = np.exp(ahead / 2), np.exp(-ahead / 2), np.exp(tie)
    share = (win + both) / (win + lose + both)
    np.fill_diagonal(share, 0)
    return share.sum(axis=1) / (len(strengths) - 1)


def test_the_likely_range_holds_the_truth_in_about_95_of_100_histories(simulate: Callable[..., list[Pick]]) -> None:
    random = np.random.default_rng(11)
    inside = number = 0
    for history in range(200):
        strengths = random.normal(0, 0.8, 3)
        board = leaderboard(simulate(random, strengths, prompts=60), seed=history)
        truth = dict(zip(("Ash", "Birch", "Cedar"), _true_shares(strengths, -1.0), strict=True))
        for row in board.rows:
            if row.share is not None:
                number += 1
                inside += row.low <= truth[row.model] <= row.high
    assert number > 590
    assert 0.92 <= inside / number <= 0.98


def test_many_people_on_few_prompts_do_not_make_the_range_too_narrow(simulate: Callable[..., list[Pick]]) -> None:
    # Every prompt has its own favourite: eight people who agree on it are one observation of the models.
    random = np.random.default_rng(4)
    inside = 0
    far = random.normal(0, 2**0.5, 100_000)
    truth = float(np.mean((np.exp(far / 2) + np.exp(-1)) / (2 * np.cosh(far / 2) + np.exp(-1))))
    for history in range(100):
        picks = []
        for prompt in range(30):
            own = simulate(random, random.normal(0, 1, 2), prompts=1, people=8)
            picks += [replace(pick, prompt=str(prompt)) for pick in own]
        row = leaderboard(picks, seed=history).rows[0]
        inside += row.low <= truth <= row.high
    assert inside >= 89


def test_the_figures_stand_in_order_and_add_up(simulate: Callable[..., list[Pick]]) -> None:
    picks = simulate(np.random.default_rng(2), [2.0, 0.5, -1.0], prompts=300, people=2)
    board = leaderboard(picks)
    assert [row.model for row in board.rows] == ["Ash", "Birch", "Cedar"]
    assert [row.rank for row in board.rows] == [1, 2, 3]
    assert (board.picks, board.people, board.prompts, board.needed) == (600, 2, 300, 0)
    for row in board.rows:
        assert row.low <= row.share <= row.high
        assert row.wins + row.ties + row.losses == row.picks
    assert sum(row.wins for row in board.rows) == board.decisive
    assert board.alike == ()
    top = board.pairs[0]
    assert (top.first, top.second, top.told_apart) == ("Ash", "Birch", True)
    assert top.stronger > 0.99
    assert top.share > 0.7
    assert top.record.wins > top.record.losses


def test_models_that_cannot_be_told_apart_are_said_to_be_so(simulate: Callable[..., list[Pick]]) -> None:
    board = leaderboard(simulate(np.random.default_rng(8), [0.1, 0.0, -2.5], prompts=120))
    assert [set(group) for group in board.alike] == [{"Ash", "Birch"}]
    assert [row.rank for row in board.rows] == [1, 1, 3]


def test_below_ten_decisive_picks_there_are_counts_and_no_rank() -> None:
    picks = [Pick(prompt=str(number), person="Anna", shown=("A", "B"), winner=0) for number in range(7)]
    board = leaderboard(picks)
    assert board.needed == 3
    assert board.pairs == ()
    assert [(row.model, row.wins, row.losses, row.needed, row.rank, row.share) for row in board.rows] == [
        ("A", 7, 0, 3, None, None),
        ("B", 0, 7, 3, None, None),
    ]


def test_a_new_model_does_not_take_the_ranks_of_the_others() -> None:
    known = [Pick(prompt=str(number), person="Anna", shown=("A", "B"), winner=0) for number in range(20)]
    new = [Pick(prompt=f"new {number}", person="Anna", shown=("A", "B", "C"), winner=2) for number in range(4)]
    rows = {row.model: row for row in leaderboard([*known, *new]).rows}
    assert rows["A"].rank is not None
    assert (rows["C"].rank, rows["C"].needed) == (None, 6)


def test_models_that_never_met_the_others_are_not_ranked_among_them() -> None:
    one = [Pick(prompt=str(number), person="Anna", shown=("A", "B"), winner=number % 3 == 0) for number in range(30)]
    other = [Pick(prompt=str(number), person="Anna", shown=("C", "D"), winner=0) for number in range(20)]
    rows = {row.model: row for row in leaderboard([*one, *other]).rows}
    assert rows["A"].rank is not None
    assert rows["C"].apart
    assert rows["C"].rank is None
    assert not rows["A"].apart


def test_a_model_that_won_everything_has_a_range_all_the_same() -> None:
    picks = [Pick(prompt=str(number), person="Anna", shown=("A", "B"), winner=0) for number in range(12)]
    best = leaderboard(picks).rows[0]
    assert best.share < 1
    assert best.high - best.low > 0.1


def test_the_same_picks_and_seed_give_the_same_figures(simulate: Callable[..., list[Pick]]) -> None:
    picks = simulate(np.random.default_rng(6), [0.5, 0.0, 0.0], prompts=50)
    assert leaderboard(picks, seed=3) == leaderboard(picks, seed=3)
    assert leaderboard(picks, seed=3) != leaderboard(picks, seed=4)


def test_a_hand_that_likes_the_first_place_shows(simulate: Callable[..., list[Pick]]) -> None:
    pulled = leaderboard(simulate(np.random.default_rng(9), [0.3, 0.0], prompts=400, first=1.0)).pull
    assert pulled is not None
    assert pulled.low > 0.6
    fair = leaderboard(simulate(np.random.default_rng(9), [0.3, 0.0], prompts=400)).pull
    assert fair is not None
    assert fair.low < 0.5 < fair.high
    fixed = [Pick(prompt=str(number), person="Anna", shown=("A", "B"), winner=0) for number in range(50)]
    assert leaderboard(fixed).pull is None


@pytest.mark.parametrize("picks", [[], [Pick(prompt="p", person="Anna", shown=("A", "A"), winner=0)]])
def test_no_pick_is_an_empty_leaderboard(picks: list[Pick]) -> None:
    board = leaderboard(picks)
    assert (board.rows, board.pairs, board.picks, board.needed) == ((), (), 0, 10)
