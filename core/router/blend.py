"""Predicts the quality of every model on a prompt from past runs: means, the prompt's class, its neighbours, a line.

Each layer estimates what the layers above it left unexplained, shrunk by a mass; masses, k, kernel and weights come
from cross-validation on the training rows alone. All models are predicted at once, since a run of several models says
most about the differences between them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from core.router.classify import Rows, fit_and_hold_out, folds_of
from core.router.layers import Floats, local_sums, prior_means
from core.router.neighbours import NeighbourIndex
from core.router.opinion import form_opinion, no_opinion
from core.router.stacking import CAUTION, CAUTION_OF_MEANS, Calibration, fit_weights
from core.router.tuning import COUNTS, SURE, beside, standing, tune_classes, tune_neighbours

LAYERS = ("class", "linear", "neighbours")

CLASS_LOOK = 0.5
"""How much the look of a prompt counts beside its meaning when its class is told."""

RARE = 0.25
"""A count that hardly varies is not blown up to the spread of the others."""

TUNING_ROWS = 3_000
"""Masses and weights are found on at most this many rows; the means themselves use all."""

LIKELY = 1.0
"""Standard errors by which a layer must better the means to be heard in full when models are told apart."""

FEWEST = 5
"""Fewer rows than this teach nothing beyond the models' means."""

