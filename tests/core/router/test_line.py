import numpy as np
import pytest
from sklearn.linear_model import Ridge

from core.router.line import PENALTIES, learn_line


@pytest.fixture(params=[(50, 80), (160, 20)], ids=["few rows", "many rows"])
def world(request):
    random = np.random.default_rng(1)
    n, d = request.param
    rows = random.normal(size=(n, d))
    target = rows[:, :2] @ random.normal(size=(2, 2)) + random.normal(size=(n, 2))
    return rows, target, random.random(n) + 0.1


def test_what_a_row_gets_is_what_the_other_rows_say_of_it(world):
    rows, target, weight = world
    alone = target[:, :1]  # one model: nothing to tell apart
    found = learn_line(rows, alone, weight)
    for left_out in (0, 7, 31):
        rest = np.arange(len(rows)) != left_out
        held = [
            Ridge(alpha=penalty).fit(rows[rest], alone[rest, 0], weight[rest]).predict(rows[[left_out]])[0]
            for penalty in PENALTIES
        ]
        assert np.abs(np.array(held) - found.held_out[left_out, 0]).min() < 1e-6


def test_it_is_a_ridge_for_what_tells_models_apart_and_one_for_what_they_share(world):
    rows, target, weight = world
    found = learn_line(rows, target, weight)
    apart = target[:, 0] - target[:, 1]
    ridge = Ridge(alpha=found.penalty).fit(rows, apart, weight)
    line = found.line.at(rows)
    assert line[:, 0] - line[:, 1] == pytest.approx(ridge.predict(rows), abs=1e-6)


def test_models_known_on_other_rows_are_fitted_on_theirs():
    random = np.random.default_rng(1)
    rows, weight = random.normal(size=(300, 10)), np.ones(300)
    target = rows[:, :2] @ random.normal(size=(2, 2)) + 0.3 * random.normal(size=(300, 2))
    target = np.hstack([target, np.full((len(target), 1), np.nan)])
    target[: len(target) // 2, 1] = np.nan
    found = learn_line(rows, target, weight)
    assert np.isfinite(found.held_out).all()
    alone = learn_line(rows[len(rows) // 2 :], target[len(rows) // 2 :, :2], weight[len(rows) // 2 :])
    both = found.line.at(rows)[:, 0] - found.line.at(rows)[:, 1]
    assert np.corrcoef(both, alone.line.at(rows)[:, 0] - alone.line.at(rows)[:, 1])[0, 1] > 0.95
