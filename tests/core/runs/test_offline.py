"""No network at all: Auto chooses and runs inside, and what must stay inside opens no socket outside.

tests/conftest.py fails any test in which a socket outside this machine is so much as tried.
"""

import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.costs.estimate import Estimates
from core.domain.model import Connection
from core.domain.route import Basis, Rule
from core.domain.run import RunPlan, RunState, ShotState
from core.errors import StaysInside, Unreachable
from core.router.inside import StayInside
from core.router.pinned import StoredPins
from core.router.priors import PriorReader
from core.router.routes import RouteParts, Routes
from core.router.rules import RuleBook
from core.runs.leaving import Leaving
from core.runs.service import Runs
from core.store.departures import DepartureFilter, Departures
from core.store.model_scores import model_scores
from core.store.people import People
from core.store.preferences import Preferences
from core.store.reach import reach
from core.store.routes import StoredRoutes
from core.store.rule_hits import RuleHits
from tests.core.runs.conftest import CARDS
from tests.core.runs.test_engine import says

OUTSIDE = "192.0.2.7"  # TEST-NET-1 (RFC 5737): nobody's address
CARD = "Charge 4111 1111 1111 1111, please."


@pytest.fixture
def door():
    """A server on this machine that takes calls; gives its port."""
    server = socket.create_server(("127.0.0.1", 0))

    def answer():
        while True:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            caller.close()

    threading.Thread(target=answer, daemon=True).start()
    yield server.getsockname()[1]
    server.close()


@pytest.fixture
def offline(bench, door):
    """Runs, Auto and an engine whose models are called over real sockets; those outside at an address of nobody's."""

    def script(request):
        with socket.create_connection((request.connection.host, door), timeout=2):
            pass
        return says("From inside.")

    one = bench(script, engine=False)
    database = one.database
    book, pins = RuleBook(Preferences(database)), StoredPins(database)

    def connect(name):
        card = CARDS[name]
        host = "127.0.0.1" if card.place.inside else OUTSIDE
        return Connection(model=name, adapter_model=name, place=card.place, provider=card.provider, host=host)

    one.parts = replace(one.parts, connect=connect, may_leave=Leaving(database, book.rules).check)
    inside = StayInside(book.rules, pins, RuleHits(database))
    one.runs = Runs(database, replace(one.runs._rules, inside=inside))
    routes = Routes(
        RouteParts(
            cards=lambda: CARDS,
            estimates=Estimates(database),
            reader=PriorReader(lambda: model_scores(database)),
            rules=book,
            pins=pins,
            stored=StoredRoutes(database),
            cut=lambda: "cut" if reach(database, now=datetime.now(UTC)).cut else "",
        )
    )
    return one, routes


def test_auto_routes_and_runs_a_pinned_prompt_inside(offline):
    one, routes = offline
    one.start_engine()
    plan = routes.at_press(RunPlan(prompt=CARD, models=()))
    assert plan.models == ("home/small",)
    assert plan.auto.pinned
    run = one.settled(one.runs.start(plan))
    assert (run.state, run.shots[0].text) == (RunState.DONE, "From inside.")
    kept = routes.of_run(run.public_id)
    assert [(each.rule, each.name) for each in kept.rules] == [(Rule.INSIDE, "card numbers")]
    (gone,) = Departures(one.database).page(DepartureFilter())
    assert (gone.host, gone.rule, gone.refused) == ("127.0.0.1", "card numbers", False)


def test_a_person_cannot_send_it_out_either_and_the_refusal_is_on_record(offline):
    one, _ = offline
    one.start_engine()
    with pytest.raises(StaysInside):
        one.runs.start(RunPlan(prompt=CARD, models=("lab/one", "home/small"), person="Grace"))
    (refused,) = Departures(one.database).page(DepartureFilter(place="refused"))
    assert (refused.who, refused.model, refused.rule, refused.run) == ("Grace", "One", "card numbers", "")


def test_what_slipped_past_the_start_is_stopped_at_the_door_and_again_at_each_retry(offline):
    one, _ = offline
    People(one.database).add_project("Plans")
    public_id = one.runs.start(RunPlan(prompt="Hello", models=("lab/one", "home/small"), project="Plans"))
    People(one.database).add_project("Plans", inside_only=True)
    one.start_engine()
    run = one.settled(public_id)
    assert {shot.model: shot.state for shot in run.shots} == {
        "lab/one": ShotState.FAILED,
        "home/small": ShotState.DONE,
    }
    one.runs.retry_failed(public_id)
    assert one.settled(public_id).shots[0].error_kind == "stays_inside"


def test_a_run_made_from_a_pinned_one_stays_inside_too(offline):
    one, _ = offline
    one.start_engine()
    first = one.runs.start(RunPlan(prompt=CARD, models=("home/small",)))
    with pytest.raises(StaysInside):
        one.runs.start(RunPlan(prompt="The same again, shorter.", models=("lab/one",), parent_public_id=first))


def test_once_nothing_outside_answers_auto_goes_on_inside_and_says_so(bench):
    one = bench(
        lambda request: says("Here.") if request.connection.place.inside else [Unreachable("No route to host.")]
    )
    one.settled(one.start("lab/one"))
    now = datetime.now(UTC)
    assert reach(one.database, now=now).cut
    assert not reach(one.database, now=now + timedelta(minutes=5)).cut
    routes = Routes(
        RouteParts(
            cards=lambda: CARDS,
            estimates=Estimates(one.database),
            reader=PriorReader(lambda: model_scores(one.database)),
            rules=RuleBook(Preferences(one.database)),
            pins=StoredPins(one.database),
            stored=StoredRoutes(one.database),
            cut=lambda: "Nothing outside answers.",
        )
    )
    plan = routes.at_press(RunPlan(prompt="Hello", models=()))
    assert plan.models == ("home/small",)
    assert plan.auto.basis is Basis.PRIOR
    assert [each.reason for each in plan.auto.rules] == ["Nothing outside answers. Runs go on inside."]