NINETY = 1.645
"""Standard errors on each side of a 90 % interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """What the blend believes of prompts, arrays (prompts, models), and the evidence behind it.

    `low` and `high` are about a 90 % interval of the expected quality, as the shrunk local mean has it. `classes`
    (prompts, classes) are probabilities; `rows` and `similarity` (prompts, K) the nearest training rows, nearest first.
    """

    quality: Floats
    low: Floats
    high: Floats
    classes: Floats
    rows: Rows
    similarity: NDArray[np.float32]


class Blend(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Quality of all models from features: an embedding of length one, then `lexical` columns of counts.

    Args:
        lexical: How many trailing columns of X are lexical features; they are standardised here.
        layers: Which layers to use, of "class", "neighbours", "linear".
        folds: Parts of the cross-validation.
        seed: Deals the rows to the parts.
    """

    rest_: Floats
    weight_: Floats

    def __init__(self, lexical: int = 0, layers: Sequence[str] = LAYERS, folds: int = 5, seed: int = 0) -> None:
        self.lexical = lexical
        self.layers = layers
        self.folds = folds
        self.seed = seed

    def fit(
        self,
        X: Floats,
        y: Floats,
        tasks: Sequence[str] | NDArray[Any] | None = None,
        sample_weight: Floats | None = None,
    ) -> Self:
        """Learn from X (n, d) and qualities y (n, models) in [0, 1], NaN where unknown; `tasks` "" where unknown."""
        X, y = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64)
        if len(X) != len(y):
            raise ValueError(f"{len(X)} rows of features, {len(y)} of qualities")
        weight = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        names = np.full(len(X), "", dtype=object) if tasks is None else np.asarray(tasks, dtype=object)
        self.n_features_in_ = X.shape[1]
        self.prior_ = prior_means(y, weight)
        self._standardise(X)
        meaning, look = self._parts(X)
        parts = folds_of(len(X), folds=self.folds, seed=self.seed)
        some = _evenly(len(X), TUNING_ROWS)
        gain = y - self.prior_
        base = self._fit_classes(beside(meaning, look, CLASS_LOOK), y, names, weight, parts) - self.prior_
        used = np.array([name in self.layers for name in LAYERS], dtype=np.float64) * (len(X) >= FEWEST)
        form = form_opinion if used[1] else no_opinion
        formed = form(meaning, look, gain, base, weight, prior=self.prior_, some=some)
        self.opinion_ = formed.opinion
        sure = np.array([standing(base[some], gain[some], weight[some]), formed.sure])
        heard = used[:2] * np.clip(sure / LIKELY, 0, 1)
        stacked = np.stack([base, formed.held_out])
        caution = CAUTION_OF_MEANS if self.opinion_.own else CAUTION
        self.weights_ = fit_weights(
            stacked[:, some], gain[some], weight[some], used=used[:2], heard=heard, caution=caution
        )
        above = self.weights_.combine(stacked)
        near = self._fit_neighbours(meaning, gain - above, weight, some)
        alone = not used[:2].any()
        self.local_ = bool(used[2]) and (alone or standing(near, (gain - above)[some], weight[some]) > SURE)
        raw = (self.prior_ + above)[some] + near * self.local_
        self.calibration_ = Calibration.fit(raw, y[some], weight[some])
        self.held_out_rows_, self.held_out_ = some, self.calibration_(raw)
        return self

    def extend(self, X: Floats, y: Floats, sample_weight: Floats | None = None) -> Self:
        """Let more labelled rows speak as neighbours at once; means, masses and weights wait for the next fit."""
        check_is_fitted(self, "calibration_")
        meaning, look = self._parts(np.asarray(X, dtype=np.float64))
        y = np.asarray(y, dtype=np.float64)
        rest = y - self.prior_ - self._above(meaning, look)[1]
        weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        self.index_.add(range(len(self.index_), len(self.index_) + len(y)), meaning.astype(np.float32))
        self.rest_ = np.concatenate([self.rest_, rest])
        self.weight_ = np.concatenate([self.weight_, weight])
        return self

    def predict(self, X: Floats) -> Floats:
        """Give expected qualities (n, models), between 0 and 1."""
        return self.estimate(X).quality

    def estimate(self, X: Floats, *, classes: Floats | None = None) -> Estimates:
        """Give expected qualities with their intervals and the evidence.

        `classes` (n, classes) are what somebody else says of the prompts' classes, in place of the learned stand-in.
        """
        check_is_fitted(self, "calibration_")
        meaning, look = self._parts(np.asarray(X, dtype=np.float64))
        classes, above = self._above(meaning, look, classes)
        rows, similarity = self.index_.nearest_many(meaning.astype(np.float32), k=self.kernel_.k)
        local = local_sums(self.kernel_.shares(similarity) * self.weight_[rows], self.rest_[rows])
        quality = self.calibration_(self.prior_ + above + local.mean(self.kernel_.mass) * self.local_)
        spread = NINETY * np.sqrt(quality * (1 - quality) / (1 + local.effective + self._trust(classes)))
        return Estimates(
            quality=quality,
            low=np.clip(quality - spread, 0, 1),
            high=np.clip(quality + spread, 0, 1),
            classes=classes,
            rows=rows,
            similarity=similarity,
        )

    def _above(self, meaning: Floats, look: Floats, classes: Floats | None = None) -> tuple[Floats, Floats]:
        """Give class probabilities, and what class and line together add to the prior, (n, models)."""
        if classes is None:
            classes = self.classifier_.predict_proba(beside(meaning, look, CLASS_LOOK))
        base = classes @ self.class_table_ - self.prior_
        return classes, self.weights_.combine(np.stack([base, self.opinion_.at(meaning, look, base)]))

    def _fit_classes(self, X: Floats, y: Floats, names: NDArray[Any], weight: Floats, parts: Sequence[Rows]) -> Floats:
        used = names if "class" in self.layers else np.full(len(names), "", dtype=object)
        self.classifier_, shares = fit_and_hold_out(X, used, parts)
        self.classes_ = self.classifier_.classes_
        given = np.where((used != "")[:, None], used[:, None] == self.classes_[None, :], shares)
        self.class_table_, base = tune_classes(shares, given, y, weight, prior=self.prior_, parts=parts)
        self.class_count_ = given.T @ weight
        return base

    def _fit_neighbours(self, meaning: Floats, rest: Floats, weight: Floats, some: Rows) -> Floats:
        vectors = meaning.astype(np.float32)
        self.index_ = NeighbourIndex(meaning.shape[1])
        self.index_.add(range(len(vectors)), vectors)
        self.rest_, self.weight_ = rest, weight
        places, similarity = self.index_.nearest_many(vectors[some], k=COUNTS[-1], own=some)
        self.kernel_, near = tune_neighbours(similarity.astype(np.float64), places, rest, weight, own=some)
        return near

    def _trust(self, classes: Floats) -> Floats:
        """Give how many prompts' worth the class mean counts for, (n, 1): its mass, if the class has as many."""
        return np.asarray(np.minimum(self.kernel_.mass, classes @ self.class_count_)[:, None])

    def _standardise(self, X: Floats) -> None:
        look = X[:, X.shape[1] - self.lexical :] if len(X) else np.zeros((1, self.lexical))
        spread = look.std(axis=0)
        self.look_mean_ = look.mean(axis=0)
        self.look_scale_ = np.maximum(spread, RARE) * np.sqrt(max(1, self.lexical))

    def _parts(self, X: Floats) -> tuple[Floats, Floats]:
        cut = X.shape[1] - self.lexical
        return X[:, :cut], np.clip((X[:, cut:] - self.look_mean_) / self.look_scale_, -1, 1)


def _evenly(n: int, most: int) -> Rows:
    """Give at most `most` of the rows, evenly spread."""
    return np.arange(n) if n <= most else np.linspace(0, n - 1, most).astype(np.intp)
