"""What happened, as events, read from the rows that the same transaction has written: so they say what the rows say."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.event import Event, EventKind, Json
from core.domain.run import RunState, ShotState
from core.domain.verdict import Verdict
from core.store import tables
from core.store.among import among
from core.store.columns import Money
from core.store.database import table

RUN, SHOT, ATTEMPT, RUN_TAG, TAG, TEAM, PROJECT, ROUTE = (
    table(each)
    for each in (
        tables.Run, tables.Shot, tables.Attempt, tables.RunTag, tables.Tag, tables.Team, tables.Project, tables.RouteRow
    )
)  # fmt: skip


def run_started(connection: Connection, run_id: int) -> Iterator[Event]:
    """Give the event of a run that was just written, with all that its later events are sliced by."""
    row = connection.execute(
        sa.select(RUN, TEAM.c.name.label("team"), PROJECT.c.name.label("project"))
        .outerjoin(TEAM, TEAM.c.id == RUN.c.team_id)
        .outerjoin(PROJECT, PROJECT.c.id == RUN.c.project_id)
        .where(RUN.c.id == run_id)
    ).one()
    tags = connection.execute(
        sa.select(TAG.c.name).join(RUN_TAG, RUN_TAG.c.tag_id == TAG.c.id).where(RUN_TAG.c.run_id == run_id)
    ).scalars()
    yield Event(
        kind=EventKind.RUN_STARTED,
        at=row.created_at,
        run=row.public_id,
        data={
            "models": list(row.models or ()),
            "shots_per_model": row.shots_per_model,
            "strategy": row.strategy,
            "origin": row.origin,
            "team": row.team or "",
            "project": row.project or "",
            "tags": sorted(tags),
            "prompt_chars": len(row.prompt),
            "simulated": row.simulated,
            "estimate_usd": _usd(row.estimate),
        },
    )


def route_decided(connection: Connection, run_id: int) -> Iterator[Event]:
    """Give the event of the router's decision, where a run was started by one; the whole receipt stays here."""
    row = connection.execute(
        sa.select(*(each for each in ROUTE.c if each.name != "receipt"), RUN.c.public_id.label("run"))
        .join(RUN, RUN.c.id == ROUTE.c.run_id)
        .where(ROUTE.c.run_id == run_id)
    ).one_or_none()
    if row is not None:
        yield Event(
            kind=EventKind.ROUTE_DECIDED,
            at=row.created_at,
            run=row.run,
            data={
                "route": row.public_id,
                "strategy": row.strategy,
                "basis": row.basis,
                "task": row.task,
                "choice": list(row.choice or ()),
                "asked": list(row.asked or ()),
                "overridden": row.overridden,
                "challenger": row.challenger,
                "baseline": row.baseline,
                "expected_cost_usd": _usd(row.expected_cost),
                "baseline_cost_usd": _usd(row.baseline_cost),
            },
        )


def attempts_finished(connection: Connection, ids: Sequence[int]) -> Iterator[Event]:
    """Give the events of attempts that are over, in the order of their keys."""
    for row in _rows(
        connection,
        sa.select(ATTEMPT, RUN.c.public_id, SHOT.c.ordinal, SHOT.c.shot_index)
        .join(SHOT, SHOT.c.id == ATTEMPT.c.shot_id)
        .join(RUN, RUN.c.id == ATTEMPT.c.run_id),
        ATTEMPT.c.id,
        ids,
    ):
        yield Event(
            kind=EventKind.ATTEMPT_FINISHED,
            at=row.finished_at,
            run=row.public_id,
            data={
                "shot": row.ordinal,
                "shot_index": row.shot_index,
                "attempt": row.number,
                "model": row.model,
                "response_model": row.response_model,
                "provider": row.provider,
                "place": row.place,
                "state": row.state,
                "finish_reason": row.finish_reason,
                "error_kind": row.error_kind,
                "http_status": row.http_status,
                "started_at": _moment(row.started_at),
                "ttft_us": row.ttft_us,
                "total_us": row.total_us,
                "in_flight": row.in_flight,
                "input_tokens": row.input_tokens,
                "output_tokens": row.output_tokens,
                "cached_input_tokens": row.cached_input_tokens,
                "thinking_tokens": row.thinking_tokens,
                "usage_known": row.usage_known,
                "cost_usd": _usd(row.cost),
                "cost_state": row.cost_state,
            },
        )


