"""Turns drawn figures into rows: runs with prompts, shots with answers, attempts, charges, tags and picks."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from bench.bulk import Bulk
from bench.draw import CANCELLED, DONE, FAILED, FAULT_US, FREE, PAUSE_US, TRUNCATED, UNPRICED, Array, Rng, Runs, Shots
from bench.picks import draw_picks
from bench.world import FAULTS, MODELS, PEOPLE, PROJECTS, TAGS, TASKS, TEAMS, stream_of_words, zipf_weights
from core.domain.run import ShotSettings
from core.store import tables
from core.store.columns import EPOCH, MICROSECOND
from core.store.database import table
from core.store.run_json import settings_to_json

RUN, SHOT, ATTEMPT, CHARGE, VERDICT, RUN_TAG = (
    table(each)
    for each in (tables.Run, tables.Shot, tables.Attempt, tables.ChargeRow, tables.VerdictRow, tables.RunTag)
)
TABLES = (RUN, SHOT, ATTEMPT, CHARGE, VERDICT)

SETTINGS = json.dumps(settings_to_json(ShotSettings()))
STATES = np.array(["done", "truncated", "failed", "cancelled"])
REASONS = np.array(["stop", "length", None, None], dtype=object)
REPEATED = 500
REPEATED_SHARE = 0.25
LETTERS = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz0123456789-_ABCDEFGHIJKLMNOPQRSTUVWXYZ", dtype="S1")


@dataclass(slots=True, kw_only=True)
class Prompts:
    """The texts of a chunk's runs, how long each is, and its hash."""

    texts: list[str]
    hashes: list[str]

    @property
    def characters(self) -> Array:
        """Give the length of each text."""
        return np.array([len(text) for text in self.texts])


@dataclass(kw_only=True)
class Names:
    """Keys of the people, teams, projects and tags that runs are booked to."""

    people: Array
    teams: Array
    projects: Array
    tags: Array

    @classmethod
    def written(cls, out: Bulk, *, now: int) -> Self:
        """Write those that are missing and give the keys of all."""
        since = {"created_at": EPOCH + now * MICROSECOND}
        return cls(
            people=out.ids_of(table(tables.Person), [f"Person {n + 1}" for n in range(PEOPLE)], {"email": ""} | since),
            teams=out.ids_of(table(tables.Team), [f"Team {n + 1}" for n in range(TEAMS)], {}),
            projects=out.ids_of(
                table(tables.Project), [f"Project {n + 1}" for n in range(PROJECTS)], {"inside_only": False}
            ),
            tags=out.ids_of(table(tables.Tag), [f"tag-{n + 1}" for n in range(TAGS)], {}),
        )

    @cached_property
    def repeated(self) -> list[str]:
        """Give the prompts that people send again and again, the commonest first."""
        rng = np.random.default_rng(13)
        return [_prompt(rng, size) for size in rng.integers(60, 1500, REPEATED).tolist()]

    def prompts(self, rng: Rng, runs: Runs) -> Prompts:
        """Make a prompt for each run: some are sent often, most only once."""
        again = np.where(
            rng.random(len(runs.created)) < REPEATED_SHARE,
            rng.choice(REPEATED, len(runs.created), p=zipf_weights(REPEATED)),
            -1,
        )
        texts = [
            self.repeated[known] if known >= 0 else _prompt(rng, size)
            for known, size in zip(again.tolist(), runs.prompt_characters.tolist(), strict=True)
        ]
        return Prompts(texts=texts, hashes=[hashlib.sha256(text.encode()).hexdigest() for text in texts])


def write_chunk(out: Bulk, names: Names, rng: Rng, runs: Runs, shots: Shots, prompts: Prompts) -> None:
    """Write the rows of some runs with all that hangs on them."""
    first_run, first_shot = out.next_id(RUN), out.next_id(SHOT)
    _write_runs(out, names, rng, runs, shots, prompts, first_run)
    _write_shots(out, rng, shots, first_run, first_shot)
    _write_attempts(out, rng, shots, first_run, first_shot)
    picks = draw_picks(rng, runs, shots, first_run=first_run, first_shot=first_shot)
    out.insert(VERDICT, len(picks["run_id"]), picks | {"person_id": names.people[picks["person_id"]]})


