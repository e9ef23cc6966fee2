"""Connection tests: asked in the database, answered by one tiny call, and that call is in the ledger like any other."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from core.costs.estimate import Estimates
from core.costs.focus import write_focus
from core.costs.prices import Prices
from core.costs.spending import Spending, month_of
from core.domain.model import Place
from core.domain.run import FinishReason
from core.domain.usage import Usage
from core.errors import CutStream, WrongKey
from core.llm.port import Finish, TextDelta, UsageReport
from core.llm.scripted import Scripted
from core.runs.pricing import Pricing
from core.runs.probe import Probes, answer_probes
from core.runs.probe_booking import ProbeBooking
from core.store import daily_costs, tables
from core.store.database import table
from core.store.history import History
from core.store.history_filter import HistoryFilter
from tests.core.runs.conftest import OneDollarAMillion, connect

RUN, SHOT, PERSON = (table(each) for each in (tables.Run, tables.Shot, tables.Person))
GOOD = [
    TextDelta(text="OK"),
    UsageReport(usage=Usage(input_tokens=8, output_tokens=2)),
    Finish(reason=FinishReason.STOP),
]


@pytest.fixture
def ask(database):
    def of(model, steps, person="Anna"):
        probes = Probes(database)
        number = probes.ask(model, person=person)
        booking = ProbeBooking(
            database, Pricing(Prices(database, lists=(OneDollarAMillion(),)), Estimates(database).tokens_of)
        )
        asyncio.run(answer_probes(probes, Scripted(lambda _request: steps), connect, booking))
        return probes.answer(number)

    return of


def month(database):
    return Spending(database).month()


def test_a_test_is_one_attempt_with_its_cost_and_in_no_list_of_runs(database, ask):
    assert ask("lab/one", GOOD).state == "ok"
    spent = month(database)
    assert (spent.amount, spent.attempts, spent.estimated_attempts) == (Decimal("0.00001"), 1, 0)
    with database.read() as connection:
        (run,) = connection.execute(sa.select(RUN, PERSON.c.name).join(PERSON, PERSON.c.id == RUN.c.person_id)).all()
        assert (run.origin, run.name, run.prompt, run.state) == ("test", "Anna", "", "done")
        assert connection.execute(sa.select(SHOT.c.cost, SHOT.c.output_tokens)).one() == (Decimal("0.00001"), 0)
    for in_bin in (False, True):
        assert History(database).page(HistoryFilter(in_bin=in_bin)).rows == ()
    assert Estimates(database)._history.of("lab/one").answers == 0


def test_what_a_test_cost_survives_when_the_sums_are_made_anew_and_is_exported(database, ask, tmp_path):
    ask("lab/one", GOOD)
    before = month(database)
    daily_costs.rebuild(database)
    assert month(database) == before
    first, after = month_of(datetime.now(UTC))
    report = write_focus(database, tmp_path / "out.csv", first=first.date(), last=after.date())
    assert (report.rows, report.amount) == (2, before.amount)


def test_a_test_without_a_count_of_the_provider_is_our_own_estimate(database, ask):
    assert ask("lab/one", [TextDelta(text="OK then, this is fine"), Finish(reason=FinishReason.STOP)]).state == "ok"
    spent = month(database)
    assert spent.estimated_attempts == 1
    assert spent.amount > 0


def test_a_test_of_an_unpriced_model_is_counted_and_never_zero(database, ask):
    ask("lab/unpriced", GOOD)
    spent = month(database)
    assert (spent.amount, spent.unpriced_attempts, spent.unpriced_tokens) == (0, 1, 10)


def test_a_test_of_an_own_model_costs_nothing(database, ask):
    assert connect("home/small").place is Place.LOCAL
    ask("home/small", GOOD)
    assert month(database).amount == 0


def test_a_refused_test_is_told_and_not_booked(database, ask):
    found = ask("lab/one", [WrongKey("The key is wrong.", next_step="Paste it again.")])
    assert (found.state, found.message) == ("failed", "The key is wrong.")
    assert month(database).attempts == 0


def test_a_model_that_answers_and_then_breaks_off_passes_and_is_booked(database, ask):
    assert ask("lab/one", [TextDelta(text="OK"), CutStream("It broke off.")]).state == "ok"
    assert month(database).attempts == 1


def test_a_model_that_cannot_be_reached_at_all_is_told(database, ask):
    assert ask("lab/unknown", GOOD).state == "failed"
    assert month(database).attempts == 0
