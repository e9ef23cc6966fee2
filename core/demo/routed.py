"""The demo's past with Auto: since it was switched on, what it chose and why; which rules spoke, and what was refused.

It is written beside runs that are there, from what they cost and how they were judged, so that every figure holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.demo import cast
from core.demo.chance import chance_of
from core.demo.office.piece import Task
from core.demo.story import Story
from core.domain.model import ModelCard, PriceState
from core.domain.money import CostState
from core.domain.route import Basis, Candidate, Classified, ClassSource, Route, Rule, RuleSpoke
from core.domain.run import Origin, Strategy
from core.llm.simulated_models import simulated_cards
from core.router import reasons
from core.store import tables
from core.store.database import Database, table
from core.store.people import person_id, project_id
from core.store.routes import insert_route

RUN, SHOT, QUALITY, PROJECT = (table(each) for each in (tables.Run, tables.Shot, tables.ShotQuality, tables.Project))
PIN, HIT = table(tables.RunPin), table(tables.RuleHit)

ON_SINCE = timedelta(days=24)
"""How long Auto has been on."""

MADE_UP = " (made up)"
BASELINE = "simulated/sage"
KEEP = 0.98
CHEAPER = RuleSpoke(
    rule=Rule.VALUE, name="cheaper model", reason="At least 98 in 100 of the best model's quality is kept for less."
)
OVERRIDDEN = 0.06
WRITTEN_AT_ONCE = 100
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def clear_refusals(database: Database, *, everything: bool) -> None:
    """Take out what was refused in the made-up past, or all of it; what belongs to a run goes with the run."""
    made = sa.true() if everything else HIT.c.reason.like(f"%{MADE_UP}")
    with database.write() as connection:
        connection.execute(sa.delete(HIT).where(HIT.c.run_id.is_(None), made))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What past runs tell: mean cost, seconds and judged quality by task and model, and how many were judged."""

    cost: Mapping[tuple[str, str], Decimal]
    seconds: Mapping[tuple[str, str], float]
    quality: Mapping[tuple[str, str], tuple[float, int]]


def write_routes(database: Database, tale: Story, *, seed: int) -> int:
    """Write Auto's past and the rules'; give how many runs Auto chose the models of. The runs must be there."""
    with database.read() as connection:
        known = _known(connection)
        runs = _candidates(connection, tale)
    routes = [_route(run, known, chance_of(seed, "auto", run.id)) for run in runs]
    for start in range(0, len(routes), WRITTEN_AT_ONCE):
        part = slice(start, start + WRITTEN_AT_ONCE)
        with database.write() as connection:
            for run, route in zip(runs[part], routes[part], strict=True):
                insert_route(connection, run.id, route)
                _note(connection, run, route)
    with database.write() as connection:
        _keep_inside(connection)
        _refuse(connection, tale)
    return len(routes)


def _candidates(connection: Connection, tale: Story) -> Sequence[Any]:
    """Give the runs whose models Auto is said to have chosen: one model, or the best with one cheaper to learn."""
    rows = connection.execute(
        sa.select(
            RUN.c.id, RUN.c.created_at, RUN.c.prompt_sha256, RUN.c.models, RUN.c.task, RUN.c.person_id, RUN.c.project_id
        )
        .outerjoin(PROJECT, PROJECT.c.id == RUN.c.project_id)
        .where(
            RUN.c.origin == Origin.DEMO,
            RUN.c.created_at >= tale.now - ON_SINCE,
            RUN.c.task.is_not(None),
            sa.or_(PROJECT.c.name.is_(None), PROJECT.c.name != cast.PEOPLE),
        )
        .order_by(RUN.c.id)
    ).all()
    return [row for row in rows if _could_be_auto(row.task, tuple(row.models))]


def _could_be_auto(task: str, models: tuple[str, ...]) -> bool:
    if len(models) == 1:
        best = {Task.NUMBERS: BASELINE, Task.SQL: BASELINE, Task.CONTRACT: BASELINE}.get(Task(task))
        return models[0] == best if best else models[0] != "simulated/grand"
    return task in (Task.SORT, Task.DRAFT) and models[0] == BASELINE and len(models) == 2


def _known(connection: Connection) -> _Known:
    by = (RUN.c.task, SHOT.c.model)
    shots = connection.execute(
        sa.select(*by, sa.func.avg(sa.cast(SHOT.c.cost, sa.BigInteger)).label("cost"),
                  sa.func.avg(SHOT.c.total_us).label("us"))
        .join(RUN, RUN.c.id == SHOT.c.run_id)
        .where(SHOT.c.cost_state.in_((CostState.PRICED, CostState.FREE)), RUN.c.task.is_not(None))
        .group_by(*by)
    ).all()  # fmt: skip
    judged = connection.execute(
        sa.select(
            *by,
            (sa.func.sum(QUALITY.c.quality * QUALITY.c.weight) / sa.func.sum(QUALITY.c.weight)).label("quality"),
            sa.func.count(sa.distinct(QUALITY.c.run_id)).label("runs"),
        )
        .join(SHOT, SHOT.c.id == QUALITY.c.shot_id)
        .join(RUN, RUN.c.id == QUALITY.c.run_id)
        .where(QUALITY.c.weight > 0, RUN.c.task.is_not(None))
        .group_by(*by)
    ).all()
    return _Known(
        cost={(row.task, row.model): _dollars(row.cost) for row in shots},
        seconds={(row.task, row.model): float(row.us or 0) / 1e6 for row in shots},
        quality={(row.task, row.model): (float(row.quality), row.runs) for row in judged},
    )