def shots_settled(connection: Connection, ids: Sequence[int]) -> Iterator[Event]:
    """Give the events of shots that are over, in the order of their keys."""
    for row in _rows(
        connection,
        sa.select(
            SHOT.c.ordinal, SHOT.c.shot_index, SHOT.c.model, SHOT.c.place, SHOT.c.state, SHOT.c.finished_at,
            SHOT.c.attempts, SHOT.c.finish_reason, SHOT.c.error_kind, SHOT.c.ttft_us, SHOT.c.total_us,
            SHOT.c.input_tokens, SHOT.c.output_tokens, SHOT.c.thinking_tokens, SHOT.c.cost, SHOT.c.cost_state,
            RUN.c.public_id,
        ).join(RUN, RUN.c.id == SHOT.c.run_id),
        SHOT.c.id,
        ids,
    ):  # fmt: skip
        if not ShotState(row.state).settled:  # another engine holds it now
            continue
        yield Event(
            kind=EventKind.SHOT_SETTLED,
            at=row.finished_at,
            run=row.public_id,
            data={
                "shot": row.ordinal,
                "shot_index": row.shot_index,
                "model": row.model,
                "place": row.place,
                "state": row.state,
                "attempts": row.attempts,
                "finish_reason": row.finish_reason,
                "error_kind": row.error_kind,
                "ttft_us": row.ttft_us,
                "total_us": row.total_us,
                "input_tokens": row.input_tokens,
                "output_tokens": row.output_tokens,
                "thinking_tokens": row.thinking_tokens,
                "cost_usd": _usd(row.cost),
                "cost_state": row.cost_state,
            },
        )


def runs_settled(connection: Connection, ids: Sequence[int]) -> Iterator[Event]:
    """Give the events of those of these runs that have nothing left to do, in the order of their keys."""
    cost = sa.select(sa.func.sum(SHOT.c.cost, type_=Money)).where(SHOT.c.run_id == RUN.c.id).scalar_subquery()
    shots = sa.select(sa.func.count()).where(SHOT.c.run_id == RUN.c.id).scalar_subquery()
    for row in _rows(
        connection,
        sa.select(
            RUN.c.public_id, RUN.c.state, RUN.c.created_at, RUN.c.finished_at, cost.label("usd"), shots.label("n")
        ),
        RUN.c.id,
        ids,
    ):
        if RunState(row.state).settled:
            yield Event(
                kind=EventKind.RUN_SETTLED,
                at=row.finished_at,
                run=row.public_id,
                data={
                    "state": row.state,
                    "shots": row.n,
                    "created_at": _moment(row.created_at),
                    "cost_usd": _usd(row.usd),
                },
            )


def verdicts(connection: Connection, kind: EventKind, said: Sequence[Verdict]) -> Iterator[Event]:
    """Give the events of people's words on runs, without who said them and without their notes."""
    runs = dict(_pairs(connection, sa.select(RUN.c.id, RUN.c.public_id), RUN.c.id, [each.run_id for each in said]))
    ids = [shot for each in said for shot in each.compared]
    shots = {
        row.id: (row.ordinal, row.model)
        for row in _rows(connection, sa.select(SHOT.c.id, SHOT.c.ordinal, SHOT.c.model), SHOT.c.id, ids)
    }
    for each in said:
        ordinal, model = shots.get(each.shot_id or 0, (None, None))
        compared: list[Json] = [shots[shot][0] for shot in each.compared if shot in shots]
        yield Event(
            kind=kind,
            at=each.created_at if kind is EventKind.VERDICT_GIVEN else datetime.now(UTC),
            run=runs[each.run_id],
            data={
                "verdict": each.kind,
                "shot": ordinal,
                "model": model,
                "compared": compared,
                "blind": each.blind,
                "labelled": each.item_id is not None,
                "verdict_id": each.id,
            },
        )


def _rows(connection: Connection, query: sa.Select[Any], key: sa.ColumnElement[int], ids: Iterable[int]) -> list[Any]:
    wanted = sorted(set(ids))
    return list(connection.execute(query.where(among(connection, key, wanted)).order_by(key))) if wanted else []


def _pairs(
    connection: Connection, query: sa.Select[Any], key: sa.ColumnElement[int], ids: Iterable[int]
) -> Iterator[tuple[int, str]]:
    return ((row[0], row[1]) for row in _rows(connection, query, key, ids))


def _usd(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
