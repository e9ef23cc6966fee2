"""What people said of the answers of a period, as counts for unit costs: winners, accepted answers, shares by model."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.costs.ledger import ZERO
from core.costs.sums import ALL, Scope
from core.domain.run import Origin
from core.domain.verdict import VerdictKind
from core.store import tables
from core.store.columns import Money
from core.store.database import table

APART = (Origin.IMPORT, Origin.JUDGE, Origin.ROUTER)
"""Runs that nobody here asked for an answer: they need no pick."""

RUN, SHOT, VERDICT = (table(each) for each in (tables.Run, tables.Shot, tables.VerdictRow))
GOOD = (VerdictKind.TIE, VerdictKind.GOOD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was judged of a period's runs. `by_model` is (judged, picked or tied), one for each word on a model."""

    runs: int = 0
    judged_runs: int = 0
    judged_amount: Decimal = ZERO
    accepted: int = 0
    winners: int = 0
    by_model: tuple[tuple[str, int, int], ...] = ()


def judged(connection: Connection, first: date, last: date, *, scope: Scope = ALL, each_model: bool = True) -> Judged:
    """Count the words on runs that began from `first` to `last` (UTC, both in). Imported runs cost nothing here.

    Without `each_model` nothing is counted by model, which spares reading every judged run's answers.
    """
    start = datetime.combine(first, time(), UTC)
    end = datetime.combine(last, time(), UTC) + timedelta(days=1)
    within = [RUN.c.created_at >= start, RUN.c.created_at < end, RUN.c.origin.not_in(APART), *_booked(scope)]
    runs = connection.execute(sa.select(sa.func.count()).select_from(RUN).where(*within)).scalar_one()
    words = connection.execute(
        sa.select(VERDICT.c.run_id, VERDICT.c.kind, VERDICT.c.shot_id, VERDICT.c.compared)
        .join(RUN, RUN.c.id == VERDICT.c.run_id)
        .where(VERDICT.c.undone_at.is_(None), *within)
    ).all()
    of_judged = (
        sa.select(VERDICT.c.run_id)
        .join(RUN, RUN.c.id == VERDICT.c.run_id)
        .where(VERDICT.c.undone_at.is_(None), *within)
        .distinct()
        .subquery()
    )
    of_shots = SHOT.join(of_judged, of_judged.c.run_id == SHOT.c.run_id)
    rows = connection.execute(sa.select(SHOT.c.id, SHOT.c.model).select_from(of_shots)) if each_model else ()
    models: dict[int, str] = {shot: model for shot, model in rows}  # noqa: C416 - dict() takes no rows, by its types
    amount = connection.execute(sa.select(sa.func.sum(SHOT.c.cost, type_=Money)).select_from(of_shots)).scalar()
    accepted: set[int] = set()
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for word in words:
        fine = _accepted(word)
        accepted |= fine
        if not models:
            continue
        good = {models[shot] for shot in fine if shot in models}
        for model in {models[shot] for shot in _shown(word) if shot in models}:
            counts[model][0] += 1
            counts[model][1] += model in good
    return Judged(
        runs=runs,
        judged_runs=len({word.run_id for word in words}),
        judged_amount=amount or ZERO,
        accepted=len(accepted),
        winners=len({word.run_id for word in words if word.kind == VerdictKind.WINNER}),
        by_model=tuple((model, *counts[model]) for model in sorted(counts)),  # type: ignore[misc]
    )


def _shown(word: Any) -> set[int]:
    return {*(word.compared or ()), *([word.shot_id] if word.shot_id else ())}


def _accepted(word: Any) -> set[int]:
    if word.kind == VerdictKind.WINNER:
        return {word.shot_id} if word.shot_id else set()
    return _shown(word) if word.kind in GOOD else set()


def _booked(scope: Scope) -> list[sa.ColumnElement[bool]]:
    wanted = ((RUN.c.person_id, scope.person), (RUN.c.team_id, scope.team), (RUN.c.project_id, scope.project))
    return [column.is_(None) if key == 0 else column == key for column, key in wanted if key is not None]
