import numpy as np
import pytest

from core.router.choice import GRID, CostModel, calibrated_multiple, choose, curve_of


def test_quality_alone_takes_the_best_and_of_equals_the_cheaper():
    quality = np.array([[0.9, 0.5], [0.7, 0.7], [0.7, 0.7]])
    cost = np.array([[9.0, 1.0], [9.0, 1.0], [np.nan, 1.0]])
    assert choose(quality, cost, price=0.0).tolist() == [0, 1, 1]


def test_the_best_is_taken_even_where_no_cost_is_known():
    assert choose(np.array([[0.1, 0.9]]), np.full((1, 2), np.nan), price=0.0).tolist() == [1]


def test_a_high_price_of_money_takes_the_cheapest():
    assert choose(np.array([[0.9, 0.5]]), np.array([[9.0, 1.0]]), price=1.0).tolist() == [1]


def test_cost_follows_the_length_of_the_prompt():
    length = np.array([10.0, 20.0, 30.0])
    costs = CostModel.fit(length, np.stack([1 + 2 * length, np.full(3, np.nan)], axis=1))
    assert costs.at(np.array([100.0]))[0, 0] == pytest.approx(201)
    assert np.isnan(costs.at(np.array([100.0]))[0, 1])


def test_an_expected_cost_is_never_negative():
    costs = CostModel.fit(np.array([10.0, 11.0, 12.0]), np.array([[0.0], [5.0], [10.0]]))
    assert costs.at(np.array([1.0, 100.0])).min() >= 0


def test_lambda_keeps_what_was_asked_and_saves_the_most_of_it():
    quality = np.array([[1.0, 1.0]] * 9 + [[1.0, 0.0]])
    cost = np.tile([[10.0, 1.0]], (10, 1))
    curve = curve_of(quality + np.array([0.05, 0.0]), cost, quality=quality, cost=cost, unit=10.0)
    assert curve.quality[0] == 1.0
    assert curve.cost[0] == 10.0
    multiple = calibrated_multiple(curve, share=0.98, best_quality=1.0)
    assert multiple > 0
    at = int(np.flatnonzero(multiple == GRID)[0])
    assert curve.quality[at] == 1.0
    assert curve.cost[at] == pytest.approx(1.9)
    assert calibrated_multiple(curve, share=2.0, best_quality=1.0) == 0
