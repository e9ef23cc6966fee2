import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from core.router.blend import Blend
from core.router.classify import TaskClassifier
from core.router.metrics import ece


def world(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Two kinds of prompt in 8 dimensions; the first model is good at the one kind, the second at the other."""
    random = np.random.default_rng(seed)
    kind = random.integers(0, 2, n)
    rows = random.normal(size=(n, 8)) * 0.3
    rows[np.arange(n), kind] += 1
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    chance = np.stack([np.where(kind == 0, 0.9, 0.3), np.where(kind == 0, 0.3, 0.8), np.full(n, 0.5)], axis=1)
    return rows, (random.random((n, 3)) < chance).astype(float), ["maths" if one else "prose" for one in kind]


def test_it_sends_each_kind_of_prompt_to_the_model_that_is_good_at_it():
    rows, quality, tasks = world(400)
    new, truth, kinds = world(400, seed=1)
    chosen = Blend().fit(rows, quality, tasks=tasks).predict(new).argmax(axis=1)
    right = chosen == np.array([1 if kind == "maths" else 0 for kind in kinds])
    assert right.mean() > 0.95
    assert truth[np.arange(400), chosen].mean() > truth.mean(axis=0).max() + 0.15


@pytest.mark.parametrize("layers", [("class",), ("neighbours",), ("linear",)])
def test_each_layer_alone_learns_the_same_world(layers):
    rows, quality, tasks = world(400)
    new, truth, _ = world(400, seed=1)
    chosen = Blend(layers=layers).fit(rows, quality, tasks=tasks).predict(new).argmax(axis=1)
    assert truth[np.arange(400), chosen].mean() > truth.mean(axis=0).max() + 0.1


def test_its_predictions_mean_what_they_say():
    rows, quality, tasks = world(600)
    new, truth, _ = world(2000, seed=1)
    assert ece(Blend().fit(rows, quality, tasks=tasks).predict(new), truth) < 0.05


def test_where_nothing_can_be_learned_it_takes_the_best_single_model():
    random = np.random.default_rng(0)
    rows = random.normal(size=(300, 8))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    quality = (random.random((300, 2)) < [0.9, 0.5]).astype(float)
    assert (Blend().fit(rows, quality).predict(rows).argmax(axis=1) == 0).all()


def test_one_label_gives_the_models_means_and_no_more():
    rows, quality, tasks = world(1)
    predicted = Blend().fit(rows, quality, tasks=tasks).predict(world(5, seed=1)[0])
    assert predicted == pytest.approx(np.tile(predicted[:1], (5, 1)))
    assert ((predicted > 0) & (predicted < 1)).all()


def test_no_label_at_all_knows_no_difference():
    predicted = Blend().fit(np.zeros((0, 8)), np.zeros((0, 3))).predict(world(2)[0])
    assert predicted == pytest.approx(0.5)


def test_one_model_is_enough():
    rows, quality, tasks = world(60)
    assert Blend().fit(rows, quality[:, :1], tasks=tasks).predict(rows).shape == (60, 1)


def test_answers_that_are_not_known_are_left_out():
    rows, quality, tasks = world(500)
    quality[np.random.default_rng(2).random(quality.shape) < 0.4] = np.nan
    new, truth, _ = world(400, seed=1)
    chosen = Blend().fit(rows, quality, tasks=tasks).predict(new).argmax(axis=1)
    assert truth[np.arange(400), chosen].mean() > truth.mean(axis=0).max() + 0.15


def test_a_row_without_weight_teaches_nothing():
    rows, quality, tasks = world(200)
    lies = np.vstack([quality, 1 - quality])
    weight = np.concatenate([np.ones(200), np.zeros(200)])
    new, truth, _ = world(400, seed=1)
    fitted = Blend().fit(np.vstack([rows, rows]), lies, tasks=tasks * 2, sample_weight=weight)
    chosen = fitted.predict(new).argmax(axis=1)
    assert truth[np.arange(400), chosen].mean() > truth.mean(axis=0).max() + 0.1


def test_the_interval_holds_the_estimate_and_narrows_with_labels():
    widths = []
    for n in (40, 800):
        rows, quality, tasks = world(n)
        found = Blend().fit(rows, quality, tasks=tasks).estimate(world(100, seed=1)[0])
        assert ((found.low <= found.quality) & (found.quality <= found.high)).all()
        widths.append((found.high - found.low).mean())
    assert widths[1] < widths[0]


def test_the_evidence_names_the_nearest_rows():
    rows, quality, tasks = world(100)
    found = Blend().fit(rows, quality, tasks=tasks).estimate(rows[7:8])
    assert found.rows[0, 0] == 7
    assert found.similarity[0, 0] == pytest.approx(1, abs=1e-5)


def test_it_keeps_the_conventions_of_scikit_learn():
    blend = Blend(lexical=2, layers=("class",), folds=3, seed=5)
    assert clone(blend).get_params() == blend.get_params()
    with pytest.raises(NotFittedError):
        blend.predict(np.zeros((1, 8)))


@pytest.mark.parametrize("kinds", [2, 5])
def test_probabilities_of_classes_are_those_of_scikit_learn(kinds):
    rows = world(200)[0]
    fitted = TaskClassifier().fit(rows, [f"kind {row % kinds}" for row in range(200)])
    truth = fitted.model_.predict_proba(fitted.axes_.transform(rows))
    assert fitted.predict_proba(rows) == pytest.approx(truth)


def test_rows_and_answers_must_match():
    with pytest.raises(ValueError, match="rows of features"):
        Blend().fit(np.zeros((3, 2)), np.zeros((2, 2)))


def test_new_labels_are_heard_at_once():
    rows, quality, tasks = world(400)
    blend = Blend(layers=("neighbours",)).fit(rows, quality, tasks=tasks)
    new = world(1, seed=9)[0]
    before = blend.predict(new)[0]
    blend.extend(np.tile(new, (60, 1)), np.tile([[0.0, 0.0, 1.0]], (60, 1)))
    after = blend.predict(new)[0]
    assert after[2] > before[2] + 0.1
    assert after.argmax() == 2
