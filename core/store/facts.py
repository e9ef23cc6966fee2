"""What happened, as events, read from the rows that the same transaction has written: so they say what the rows say."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
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

OF_ATTEMPT = (
    "model", "response_model", "provider", "place", "state", "finish_reason", "error_kind", "http_status", "ttft_us",
    "total_us", "in_flight", "input_tokens", "output_tokens", "cached_input_tokens", "thinking_tokens", "usage_known",
    "cost_state",
)  # fmt: skip
OF_SHOT = (
    "shot_index", "model", "place", "state", "attempts", "finish_reason", "error_kind", "ttft_us", "total_us",
    "input_tokens", "output_tokens", "thinking_tokens", "cost_state",
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
    for row in _found(connection, _attempts, ids):
        data = {
            "shot": row.ordinal,
            "shot_index": row.shot_index,
            "attempt": row.number,
            **{name: getattr(row, name) for name in OF_ATTEMPT},
            "started_at": _moment(row.started_at),
            "cost_usd": _usd(row.cost),
        }
        yield Event(kind=EventKind.ATTEMPT_FINISHED, at=row.finished_at, run=row.public_id, data=data)


def shots_settled(connection: Connection, ids: Sequence[int]) -> Iterator[Event]:
    """Give the events of shots that are over, in the order of their keys."""
    for row in _found(connection, _shots, ids):
        if ShotState(row.state).settled:  # else another engine holds it now
            data = {
                "shot": row.ordinal,
                **{name: getattr(row, name) for name in OF_SHOT},
                "cost_usd": _usd(row.cost),
            }
            yield Event(kind=EventKind.SHOT_SETTLED, at=row.finished_at, run=row.public_id, data=data)


def runs_settled(connection: Connection, ids: Sequence[int]) -> Iterator[Event]:
    """Give the events of those of these runs that have nothing left to do, in the order of their keys."""
    for row in _found(connection, _runs, ids):
        if RunState(row.state).settled:
            data: dict[str, Json] = {
                "state": row.state,
                "shots": row.shots,
                "created_at": _moment(row.created_at),
                "cost_usd": _usd(row.usd),
            }
            yield Event(kind=EventKind.RUN_SETTLED, at=row.finished_at, run=row.public_id, data=data)


# These three are asked at every settlement, so each is built once: building takes longer than asking.
@cache
def _attempts(dialect: str) -> sa.Select[Any]:
    columns = (ATTEMPT.c[name] for name in (*OF_ATTEMPT, "number", "started_at", "finished_at", "cost"))
    return (
        sa.select(*columns, RUN.c.public_id, SHOT.c.ordinal, SHOT.c.shot_index)
        .join(SHOT, SHOT.c.id == ATTEMPT.c.shot_id)
        .join(RUN, RUN.c.id == ATTEMPT.c.run_id)
        .where(_any_of(dialect, ATTEMPT.c.id))
        .order_by(ATTEMPT.c.id)
    )


@cache
def _shots(dialect: str) -> sa.Select[Any]:
    columns = (SHOT.c[name] for name in (*OF_SHOT, "ordinal", "finished_at", "cost"))
    return (
        sa.select(*columns, RUN.c.public_id)
        .join(RUN, RUN.c.id == SHOT.c.run_id)
        .where(_any_of(dialect, SHOT.c.id))
        .order_by(SHOT.c.id)
    )


@cache
def _runs(dialect: str) -> sa.Select[Any]:
    mine = SHOT.c.run_id == RUN.c.id
    return (
        sa.select(
            RUN.c.public_id,
            RUN.c.state,
            RUN.c.created_at,
            RUN.c.finished_at,
            sa.select(sa.func.sum(SHOT.c.cost, type_=Money)).where(mine).scalar_subquery().label("usd"),
            sa.select(sa.func.count()).where(mine).scalar_subquery().label("shots"),
        )
        .where(_any_of(dialect, RUN.c.id))
        .order_by(RUN.c.id)
    )


def _any_of(dialect: str, key: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    if dialect == "sqlite":
        return key.in_(sa.select(sa.func.json_each(sa.bindparam("ids")).table_valued("value").c.value))
    return key == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger)))


def _found(connection: Connection, query: Callable[[str], sa.Select[Any]], ids: Iterable[int]) -> list[Any]:
    wanted = sorted(set(ids))
    if not wanted:
        return []
    dialect = connection.dialect.name
    values: Any = json.dumps(wanted) if dialect == "sqlite" else wanted
    return list(connection.execute(query(dialect), {"ids": values}))


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
