import numpy as np
import pytest

from core.router.stacking import fit_weights


def layer_and_target(n: int) -> tuple[np.ndarray, np.ndarray]:
    """A layer that tells two models apart with half the true force."""
    apart = np.random.default_rng(0).normal(size=n)
    true = np.stack([apart, -apart], axis=1)
    return true[None] / 2, true


def weight_of(n: int, heard: float) -> float:
    layer, target = layer_and_target(n)
    found = fit_weights(layer, target, np.ones(n), used=np.ones(1), heard=np.array([heard]))
    return float(found.difference[0])


def test_much_evidence_gives_a_layer_the_weight_that_fits_however_surely_it_is_heard():
    assert weight_of(200_000, 1.0) == pytest.approx(2, abs=0.02)
    assert weight_of(200_000, 0.25) == pytest.approx(2, abs=0.02)


def test_little_evidence_leaves_it_as_surely_as_it_is_heard():
    assert weight_of(2, 1.0) == pytest.approx(1, abs=0.02)
    assert weight_of(2, 0.25) == pytest.approx(0.25, abs=0.02)


def test_a_layer_that_is_not_heard_has_no_weight():
    assert weight_of(1000, 0.0) == 0
