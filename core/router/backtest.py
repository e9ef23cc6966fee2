"""The proof: what routers would have chosen on prompts they never saw, against what the models truly gave there.

Prompts are deduplicated before they are split. Everything fitted or chosen (means, masses, λ, the best single model)
comes from the training part alone.
"""

from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from core.router.blend import Blend
from core.router.choice import CostModel, calibrated_multiple, choose, curve_of
from core.router.embedding import Embeddings
from core.router.layers import Floats
from core.router.lexical import NAMES, lexical_features
from core.router.neighbours import joined
from core.router.outcomes import Outcomes
from core.router.scoring import KEPT, ROUNDS, Outcome, Test, outcome_of, report

LEARNED = {"blend": ("class", "linear", "neighbours"), "neighbours": ("neighbours",), "classifier": ("class",)}
"""The routers that learn, and the layers of the blend that each may use."""

TIMED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to split: `labels` training prompts at most (all when None), `test_share` of all prompts for the test."""

    labels: int | None = None
    test_share: float = 0.3
    seed: int = 0
    use_tasks: bool = False
    rounds: int = ROUNDS


def features_of(prompts: tuple[str, ...], embeddings: Embeddings) -> Floats:
    """Give what the blend reads of each prompt: head and tail joined, then the lexical features."""
    return np.hstack([joined(embeddings.embed(prompts)), lexical_features(prompts)])


def split(n: int, plan: Plan) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Give the rows to learn from and the rows to test on. Raises InputError when either would be empty."""
    order = np.random.default_rng(plan.seed).permutation(n)
    cut = round(n * plan.test_share)
    train = order[cut:] if plan.labels is None else order[cut : cut + plan.labels]
    if not cut or not train.size:
        raise InputError(
            f"{n} prompts cannot be split into a part to learn from and a part to test on.",
            next_step="Give more outcomes, or another share for the test.",
        )
    return train, order[:cut]


def backtest(outcomes: Outcomes, features: Floats, plan: Plan) -> dict[str, Any]:
    """Give the report of all routers: plain numbers, None where a figure has no meaning, ready for JSON."""
    train, held = split(len(outcomes.prompts), plan)
    learn, test_part = outcomes.rows(train), outcomes.rows(held)
    length = np.array([len(prompt) for prompt in outcomes.prompts], dtype=np.float64)
    costs = CostModel.fit(length[train], learn.cost)
    expected, expected_train = costs.at(length[held]), costs.at(length[train])
    test = _test_part(learn, test_part, seed=plan.seed)
    routers, realised, blend = {}, {}, None
    for name, layers in LEARNED.items():
        tasks = np.asarray(learn.tasks, dtype=object) if plan.use_tasks else None
        fitted = Blend(lexical=len(NAMES), layers=layers).fit(features[train], learn.quality, tasks=tasks)
        routers[name] = outcome_of(fitted.predict(features[held]), expected, test)
        realised[name] = _realised(fitted, routers[name], learn, expected_train, expected, test)
        blend = blend or fitted
    assert blend is not None  # noqa: S101 - LEARNED names it
    routers |= _controls(routers["blend"], learn, expected, test, plan)
    return {
        "n_prompts": len(outcomes.prompts),
        "n_train": len(train),
        "n_test": len(held),
        "models": list(outcomes.models),
        "routers": {
            name: {**report(router, test, seed=plan.seed, rounds=plan.rounds), "realised": realised.get(name)}
            for name, router in routers.items()
        },
        "decision_ms": _decision_ms(blend, features[held], expected),
    }


def _test_part(learn: Outcomes, part: Outcomes, *, seed: int = 0) -> Test:
    means = Blend(layers=()).fit(np.zeros((len(learn.prompts), 1)), learn.quality).prior_
    priced = np.flatnonzero(~np.isnan(learn.cost).all(axis=0) & ~np.isnan(part.cost).all(axis=0))
    return Test(
        quality=part.quality,
        cost=part.cost,
        priced=priced,
        best=_best_single(means, np.arange(len(means)), seed=seed),
        baseline=_best_single(means, priced, seed=seed) if priced.size else None,
        largest_cost=float(np.nanmean(part.cost[:, priced], axis=0).max()) if priced.size else 0.0,
    )


