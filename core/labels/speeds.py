"""What each model cost and how fast it was, beside its quality: sums over all shots, usual times over the newest."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.model import Place
from core.domain.money import CostState
from core.domain.run import ShotState
from core.store import tables
from core.store.database import Database, table
from core.store.history_filter import HistoryFilter, conditions

RUN, SHOT = table(tables.Run), table(tables.Shot)
NEWEST = 20_000
"""Shots whose times are looked at; their middle is the usual time."""
_ASKED_HERE = SHOT.c.source_shot_id.is_(None)
"""An answer that came along from an earlier run was asked for, timed and paid there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFigures:
    """One model over some runs. Times are the middle ones, in milliseconds; a share is in [0, 1].

    `cost_per_run` is USD over runs with a price, None where nothing is known or charged; `free` says that it is no
    charge, `unpriced` counts shots without a known price.
    """

    model: str
    label: str
    place: Place
    runs: int
    shots: int
    failed: int
    cost_per_run: Decimal | None
    free: bool
    unpriced: int
    first_ms: float | None
    whole_ms: float | None
    tokens_per_second: float | None

    @property
    def failed_share(self) -> float:
        """Give the share of shots that failed."""
        return self.failed / self.shots if self.shots else 0.0


def figures(database: Database, wanted: HistoryFilter) -> tuple[ModelFigures, ...]:
    """Give the figures of every model in the runs that a filter lets through, by label. Raises StoreError."""
    with database.read() as connection:
        sums = _sums(connection, wanted)
        times = _times(connection, wanted)
    found = [_figures(row, times.get(row.model, ())) for row in sums]
    return tuple(sorted(found, key=lambda each: (each.label.casefold(), each.model)))


def _sums(connection: Connection, wanted: HistoryFilter) -> Sequence[Any]:
    def counted(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.sum(sa.case((condition, 1), else_=0))

    settled = [state for state in ShotState if state.settled]
    priced = SHOT.c.cost_state.in_((CostState.PRICED, CostState.ESTIMATED))
    asked = (
        sa.select(
            SHOT.c.model,
            sa.func.max(SHOT.c.label).label("label"),
            sa.func.max(SHOT.c.place).label("place"),
            sa.func.count(SHOT.c.run_id.distinct()).label("runs"),
            sa.func.count().label("shots"),
            counted(SHOT.c.state == ShotState.FAILED).label("failed"),
            sa.func.sum(sa.case((priced, SHOT.c.cost), else_=None)).label("cost"),
            sa.func.count(sa.case((priced, SHOT.c.run_id), else_=None).distinct()).label("priced_runs"),
            counted(SHOT.c.cost_state == CostState.FREE).label("free"),
            counted(SHOT.c.cost_state == CostState.UNPRICED).label("unpriced"),
        )
        .join(RUN, RUN.c.id == SHOT.c.run_id)
        .where(*conditions(connection, wanted), SHOT.c.state.in_(settled), _ASKED_HERE)
        .group_by(SHOT.c.model)
    )
    return connection.execute(asked).all()


def _times(connection: Connection, wanted: HistoryFilter) -> dict[str, list[Any]]:
    asked = (
        sa.select(SHOT.c.model, SHOT.c.ttft_us, SHOT.c.total_us, SHOT.c.stream_us, SHOT.c.output_tokens)
        .join(RUN, RUN.c.id == SHOT.c.run_id)
        .where(*conditions(connection, wanted), SHOT.c.state == ShotState.DONE, _ASKED_HERE)
        .order_by(SHOT.c.id.desc())
        .limit(NEWEST)
    )
    found: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(asked):
        found[row.model].append(row)
    return found


def _figures(row: Any, times: Sequence[Any]) -> ModelFigures:
    first = [each.ttft_us / 1000 for each in times if each.ttft_us]
    whole = [each.total_us / 1000 for each in times if each.total_us]
    speed = [each.output_tokens / (each.stream_us / 1e6) for each in times if each.stream_us and each.output_tokens]
    return ModelFigures(
        model=row.model,
        label=row.label,
        place=Place(row.place),
        runs=row.runs,
        shots=row.shots,
        failed=int(row.failed),
        cost_per_run=Decimal(row.cost) / row.priced_runs if row.cost is not None and row.priced_runs else None,
        free=bool(row.free) and not row.priced_runs,
        unpriced=int(row.unpriced),
        first_ms=median(first) if first else None,
        whole_ms=median(whole) if whole else None,
        tokens_per_second=median(speed) if speed else None,
    )
