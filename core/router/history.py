"""Judged runs of the workspace as arrays: what the router learns from, read once from the store.

A run counts where at least two models' answers on the same prompt were judged; then it says something about their
difference. Where a pick among several answers leaves a loser compared with the winner alone, the comparisons nobody
made count as one half, so that the models of a run are on one footing (core/labels/quality.py has the weights).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from core.domain.money import CostState
from core.router.layers import Floats, Rows
from core.router.outcomes import Outcomes, same_prompt
from core.store import tables
from core.store.among import among
from core.store.database import Database, table
from core.store.prompt_classes import tasks_said

RUN, SHOT, QUALITY, ATTEMPT = (table(each) for each in (tables.Run, tables.Shot, tables.ShotQuality, tables.Attempt))

MOST_WEIGHT = 3.0
"""What one prompt counts for at most, in runs: one sent a hundred times must not drown the others."""

HALF_LIFE_DAYS = 365.0
"""After this time a judged run counts half: models, prompts and people change."""

UNJUDGED = 0.5
"""The quality of a comparison that nobody made."""

READ_AT_ONCE = 5_000
EARLIER = " @ "


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRuns:
    """Runs with two or more judged models, oldest first; arrays are (runs, models) or (runs,), NaN where unknown.

    `quality` is in [0, 1], `cost` in USD for one answer (0 where free, NaN where no price is known), `seconds` for the
    whole answer, `weight` at most 1 (0.5 where only machines judged). `prompt` is the place in `prompts` of each run's
    prompt, where prompts that count as the same are one. `models` are those of today; an answer of an earlier revision
    of a model stands under "model @ revision", after the `current` ones.
    """

    run_ids: Rows
    public_ids: tuple[str, ...]
    at: NDArray[np.float64]
    models: tuple[str, ...]
    current: int
    quality: Floats
    cost: Floats
    seconds: Floats
    weight: Floats
    tasks: tuple[str, ...]
    prompt: Rows
    prompts: tuple[str, ...]

    def __len__(self) -> int:
        """Give how many runs there are."""
        return len(self.run_ids)

    def by_prompt(self, *, now: datetime | None = None) -> "Lessons":
        """Give one row a prompt: means over its runs, which count less with age."""
        n = len(self.prompts)
        age = ((now or datetime.now(UTC)).timestamp() - self.at) / 86_400
        weight = self.weight * 0.5 ** (np.maximum(age, 0) / HALF_LIFE_DAYS)
        tasks = [""] * n
        for run, place in enumerate(self.prompt):
            tasks[place] = self.tasks[run] or tasks[place]
        return Lessons(
            outcomes=Outcomes(
                prompts=self.prompts,
                models=self.models,
                quality=_mean_by(self.prompt, self.quality, weight, n),
                cost=_mean_by(self.prompt, self.cost, weight, n),
                tasks=tuple(tasks),
            ),
            weight=np.minimum(np.bincount(self.prompt, weights=weight, minlength=n), MOST_WEIGHT),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """What the blend is fitted to: one row a prompt, and how much each counts."""

    outcomes: Outcomes
    weight: Floats


def judged_runs(database: Database) -> JudgedRuns:
    """Read every judged run that is not in the bin. Raises StoreError."""
    with database.read() as connection:
        shots = _shots(connection)
        runs = _runs(connection, [run for run, said in shots.items() if len({each.model for each in said}) > 1])
        told = tasks_said(connection)
    return _table(runs, shots, told)


def data_version(database: Database) -> str:
    """Give a word that changes whenever what can be learned changes; cheap beside reading it. Raises StoreError."""
    with database.read() as connection:
        said = connection.execute(sa.select(sa.func.count(), sa.func.max(QUALITY.c.updated_at))).one()
        gone = connection.execute(
            sa.select(sa.func.count(), sa.func.max(RUN.c.deleted_at)).where(RUN.c.deleted_at.is_not(None))
        ).one()
    return "-".join(str(part.timestamp() if isinstance(part, datetime) else part or 0) for part in (*said, *gone))


def count_judged(database: Database) -> int:
    """Give how many runs can teach something, without reading any prompt. Raises StoreError."""
    models = sa.func.count(sa.distinct(SHOT.c.model))
    teaching = (
        sa.select(QUALITY.c.run_id)
        .join(SHOT, SHOT.c.id == QUALITY.c.shot_id)
        .join(RUN, RUN.c.id == QUALITY.c.run_id)
        .where(QUALITY.c.weight > 0, RUN.c.deleted_at.is_(None), RUN.c.prompt != "")
        .group_by(QUALITY.c.run_id)
        .having(models > 1)
        .subquery()
    )
    with database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(teaching)).scalar_one())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shot:
    model: str
    quality: float
    weight: float
    cost: float
    seconds: float


def _shots(connection: Connection) -> dict[int, list[_Shot]]:
    revisions = _revisions(connection)
    rows = connection.execute(
        sa.select(
            QUALITY.c.run_id, QUALITY.c.shot_id, QUALITY.c.quality, QUALITY.c.weight,
            SHOT.c.model, SHOT.c.cost, SHOT.c.cost_state, SHOT.c.total_us,
        )
        .join(SHOT, SHOT.c.id == QUALITY.c.shot_id)
        .where(QUALITY.c.weight > 0, QUALITY.c.quality.is_not(None))
        .order_by(QUALITY.c.run_id, QUALITY.c.shot_id)
    )  # fmt: skip
    found: dict[int, list[_Shot]] = defaultdict(list)
    for row in rows:
        revision = revisions.get(row.shot_id, "")
        found[row.run_id].append(
            _Shot(
                model=f"{row.model}{EARLIER}{revision}" if revision else row.model,
                quality=row.quality,
                weight=row.weight,
                cost=_cost(row),
                seconds=row.total_us / 1e6 if row.total_us else np.nan,
            )
        )
    return found


def _cost(row: Any) -> float:
    if row.cost_state == CostState.FREE:
        return 0.0
    known = row.cost is not None and row.cost_state in (CostState.PRICED, CostState.ESTIMATED)
    return float(row.cost) if known else float("nan")


def _revisions(connection: Connection) -> dict[int, str]:
    """Give the revision that answered judged shots, where it is not the one that answers for the model today."""
    named = sa.select(ATTEMPT.c.model, ATTEMPT.c.response_model, sa.func.max(ATTEMPT.c.id).label("last")).where(
        ATTEMPT.c.response_model != ""
    )
    newest: dict[str, tuple[int, str]] = {}
    several: set[str] = set()
    for row in connection.execute(named.group_by(ATTEMPT.c.model, ATTEMPT.c.response_model)):
        if row.model in newest:
            several.add(row.model)
        newest[row.model] = max(newest.get(row.model, (0, "")), (row.last, row.response_model))
    if not several:
        return {}
    rows = connection.execute(
        sa.select(ATTEMPT.c.shot_id, ATTEMPT.c.model, ATTEMPT.c.response_model)
        .join(QUALITY, QUALITY.c.shot_id == ATTEMPT.c.shot_id)
        .where(ATTEMPT.c.model.in_(several), ATTEMPT.c.response_model != "")
        .order_by(ATTEMPT.c.id)
    )
    answered = {row.shot_id: row for row in rows}
    return {shot: row.response_model for shot, row in answered.items() if row.response_model != newest[row.model][1]}


def _runs(connection: Connection, wanted: Sequence[int]) -> list[Any]:
    found: list[Any] = []
    columns = (RUN.c.id, RUN.c.public_id, RUN.c.created_at, RUN.c.prompt, RUN.c.prompt_sha256, RUN.c.task)
    for start in range(0, len(wanted), READ_AT_ONCE):
        part = among(connection, RUN.c.id, wanted[start : start + READ_AT_ONCE])
        found += connection.execute(sa.select(*columns).where(part, RUN.c.deleted_at.is_(None), RUN.c.prompt != ""))
    return sorted(found, key=lambda row: (row.created_at, row.id))


def _table(runs: Sequence[Any], shots: Mapping[int, list[_Shot]], told: Mapping[str, str]) -> JudgedRuns:
    names = {each.model for run in runs for each in shots[run.id]}
    today = sorted(name for name in names if EARLIER not in name)
    models = (*today, *sorted(names - set(today)))
    column = {name: place for place, name in enumerate(models)}
    quality, cost, seconds = (np.full((len(runs), len(models)), np.nan) for _ in range(3))
    weight = np.ones(len(runs))
    places: dict[str, int] = {}
    prompts: list[str] = []
    for row, run in enumerate(runs):
        weight[row] = _fill(shots[run.id], column, quality[row], cost[row], seconds[row])
        key = same_prompt(run.prompt)
        if places.setdefault(key, len(prompts)) == len(prompts):
            prompts.append(run.prompt)
    return JudgedRuns(
        run_ids=np.array([run.id for run in runs], dtype=np.intp),
        public_ids=tuple(run.public_id for run in runs),
        at=np.array([run.created_at.timestamp() for run in runs], dtype=np.float64),
        models=models,
        current=len(today),
        quality=quality,
        cost=cost,
        seconds=seconds,
        weight=weight,
        tasks=tuple(run.task or told.get(run.prompt_sha256, "") for run in runs),
        prompt=np.array([places[same_prompt(run.prompt)] for run in runs], dtype=np.intp),
        prompts=tuple(prompts),
    )


def _fill(said: Sequence[_Shot], column: Mapping[str, int], quality: Floats, cost: Floats, seconds: Floats) -> float:
    """Write one run into its rows, and give how much it counts."""
    total: dict[str, float] = defaultdict(float)
    mass: dict[str, float] = defaultdict(float)
    parts: dict[str, list[_Shot]] = defaultdict(list)
    for each in said:
        total[each.model] += each.weight * each.quality
        mass[each.model] += each.weight
        parts[each.model].append(each)
    most = max(mass.values())
    for model, answers in parts.items():
        place = column[model]
        quality[place] = (total[model] + (most - mass[model]) * UNJUDGED) / most
        cost[place] = np.mean([each.cost for each in answers])
        seconds[place] = np.mean([each.seconds for each in answers])
    return min(1.0, most)


def _mean_by(group: Rows, values: Floats, weight: Floats, n: int) -> Floats:
    known = ~np.isnan(values)
    total, mass = np.zeros((n, values.shape[1])), np.zeros((n, values.shape[1]))
    np.add.at(total, group, np.where(known, values, 0.0) * weight[:, None])
    np.add.at(mass, group, known * weight[:, None])
    return np.divide(total, mass, out=np.full_like(total, np.nan), where=mass > 0)
