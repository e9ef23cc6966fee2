import numpy as np
import pytest

from core.router.classify import folds_of
from core.router.tuning import tune_classes

N = 300
PRIOR = np.array([0.5, 0.5])
PARTS = folds_of(N, folds=5, seed=0)


def world() -> tuple[np.ndarray, np.ndarray]:
    """Which of two classes each prompt is of, (n, 2); the one model is good at the one, the other at the other."""
    random = np.random.default_rng(0)
    kind = random.integers(0, 2, N)
    chance = np.where(kind[:, None] == [0, 1], 0.9, 0.2)
    return np.eye(2)[kind], (random.random((N, 2)) < chance).astype(float)


def tuned(shares: np.ndarray, given: np.ndarray, quality: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return tune_classes(shares, given, quality, np.ones(N), prior=PRIOR, parts=PARTS)


def test_each_class_gets_the_means_of_its_own_prompts():
    true, quality = world()
    assert tuned(true, true, quality)[0] == pytest.approx(np.array([[0.9, 0.2], [0.2, 0.9]]), abs=0.1)


def test_a_class_that_was_named_says_more_than_one_that_was_guessed():
    true, quality = world()
    guess = 0.6 * true + 0.4 * (1 - true)
    assert tuned(guess, true, quality)[0][0, 0] > tuned(guess, guess, quality)[0][0, 0] + 0.1


def test_names_that_are_wrong_are_passed_over_for_what_is_likely():
    true, quality = world()
    assert tuned(true, 1 - true, quality)[0] == pytest.approx(tuned(true, true, quality)[0])


def test_no_prompt_is_estimated_by_its_own_answer():
    true, quality = world()
    before = tuned(true, true, quality)[1]
    turned = quality.copy()
    turned[PARTS[1]] = 0.5
    after = tuned(true, true, turned)[1]
    assert after[PARTS[1]] == pytest.approx(before[PARTS[1]], abs=0.05)  # the mass alone may be another
    assert after[PARTS[0]] != pytest.approx(before[PARTS[0]], abs=1e-3)


def test_classes_that_say_nothing_are_shrunk_to_the_prior():
    true, _ = world()
    quality = (np.random.default_rng(1).random((N, 2)) < 0.5).astype(float)
    table = tuned(true, true, quality)[0]
    plain = np.stack([quality[true[:, kind] == 1].mean(axis=0) for kind in (0, 1)])
    assert np.abs(table - PRIOR).max() < np.abs(plain - PRIOR).max()


def test_answers_that_are_not_known_are_left_out():
    true, quality = world()
    quality[: N // 2, 1] = np.nan
    table, estimate = tuned(true, true, quality)
    assert np.isfinite(table).all()
    assert np.isfinite(estimate).all()
