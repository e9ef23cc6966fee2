"""The demo's history as rows of the tables, with keys: what is older has the lower one, whatever is written first."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from core.demo.made import MadeRun, MadeShot
from core.demo.planning import PlannedRun
from core.demo.shooting import MOST_ATTEMPTS
from core.domain.run import Origin, ShotSettings, Strategy, Visibility
from core.store import tables
from core.store.database import table
from core.store.run_json import pairs_to_json, settings_to_json
from core.store.shot_records import AttemptEnd

RUN, SHOT, ATTEMPT, CHARGE = (table(each) for each in (tables.Run, tables.Shot, tables.Attempt, tables.ChargeRow))
VERDICT, RUN_TAG = table(tables.VerdictRow), table(tables.RunTag)

MOST_PICKS = 2


@dataclass(frozen=True, slots=True)
class Keys:
    """Where the keys of the history begin, and the keys of people, teams, projects and tags by name."""

    run: int
    shot: int
    attempt: int
    verdict: int
    shots_before: Sequence[int]
    names: dict[str, dict[str, int]]

    def first_shot(self, index: int) -> int:
        """Give the key of the first shot of a run."""
        return self.shot + self.shots_before[index]


@dataclass(slots=True)
class Rows:
    """Rows by table, in the order in which they may be written."""

    run: list[dict[str, Any]] = field(default_factory=list)
    shot: list[dict[str, Any]] = field(default_factory=list)
    attempt: list[dict[str, Any]] = field(default_factory=list)
    charge: list[dict[str, Any]] = field(default_factory=list)
    verdict: list[dict[str, Any]] = field(default_factory=list)
    tag: list[dict[str, Any]] = field(default_factory=list)

    def by_table(self) -> tuple[tuple[Any, list[dict[str, Any]]], ...]:
        """Give each table with its rows, parents first."""
        return (
            (RUN, self.run),
            (SHOT, self.shot),
            (ATTEMPT, self.attempt),
            (CHARGE, self.charge),
            (VERDICT, self.verdict),
            (RUN_TAG, self.tag),
        )


def shots_before(plan: Sequence[PlannedRun]) -> list[int]:
    """Give for each run how many shots the runs before it have, and last how many there are in all."""
    sums = [0]
    for planned in plan:
        sums.append(sums[-1] + len(planned.models) * planned.shots)
    return sums


def rows_of(runs: Sequence[MadeRun], keys: Keys) -> Rows:
    """Give the rows of some runs."""
    rows = Rows()
    for run in runs:
        _add_run(rows, run, keys)
        for shot in run.shots:
            _add_shot(rows, run, shot, keys)
        _add_picks(rows, run, keys)
        rows.tag += [
            {"run_id": keys.run + run.plan.index, "tag_id": keys.names["tag"][tag]} for tag in dict.fromkeys(run.tags)
        ]
    return rows


def _add_run(rows: Rows, run: MadeRun, keys: Keys) -> None:
    plan, words = run.plan, run.words
    rows.run.append(
        {
            "id": keys.run + plan.index,
            "public_id": run.public_id,
            "origin": Origin.DEMO.value,
            "state": run.state.value,
            "version": 2,
            "created_at": plan.at,
            "started_at": min(shot.attempts[0].started_at for shot in run.shots),
            "finished_at": run.finished_at,
            "cancel_requested_at": run.finished_at if plan.ending == "cancelled" else None,
            "person_id": keys.names["person"][plan.member.name],
            "team_id": keys.names["team"][plan.member.team],
            "project_id": keys.names["project"].get(run.project),
            "visibility": Visibility.TEAM.value,
            "strategy": Strategy.HYBRID.value,
            "blind": run.blind,
            "prompt": words.prompt,
            "prompt_sha256": hashlib.sha256(words.prompt.encode()).hexdigest(),
            "template": words.template,
            "variables": pairs_to_json(words.variables),
            "models": list(dict.fromkeys(shot.model.full_name for shot in run.shots)),
            "shots_per_model": plan.shots,
            "settings": settings_to_json(ShotSettings(max_tokens=run.max_tokens)),
            "per_model": {},
            "estimate": run.estimate,
            "simulated": True,
            "warnings": [],
            "task": plan.task.value,
        }
    )


def _add_shot(rows: Rows, run: MadeRun, shot: MadeShot, keys: Keys) -> None:
    end = shot.end
    key = keys.first_shot(run.plan.index) + shot.ordinal - 1
    rows.shot.append(
        {
            "id": key,
            "run_id": keys.run + run.plan.index,
            "ordinal": shot.ordinal,
            "model": shot.model.full_name,
            "label": shot.model.label,
            "shot_index": shot.shot_index,
            "place": shot.model.place.value,
            "state": end.state.value,
            "version": 2,
            "settings": settings_to_json(ShotSettings(max_tokens=run.max_tokens)),
            "queued_at": shot.queued_at,
            "started_at": shot.attempts[0].started_at,
            "finished_at": end.finished_at,
            "attempts": len(shot.attempts),
            "text": end.text,
            "thinking": end.thinking,
            "ttft_us": end.ttft_us,
            "total_us": end.total_us,
            "stream_us": end.stream_us,
            "input_tokens": end.usage.input_tokens,
            "output_tokens": end.usage.output_tokens,
            "thinking_tokens": end.usage.thinking_tokens,
            "cost": end.cost,
            "cost_state": end.cost_state.value,
            "finish_reason": end.finish_reason.value if end.finish_reason else None,
            "error_kind": end.error_kind,
            "error_message": end.error_message,
            "error_next_step": end.error_next_step,
            "error_detail": end.error_detail,
        }
    )
    first_attempt = keys.attempt + (key - keys.shot) * MOST_ATTEMPTS
    for attempt in shot.attempts:
        _add_attempt(rows, run, shot, attempt, keys=keys, shot_key=key, key=first_attempt + attempt.number - 1)


def _add_attempt(
    rows: Rows, run: MadeRun, shot: MadeShot, attempt: AttemptEnd, *, keys: Keys, shot_key: int, key: int
) -> None:
    rows.attempt.append(
        {
            "id": key,
            "shot_id": shot_key,
            "run_id": keys.run + run.plan.index,
            "number": attempt.number,
            "state": attempt.state.value,
            "model": shot.model.full_name,
            "response_model": attempt.response_model,
            "provider": attempt.provider,
            "host": attempt.host,
            "place": shot.model.place.value,
            "started_at": attempt.started_at,
            "finished_at": attempt.finished_at,
            "ttft_us": attempt.ttft_us,
            "total_us": attempt.total_us,
            "http_status": attempt.http_status,
            "finish_reason": attempt.finish_reason.value if attempt.finish_reason else None,
            "error_kind": attempt.error_kind,
            "error_message": attempt.error_message,
            "error_detail": attempt.error_detail,
            "request_id": attempt.request_id,
            "request_bytes": attempt.request_bytes,
            "in_flight": attempt.in_flight,
            "input_tokens": attempt.usage.input_tokens,
            "output_tokens": attempt.usage.output_tokens,
            "thinking_tokens": attempt.usage.thinking_tokens,
            "usage_known": attempt.usage_known,
            "cost": attempt.cost,
            "cost_state": attempt.cost_state.value,
        }
    )
    rows.charge += [
        {
            "attempt_id": key,
            "token_class": charge.token_class.value,
            "quantity": charge.quantity,
            "unit_price": charge.unit_price,
            "amount": charge.amount,
            "source": charge.source.value,
            "revision": charge.revision,
        }
        for charge in attempt.charges
    ]


def _add_picks(rows: Rows, run: MadeRun, keys: Keys) -> None:
    first_shot = keys.first_shot(run.plan.index)
    rows.verdict += [
        {
            "id": keys.verdict + run.plan.index * MOST_PICKS + place,
            "run_id": keys.run + run.plan.index,
            "person_id": keys.names["person"][pick.person],
            "kind": pick.kind,
            "shot_id": None if pick.ordinal is None else first_shot + pick.ordinal - 1,
            "compared": [first_shot + ordinal - 1 for ordinal in pick.compared],
            "blind": pick.blind,
            "note": pick.note,
            "created_at": pick.at,
        }
        for place, pick in enumerate(run.picks)
    ]