def _write_runs(out: Bulk, names: Names, rng: Rng, runs: Runs, shots: Shots, prompts: Prompts, first_run: int) -> None:
    count = len(runs.created)
    ids = np.arange(first_run, first_run + count)
    begins = np.cumsum(runs.shots) - runs.shots
    by_run = np.minimum.reduceat
    best = by_run(np.array([0, 0, 1, 2])[shots.state], begins)
    keys = LETTERS[rng.integers(0, len(LETTERS), (count, 16))].reshape(-1).view("S16").astype("U16")
    named = [json.dumps([MODELS[model].name for model in row if model >= 0]) for row in runs.models.tolist()]
    columns: dict[str, Any] = {
        "id": ids, "public_id": keys, "origin": "demo", "state": np.array(["done", "failed", "cancelled"])[best],
        "version": 3, "created_at": runs.created, "started_at": by_run(shots.started, begins),
        "finished_at": np.maximum.reduceat(shots.finished, begins), "person_id": names.people[runs.person],
        "team_id": names.teams[runs.team],
        "project_id": _or_none(names.projects[runs.project], runs.project >= 0),
        "visibility": np.where(runs.private, "me", "team"), "strategy": "hybrid", "blind": runs.blind,
        "prompt": prompts.texts, "prompt_sha256": prompts.hashes, "template": "", "variables": "[]", "models": named,
        "shots_per_model": runs.shots_per_model, "settings": SETTINGS, "per_model": "{}", "simulated": True,
        "warnings": "[]",
    }  # fmt: skip
    out.insert(RUN, count, columns)
    tags = np.minimum(rng.geometric(0.55, count) - 1, 3)
    run_id, rank = np.repeat(ids, tags), np.arange(tags.sum()) - np.repeat(np.cumsum(tags) - tags, tags)
    start = np.repeat(rng.choice(TAGS, count, p=zipf_weights(TAGS)), tags)
    out.insert(RUN_TAG, len(run_id), {"run_id": run_id, "tag_id": names.tags[(start + rank) % TAGS]})


def _write_shots(out: Bulk, rng: Rng, shots: Shots, first_run: int, first_shot: int) -> None:
    count = len(shots.run)
    unpriced = UNPRICED[shots.model] & (shots.input_tokens > 0)
    failed = shots.state == FAILED
    fault = rng.integers(0, len(FAULTS), count)
    text = stream_of_words()
    sizes = (shots.output_tokens - shots.thinking_tokens) * 4
    begins = rng.integers(0, len(text) - 16_001, count)
    columns: dict[str, Any] = {
        "id": np.arange(first_shot, first_shot + count), "run_id": shots.run + first_run, "ordinal": shots.ordinal,
        "model": _of(shots, "name"), "label": _of(shots, "label"), "shot_index": shots.shot_index,
        "place": _of(shots, "place"), "state": STATES[shots.state], "version": 3, "settings": SETTINGS,
        "queued_at": shots.started - 1000, "started_at": shots.started, "finished_at": shots.finished,
        "attempts": shots.attempts,
        "text": [text[a:b] for a, b in zip(begins.tolist(), (begins + sizes).tolist(), strict=True)],
        "ttft_us": _or_none(shots.ttft, ~failed), "total_us": shots.total,
        "stream_us": _or_none(shots.stream, ~failed), "input_tokens": shots.input_tokens,
        "output_tokens": shots.output_tokens, "thinking_tokens": shots.thinking_tokens,
        "cost": _or_none(shots.cost, ~unpriced), "cost_state": _cost_states(shots),
        "finish_reason": REASONS[shots.state],
        "error_kind": np.where(failed, np.array([kind for kind, _ in FAULTS])[fault], ""),
        "error_message": np.where(failed, "The made-up provider failed.", ""),
    }  # fmt: skip
    out.insert(SHOT, count, columns)