def _dollars(pico: Any) -> Decimal:
    return Decimal(round(float(pico or 0))).scaleb(-12)


def _route(run: Any, known: _Known, chance: Random) -> Route:
    models = tuple(run.models)
    cards = {card.name: card for card in simulated_cards()}
    candidates = sorted(
        (_candidate(card, run.task, known) for card in cards.values()),
        key=lambda each: (each.model not in models, -each.quality),
    )
    found = {each.model: each for each in candidates}
    chosen, best = found[models[0]], found[BASELINE]
    learning = len(models) > 1
    overridden = not learning and models[0] != "simulated/swift" and chance.random() < OVERRIDDEN
    choice = ("simulated/swift",) if overridden else models
    expected = None if any(found[each].cost is None for each in choice) else sum(
        (found[each].cost or Decimal(0) for each in choice), Decimal(0)
    )  # fmt: skip
    shown = found[choice[0]]
    return Route(
        public_id="".join(chance.choices(ALPHABET, k=16)),
        prompt_sha256=run.prompt_sha256,
        strategy=Strategy.HYBRID,
        basis=Basis.LEARNING if learning else Basis.EVIDENCE,
        choice=choice,
        candidates=tuple(candidates),
        rules=() if learning or choice[0] == BASELINE else (CHEAPER,),
        classified=Classified(task=run.task, difficulty="easy", confidence=0.9, source=ClassSource.LEARNED),
        similar=max(each.similar for each in candidates),
        enough=not learning,
        reason=reasons.learning(2, best.label, found[models[1]].label) if learning else reasons.evidence(shown, best),
        runner_up=next(each.model for each in candidates if each.model not in choice),
        baseline=BASELINE,
        baseline_cost=best.cost,
        expected_cost=expected,
        expected_seconds=chosen.seconds,
        saving=None if expected is None or best.cost is None else best.cost - expected,
        times_cheaper=reasons.times_cheaper(expected, best.cost),
        keep=KEEP,
        instead=models if overridden else (),
        created_at=run.created_at,
    )


def _candidate(card: ModelCard, task: str, known: _Known) -> Candidate:
    quality, runs = known.quality.get((task, card.name), (0.5, 0))
    spread = 1.645 * (quality * (1 - quality) / (1 + runs)) ** 0.5
    free = card.price_state is PriceState.FREE
    return Candidate(
        model=card.name,
        label=card.label,
        place=card.place,
        quality=quality,
        low=max(0.0, quality - spread),
        high=min(1.0, quality + spread),
        picks=runs,
        similar=runs,
        won_or_tied=round(quality * runs),
        cost=Decimal(0) if free else known.cost.get((task, card.name)),
        price_state=card.price_state,
        seconds=known.seconds.get((task, card.name)),
        proven=runs > 0,
    )


def _note(connection: Connection, run: Any, route: Route) -> None:
    for spoke in route.rules:
        connection.execute(
            sa.insert(HIT).values(
                at=run.created_at,
                rule=spoke.rule,
                name=spoke.name,
                reason=spoke.reason,
                run_id=run.id,
                person_id=run.person_id,
                project_id=run.project_id,
                strategy=route.strategy,
                bytes=0,
                refused=False,
            )
        )


def _keep_inside(connection: Connection) -> None:
    """Say of every run of the project that stays inside that its rule spoke."""
    name, reason = f"project {cast.PEOPLE}", f"{cast.PEOPLE} stays inside."
    rows = connection.execute(
        sa.select(RUN.c.id, RUN.c.created_at, RUN.c.person_id, RUN.c.project_id)
        .join(PROJECT, PROJECT.c.id == RUN.c.project_id)
        .where(PROJECT.c.name == cast.PEOPLE, RUN.c.origin == Origin.DEMO)
    ).all()
    if not rows:
        return
    pinned = set(connection.execute(sa.select(PIN.c.run_id)).scalars())
    fresh = [row for row in rows if row.id not in pinned]
    connection.execute(sa.insert(PIN), [{"run_id": row.id, "name": name, "reason": reason} for row in fresh])
    connection.execute(
        sa.insert(HIT),
        [
            {
                "at": row.created_at, "rule": Rule.INSIDE, "name": name, "reason": reason, "run_id": row.id,
                "person_id": row.person_id, "project_id": row.project_id, "strategy": Strategy.HYBRID,
                "models": None, "hosts": None, "bytes": 0, "refused": False,
            }
            for row in fresh
        ],
    )  # fmt: skip


def _refuse(connection: Connection, tale: Story) -> None:
    """Write the two sends that were refused: what would have left is gone, its size and goal are not."""
    cards = {card.name: card for card in simulated_cards()}
    for name, when, size in (("sage", timedelta(days=9, hours=3), 1_184), ("grand", timedelta(days=2, hours=6), 2_417)):
        card = cards[f"simulated/{name}"]
        connection.execute(
            sa.insert(HIT).values(
                at=tale.now - when,
                rule=Rule.INSIDE,
                name=f"project {cast.PEOPLE}",
                reason=f"{cast.PEOPLE} stays inside.{MADE_UP}",
                person_id=person_id(connection, cast.GRACE.name),
                project_id=project_id(connection, cast.PEOPLE),
                strategy=Strategy.HYBRID,
                models=[card.label],
                hosts=[card.host or card.provider],
                bytes=size,
                refused=True,
            )
        )
