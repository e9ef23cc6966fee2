"""Draws a year of runs, shots and attempts as columns of figures; texts and rows are made of them elsewhere."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.world import (
    MODELS,
    MODELS_PER_RUN,
    PEOPLE,
    PICO,
    PRICE_CUT,
    PROJECTS,
    SHOTS_PER_MODEL,
    TEAMS,
    WITHOUT_PROJECT,
    zipf_weights,
)

Array = np.ndarray[Any, Any]
Rng = np.random.Generator

DAYS = 365
DAY_US = 86_400_000_000
MOST_ATTEMPTS = 3
REFUSED = 0.8
"""Failures that no retry can heal, for each one that might be."""


DONE, TRUNCATED, FAILED, CANCELLED = range(4)

WEIGHTS = np.array([model.weight for model in MODELS])
UNPRICED = np.array([model.input_price is None for model in MODELS])
FREE = np.array([model.place != "cloud" for model in MODELS])
RATES = np.array(
    [
        [round((price or 0) * PICO) for price in (model.input_price, model.cached_price, model.output_price)]
        for model in MODELS
    ]
)
"""Pico-dollars a token: input, cached input, output."""


@dataclass(slots=True, kw_only=True)
class Runs:
    """One row a run. Indexes point into the world's lists; `project` is -1 for none."""

    created: Array
    person: Array
    team: Array
    project: Array
    models: Array
    shots_per_model: Array
    shots: Array
    private: Array
    blind: Array
    prompt_characters: Array


@dataclass(slots=True, kw_only=True)
class Shots:
    """One row a shot, in order of runs and ordinals. Times in microseconds, `cost` in pico-dollars."""

    run: Array
    ordinal: Array
    model: Array
    shot_index: Array
    state: Array
    attempts: Array
    started: Array
    finished: Array
    ttft: Array
    total: Array
    stream: Array
    input_tokens: Array
    output_tokens: Array
    thinking_tokens: Array
    cached_tokens: Array
    rates: Array
    cost: Array


def sizes(rng: Rng, shots: int) -> tuple[Array, Array]:
    """Give for each run how many models it asks and how often each, until there are at least so many shots."""
    enough = shots // 2 + 50
    models = rng.choice(MODELS_PER_RUN[0], enough, p=MODELS_PER_RUN[1])
    each = rng.choice(SHOTS_PER_MODEL[0], enough, p=SHOTS_PER_MODEL[1])
    runs = int(np.searchsorted(np.cumsum(models * each), shots)) + 1
    return models[:runs], each[:runs]


