"""Where Auto chose outside and nothing there could be reached, the same run goes on inside: hybrid means both."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.model import ModelCard, ModelStatus, Place
from core.domain.route import Candidate, Route, Rule, RuleSpoke
from core.domain.run import RunState, ShotState, Strategy
from core.errors import BudgetReached, ModelPaused, Unreachable
from core.runs.service import Gate
from core.store import run_writes, settling, tables
from core.store.database import table
from core.store.routes import route_from_json
from core.store.rule_hits import note_rules

RUN, SHOT, ROUTE = (table(each) for each in (tables.Run, tables.Shot, tables.RouteRow))

LOG = logging.getLogger(__name__)

NAME: Final = "inside instead"
NOT_REACHED: Final = (Unreachable.kind, ModelPaused.kind)


class FallBack:
    """Asks inside, in the transaction in which a run has failed outside, so that no page sees it fail."""

    def __init__(self, cards: Callable[[], Mapping[str, ModelCard]], budgets: Gate | None = None) -> None:
        """Keep who knows the models, and who holds the budgets."""
        self._cards = cards
        self._budgets = budgets

    def __call__(self, connection: Connection, runs: Sequence[int], now: datetime) -> list[int]:
        """Queue answers inside for those of these runs that were Auto's and failed for want of a way out.

        Gives the keys of the runs that go on. Where no model inside may be asked, or a budget refuses it, a run stays
        failed as it is.
        """
        return [row.id for row in _lost(connection, runs) if self._ask_inside(connection, row, now)]

    def _ask_inside(self, connection: Connection, row: Any, now: datetime) -> bool:
        try:
            cards = self._cards()
            chosen = inside_of(route_from_json(row.receipt), cards, asked=row.models or ())
            if chosen is None:
                return False
            card = cards[chosen.model]
            with connection.begin_nested():
                plan = run_writes.add_shots(connection, row.id, card, now=now)
                if self._budgets is not None:
                    needs = self._budgets.needs(replace(plan, models=(card.name,)), [card])
                    self._budgets.reserve(connection, row.id, needs, now=now)
                said = f"Nothing outside could be reached, so {card.label} was asked inside."
                note_rules(connection, row.id, (RuleSpoke(rule=Rule.UP, name=NAME, reason=said),), plan, at=now)
        except BudgetReached:
            return False
        except Exception:
            LOG.exception("A run could not go on inside")  # it stays failed, and the writer goes on
            return False
        settling.settle_runs(connection, [row.id], now=now)
        return True


def inside_of(route: Route, cards: Mapping[str, ModelCard], *, asked: Sequence[str]) -> Candidate | None:
    """Give the inside model that a route would ask next, None where none is up or a person chose otherwise."""
    if route.strategy is not Strategy.HYBRID or route.overridden:
        return None
    up = (ModelStatus.UP, ModelStatus.UNKNOWN)
    return next(
        (
            each
            for each in route.candidates
            if each.place.inside and each.model not in asked and each.model in cards and cards[each.model].status in up
        ),
        None,
    )


def _lost(connection: Connection, runs: Sequence[int]) -> list[Any]:
    """Give the runs of Auto's in which every model was outside and none was reached, with the router's receipts."""
    if not runs:
        return []
    other = sa.select(SHOT.c.run_id).where(
        SHOT.c.run_id == RUN.c.id,
        sa.or_(SHOT.c.state != ShotState.FAILED, SHOT.c.place != Place.CLOUD, SHOT.c.error_kind.not_in(NOT_REACHED)),
    )
    return list(
        connection.execute(
            sa.select(RUN.c.id, RUN.c.models, ROUTE.c.receipt)
            .join(ROUTE, ROUTE.c.run_id == RUN.c.id)
            .where(RUN.c.id.in_(runs), RUN.c.state == RunState.FAILED, ~other.exists())
        )
    )
