"""A prompt that must stay inside never leaves: asked before every request, by the rules of that moment."""

from dataclasses import replace

import pytest

from core.domain.run import ShotState
from core.errors import ProviderFault, StoreBusy
from core.router.rules import INSIDE_PATTERNS, INSIDE_TAGS, RuleBook
from core.runs.leaving import Leaving
from core.store.departures import DepartureFilter, Departures
from core.store.people import People
from core.store.preferences import Preferences
from tests.core.runs.test_engine import says

CARD = "Charge 4111 1111 1111 1111, please."


@pytest.fixture
def asking(bench):
    """A bench whose engine asks before anything leaves; its runs themselves are not checked at the start."""

    def make(script=lambda _request: says("An answer."), rules=None):
        one = bench(script, engine=False)
        book = RuleBook(Preferences(one.database))
        one.parts = replace(one.parts, may_leave=Leaving(one.database, rules or book.rules).check)
        one.start_engine()
        return one, book

    return make


def kinds_of(run):
    return {shot.model: (shot.state, shot.error_kind) for shot in run.shots}


def test_a_card_number_stays_inside_and_the_model_inside_answers(asking):
    one, _ = asking()
    run = one.settled(one.start("lab/one", "home/small", prompt=CARD))
    assert kinds_of(run) == {
        "lab/one": (ShotState.FAILED, "stays_inside"),
        "home/small": (ShotState.DONE, ""),
    }
    assert [request.connection.model for request in one.model.requests] == ["home/small"]
    went = {each.model: (each.place, each.refused) for each in Departures(one.database).page(DepartureFilter())}
    assert went == {"lab/one": ("cloud", True), "home/small": ("local", False)}


def test_a_project_pinned_after_the_run_was_started_holds_for_its_retries(asking):
    one, _ = asking(lambda _request: [ProviderFault("no")])
    People(one.database).add_project("Plans")
    run = one.start("lab/one", project="Plans")
    one.settled(run)
    sent = len(one.model.requests)
    assert sent
    People(one.database).add_project("Plans", inside_only=True)
    one.runs.retry(run, 1)
    assert kinds_of(one.settled(run)) == {"lab/one": (ShotState.FAILED, "stays_inside")}
    assert len(one.model.requests) == sent


def test_a_rule_set_between_two_attempts_stops_the_second(asking):
    made = {}

    def script(_request):
        made["book"].set(INSIDE_TAGS, ["secret"], person="Anna")
        return [ProviderFault("try again")]

    one, made["book"] = asking(script)
    run = one.settled(one.start("lab/one", tags=("Secret",)))
    assert len(one.model.requests) == 1
    assert kinds_of(run) == {"lab/one": (ShotState.FAILED, "stays_inside")}


@pytest.mark.parametrize("fault", [StoreBusy("locked"), RuntimeError("a bug")], ids=["store", "bug"])
def test_what_cannot_be_looked_up_stays_inside(asking, fault):
    def broken():
        raise fault

    one, _ = asking(rules=broken)
    run = one.settled(one.start("lab/one", "home/small"))
    assert kinds_of(run) == {"lab/one": (ShotState.FAILED, "stays_inside"), "home/small": (ShotState.DONE, "")}
    assert [request.connection.model for request in one.model.requests] == ["home/small"]


def test_a_switched_off_pattern_lets_the_prompt_go(asking):
    one, book = asking()
    book.set(INSIDE_PATTERNS, [], person="Anna")
    run = one.settled(one.start("lab/one", prompt=CARD))
    assert kinds_of(run) == {"lab/one": (ShotState.DONE, "")}
    assert [(change.was, change.person) for change in book.history(INSIDE_PATTERNS)] == [(None, "Anna")]
