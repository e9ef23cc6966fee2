"""Events: written with the fact, in the order of the facts, and only where somebody takes them."""

import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.costs.budget import BudgetScope, Period, Then
from core.costs.budgets import Budgets
from core.costs.estimate import Estimates
from core.domain.route import Basis, Route
from core.domain.run import FinishReason, Strategy
from core.domain.usage import Usage
from core.domain.verdict import VerdictKind
from core.errors import RateLimited
from core.llm.port import Finish, TextDelta, UsageReport
from core.store import outbox
from core.store.verdicts import Verdicts

USED = UsageReport(Usage(input_tokens=100, output_tokens=20))
STOP = Finish(reason=FinishReason.STOP, response_model="one-2026", request_id="r1")


def says(*words):
    return [*map(TextDelta, words), USED, STOP]


def events(database):
    with database.read() as connection:
        return [(event.kind, event.run, json.loads(event.data)) for event in outbox.after(connection, 0, limit=10_000)]


@pytest.fixture
def taker(database):
    outbox.register(database, ["log:"])


def test_without_a_taker_nothing_is_written(bench, database):
    one = bench(lambda _request: says("Yes."))
    one.settled(one.start("lab/one", "lab/two"))
    assert events(database) == []


def test_a_run_is_told_from_start_to_end_with_the_figures_of_the_database(bench, database, taker):
    one = bench(lambda _request: says("Yes", "."))
    run = one.settled(one.start("lab/one", "lab/two", prompt="The secret plan", person="Anna"))
    told = events(database)
    kinds = [kind for kind, _, _ in told]
    assert kinds[0] == "run.started"
    assert kinds[-1] == "run.settled"
    assert Counter(kinds) == {"run.started": 1, "attempt.finished": 2, "shot.settled": 2, "run.settled": 1}
    assert {public_id for _, public_id, _ in told} == {run.public_id}
    started, settled = told[0][2], told[-1][2]
    assert started["models"] == ["lab/one", "lab/two"]
    assert settled["state"] == "done"
    assert Decimal(settled["cost_usd"]) == run.cost
    for kind in ("attempt.finished", "shot.settled"):
        data = [data for each, _, data in told if each == kind]
        assert sum(Decimal(each["cost_usd"]) for each in data) == run.cost
        assert {each["output_tokens"] for each in data} == {20}
    for shot in (1, 2):
        mine = [kind for kind, _, data in told if data.get("shot") == shot]
        assert mine == ["attempt.finished", "shot.settled"]
    assert not {"The secret plan", "Anna", "Yes."} & set(json.dumps(told).split('"'))


def test_a_retry_is_an_attempt_that_is_told_too(bench, database, taker):
    def script(request):
        return [RateLimited("Too many.")] if request.attempt_number == 1 else says("Yes.")

    one = bench(script)
    one.settled(one.start("lab/one"))
    told = [
        (data["attempt"], data["state"], data["error_kind"])
        for kind, _, data in events(database)
        if kind == "attempt.finished"
    ]
    assert told == [(1, "failed", "rate_limited"), (2, "done", "")]


def test_shots_stopped_before_they_began_are_told(bench, database, taker):
    one = bench(lambda _request: says("Yes."), engine=False)
    public_id = one.start("lab/one", shots_per_model=2)
    one.runs.cancel(public_id)
    assert [(kind, data.get("state")) for kind, _, data in events(database)[1:]] == [
        ("shot.settled", "cancelled"),
        ("shot.settled", "cancelled"),
        ("run.settled", "cancelled"),
    ]


def test_a_pick_and_its_undoing_are_told_without_the_persons_name(bench, database, taker):
    one = bench(lambda _request: says("Yes."))
    public_id = one.start("lab/one", "lab/two")
    one.settled(public_id)
    verdicts = Verdicts(database)
    verdicts.give(public_id, person="Anna", kind=VerdictKind.WINNER, compared=(1, 2), shot=2, note="so short")
    verdicts.undo(public_id, person="Anna")
    given, gone = events(database)[-2:]
    assert (given[0], gone[0]) == ("verdict.given", "verdict.taken_back")
    assert given[2]["model"] == "lab/two"
    assert given[2]["compared"] == [1, 2]
    assert given[2]["verdict_id"] == gone[2]["verdict_id"]
    assert "Anna" not in json.dumps(given)
    assert "so short" not in json.dumps(given)


def test_the_routers_decision_is_told_after_the_start_of_its_run(bench, database, taker):
    one = bench(lambda _request: says("Yes."), engine=False)
    route = Route(
        public_id="route-1", prompt_sha256="0" * 64, strategy=Strategy.HYBRID, basis=Basis.EVIDENCE,
        choice=("lab/one",), candidates=(), baseline="lab/two", expected_cost=Decimal("0.0001"),
        created_at=datetime(2026, 11, 12, tzinfo=UTC),
    )  # fmt: skip
    one.start("lab/one", auto=route)
    (_, started, _), (kind, run, data) = events(database)
    assert (kind, run) == ("route.decided", started)
    assert (data["choice"], data["asked"], data["baseline"]) == (["lab/one"], ["lab/one"], "lab/two")
    assert Decimal(data["expected_cost_usd"]) == Decimal("0.0001")


def test_a_budget_is_told_once_a_period_when_its_charges_pass_a_limit(bench, database, taker):
    budgets = Budgets(database, Estimates(database))
    budgets.enter(
        scope=BudgetScope.EVERYTHING, period=Period.MONTH, warn_at=Decimal("0.0002"), stop_at=Decimal("0.0004"),
        then=Then.WARN, person="Cara",
    )  # fmt: skip

    def crossings():
        return [data["crossed"] for kind, _, data in events(database) if kind == "budget.crossed"]

    one = bench(lambda _request: says("Yes."))
    one.settled(one.start("lab/one"))
    assert crossings() == []
    one.settled(one.start("lab/one"))
    assert crossings() == ["warning"]
    one.settled(one.start("lab/one", shots_per_model=2))
    one.settled(one.start("lab/one"))
    assert crossings() == ["warning", "stop"]
    crossed = [data for kind, _, data in events(database) if kind == "budget.crossed"]
    assert Decimal(crossed[0]["limit_usd"]) == Decimal("0.0002")
    assert Decimal(crossed[0]["spent_usd"]) >= Decimal("0.0002")
