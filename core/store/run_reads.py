"""Reads one run whole, as far as it has come: its shots, its tags, its sums."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.model import Place
from core.domain.money import CostState
from core.domain.run import (
    FinishReason,
    Origin,
    RunRecord,
    RunState,
    ShotRecord,
    ShotState,
    Strategy,
    Visibility,
)
from core.store import tables
from core.store.database import table
from core.store.run_json import pairs_from_json, per_model_from_json, settings_from_json
from core.store.visible import check_visible

RUN = table(tables.Run)
SHOT = table(tables.Shot)
DELTA = table(tables.Delta)
PERSON = table(tables.Person)
TEAM = table(tables.Team)
PROJECT = table(tables.Project)
TAG = table(tables.Tag)
RUN_TAG = table(tables.RunTag)
PARENT = RUN.alias("parent")


def read_run(connection: Connection, public_id: str, *, viewer: str = "") -> RunRecord:
    """Give a run with its shots in ordinal order; of shots under way, the text that has arrived.

    Raises NotFound where there is no such run, where it is in the bin, and where only its author may see it and
    `viewer` is somebody else.
    """
    row: Any = connection.execute(
        sa.select(
            RUN,
            PERSON.c.name.label("person"),
            TEAM.c.name.label("team"),
            PROJECT.c.name.label("project"),
            PARENT.c.public_id.label("parent_public_id"),
        )
        .outerjoin(PERSON, PERSON.c.id == RUN.c.person_id)
        .outerjoin(TEAM, TEAM.c.id == RUN.c.team_id)
        .outerjoin(PROJECT, PROJECT.c.id == RUN.c.project_id)
        .outerjoin(PARENT, PARENT.c.id == RUN.c.parent_id)
        .where(RUN.c.public_id == public_id)
    ).one_or_none()
    check_visible(row, viewer)
    shots = read_shots(connection, row.id)
    priced = [shot.cost for shot in shots if shot.cost is not None]
    return RunRecord(
        id=row.id,
        public_id=row.public_id,
        state=RunState(row.state),
        origin=Origin(row.origin),
        prompt=row.prompt,
        template=row.template,
        variables=pairs_from_json(row.variables),
        models=tuple(row.models or ()),
        shots_per_model=row.shots_per_model,
        settings=settings_from_json(row.settings),
        per_model=per_model_from_json(row.per_model),
        strategy=Strategy(row.strategy),
        visibility=Visibility(row.visibility),
        blind=row.blind,
        person=row.person or "",
        team=row.team or "",
        project=row.project or "",
        tags=_tags(connection, row.id),
        created_at=row.created_at,
        finished_at=row.finished_at,
        shots=shots,
        cost=sum(priced, Decimal(0)),
        unpriced_shots=sum(shot.cost_state is CostState.UNPRICED for shot in shots),
        version=row.version,
        source_id=row.source_id,
        parent_public_id=row.parent_public_id,
        simulated=row.simulated,
        warnings=tuple(row.warnings or ()),
        task=row.task or "",
    )


def read_shots(connection: Connection, run_id: int) -> tuple[ShotRecord, ...]:
    """Give a run's shots in ordinal order; of those under way, the text that has arrived."""
    rows = connection.execute(sa.select(SHOT).where(SHOT.c.run_id == run_id).order_by(SHOT.c.ordinal)).all()
    arrived = _arrived(connection, run_id) if any(not ShotState(row.state).settled for row in rows) else {}
    return tuple(shot_of(row, arrived) for row in rows)


def shot_of(row: Any, arrived: dict[tuple[int, bool], str] | None = None) -> ShotRecord:
    """Give a row of the table of shots as a record; `arrived` holds text under way by shot id and kind."""
    more = arrived or {}
    return ShotRecord(
        id=row.id,
        ordinal=row.ordinal,
        model=row.model,
        label=row.label,
        shot_index=row.shot_index,
        place=Place(row.place),
        state=ShotState(row.state),
        text=row.text + more.get((row.id, False), ""),
        thinking=row.thinking + more.get((row.id, True), ""),
        ttft_ms=milliseconds(row.ttft_us),
        total_ms=milliseconds(row.total_us),
        tokens_per_second=tokens_per_second(row.output_tokens, row.stream_us),
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        thinking_tokens=row.thinking_tokens,
        cost=row.cost,
        cost_state=CostState(row.cost_state),
        finish_reason=FinishReason(row.finish_reason) if row.finish_reason else None,
        error_kind=row.error_kind,
        error_message=row.error_message,
        error_next_step=row.error_next_step,
        error_detail=row.error_detail,
        attempts=row.attempts,
        started_at=row.started_at,
        finished_at=row.finished_at,
        settings=settings_from_json(row.settings),
        version=row.version,
        source_shot_id=row.source_shot_id,
    )


def label_of(model: str) -> str:
    """Give a short name for a model that has no card: `openai/gpt-4o-mini` is gpt-4o-mini, `simulated/sage` Sage."""
    provider, _, rest = model.partition("/")
    name = (rest or provider).rsplit("/", 1)[-1]
    return name.capitalize() if provider == "simulated" else name


def tokens_per_second(output_tokens: int, stream_us: int | None) -> float | None:
    """Give the speed of a stream: output tokens over the time from the first piece to the last; None where unknown."""
    return output_tokens / (stream_us / 1_000_000) if stream_us and output_tokens else None


def milliseconds(microseconds: int | None) -> float | None:
    """Give a duration of the tables, microseconds, as the records carry it."""
    return None if microseconds is None else microseconds / 1000


def _tags(connection: Connection, run_id: int) -> tuple[str, ...]:
    rows = connection.execute(
        sa.select(TAG.c.name).join(RUN_TAG, RUN_TAG.c.tag_id == TAG.c.id).where(RUN_TAG.c.run_id == run_id)
    )
    return tuple(sorted(rows.scalars()))


def _arrived(connection: Connection, run_id: int) -> dict[tuple[int, bool], str]:
    rows: Sequence[Any] = connection.execute(
        sa.select(DELTA.c.shot_id, DELTA.c.thinking, DELTA.c.text).where(DELTA.c.run_id == run_id).order_by(DELTA.c.id)
    ).all()
    pieces: dict[tuple[int, bool], list[str]] = {}
    for row in rows:
        pieces.setdefault((row.shot_id, bool(row.thinking)), []).append(row.text)
    return {key: "".join(texts) for key, texts in pieces.items()}
