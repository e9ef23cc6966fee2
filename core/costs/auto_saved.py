"""What Auto saved on the runs it chose for, against always asking the best model. An estimate, never booked."""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.costs.ledger import ZERO
from core.costs.prices import Prices
from core.costs.savings import Baseline, Saving, Used, saving
from core.domain.model import Place
from core.domain.money import TokenClass
from core.store import tables
from core.store.database import Database, table

ROUTE, RUN, SHOT, ATTEMPT = (table(each) for each in (tables.RouteRow, tables.Run, tables.Shot, tables.Attempt))
TEAM, PROJECT = table(tables.Team), table(tables.Project)


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoSaved:
    """What Auto's choices came to in a period: its runs, how often a person chose otherwise, and what was saved.

    `saved` is None where nothing can be compared: no run, or a baseline without a price. USD.
    """

    runs: int = 0
    overridden: int = 0
    actual: Decimal = ZERO
    saved: Saving | None = None


class AutoSavings:
    """What Auto saved in one workspace. Raises StoreError and its kinds."""

    def __init__(self, database: Database, prices: Prices) -> None:
        """Keep the database, and who knows what the baseline costs."""
        self._database = database
        self._prices = prices

    def between(self, start: datetime, end: datetime, *, team: str = "", project: str = "") -> AutoSaved:
        """Give what Auto saved on the runs it chose for in a period, those where a person overruled it left out.

        A second model that was asked to learn is a cost of Auto's and no answer that the baseline would have given.
        """
        wanted = [ROUTE.c.created_at >= start, ROUTE.c.created_at < end]
        if team:
            wanted.append(TEAM.c.name == team)
        if project:
            wanted.append(PROJECT.c.name == project)
        with self._database.read() as connection:
            routes = connection.execute(
                sa.select(ROUTE.c.run_id, ROUTE.c.choice, ROUTE.c.baseline, ROUTE.c.overridden)
                .join(RUN, RUN.c.id == ROUTE.c.run_id)
                .outerjoin(TEAM, TEAM.c.id == RUN.c.team_id)
                .outerjoin(PROJECT, PROJECT.c.id == RUN.c.project_id)
                .where(*wanted)
            ).all()
            followed = {row.run_id: row for row in routes if not row.overridden and row.choice}
            if not followed:
                return AutoSaved(runs=len(routes), overridden=len(routes))
            chosen = (
                sa.select(ROUTE.c.run_id)
                .join(RUN, RUN.c.id == ROUTE.c.run_id)
                .outerjoin(TEAM, TEAM.c.id == RUN.c.team_id)
                .outerjoin(PROJECT, PROJECT.c.id == RUN.c.project_id)
                .where(*wanted, ~ROUTE.c.overridden)
            )
            used, extra = _used(connection, followed, chosen)
            name = Counter(row.baseline for row in followed.values()).most_common(1)[0][0]
            baseline = self._baseline(connection, name, end)
        found = saving(used, baseline) if baseline is not None else None
        if found is not None:
            found = replace(
                found,
                low=found.low - extra,
                high=found.high - extra,
                same_tokens=found.same_tokens - extra,
                actual=found.actual + extra,
            )
        actual = sum((each.cost for each in used), extra)
        return AutoSaved(runs=len(routes), overridden=len(routes) - len(followed), actual=actual, saved=found)

    def _baseline(self, connection: Connection, model: str, at: datetime) -> Baseline | None:
        row = connection.execute(
            sa.select(SHOT.c.place, sa.func.avg(SHOT.c.output_tokens).label("usual"))
            .where(SHOT.c.model == model, SHOT.c.output_tokens > 0)
            .group_by(SHOT.c.place)
            .order_by(sa.func.count().desc())
        ).first()
        place = Place(row.place) if row is not None else Place.CLOUD
        quote = self._prices.quote(model, model.partition("/")[0], place, at=at)
        if not quote.prices:
            return None
        return Baseline(
            model=model,
            unit_prices={each.token_class: each.per_unit for each in quote.prices},
            usual_output=None if row is None else Decimal(round(float(row.usual))),
        )


def _used(connection: Connection, followed: dict[int, Any], chosen: sa.Select[Any]) -> tuple[list[Used], Decimal]:
    """Give what was used of each run's first chosen model, and USD for all that was asked beside it."""
    tokens: dict[str, dict[TokenClass, int]] = defaultdict(lambda: defaultdict(int))
    costs: dict[str, Decimal] = defaultdict(Decimal)
    answers: dict[str, int] = defaultdict(int)
    extra = ZERO
    shots = connection.execute(
        sa.select(SHOT.c.run_id, SHOT.c.model, SHOT.c.cost, SHOT.c.text != "").where(SHOT.c.run_id.in_(chosen))
    )
    for run, model, cost, answered in shots:
        if model != followed[run].choice[0]:
            extra += cost or ZERO
            continue
        costs[model] += cost or ZERO
        answers[model] += bool(answered)
    rows = connection.execute(
        sa.select(ATTEMPT.c.run_id, ATTEMPT.c.model, ATTEMPT.c.input_tokens, ATTEMPT.c.output_tokens).where(
            ATTEMPT.c.run_id.in_(chosen)
        )
    )
    for run, model, sent, written in rows:
        if model == followed[run].choice[0]:
            tokens[model][TokenClass.INPUT] += sent
            tokens[model][TokenClass.OUTPUT] += written
    return [
        Used(model=model, answers=count, tokens=tokens[model], cost=costs[model]) for model, count in answers.items()
    ], extra
