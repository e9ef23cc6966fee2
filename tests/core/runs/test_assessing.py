"""AI judges and checks carried out by the engine: asked by runs that stand in no list, paid for, kept apart."""

import json
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.costs.budgets import Need
from core.costs.estimate import Estimates
from core.domain.labelling import AssessmentState, JudgementSource
from core.domain.model import ModelCard
from core.domain.run import RunPlan, Strategy
from core.domain.usage import Usage
from core.domain.verdict import VerdictKind
from core.errors import BudgetReached, InputError, UnknownModel, WrongKey
from core.labels.assessments import Assessments, JudgeOrder
from core.labels.checks import Contains, Matches
from core.labels.rollup import note_judgements
from core.labels.second_raters import SecondRaters
from core.labels.service import Labelling
from core.labels.views import NewQueue
from core.llm.port import Finish, FinishReason, ModelRequest, TextDelta, UsageReport
from core.llm.scripted import Step
from core.router.inside import StayInside
from core.router.pinned import StoredPins
from core.router.rules import RuleBook
from core.runs.assessing import assessing
from core.runs.service import RunRules, Runs
from core.store import tables
from core.store.assessments import AssessmentRecord
from core.store.database import table
from core.store.history import History
from core.store.history_filter import HistoryFilter
from core.store.judgements import Judgements
from core.store.people import People
from core.store.preferences import Preferences
from core.store.scores import Scores
from core.store.verdicts import Verdicts
from tests.core.runs.conftest import CARDS, Bench, MakeBench

RUN = table(tables.Run)
PAIR = ("lab/one", "lab/two")
Says = Callable[[str, str], str]


def said(text: str) -> Iterable[Step]:
    return (TextDelta(text), UsageReport(Usage(input_tokens=10, output_tokens=5)), Finish(reason=FinishReason.STOP))


def judged_by(says: Says) -> Callable[[ModelRequest], Iterable[Step]]:
    """Answer prompts with the model's name, and a judge's questions as `says` of the two answers."""

    def script(request: ModelRequest) -> Iterable[Step]:
        found = re.findall(r"<answer-\d-\w+>\n(.*?)\n</answer", request.prompt, re.DOTALL)
        if not found:
            return said(f"Words of {request.connection.model.rpartition('/')[2]}, as asked.")
        return said(json.dumps({"reason": "It is.", "choice": says(*found)}))

    return script


def prefers_two(first: str, _second: str) -> str:
    return "1" if "two" in first else "2"