def moments(rng: Rng, count: int, until: int) -> Array:
    """Give the ascending times of so many runs over the year that ends at `until`.

    Use grows twofold over the year, is low at weekends and follows office hours.
    """
    days = np.arange(DAYS)
    weekday = ((until - DAYS * DAY_US) // DAY_US + days + 3) % 7  # 1 January 1970 was a Thursday
    by_day = np.cumsum(np.where(weekday >= 5, 0.15, 1.0) * (1 + days / DAYS))
    by_hour = np.cumsum([1, 1, 1, 1, 1, 2, 6, 20, 55, 80, 85, 75, 50, 70, 85, 80, 65, 40, 20, 12, 8, 5, 3, 2])
    share = np.sort(rng.random(count)) * by_day[-1]
    day = np.minimum(np.searchsorted(by_day, share, side="right"), DAYS - 1)
    begins = np.concatenate([[0.0], by_day])[day]
    within = (share - begins) / (by_day[day] - begins)
    hour = np.interp(within * by_hour[-1], np.concatenate([[0], by_hour]), np.arange(25))
    return until - (DAYS - day) * DAY_US + (hour * 3_600_000_000).astype(np.int64)


def draw_runs(rng: Rng, times: Array, wanted: Array, shots_per_model: Array) -> Runs:
    """Draw who asked what at the given times: so many different models, each so often."""
    count = len(times)
    person = rng.choice(PEOPLE, count, p=zipf_weights(PEOPLE, 0.9))
    # The largest of log-weight plus Gumbel noise is a draw by weight without putting back.
    order = np.argsort(-(np.log(WEIGHTS) + rng.gumbel(size=(count, len(MODELS)))), axis=1)
    models = np.where(np.arange(MODELS_PER_RUN[0][-1]) < wanted[:, None], order[:, : MODELS_PER_RUN[0][-1]], -1)
    project = rng.choice(PROJECTS, count, p=zipf_weights(PROJECTS))
    return Runs(
        created=times,
        person=person,
        team=person % TEAMS,
        project=np.where(rng.random(count) < WITHOUT_PROJECT, -1, project),
        models=models,
        shots_per_model=shots_per_model,
        shots=wanted * shots_per_model,
        private=rng.random(count) < 0.08,
        blind=rng.random(count) < 0.2,
        prompt_characters=np.clip(rng.lognormal(6.2, 0.9, count), 40, 20_000).astype(np.int64),
    )


def draw_shots(rng: Rng, runs: Runs, *, prompt_characters: Array, until: int) -> Shots:
    """Draw how every shot of the runs went."""
    run = np.repeat(np.arange(len(runs.shots)), runs.shots)
    ordinal = np.arange(len(run)) - np.repeat(np.cumsum(runs.shots) - runs.shots, runs.shots) + 1
    width = (runs.shots // runs.shots_per_model)[run]
    model = runs.models[run, (ordinal - 1) % width]
    count = len(run)
    attempts, state = _outcomes(rng, model, count)
    answered = state != FAILED

    def of(attribute: str) -> Array:
        return np.array([getattr(each, attribute) for each in MODELS])[model]

    output = np.clip(of("answer") * rng.lognormal(0, 0.6, count), 5, 4000).astype(np.int64)
    output = np.where(state == TRUNCATED, 4000, np.where(state == CANCELLED, output // 3 + 1, output)) * answered
    sent = ((prompt_characters[run] / (3.7 + 0.07 * model)) + 8).astype(np.int64) * answered
    cached = np.where((rng.random(count) < 0.1) & (of("provider") != "ollama"), sent * 3 // 4, 0)
    thinking = np.where(of("thinking"), (output * rng.beta(2, 4, count)).astype(np.int64), 0)
    ttft = (of("first_word") * 1e6 * rng.lognormal(0, 0.35, count)).astype(np.int64)
    stream = (output / of("speed") * 1e6 * rng.lognormal(0, 0.15, count)).astype(np.int64)
    started = runs.created[run] + 2_000 * ordinal + rng.integers(1_000, 30_000, count)
    total = (attempts - 1) * FAULT_US + np.where(answered, ttft + stream, FAULT_US - PAUSE_US)
    rates = RATES[model].copy()
    rates[_after_cut(model, started, until)] = (RATES[CUT_MODEL] * PRICE_CUT[2]).astype(np.int64)
    counts = np.stack([sent - cached, cached, output], axis=1)
    return Shots(
        run=run, ordinal=ordinal, model=model, shot_index=(ordinal - 1) // width + 1, state=state, attempts=attempts,
        started=started, finished=started + total, ttft=ttft, total=total, stream=stream, input_tokens=sent,
        output_tokens=output, thinking_tokens=thinking, cached_tokens=cached, rates=rates,
        cost=(counts * rates).sum(axis=1),
    )  # fmt: skip


PAUSE_US = 500_000
FAULT_US = 1_300_000
"""What a failed attempt takes, the pause before the next one included."""

CUT_MODEL = [model.name for model in MODELS].index(PRICE_CUT[0])


def _after_cut(model: Array, started: Array, until: int) -> Array:
    return (model == CUT_MODEL) & (started >= until - int((1 - PRICE_CUT[1]) * DAYS) * DAY_US)


def _outcomes(rng: Rng, model: Array, count: int) -> tuple[Array, Array]:
    """Give how many attempts each shot took and how it ended; most failures are healed by a retry."""
    failing = np.array([each.failing for each in MODELS])[model]
    fails = rng.random((count, MOST_ATTEMPTS)) < np.stack([failing, failing * 8, failing * 8], axis=1).clip(0, 0.6)
    for_good = rng.random(count) < REFUSED * failing
    given_up = fails.all(axis=1)
    attempts = np.where(for_good, 1, np.where(given_up, MOST_ATTEMPTS, fails.argmin(axis=1) + 1))
    luck = rng.random(count)
    state = np.where(luck < 0.015, TRUNCATED, np.where(luck < 0.025, CANCELLED, DONE))
    return attempts, np.where(for_good | given_up, FAILED, state)
