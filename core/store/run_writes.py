"""What people write of runs: started, stopped, retried, resumed. The engine reads these as rows."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.model import ModelCard
from core.domain.money import CostState
from core.domain.run import RunPlan, RunState, ShotState
from core.store import people, reservations, tables
from core.store.database import table
from core.store.run_json import per_model_from_json, settings_from_json

RUN = table(tables.Run)
SHOT = table(tables.Shot)
RUN_TAG = table(tables.RunTag)
VERDICT = table(tables.VerdictRow)

WAITING = (ShotState.QUEUED, ShotState.RUNNING)


def insert_run(
    connection: Connection,
    plan: RunPlan,
    cards: Sequence[ModelCard],
    *,
    public_id: str,
    estimate: Decimal | None,
    now: datetime,
) -> int:
    """Write a run and all its shots as queued rows, numbered model by model; give the run's key."""
    parent = None
    if plan.parent_public_id:
        parent = connection.execute(sa.select(RUN.c.id).where(RUN.c.public_id == plan.parent_public_id)).scalar()
    run_id = connection.execute(
        sa.insert(RUN)
        .values(
            public_id=public_id,
            origin=plan.origin,
            state=RunState.QUEUED,
            version=1,
            created_at=now,
            person_id=people.person_id(connection, plan.person),
            team_id=people.team_id(connection, plan.team),
            project_id=people.project_id(connection, plan.project),
            visibility=plan.visibility,
            strategy=plan.strategy,
            blind=plan.blind,
            prompt=plan.prompt,
            prompt_sha256=hashlib.sha256(plan.prompt.encode("utf-8", "surrogatepass")).hexdigest(),
            template=plan.template,
            variables=[list(pair) for pair in plan.variables],
            models=list(plan.models),
            shots_per_model=plan.shots_per_model,
            settings=asdict(plan.settings),
            per_model=[[model, asdict(settings)] for model, settings in plan.per_model],
            parent_id=parent,
            estimate=estimate,
            simulated=any(card.provider == "simulated" for card in cards),
            warnings=[],
        )
        .returning(RUN.c.id)
    ).scalar_one()
    rows = _shot_rows(plan, cards, run_id, now)
    connection.execute(sa.insert(SHOT), rows)
    if plan.carried_shot_id is not None:
        _carry(connection, plan.carried_shot_id, into=run_id, ordinal=len(rows) + 1, now=now)
    tags = people.tag_ids(connection, plan.tags)
    if tags:
        connection.execute(sa.insert(RUN_TAG), [{"run_id": run_id, "tag_id": tag} for tag in tags])
    return int(run_id)


def _shot_rows(plan: RunPlan, cards: Sequence[ModelCard], run_id: int, now: datetime) -> list[dict[str, object]]:
    # Numbered row by row (first shots of all models, then second ones), as the page lays them out.
    order = [(card, index) for index in range(1, plan.shots_per_model + 1) for card in cards]
    return [
        {
            "run_id": run_id,
            "ordinal": ordinal,
            "model": card.name,
            "label": card.label,
            "shot_index": index,
            "place": card.place,
            "state": ShotState.QUEUED,
            "version": 1,
            "settings": asdict(plan.settings_for(card.name)),
            "queued_at": now,
        }
        for ordinal, (card, index) in enumerate(order, start=1)
    ]


def add_shots(connection: Connection, run_id: int, card: ModelCard, *, now: datetime) -> RunPlan:
    """Queue answers of one more model in a run that is there, behind its others; give what the run asks by now."""
    before = plan_of(connection, run_id)
    plan = replace(before, models=(*before.models, card.name))
    last = connection.execute(sa.select(sa.func.max(SHOT.c.ordinal)).where(SHOT.c.run_id == run_id)).scalar() or 0
    rows = _shot_rows(plan, (card,), run_id, now)
    connection.execute(sa.insert(SHOT), [row | {"ordinal": last + at} for at, row in enumerate(rows, start=1)])
    connection.execute(sa.update(RUN).where(RUN.c.id == run_id).values(models=list(plan.models)))
    return plan


