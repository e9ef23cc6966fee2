"""One line of History for each run of a page: who asked what, what came back, what it cost, who won."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.money import CostState
from core.domain.run import RunState, ShotState, Visibility
from core.domain.verdict import VerdictKind
from core.store import tables
from core.store.database import table

RUN = table(tables.Run)
SHOT = table(tables.Shot)
VERDICT = table(tables.VerdictRow)
PERSON = table(tables.Person)
PROJECT = table(tables.Project)
PROMPT_SHOWN = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One run in the list. `prompt` is its beginning, `models` are labels in the order in which they were asked.

    `winner` is the label of the newest pick ("Sage"), "tie", "none" (none was good enough) or empty. `cost` is in
    USD over all shots with a price, `unpriced` counts those without one, `free` those that cost nothing. `likeness` is
    the cosine to what was searched for by meaning, None in any other list.
    """

    id: int
    public_id: str
    created_at: datetime
    prompt: str
    person: str
    project: str
    models: tuple[str, ...]
    shots: int
    failed: int
    winner: str
    cost: Decimal
    cost_is_estimate: bool
    unpriced: int
    free: int
    state: RunState
    visibility: Visibility
    likeness: float | None = None


def read_rows(connection: Connection, run_ids: Sequence[int]) -> tuple[HistoryRow, ...]:
    """Give the lines of these runs in the order asked for."""
    if not run_ids:
        return ()
    runs = connection.execute(
        sa.select(
            RUN.c.id,
            RUN.c.public_id,
            RUN.c.created_at,
            RUN.c.state,
            RUN.c.visibility,
            sa.func.substr(RUN.c.prompt, 1, PROMPT_SHOWN).label("prompt"),
            PERSON.c.name.label("person"),
            PROJECT.c.name.label("project"),
        )
        .outerjoin(PERSON, PERSON.c.id == RUN.c.person_id)
        .outerjoin(PROJECT, PROJECT.c.id == RUN.c.project_id)
        .where(RUN.c.id.in_(run_ids))
    )
    shots = _shots(connection, run_ids)
    won = winners(connection, run_ids)
    by_id = {row.id: _row(row, shots[row.id], won.get(row.id, "")) for row in runs}
    return tuple(by_id[run_id] for run_id in run_ids)


def winners(connection: Connection, run_ids: Iterable[int]) -> dict[int, str]:
    """Give the newest pick of each run that has one: a shot's label, "tie" or "none"."""
    rows = connection.execute(
        sa.select(VERDICT.c.run_id, VERDICT.c.kind, SHOT.c.label)
        .outerjoin(SHOT, SHOT.c.id == VERDICT.c.shot_id)
        .where(VERDICT.c.run_id.in_(list(run_ids)), VERDICT.c.undone_at.is_(None))
        .order_by(VERDICT.c.id)
    )
    return {row.run_id: winner_words(VerdictKind(row.kind), row.label) for row in rows}


def winner_words(kind: VerdictKind, label: str | None) -> str:
    """Give a pick in one word: the label of the shot that won or was good enough, "tie", or "none"."""
    if kind is VerdictKind.TIE:
        return "tie"
    return label or "" if kind in (VerdictKind.WINNER, VerdictKind.GOOD) else "none"


def _shots(connection: Connection, run_ids: Sequence[int]) -> dict[int, list[Any]]:
    rows = connection.execute(
        sa.select(SHOT.c.run_id, SHOT.c.label, SHOT.c.state, SHOT.c.cost, SHOT.c.cost_state)
        .where(SHOT.c.run_id.in_(run_ids))
        .order_by(SHOT.c.run_id, SHOT.c.ordinal)
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.run_id].append(row)
    return found


def _row(run: Any, shots: list[Any], winner: str) -> HistoryRow:
    states = [CostState(shot.cost_state) for shot in shots]
    costs = [shot.cost for shot in shots if shot.cost is not None]
    return HistoryRow(
        id=run.id,
        public_id=run.public_id,
        created_at=run.created_at,
        prompt=" ".join(run.prompt.split()),
        person=run.person or "",
        project=run.project or "",
        models=tuple(dict.fromkeys(shot.label for shot in shots)),
        shots=len(shots),
        failed=sum(shot.state == ShotState.FAILED for shot in shots),
        winner=winner,
        cost=sum(costs, Decimal(0)),
        cost_is_estimate=any(
            state is CostState.ESTIMATED or (state is CostState.PENDING and shot.cost is not None)
            for state, shot in zip(states, shots, strict=True)
        ),
        unpriced=states.count(CostState.UNPRICED),
        free=states.count(CostState.FREE),
        state=RunState(run.state),
        visibility=Visibility(run.visibility),
    )
