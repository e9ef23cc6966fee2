import numpy as np
import pytest

from core.router import metrics


def test_a_router_that_knows_nothing_recovers_half_the_gap():
    weak, strong = np.array([0.0, 0.0, 1.0, 0.0]), np.ones(4)
    curve = metrics.pair_curve(np.zeros(4), weak=weak, strong=strong)
    assert curve is not None
    assert curve.apgr == pytest.approx(0.5)
    assert curve.cpt(0.5) == pytest.approx(50)
    assert curve.cpt(0.8) == pytest.approx(80)


def test_a_router_that_sends_the_right_half_to_the_strong_model_needs_half_the_calls_for_the_whole_gap():
    weak = np.array([0.0] * 10 + [1.0] * 10)
    curve = metrics.pair_curve(1 - weak + np.linspace(0, 0.1, 20), weak=weak, strong=np.ones(20))
    assert curve is not None
    assert curve.cpt(1.0) == pytest.approx(50)
    assert curve.cpt(0.5) == pytest.approx(25)
    assert curve.apgr == pytest.approx(0.75)


def test_a_router_that_is_always_wrong_never_reaches_the_gap_early():
    weak = np.array([0.0] * 10 + [1.0] * 10)
    curve = metrics.pair_curve(weak + np.linspace(0, 0.1, 20), weak=weak, strong=np.ones(20))
    assert curve is not None
    assert curve.apgr == pytest.approx(0.25)
    assert curve.cpt(0.5) == pytest.approx(75)


def test_equal_models_have_no_gap_to_recover():
    assert metrics.pair_curve(np.arange(3.0), weak=np.ones(3), strong=np.ones(3)) is None


def test_the_hull_leaves_out_what_is_dominated_and_what_lies_under_the_line():
    cost, quality = metrics.rising_hull(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.2, 0.3, 0.8, 0.7]))
    assert cost.tolist() == [1.0, 3.0]
    assert quality.tolist() == [0.2, 0.8]


def test_aiq_is_the_area_under_the_hull_drawn_flat_to_the_largest_cost():
    assert metrics.aiq(np.array([1.0, 3.0]), np.array([0.2, 0.8]), largest_cost=5.0) == pytest.approx((1.0 + 1.6) / 5)


def test_saved_counts_only_points_that_keep_the_quality():
    cost, quality = np.array([1.0, 4.0, 9.0]), np.array([0.5, 0.97, 1.0])
    assert metrics.saved_at(0.98, cost, quality, best_cost=10, best_quality=1.0) == pytest.approx(0.1)
    assert metrics.saved_at(0.95, cost, quality, best_cost=10, best_quality=1.0) == pytest.approx(0.6)
    assert metrics.saved_at(0.98, cost, quality * 0.9, best_cost=10, best_quality=1.0) is None


def test_calibration_error_sees_what_brier_alone_does_not():
    actual = np.array([[0.0, 1.0]] * 50)
    honest, boastful = np.full((100, 1), 0.5), np.full((100, 1), 0.9)
    truth = np.tile([[0.0], [1.0]], (50, 1))
    assert metrics.ece(honest, truth) == pytest.approx(0)
    assert metrics.ece(boastful, truth) == pytest.approx(0.4)
    assert metrics.brier(actual, actual) == 0


def test_what_is_unknown_is_left_out_of_brier_and_calibration():
    actual = np.array([[1.0, np.nan], [np.nan, 0.0]])
    assert metrics.brier(np.array([[1.0, 0.3], [0.7, 0.0]]), actual) == 0
    assert metrics.ece(np.array([[1.0, 0.3], [0.7, 0.0]]), actual, bins=2) == 0
