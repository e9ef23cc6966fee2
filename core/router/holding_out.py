"""Learns from the workspace's judged runs and decides each of them by what the others teach."""

import numpy as np
from sklearn.decomposition import PCA

from core.router.backtest import features_of
from core.router.blend import Blend
from core.router.choice import CostModel
from core.router.classify import TaskClassifier, folds_of, held_out
from core.router.embedding import Embeddings
from core.router.history import JudgedRuns, Lessons
from core.router.layers import Floats
from core.router.lessons import Held
from core.router.lexical import NAMES

FOLDS = 5
SHOWN_CHARACTERS = 160


def hold_out(runs: JudgedRuns, embeddings: Embeddings, *, version: str, seed: int = 0) -> Held:
    """Predict every prompt from folds that do not hold it, the same prompt being one. Raises EmbeddingFailed."""
    lessons = runs.by_prompt()
    prompts = lessons.outcomes.prompts
    features = features_of(prompts, embeddings)
    parts = folds_of(len(prompts), folds=FOLDS, seed=seed)
    length = np.array([len(prompt) for prompt in prompts], dtype=np.float64)
    predicted, expected = (np.full((len(prompts), runs.current), np.nan) for _ in range(2))
    fold = np.zeros(len(prompts), dtype=np.intp)
    for number, (rest, part) in enumerate(held_out(parts, len(prompts))):
        known = lessons.outcomes.rows(rest)
        blend = Blend(lexical=len(NAMES)).fit(
            features[rest], known.quality, tasks=np.array(known.tasks, dtype=object), sample_weight=lessons.weight[rest]
        )
        predicted[part] = blend.predict(features[part])[:, : runs.current]
        expected[part] = CostModel.fit(length[rest], known.cost[:, : runs.current]).at(length[part])
        fold[part] = number
    now = runs.current
    return Held(
        version=version,
        models=np.array(runs.models[:now]),
        run_ids=runs.run_ids,
        public_ids=np.array(runs.public_ids),
        at=runs.at,
        tasks=_tasks(runs, lessons, features),
        prompt=runs.prompt,
        quality=runs.quality[:, :now],
        cost=runs.cost[:, :now],
        seconds=runs.seconds[:, :now],
        predicted=predicted,
        expected_cost=expected,
        fold=fold,
        texts=np.array([prompt[:SHOWN_CHARACTERS] for prompt in prompts]),
        xy=_map(features[:, : -len(NAMES)]),
    )


def fit_all(runs: JudgedRuns, embeddings: Embeddings) -> Blend:
    """Fit the blend to every prompt, for those to come; its rows are the prompts in their order."""
    lessons = runs.by_prompt()
    known = lessons.outcomes
    return Blend(lexical=len(NAMES)).fit(
        features_of(known.prompts, embeddings),
        known.quality,
        tasks=np.array(known.tasks, dtype=object),
        sample_weight=lessons.weight,
    )


def _tasks(runs: JudgedRuns, lessons: Lessons, features: Floats) -> "np.ndarray[tuple[int], np.dtype[np.str_]]":
    """Give each run's task: what was said of it, else what the stand-in makes of it."""
    said = np.array(lessons.outcomes.tasks, dtype=object)
    if not (said != "").any():
        return np.array(runs.tasks, dtype=np.str_)
    meaning = features[:, : -len(NAMES)]
    told = TaskClassifier().fit(meaning, said).predict(meaning)
    return np.array([task or told[place] for task, place in zip(runs.tasks, runs.prompt, strict=True)], dtype=np.str_)


def _map(meaning: Floats) -> Floats:
    """Give two coordinates by meaning: the first two principal components."""
    if min(meaning.shape) < 3:
        return np.zeros((len(meaning), 2))
    return np.asarray(PCA(2, svd_solver="randomized", random_state=0).fit_transform(meaning), dtype=np.float64)
