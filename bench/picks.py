"""Draws people's picks: better models win more often, some runs tie, most are never judged."""

import json
from typing import Any

import numpy as np

from bench.draw import CANCELLED, FAILED, Array, Rng, Runs, Shots
from bench.world import MODELS, PEOPLE

JUDGED = 0.35
NOISE = 0.35
"""How much taste there is beside quality, in the same unit."""


def draw_picks(rng: Rng, runs: Runs, shots: Shots, *, first_run: int, first_shot: int) -> dict[str, Any]:
    """Give the columns of the verdicts on these runs; `person_id` is an index into the people."""
    begins = np.cumsum(runs.shots) - runs.shots
    can_win = (shots.state != FAILED) & (shots.state != CANCELLED)
    quality = np.array([model.quality for model in MODELS])[shots.model]
    liked = np.where(can_win, quality + NOISE * rng.gumbel(size=len(quality)), -np.inf)
    best = np.maximum.reduceat(liked, begins)
    winner = np.full(len(begins), -1)
    winners = np.nonzero(liked == best[shots.run])[0]
    winner[shots.run[winners]] = winners
    choices = np.add.reduceat(can_win.astype(int), begins)
    judged = np.nonzero((choices > 0) & (rng.random(len(begins)) < JUDGED))[0]
    luck = rng.random(len(judged))
    kind = np.where(
        choices[judged] == 1,
        np.where(luck < 0.8, "good", "not_good"),
        np.where(luck < 0.75, "winner", np.where(luck < 0.9, "tie", "none")),
    )
    own = rng.random(len(judged)) < 0.8
    return {
        "run_id": judged + first_run,
        "person_id": np.where(own, runs.person[judged], rng.integers(0, PEOPLE, len(judged))),
        "kind": kind,
        "shot_id": np.where(
            np.isin(kind, ["winner", "good", "not_good"]), (winner[judged] + first_shot).astype(object), None
        ),
        "compared": _compared(judged, begins, runs.shots, can_win, first_shot),
        "blind": runs.blind[judged],
        "note": "",
        "created_at": np.maximum.reduceat(shots.finished, begins)[judged] + rng.integers(2e6, 3e8, len(judged)),
    }


def _compared(judged: Array, begins: Array, sizes: Array, can_win: Array, first_shot: int) -> list[str]:
    return [
        json.dumps([first_shot + shot for shot in range(begins[run], begins[run] + sizes[run]) if can_win[shot]])
        for run in judged.tolist()
    ]
