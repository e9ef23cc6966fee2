"""The learned stand-in for the language model that classifies prompts: at once, offline, from its past answers."""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
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
        known = _named(tasks)
        self.n_features_in_ = X.shape[1]
        self.axes_ = (
            PCA(min(self.components, *X[known].shape), svd_solver="randomized", random_state=0).fit(X[known])
            if known.size > 1
            else None
        )
        return self._fit_components(self._components(X), tasks, known)

    def predict_proba(self, X: Floats) -> Floats:
        """Give (n, classes) probabilities, in the order of `classes_`."""
        check_is_fitted(self, "classes_")
        return self._shares(self._components(X)) if self.model_ is not None else np.ones((len(X), 1))

    def predict(self, X: Floats) -> NDArray[Any]:
        """Give the likeliest task of each row."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])

    def held_out(self, X: Floats, y: Sequence[str] | NDArray[Any], parts: Sequence[Rows]) -> Floats:
        """Give each row's probabilities from a fit that did not know its task, in the order of `classes_`.

        The components, which know of no task, stay as they are.
        """
        tasks, components = np.asarray(y, dtype=object), self._components(X)
        given = np.full((len(X), len(self.classes_)), 1 / len(self.classes_))
        for rest, part in held_out(parts, len(X)):
            known = rest[np.isin(rest, _named(tasks))]
            if len(self.classes_) < 2 or not known.size:
                continue  # the rest names no task: all are equally likely
            fitted = type(self)(**self.get_params())._fit_components(components, tasks, known)
            given[part] = 0
            shares = fitted._shares(components[part]) if fitted.model_ is not None else np.ones((len(part), 1))
            given[np.ix_(part, np.searchsorted(self.classes_, fitted.classes_))] = shares
        return given

    def _components(self, X: Floats) -> Floats:
        # the same as transform, without the checks, which cost a single decision a fifth of its time
        return np.asarray((X - self.axes_.mean_) @ self.axes_.components_.T) if self.axes_ is not None else X

    def _fit_components(self, components: Floats, tasks: NDArray[Any], known: Rows) -> Self:
        names = np.unique(tasks[known].astype(str)) if known.size else np.array([UNKNOWN])
        self.classes_, self.model_ = names, None
        if len(names) > 1:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # a stand-in a step short of the best still serves
                self.model_ = LogisticRegression(C=self.C, max_iter=self.max_iter).fit(
                    components[known], tasks[known].astype(str)
                )
        return self

    def _shares(self, components: Floats) -> Floats:
        assert self.model_ is not None  # noqa: S101 - asked only where there is one
        # as predict_proba has it, without its checks
        score = components @ self.model_.coef_.T + self.model_.intercept_
        if score.shape[1] == 1:
            score = np.hstack([np.zeros_like(score), score])
        return np.asarray(softmax(score, axis=1), dtype=np.float64)


def fit_and_hold_out(
    X: Floats, y: Sequence[str] | NDArray[Any], parts: Sequence[Rows]
) -> tuple[TaskClassifier, Floats]:
    """Give a classifier of all rows, and each row's probabilities from one that did not know its task."""
    fitted = TaskClassifier().fit(X, y)
    return fitted, fitted.held_out(X, y, parts)


def _named(tasks: NDArray[Any]) -> Rows:
    known = np.flatnonzero(tasks != UNKNOWN)
    return known if known.size <= MOST_ROWS else known[np.linspace(0, known.size - 1, MOST_ROWS).astype(np.intp)]
