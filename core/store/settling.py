"""Attempts and shots at their end: charges written, text folded in, leases given up, runs settled."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.money import CostState
from core.domain.run import RunState, ShotState
from core.store import daily_costs, reservations, tables, totals
from core.store.database import table
from core.store.shot_records import AttemptEnd, ShotEnd
from core.store.shots import ATTEMPT, RUN, SHOT, drop_deltas

CHARGE = table(tables.ChargeRow)


def end_attempts(connection: Connection, ends: Sequence[AttemptEnd]) -> list[int]:
    """Close attempts, write their charges, and put both into the ledger's sums; give the attempts' keys."""
    if not ends:
        return []
    rows = _attempts(connection, ends)
    ids = {name: row.id for name, row in rows.items()}
    again = [row.id for row in rows.values() if row.cost_state != CostState.PENDING]
    daily_costs.take_out(connection, again)
    if again:  # told twice, as after a lost lease: the later word stands, and its charges with it
        connection.execute(sa.delete(CHARGE).where(CHARGE.c.attempt_id.in_(again)))
    connection.execute(
        sa.update(ATTEMPT)
        .where(ATTEMPT.c.shot_id == sa.bindparam("the_shot"), ATTEMPT.c.number == sa.bindparam("the_number"))
        .values({name: sa.bindparam(f"b_{name}", type_=ATTEMPT.c[name].type) for name in _attempt_values(ends[0])}),
        [
            {"the_shot": end.shot_id, "the_number": end.number}
            | {f"b_{name}": value for name, value in _attempt_values(end).items()}
            for end in ends
        ],
    )
    charges = [
        {
            "attempt_id": ids[end.shot_id, end.number],
            "token_class": charge.token_class,
            "quantity": charge.quantity,
            "unit_price": charge.unit_price,
            "amount": charge.amount,
            "source": charge.source,
            "revision": charge.revision,
        }
        for end in ends
        for charge in end.charges
    ]
    if charges:
        connection.execute(sa.insert(CHARGE), charges)
    daily_costs.put_in(connection, list(ids.values()))
    totals.add_pieces(
        connection,
        (
            totals.Pieces(
                model=rows[end.shot_id, end.number].model,
                provider=end.provider,
                place=rows[end.shot_id, end.number].place,
                bucket=bucket,
                chunks=chunks,
                gap_us=waited,
            )
            for end in ends
            for bucket, chunks, waited in end.waits
        ),
    )
    return list(ids.values())


def _attempts(connection: Connection, ends: Sequence[AttemptEnd]) -> dict[tuple[int, int], Any]:
    """Give the rows of attempts, as they stand before they are closed, by shot and number."""
    wanted = {(end.shot_id, end.number) for end in ends}
    rows = connection.execute(
        sa.select(
            ATTEMPT.c.id, ATTEMPT.c.shot_id, ATTEMPT.c.number, ATTEMPT.c.cost_state, ATTEMPT.c.model, ATTEMPT.c.place
        ).where(ATTEMPT.c.shot_id.in_({shot_id for shot_id, _ in wanted}))
    )
    return {(row.shot_id, row.number): row for row in rows if (row.shot_id, row.number) in wanted}


def _attempt_values(end: AttemptEnd) -> dict[str, Any]:
    return {
        "state": end.state,
        "started_at": end.started_at,
        "finished_at": end.finished_at,
        "provider": end.provider,
        "host": end.host,
        "response_model": end.response_model,
        "ttft_us": end.ttft_us,
        "total_us": end.total_us,
        "http_status": end.http_status,
        "finish_reason": end.finish_reason,
        "error_kind": end.error_kind,
        "error_message": end.error_message,
        "error_detail": end.error_detail,
        "request_id": end.request_id,
        "request_bytes": end.request_bytes,
        "in_flight": end.in_flight,
        "input_tokens": end.usage.input_tokens,
        "output_tokens": end.usage.output_tokens,
        "cached_input_tokens": end.usage.cached_input_tokens,
        "cache_write_5m_tokens": end.usage.cache_write_5m_tokens,
        "cache_write_1h_tokens": end.usage.cache_write_1h_tokens,
        "thinking_tokens": end.usage.thinking_tokens,
        "usage_known": end.usage_known,
        "cost": end.cost,
        "cost_state": end.cost_state,
    }


def settle(connection: Connection, ends: Sequence[ShotEnd], versions: dict[int, int], *, owner: str) -> list[int]:
    """Fold text and figures into the shots, give up their leases, and settle every run that has nothing left to do.

    Give the keys of the runs whose state changed.
    """
    if not ends:
        return []
    connection.execute(
        sa.update(SHOT)
        .where(SHOT.c.id == sa.bindparam("the_id"), SHOT.c.lease_owner == owner)
        .values(
            {name: sa.bindparam(f"b_{name}", type_=SHOT.c[name].type) for name in _shot_values(ends[0], 0)}
            | {"lease_owner": None, "lease_until": None, "cancel_requested_at": None}
        ),
        [
            {"the_id": end.shot_id}
            | {f"b_{name}": value for name, value in _shot_values(end, versions[end.run_id]).items()}
            for end in ends
        ],
    )
    drop_deltas(connection, [end.shot_id for end in ends])
    reservations.release(connection, [end.shot_id for end in ends])
    return settle_runs(connection, {end.run_id for end in ends}, now=max(end.finished_at for end in ends))


def _shot_values(end: ShotEnd, version: int) -> dict[str, Any]:
    return {
        "state": end.state,
        "version": version,
        "finished_at": end.finished_at,
        "text": end.text,
        "thinking": end.thinking,
        "ttft_us": end.ttft_us,
        "total_us": end.total_us,
        "stream_us": end.stream_us,
        "input_tokens": end.usage.input_tokens,
        "output_tokens": end.usage.output_tokens,
        "thinking_tokens": end.usage.thinking_tokens,
        "cost": end.cost,
        "cost_state": end.cost_state,
        "finish_reason": end.finish_reason,
        "error_kind": end.error_kind,
        "error_message": end.error_message,
        "error_next_step": end.error_next_step,
        "error_detail": end.error_detail,
    }


def settle_runs(connection: Connection, run_ids: Iterable[int], *, now: datetime) -> list[int]:
    """Give each run the state its shots add up to; give the keys of those whose state changed."""
    ids = sorted(set(run_ids))
    counts: dict[int, dict[str, int]] = {run_id: {} for run_id in ids}
    rows = connection.execute(
        sa.select(SHOT.c.run_id, SHOT.c.state, sa.func.count().label("n"))
        .where(SHOT.c.run_id.in_(ids))
        .group_by(SHOT.c.run_id, SHOT.c.state)
    )
    for row in rows:
        counts[row.run_id][row.state] = row.n
    changed = []
    for run_id, by_state in counts.items():
        state = run_state(by_state)
        done = connection.execute(
            sa.update(RUN)
            .where(RUN.c.id == run_id, RUN.c.state != state)
            .values(state=state, finished_at=now if state.settled else None)
        )
        if done.rowcount:
            changed.append(run_id)
    return changed


def run_state(shots: dict[str, int]) -> RunState:
    """Tell how a run stands from how many of its shots stand how."""
    if shots.get(ShotState.RUNNING):
        return RunState.RUNNING
    if shots.get(ShotState.QUEUED):
        return RunState.RUNNING if len(shots) > 1 else RunState.QUEUED
    for shot_state, whole in (
        (ShotState.INTERRUPTED, RunState.INTERRUPTED),
        (ShotState.DONE, RunState.DONE),
        (ShotState.TRUNCATED, RunState.DONE),
        (ShotState.FAILED, RunState.FAILED),
    ):
        if shots.get(shot_state):
            return whole
    return RunState.CANCELLED