def _best_single(means: Floats, models: NDArray[np.intp], *, seed: int) -> int:
    """Give the best of these models on the training part, of equals one by lot.

    On few labels many are equal. To take the cheapest of them would make the baseline weaker than it has to be, since
    cheap models are seldom the best; the dearest, stronger than anybody could know.
    """
    lots = np.random.default_rng(seed).permutation(models)
    return int(lots[means[lots].argmax()])


def _realised(  # noqa: PLR0917 - the two parts of the data and what was made of them
    fitted: Blend, router: Outcome, learn: Outcomes, expected_train: Floats, expected: Floats, test: Test
) -> dict[str, Any] | None:
    """Give what λ, calibrated on rows the blend had not seen of the training part, comes to on the test part."""
    if test.baseline is None or router.predicted is None:
        return None
    rows, columns = fitted.held_out_rows_, test.priced
    unit = float(expected_train[:, test.baseline].mean())
    curve = curve_of(
        fitted.held_out_[:, columns],
        expected_train[np.ix_(rows, columns)],
        quality=learn.quality[np.ix_(rows, columns)],
        cost=learn.cost[np.ix_(rows, columns)],
        unit=unit,
    )
    best_quality = float(np.nanmean(learn.quality[rows, test.baseline]))
    base_cost, base_quality = (float(np.nanmean(part[:, test.baseline])) for part in (test.cost, test.quality))
    every, found = np.arange(len(expected)), {}
    for share in KEPT:
        multiple = calibrated_multiple(curve, share=share, best_quality=best_quality)
        chosen = columns[choose(router.predicted[:, columns], expected[:, columns], price=multiple / unit)]
        found[f"at_{share * 100:.0f}"] = {
            "lambda": multiple / unit,
            "saved": 1 - float(np.nanmean(test.cost[every, chosen])) / base_cost,
            "quality_kept": float(np.nanmean(test.quality[every, chosen])) / base_quality,
        }
    return found


def _controls(blend: Outcome, learn: Outcomes, expected: Floats, test: Test, plan: Plan) -> dict[str, Outcome]:
    """Give the routers that learn nothing: single models, lots, the blend's own choices dealt anew, and the oracle."""
    n = len(expected)
    random = np.random.default_rng(plan.seed + 1)
    lots = random.random(n) if blend.score is not None else None
    dealt = random.permutation(n)
    means = np.tile(np.nanmean(learn.quality, axis=0), (n, 1))
    controls = {
        "best_single": _single(test.best, test.baseline, n, blend, predicted=means),
        "random": Outcome(
            chosen=random.integers(0, len(learn.models), n),
            swept=None if blend.swept is None else test.priced[random.integers(0, len(test.priced), (1, n))],
            score=lots,
            predicted=None,
        ),
        "shuffled": Outcome(
            chosen=blend.chosen[dealt],
            swept=None if blend.swept is None else blend.swept[:, dealt],
            score=None if blend.score is None else blend.score[dealt],
            predicted=None,
        ),
    }
    cheapest = int(test.priced[np.nanmean(learn.cost[:, test.priced], axis=0).argmin()]) if test.priced.size else None
    if cheapest is not None:
        controls["cheapest"] = _single(cheapest, cheapest, n, blend, predicted=None)
    known = np.nan_to_num(test.quality, nan=-1.0)
    controls["oracle"] = outcome_of(known, np.where(np.isnan(test.cost), expected, test.cost), test, calibrated=False)
    return controls


def _single(model: int, priced: int | None, n: int, blend: Outcome, *, predicted: Floats | None) -> Outcome:
    return Outcome(
        chosen=np.full(n, model),
        swept=None if priced is None else np.full((1, n), priced),
        score=None if blend.score is None else np.zeros(n),
        predicted=predicted,
    )


def _decision_ms(blend: Blend, features: Floats, expected: Floats) -> dict[str, float]:
    """Give how long a decision takes with the embedding at hand, in milliseconds."""
    taken = []
    for row in range(min(TIMED, len(features))):
        start = perf_counter_ns()
        choose(blend.predict(features[row : row + 1]), expected[row : row + 1], price=0.0)
        taken.append((perf_counter_ns() - start) / 1e6)
    return {"p50": float(np.quantile(taken, 0.5)), "p95": float(np.quantile(taken, 0.95))}
