"""The likelihood and its optimum."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import minimize

from core.labels.choice_model import fit, normal_draws, observed, replicates, situations
from core.labels.picks import Pick


def _penalised(theta: np.ndarray, picks: list[Pick], models: list[str]) -> float:
    """The posterior density written out pick by pick, straight from the model's text."""
    sizes = sorted({len(pick.shown) for pick in picks})
    strength = dict(zip(models, theta, strict=False))
    tau, by_size, first = theta[len(models)], theta[len(models) + 1 : -1], theta[-1]
    sd = np.array([1.5] * len(models) + [3.0] + [1.0] * len(sizes) + [1.0])
    total = 0.5 * np.sum(np.square(theta / sd))
    for pick in picks:
        utility = [strength[model] for model in pick.shown]
        tie = tau + by_size[sizes.index(len(pick.shown))] + np.mean(utility)
        utility[0] += first * pick.shuffled
        all_of_them = np.array([*utility, tie])
        taken = all_of_them[-1] if pick.winner is None else utility[pick.winner]
        total -= taken - np.log(np.exp(all_of_them).sum())
    return float(total)


def test_the_optimum_is_the_one_a_general_minimiser_finds(simulate: Callable[..., list[Pick]]) -> None:
    picks = simulate(np.random.default_rng(5), [1.0, 0.2, -0.8], prompts=80, first=0.4)
    models = ["Ash", "Birch", "Cedar"]
    design = situations(picks, models=models)
    ours = fit(design, observed(design))[0]
    theirs = minimize(_penalised, np.zeros(len(ours)), args=(picks, models), method="BFGS")
    assert ours == pytest.approx(theirs.x, abs=1e-3)
    assert _penalised(ours, picks, models) <= theirs.fun + 1e-9


def test_a_model_that_won_everything_stays_finite() -> None:
    picks = [Pick(prompt=str(number), person="Anna", shown=("A", "B"), winner=0) for number in range(500)]
    design = situations(picks, models=["A", "B"])
    strength = fit(design, observed(design))[0]
    assert np.isfinite(strength).all()
    assert 3 < strength[0] - strength[1] < 12


def test_more_answers_of_one_model_do_not_make_it_stronger() -> None:
    # Of three answers as good as each other two are of A: it wins two times of three and is no better.
    picks = [Pick(prompt=str(number), person="Anna", shown=("A", "A", "B"), winner=number % 3) for number in range(300)]
    design = situations(picks, models=["A", "B"])
    strength = fit(design, observed(design))[0]
    assert strength[0] - strength[1] == pytest.approx(0, abs=0.02)


def test_the_pull_of_the_first_place_is_found_where_the_order_was_drawn(simulate: Callable[..., list[Pick]]) -> None:
    picks = simulate(np.random.default_rng(3), [0.3, 0.0], prompts=3000, first=0.8)
    design = situations(picks, models=["Ash", "Birch"])
    found = fit(design, observed(design))[0]
    assert found[design.first] == pytest.approx(0.8, abs=0.15)


def test_a_fixed_order_is_taken_for_strength_and_never_for_pull() -> None:
    picks = [Pick(prompt=str(number), person="Anna", shown=("A", "B"), winner=number % 4 // 3) for number in range(200)]
    design = situations(picks, models=["A", "B"])
    found = fit(design, observed(design))[0]
    assert found[design.first] == pytest.approx(0)
    assert found[0] - found[1] == pytest.approx(np.log(3), abs=0.1)


def test_replicates_are_the_same_for_the_same_seed_and_differ_for_another(
    simulate: Callable[..., list[Pick]],
) -> None:
    design = situations(simulate(np.random.default_rng(1), [0.5, 0.0], prompts=30), models=["Ash", "Birch"])
    best = fit(design, observed(design))
    one = replicates(design, number=20, seed=1, start=best)
    assert np.array_equal(one, replicates(design, number=20, seed=1, start=best))
    assert not np.array_equal(one, replicates(design, number=20, seed=2, start=best))


def test_with_many_picks_the_limit_of_the_bootstrap_says_what_the_bootstrap_says(
    simulate: Callable[..., list[Pick]],
) -> None:
    picks = simulate(np.random.default_rng(8), [1.0, 0.2, -0.8], prompts=1500, first=0.4)
    design = situations(picks, models=["Ash", "Birch", "Cedar"])
    best = fit(design, observed(design))
    refitted = replicates(design, number=300, seed=1, start=best)
    drawn = normal_draws(design, number=300, seed=1, best=best)
    for one, other in ((0, 1), (0, 2), (1, 2)):
        ours, theirs = drawn[:, one] - drawn[:, other], refitted[:, one] - refitted[:, other]
        assert ours.mean() == pytest.approx(theirs.mean(), abs=0.03)
        assert ours.std() == pytest.approx(theirs.std(), rel=0.2)