def _write_attempts(out: Bulk, rng: Rng, shots: Shots, first_run: int, first_shot: int) -> None:
    shot = np.repeat(np.arange(len(shots.run)), shots.attempts)
    count = len(shot)
    number = np.arange(count) - np.repeat(np.cumsum(shots.attempts) - shots.attempts, shots.attempts) + 1
    model, state = shots.model[shot], shots.state[shot]
    good = (number == shots.attempts[shot]) & (state != FAILED)
    fault = rng.integers(0, len(FAULTS), count)
    started = shots.started[shot] + (number - 1) * FAULT_US
    total = np.where(good, shots.ttft[shot] + shots.stream[shot], FAULT_US - PAUSE_US)
    known = good & ~UNPRICED[model]
    first = out.next_id(ATTEMPT)
    statuses = np.array([status for _, status in FAULTS], dtype=object)[fault]
    columns: dict[str, Any] = {
        "id": np.arange(first, first + count), "shot_id": shot + first_shot, "run_id": shots.run[shot] + first_run,
        "number": number, "state": np.where(good, STATES[state], "failed"), "model": _of(shots, "name", shot),
        "response_model": _of(shots, "name", shot), "provider": _of(shots, "provider", shot),
        "host": _of(shots, "host", shot), "place": _of(shots, "place", shot), "started_at": started,
        "finished_at": started + total, "ttft_us": _or_none(shots.ttft[shot], good), "total_us": total,
        "http_status": np.where(good, 200, statuses), "finish_reason": np.where(good, REASONS[state], None),
        "error_kind": np.where(good, "", np.array([kind for kind, _ in FAULTS])[fault]),
        "request_bytes": shots.input_tokens[shot] * 4 + 200, "input_tokens": shots.input_tokens[shot] * good,
        "output_tokens": shots.output_tokens[shot] * good, "cached_input_tokens": shots.cached_tokens[shot] * good,
        "thinking_tokens": shots.thinking_tokens[shot] * good, "usage_known": good & (state != CANCELLED),
        "cost": _or_none(shots.cost[shot] * good, known | ~good),
        "cost_state": np.where(good, _cost_states(shots)[shot], np.where(FREE[model], "free", "priced")),
    }  # fmt: skip
    out.insert(ATTEMPT, count, columns)
    _write_charges(out, shots, shot[known], np.arange(first, first + count)[known])


def _write_charges(out: Bulk, shots: Shots, shot: Array, attempt: Array) -> None:
    cached, sent = shots.cached_tokens[shot], shots.input_tokens[shot]
    counts = np.stack([sent - cached, cached, shots.output_tokens[shot]], axis=1)
    row, column = np.nonzero(counts)
    quantity, rate = counts[row, column], shots.rates[shot][row, column]
    free = FREE[shots.model[shot]][row]
    columns: dict[str, Any] = {
        "attempt_id": attempt[row], "token_class": np.array(["input", "cached_input", "output"])[column],
        "quantity": quantity, "unit_price": rate * 1_000_000, "amount": quantity * rate,
        "source": np.where(free, "declared-free", "simulated"), "revision": np.where(free, "", "made-up 1"),
    }  # fmt: skip
    out.insert(CHARGE, len(row), columns)


def _cost_states(shots: Shots) -> Array:
    priced = np.where(shots.state == CANCELLED, "estimated", "priced")
    answered = np.isin(shots.state, [DONE, TRUNCATED, CANCELLED])
    known = np.where(UNPRICED[shots.model] & answered, "unpriced", np.where(answered, priced, "priced"))
    return np.where(FREE[shots.model], "free", known)


def _of(shots: Shots, attribute: str, shot: Array | None = None) -> Array:
    values = np.array([getattr(model, attribute) for model in MODELS])
    return values[shots.model if shot is None else shots.model[shot]]


def _or_none(values: Array, known: Array) -> Array:
    return np.where(known, values.astype(object), None)


def _prompt(rng: Rng, size: int) -> str:
    text = stream_of_words()
    begins = int(rng.integers(0, len(text) - size))
    return f"{TASKS[begins % len(TASKS)]}: {text[begins : begins + size]}"
