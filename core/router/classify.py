"""The learned stand-in for the language model that classifies prompts: at once, offline, from its past answers."""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.validation import check_is_fitted

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

UNKNOWN = ""
MOST_ROWS = 20_000
"""More rows than these teach a linear classifier little and cost minutes; an even choice of them is taken."""


def folds_of(n: int, *, folds: int, seed: int) -> list[Rows]:
    """Deal `n` rows to at most `folds` parts of even size, by lot."""
    return np.array_split(np.random.default_rng(seed).permutation(n), max(1, min(folds, n)))


def held_out(parts: Iterable[Rows], n: int) -> Iterator[tuple[Rows, Rows]]:
    """Give each part as (rest, part)."""
    everything = np.arange(n)
    for part in parts:
        yield np.setdiff1d(everything, part), part


class TaskClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Multinomial logistic regression on principal components; rows whose task is "" are passed over.

    Args:
        C: Inverse strength of the penalty.
        components: Principal components kept; they make it several times faster at the same accuracy.
        max_iter: Steps of the solver.
    """

    def __init__(self, C: float = 10.0, components: int = 128, max_iter: int = 60) -> None:
        self.C = C
        self.components = components
        self.max_iter = max_iter

    def fit(self, X: Floats, y: Sequence[str] | NDArray[Any]) -> Self:
        """Learn from features (n, d) and task names; with no names at all there is one class, ""."""
        tasks = np.asarray(y, dtype=object)
        known = np.flatnonzero(tasks != UNKNOWN)
        if known.size > MOST_ROWS:
            known = known[np.linspace(0, known.size - 1, MOST_ROWS).astype(np.intp)]
        names = np.unique(tasks[known].astype(str)) if known.size else np.array([UNKNOWN])
        self.classes_ = names
        self.n_features_in_ = X.shape[1]
        self.model_ = None
        if len(names) > 1:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # a stand-in a step short of the best still serves
                self.model_ = make_pipeline(
                    PCA(min(self.components, known.size, X.shape[1]), svd_solver="randomized", random_state=0),
                    LogisticRegression(C=self.C, max_iter=self.max_iter),
                ).fit(X[known], tasks[known].astype(str))
        return self

    def predict_proba(self, X: Floats) -> Floats:
        """Give (n, classes) probabilities, in the order of `classes_`."""
        check_is_fitted(self, "classes_")
        if self.model_ is None:
            return np.ones((len(X), 1))
        return np.asarray(self.model_.predict_proba(X), dtype=np.float64)

    def predict(self, X: Floats) -> NDArray[Any]:
        """Give the likeliest task of each row."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])


def cross_fitted(
    classifier: TaskClassifier, X: Floats, y: Sequence[str] | NDArray[Any], parts: Sequence[Rows]
) -> Floats:
    """Give each row's probabilities from a classifier that did not see it, in the order of the classes of all rows."""
    tasks = np.asarray(y, dtype=object)
    names = np.unique(tasks[tasks != UNKNOWN].astype(str)) if (tasks != UNKNOWN).any() else np.array([UNKNOWN])
    given = np.full((len(X), len(names)), 1 / len(names))
    for rest, part in held_out(parts, len(X)):
        if not rest.size:
            continue
        fitted = type(classifier)(**classifier.get_params()).fit(X[rest], tasks[rest])
        if len(names) > 1 and fitted.classes_[0] == UNKNOWN:
            continue  # the rest names no task: all are equally likely
        given[part] = 0
        given[np.ix_(part, np.searchsorted(names, fitted.classes_))] = fitted.predict_proba(X[part])
    return given