def _carry(connection: Connection, shot_id: int, *, into: int, ordinal: int, now: datetime) -> None:
    """Put a past answer beside the new ones, as it was and with its own date; nothing was asked for it here."""
    past = connection.execute(sa.select(SHOT).where(SHOT.c.id == shot_id)).one_or_none()
    if past is None:
        return
    kept = ("model", "label", "place", "settings", "started_at", "finished_at", "text", "thinking", "finish_reason")
    measured = ("ttft_us", "total_us", "stream_us", "input_tokens", "output_tokens", "thinking_tokens")
    connection.execute(
        sa.insert(SHOT).values(
            {name: getattr(past, name) for name in (*kept, *measured)}
            | {
                "run_id": into,
                "ordinal": ordinal,
                "shot_index": 1,
                "state": past.state,
                "version": 1,
                "queued_at": now,
                "cost": Decimal(0),
                "cost_state": CostState.FREE,
                "source_shot_id": past.source_shot_id or past.id,
            }
        )
    )


def plan_of(connection: Connection, run_id: int) -> RunPlan:
    """Give what a run asks and of whom, as far as its cost depends on it."""
    row = connection.execute(
        sa.select(RUN.c.prompt, RUN.c.models, RUN.c.shots_per_model, RUN.c.settings, RUN.c.per_model).where(
            RUN.c.id == run_id
        )
    ).one()
    return RunPlan(
        prompt=row.prompt,
        models=tuple(row.models or ()),
        shots_per_model=row.shots_per_model,
        settings=settings_from_json(row.settings),
        per_model=per_model_from_json(row.per_model),
    )


def waiting_shots(connection: Connection, run_id: int) -> dict[str, int]:
    """Give how many shots of each model of a run wait to be asked."""
    rows = connection.execute(
        sa.select(SHOT.c.model, sa.func.count().label("n"))
        .where(SHOT.c.run_id == run_id, SHOT.c.state == ShotState.QUEUED)
        .group_by(SHOT.c.model)
    )
    return {row.model: row.n for row in rows}


def request_stop(connection: Connection, run_id: int, *, ordinal: int | None, now: datetime) -> list[int]:
    """Stop one shot, or all: the waiting ones at once, the running ones when the engine sees the mark.

    Give the keys of the shots that are over by this.
    """
    chosen = [SHOT.c.run_id == run_id] + ([SHOT.c.ordinal == ordinal] if ordinal is not None else [])
    stopped = list(
        connection.execute(
            sa.update(SHOT)
            .where(*chosen, SHOT.c.state == ShotState.QUEUED)
            .values(state=ShotState.CANCELLED, finished_at=now, version=SHOT.c.version + 1)
            .returning(SHOT.c.id)
        ).scalars()
    )
    reservations.release(connection, stopped)
    connection.execute(
        sa.update(SHOT).where(*chosen, SHOT.c.state == ShotState.RUNNING).values(cancel_requested_at=now)
    )
    if ordinal is None:
        connection.execute(sa.update(RUN).where(RUN.c.id == run_id).values(cancel_requested_at=now))
    return stopped


def queue_again(
    connection: Connection, run_id: int, states: Sequence[ShotState], *, ordinal: int | None, now: datetime
) -> int:
    """Queue shots of these states once more, keeping their attempts; give how many there were.

    A shot that somebody picked stays as it was picked, and one that came along from an earlier run as it came.
    """
    chosen = [SHOT.c.run_id == run_id] + ([SHOT.c.ordinal == ordinal] if ordinal is not None else [])
    picked = sa.select(VERDICT.c.shot_id).where(
        VERDICT.c.run_id == run_id, VERDICT.c.undone_at.is_(None), VERDICT.c.shot_id.is_not(None)
    )
    chosen += [SHOT.c.id.not_in(picked), SHOT.c.source_shot_id.is_(None)]
    again = connection.execute(
        sa.update(SHOT)
        .where(*chosen, SHOT.c.state.in_(states))
        .values(
            state=ShotState.QUEUED,
            queued_at=now,
            started_at=None,
            finished_at=None,
            cancel_requested_at=None,
            text="",
            thinking="",
            ttft_us=None,
            total_us=None,
            stream_us=None,
            output_tokens=0,
            thinking_tokens=0,
            finish_reason=None,
            error_kind="",
            error_message="",
            error_next_step="",
            error_detail="",
        )
    ).rowcount
    if again:
        connection.execute(
            sa.update(RUN)
            .where(RUN.c.id == run_id)
            .values(state=RunState.QUEUED, finished_at=None, cancel_requested_at=None)
        )
    return int(again)


def run_key(connection: Connection, public_id: str) -> int | None:
    """Give the key of a run by its public id."""
    return connection.execute(sa.select(RUN.c.id).where(RUN.c.public_id == public_id)).scalar()
