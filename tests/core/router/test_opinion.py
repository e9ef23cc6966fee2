import numpy as np
import pytest

from core.router.opinion import Formed, Opinion, form_opinion, no_opinion

N = 400
NO_LOOK = np.zeros((N, 0))


def formed(rows: np.ndarray, quality: np.ndarray, base: np.ndarray) -> Formed:
    prior = np.nanmean(quality, axis=0)
    return form_opinion(
        rows, NO_LOOK, quality - prior, base, np.ones(len(rows)), prior=prior, some=np.arange(len(rows))
    )


def world(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Prompts of two dimensions that decide which of two models is better, noisy answers, and the true gains."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(N, 2))
    apart = 0.3 * np.tanh(rows.sum(axis=1))
    true = np.stack([apart, -apart], axis=1)
    return rows, (random.random((N, 2)) < 0.5 + true).astype(float), true


def half_known(rows: np.ndarray) -> np.ndarray:
    """What classes say that see the first dimension only."""
    return 0.2 * np.sign(rows[:, :1]) * [[1, -1]]


def test_beside_class_means_that_know_another_part_it_speaks_for_itself():
    rows, quality, true = world()
    base = half_known(rows)
    found = formed(rows, quality, base)
    assert found.opinion.own
    assert found.sure > 1
    error = ((base + found.held_out - true) ** 2).mean()
    assert error < ((base - true) ** 2).mean()


def test_an_opinion_of_its_own_and_the_class_means_meet_halfway():
    rows, quality, _ = world()
    opinion = formed(rows, quality, half_known(rows)).opinion
    new = np.array([[2.0, 2.0], [-2.0, -2.0]])
    line = 2 * opinion.at(new, np.zeros((2, 0)), np.zeros((2, 2)))
    base = np.array([[0.2, -0.2], [-0.2, 0.2]])
    assert base + opinion.at(new, np.zeros((2, 0)), base) == pytest.approx((base + line) / 2)


def test_without_classes_it_is_the_line_alone():
    rows, quality, true = world()
    found = formed(rows, quality, np.zeros((N, 2)))
    assert not found.opinion.own
    assert np.corrcoef(found.held_out[:, 0], true[:, 0])[0, 1] > 0.9


def test_where_it_is_plainly_worse_than_the_class_means_it_only_corrects_them():
    random = np.random.default_rng(0)
    rows = random.normal(size=(N, 2))
    kind = np.sign(rows[:, 0]) * np.sign(rows[:, 1]) + 0.3 * np.sign(rows[:, 0])  # mostly no line can follow this
    base = 0.3 * kind[:, None] * [[1, -1]]
    quality = (random.random((N, 2)) < 0.5 + base).astype(float)
    found = formed(rows, quality, base - base.mean(axis=0))
    assert not found.opinion.own
    assert np.abs(found.held_out).mean() < 0.05


def test_where_its_choices_lose_against_the_best_single_model_it_only_corrects():
    rows = np.random.default_rng(0).uniform(0, 1, (N, 1))
    # the second model comes close to the first but never reaches it; a line overshoots
    second = np.minimum(0.9, 3 * rows[:, 0])
    quality = np.stack([np.full(N, 0.92), second], axis=1)
    base = np.stack([np.zeros(N), 0.2 * (second - second.mean())], axis=1)
    assert not formed(rows, quality, base).opinion.own
    lower = quality - [0.0, 0.3]  # far enough below that no line takes it for the better one
    assert formed(rows, lower, base).opinion.own


def test_what_is_added_to_a_prompt_does_not_know_its_answer():
    rows, quality, _ = world()
    before = formed(rows, quality, half_known(rows))
    turned = quality.copy()
    turned[7] = 1 - turned[7]
    after = formed(rows, turned, half_known(rows))
    assert after.held_out[7] == pytest.approx(before.held_out[7], abs=0.01)  # the mean of all has moved a little


def test_answers_that_are_not_known_are_left_out():
    rows, quality, _ = world()
    quality[: N // 3, 1] = np.nan
    assert np.isfinite(formed(rows, quality, half_known(rows)).held_out).all()


def test_no_opinion_adds_nothing():
    rows, quality, _ = world()
    found = no_opinion(rows, NO_LOOK, quality - 0.5)
    assert isinstance(found.opinion, Opinion)
    assert not found.opinion.at(rows, NO_LOOK, half_known(rows)).any()
    assert not found.held_out.any()