class Room:
    """A bench whose engine also goes over answers."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        database = bench.database
        self.gate = _Gate()
        inside = StayInside(RuleBook(Preferences(database)).rules, StoredPins(database))
        rules = RunRules(
            cards=lambda: CARDS, count=lambda *_: 1, estimate=lambda *_: None, budgets=self.gate, inside=inside
        )
        errand = assessing(database, Runs(database, rules), Judgements(database, note_judgements))
        bench.parts = replace(bench.parts, errands=(errand,))
        bench.start_engine()
        self.assessments = Assessments(database, cards=lambda: CARDS, counter=Estimates(database))
        self.raters = SecondRaters(database)

    def asked(self, number: int, **plan: Any) -> tuple[str, ...]:
        runs = tuple(self.bench.start(*PAIR, prompt=f"Question {each}.", **plan) for each in range(number))
        for run in runs:
            self.bench.settled(run)
        return runs

    def settled(self, public_id: str) -> AssessmentRecord:
        end = time.monotonic() + 20
        while (found := self.assessments.get(public_id)).going:
            assert time.monotonic() < end, found
            time.sleep(0.02)
        return found


@pytest.fixture
def room(bench: MakeBench) -> Callable[..., Room]:
    return lambda says, **more: Room(bench(judged_by(says), engine=False, **more))


def order(runs: Sequence[str], **more: Any) -> JudgeOrder:
    return JudgeOrder(model="other/three", runs=tuple(runs), person="Anna", **more)


def test_a_judge_is_asked_in_both_orders_and_its_word_is_kept_apart_from_people(room: Callable[..., Room]) -> None:
    here = room(prefers_two)
    runs = here.asked(2, person="Anna")
    found = here.settled(here.assessments.ask(order(runs)))
    assert (found.state, found.total, found.done, found.failed) == (AssessmentState.DONE, 2, 2, 0)
    record = here.bench.runs.record(runs[0], viewer="Anna")
    (word,) = Judgements(here.bench.database).of_run(record.id)
    two = next(shot.id for shot in record.shots if shot.model == "lab/two")
    assert (word.outcome, word.shot_id, word.flipped, word.reason) == (VerdictKind.WINNER, two, False, "It is.")
    assert len(word.cost_runs) == 2
    asked = [here.bench.runs.record(each, viewer="Anna") for each in word.cost_runs]
    assert all(each.cost > 0 and each.person == "Anna" for each in asked)
    assert "lab/one" not in asked[0].prompt
    assert not Verdicts(here.bench.database).of_run(runs[0])
    assert Scores(here.bench.database).qualities(record.id)[two].quality == 1
    assert History(here.bench.database).page(HistoryFilter(viewer="Anna")).total_runs == 2


def test_a_judge_that_follows_the_place_has_called_a_tie(room: Callable[..., Room]) -> None:
    here = room(lambda _first, _second: "1")
    here.settled(here.assessments.ask(order(here.asked(6))))
    (figures,) = here.raters.judges(HistoryFilter())
    assert figures.agreement.flips is not None
    assert (figures.pairs, figures.agreement.flips.value) == (6, 1.0)
    assert figures.told is None


def test_the_same_question_is_asked_and_paid_once(room: Callable[..., Room]) -> None:
    here = room(prefers_two)
    runs = here.asked(1)
    here.settled(here.assessments.ask(order(runs)))
    before = len(here.bench.model.requests)
    assert here.settled(here.assessments.ask(order(runs))).done == 1
    assert len(here.bench.model.requests) == before
    here.settled(here.assessments.ask(order(runs, rubric="Short is good.")))
    assert len(here.bench.model.requests) == before + 2
    assert "Short is good." in here.bench.model.requests[-1].prompt


def test_agreement_with_people_stands_beside_a_judge_and_what_they_differ_on_comes_first(
    room: Callable[..., Room],
) -> None:
    here = room(prefers_two)
    database = here.bench.database
    labelling = Labelling(database)
    queue = labelling.create(NewQueue(name="Both", question="Which?", runs=here.asked(6), people=("Anna",)), by="Anna")
    for number in range(6):
        view = labelling.next(queue, person="Anna")
        assert view is not None
        wanted = "Two" if number else "One"
        picked = view.names.index(wanted) + 1
        labelling.give(view.id, person="Anna", kind=VerdictKind.WINNER, number=picked)
    found = here.settled(here.assessments.ask(JudgeOrder(model="other/three", queue=queue, person="Anna")))
    assert found.done == 6
    (figures,) = here.raters.judges_of_queue(queue)
    assert figures.told is not None
    assert (figures.told.value, figures.told.number) == (pytest.approx(5 / 6), 6)
    (differs,) = here.raters.contradictions(queue, person="Anna")
    assert differs.item.names[(differs.judge.number or 0) - 1] == "Two"
    assert differs.said[0].person == "Anna"
    assert len(here.raters.words_on(queue, person="Anna")) == 6


def test_a_budget_stops_a_judge_and_it_goes_on_later(room: Callable[..., Room]) -> None:
    here = room(prefers_two)
    runs = here.asked(3)
    here.gate.shut = True
    found = here.settled(here.assessments.ask(order(runs)))
    assert (found.state, found.message) == (AssessmentState.STOPPED, "The budget of Anna is used up.")
    here.gate.shut = False
    here.assessments.go_on(found.public_id)
    assert here.settled(found.public_id).state is AssessmentState.DONE


def test_what_stays_inside_is_not_shown_to_a_judge_outside(room: Callable[..., Room]) -> None:
    here = room(prefers_two)
    People(here.bench.database).add_project("People")
    runs = here.asked(2, project="People")
    with here.bench.database.write() as connection:
        connection.execute(sa.update(table(tables.Project)).values(inside_only=True))
    found = here.settled(here.assessments.ask(order(runs)))
    assert (found.state, found.done, found.left_out) == (AssessmentState.DONE, 0, 2)
    assert not any("<answer-1" in each.prompt for each in here.bench.model.requests)


def test_a_judge_that_never_answers_is_given_up(bench: MakeBench) -> None:
    def script(request: ModelRequest) -> Iterable[Step]:
        return (
            (WrongKey("The key is not accepted."),)
            if "<answer-1" in request.prompt
            else said(f"Words of {request.connection.model.rpartition('/')[2]}, as asked.")
        )

    here = Room(bench(script, engine=False))
    found = here.settled(here.assessments.ask(order(here.asked(8))))
    assert (found.state, found.done) == (AssessmentState.STOPPED, 0)
    assert found.message == "The key is not accepted."
    assert found.failed < 8


def test_what_cannot_be_judged_is_refused_at_once(room: Callable[..., Room]) -> None:
    here = room(prefers_two)
    with pytest.raises(InputError, match="nothing to compare"):
        here.assessments.quote(order(("no-such-run",)))
    with pytest.raises(UnknownModel):
        here.assessments.ask(JudgeOrder(model="lab/nobody", runs=here.asked(1)))
    with pytest.raises(InputError, match="Offline is on"):
        here.assessments.ask(order(("no-such-run",), strategy=Strategy.OFFLINE))


def test_an_order_says_what_it_takes_before_it_is_given(room: Callable[..., Room]) -> None:
    here = room(prefers_two)
    quote = here.assessments.quote(order(here.asked(3)))
    assert (quote.items, quote.questions, quote.amount, quote.free, quote.own) == (3, 6, None, False, False)


def test_a_check_gives_the_share_of_each_models_answers_that_pass(room: Callable[..., Room]) -> None:
    here = room(prefers_two)
    runs = here.asked(3)
    found = here.settled(here.assessments.check(Contains(words=("two",)), runs=runs))
    assert (found.state, found.total, found.name) == (AssessmentState.DONE, 6, "contains “two”")
    here.settled(here.assessments.check(Matches(pattern="as asked"), runs=runs))
    figures = {(each.check, each.label): each.passed for each in here.raters.checks(HistoryFilter())}
    shares = {key: share.value for key, share in figures.items() if share is not None}
    assert shares == {
        ("contains “two”", "One"): 0.0,
        ("contains “two”", "Two"): 1.0,
        ("matches as asked", "One"): 1.0,
        ("matches as asked", "Two"): 1.0,
    }
    assert all(each.source is JudgementSource.CHECK for each in Judgements(here.bench.database).all(HistoryFilter()))


def test_nobody_is_asked_which_of_two_equal_answers_is_better(bench: MakeBench) -> None:
    here = Room(bench(lambda _request: said("Forty-two."), engine=False))
    here.settled(here.assessments.ask(order(here.asked(1))))
    (figures,) = here.raters.judges(HistoryFilter())
    assert (figures.pairs, figures.unread, len(here.bench.model.requests)) == (1, 0, 2)


def test_questions_to_a_judge_are_not_counted_as_runs_that_go(room: Callable[..., Room]) -> None:
    here = room(prefers_two)
    here.settled(here.assessments.ask(order(here.asked(1, person="Anna"))))
    assert here.bench.runs.going(viewer="Anna") == ()
    with here.bench.database.read() as connection:
        origins = set(connection.execute(sa.select(RUN.c.origin)).scalars())
    assert origins == {"page", "judge"}


class _Gate:
    """A budget that is used up while it is shut."""

    shut = False

    def needs(self, plan: RunPlan, cards: Sequence[ModelCard]) -> tuple[Need, ...]:
        return ()

    def reserve(self, connection: Connection, run_id: int, needs: Sequence[Need], *, now: datetime) -> None:
        if self.shut:
            raise BudgetReached("The budget of Anna is used up.", calls=())

    def refused(self, error: BudgetReached, *, person: str) -> None:
        """Nobody is told."""
