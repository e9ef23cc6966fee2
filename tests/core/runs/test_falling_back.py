"""Where Auto chose outside and no way out was left, the same run is answered inside: by a real engine."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.costs.budget import BudgetScope, Period, Then
from core.costs.budgets import Budgets
from core.costs.estimate import Estimates
from core.domain.model import ModelStatus
from core.domain.route import RouteRequest, Rule
from core.domain.run import RunPlan, RunState, ShotState, Strategy
from core.errors import ProviderFault, Unreachable
from core.router.pinned import StoredPins
from core.router.priors import PriorReader
from core.router.routes import RouteParts, Routes
from core.router.rules import RuleBook
from core.runs.falling_back import NAME, FallBack
from core.store import outbox
from core.store.model_scores import model_scores
from core.store.preferences import Preferences
from core.store.routes import StoredRoutes
from core.store.rule_hits import RuleHits
from tests.core.runs.conftest import CARDS
from tests.core.runs.test_engine import says

MONTH = datetime(2020, 1, 1, tzinfo=UTC)


def no_way_out(request):
    return says("From inside.") if request.connection.place.inside else [Unreachable("No route to host.")]


class Office:
    """Auto's runs on an engine that goes on inside."""

    def __init__(self, bench, script, *, cards=CARDS, budgets=None):
        self.one = bench(script, engine=False)
        self.database = self.one.database
        self.one.parts = replace(self.one.parts, go_on=FallBack(lambda: cards, budgets))
        self.one.start_engine()
        self.routes = Routes(
            RouteParts(
                cards=lambda: CARDS,
                estimates=Estimates(self.database),
                reader=PriorReader(lambda: model_scores(self.database)),
                rules=RuleBook(Preferences(self.database)),
                pins=StoredPins(self.database),
                stored=StoredRoutes(self.database),
            )
        )

    def run(self, *models, instead=(), shots=1, strategy=Strategy.HYBRID):
        route = self.routes.propose(RouteRequest(prompt="Hello", strategy=strategy))
        auto = replace(route, choice=models, instead=instead)
        return self.one.runs.start(
            RunPlan(prompt="Hello", models=auto.asked, shots_per_model=shots, strategy=strategy, auto=auto)
        )

    def settled(self, *models, **more):
        return self.one.settled(self.run(*models, **more))


def states(run):
    return [(shot.model, shot.state) for shot in run.shots]


def test_a_run_of_autos_that_reached_nothing_outside_is_answered_inside_and_the_rule_is_on_record(bench):
    office = Office(bench, no_way_out)
    run = office.settled("lab/one", "lab/two", shots=2)
    assert run.state is RunState.DONE
    assert states(run) == [
        ("lab/one", ShotState.FAILED), ("lab/two", ShotState.FAILED),
        ("lab/one", ShotState.FAILED), ("lab/two", ShotState.FAILED),
        ("home/small", ShotState.DONE), ("home/small", ShotState.DONE),
    ]  # fmt: skip
    assert [shot.shot_index for shot in run.shots[-2:]] == [1, 2]
    assert run.models == ("lab/one", "lab/two", "home/small")
    (spoken,) = [each for each in RuleHits(office.database).spoken(since=MONTH) if each.name == NAME]
    assert (spoken.rule, spoken.times) == (Rule.UP, 1)


def test_nobody_hears_that_such_a_run_is_over_before_it_is(bench, database):
    outbox.register(database, ["log:"])
    Office(bench, no_way_out).settled("lab/one")
    with database.read() as connection:
        told = [event for event in outbox.after(connection, 0, limit=1000) if event.kind == "run.settled"]
    assert [json.loads(event.data)["state"] for event in told] == ["done"]


def test_a_model_that_was_reached_and_refused_is_not_replaced(bench):
    office = Office(bench, lambda _request: [ProviderFault("It fell over.", http_status=500)])
    run = office.settled("lab/one")
    assert (run.state, states(run)) == (RunState.FAILED, [("lab/one", ShotState.FAILED)])


@pytest.mark.parametrize("more", [{"instead": ("lab/two",)}, {"strategy": Strategy.ONLINE}])
def test_what_a_person_chose_is_not_replaced(bench, more):
    run = Office(bench, no_way_out).settled("lab/one", **more)
    assert run.state is RunState.FAILED
    assert "home/small" not in run.models


def test_a_run_by_hand_stays_as_it_was_asked(bench):
    one = Office(bench, no_way_out).one
    assert one.settled(one.start("lab/one")).state is RunState.FAILED


def test_with_nothing_inside_up_the_run_stays_failed(bench):
    down = {name: replace(card, status=ModelStatus.DOWN) for name, card in CARDS.items()}
    run = Office(bench, no_way_out, cards=down).settled("lab/one")
    assert (run.state, run.models) == (RunState.FAILED, ("lab/one",))


def test_inside_failing_too_ends_the_run_and_asks_no_third(bench):
    office = Office(bench, lambda _request: [Unreachable("Nothing listens there.")])
    run = office.settled("lab/one")
    assert states(run) == [("lab/one", ShotState.FAILED), ("home/small", ShotState.FAILED)]
    assert run.state is RunState.FAILED


def test_a_budget_may_refuse_it_and_then_nothing_of_it_is_left(bench, database):
    class Dear(Estimates):
        """Worst cases at a dollar an answer, wherever it comes from."""

        def of(self, **asked):
            found = super().of(**asked)
            return replace(found, per_model=tuple(replace(one, worst_case=Decimal(1)) for one in found.per_model))

    budgets = Budgets(database, Dear(database))
    budgets.enter(scope=BudgetScope.EVERYTHING, period=Period.DAY, warn_at=None, stop_at=Decimal("0.5"), then=Then.STOP)
    run = Office(bench, no_way_out, budgets=budgets).settled("lab/one")
    assert (run.state, run.models, len(run.shots)) == (RunState.FAILED, ("lab/one",), 1)
    assert not [each for each in RuleHits(database).spoken(since=MONTH) if each.name == NAME]
