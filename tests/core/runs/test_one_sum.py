"""One sum for one period, wherever it is read: a random history, run by the engine, and everybody who adds it up."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

import pytest
import sqlalchemy as sa

from core.costs.budget import BudgetScope, Period, Then
from core.costs.budgets import Budgets
from core.costs.estimate import Estimates
from core.costs.focus import write_focus
from core.costs.review import Reviews, month_of_day
from core.costs.spending import Spending
from core.costs.sums import Group
from core.domain.run import FinishReason
from core.domain.usage import Usage
from core.errors import ProviderFault, WrongKey
from core.llm.port import Finish, ModelRequest, TextDelta, UsageReport
from core.llm.scripted import Step
from core.store import daily_costs, tables
from core.store.daily_costs import EACH
from core.store.database import table
from core.store.history import History
from core.store.history_filter import HistoryFilter
from core.store.people import People
from core.transfer.export_tables import Export, export_tables
from core.transfer.rows import TableFormat

ATTEMPT, CHARGE = table(tables.Attempt), table(tables.ChargeRow)
MODELS = ("lab/one", "lab/two", "other/three", "lab/unpriced", "home/small")
RUNS = 14


def anything(chance: Random) -> Iterable[Step]:
    """Give an attempt that may go well, break off, be refused, or say nothing of what it used."""
    usage = UsageReport(Usage(input_tokens=chance.randint(1, 9999), output_tokens=chance.randint(1, 999)))
    text = TextDelta("word " * chance.randint(1, 40))
    return chance.choice(
        (
            [text, usage, Finish(reason=FinishReason.STOP)],
            [text, usage, Finish(reason=FinishReason.LENGTH)],
            [text, Finish(reason=FinishReason.STOP)],
            [text],
            [ProviderFault("It fell over.")],
            [text, usage, ProviderFault("It fell over.")],
            [WrongKey("No.")],
        )
    )


@pytest.fixture(params=range(2))
def month(request, bench, database):
    """A month of random runs, all settled, with the chance that made them."""
    chance = Random(request.param)
    book = People(database)
    for name in ("Support", "Data"):
        book.add_team(name)
    book.add_project("Spring")

    def script(_request: ModelRequest) -> Iterable[Step]:
        return anything(chance)

    one = bench(script)
    keys = [
        one.start(
            *chance.sample(MODELS, chance.randint(1, 3)), shots_per_model=chance.randint(1, 2),
            person=chance.choice(("Anna", "Ben", "")), team=chance.choice(("Support", "Data", "")),
            project=chance.choice(("Spring", "")), tags=tuple(chance.sample(("a", "b"), chance.randint(0, 2))),
        )
        for _ in range(RUNS)
    ]  # fmt: skip
    return [one.settled(key, seconds=60) for key in keys]


def test_sidebar_costs_history_exports_runs_and_budgets_show_one_sum(database, month, tmp_path):
    now = datetime.now(UTC)
    today = now.date()
    this = month_of_day(today)
    with database.read() as connection:
        ledger = connection.execute(sa.select(sa.func.sum(CHARGE.c.amount))).scalar_one()
    assert ledger > 0
    assert sum(run.cost for run in month) == ledger
    sidebar = Spending(database).month(now)
    assert (sidebar.amount, sidebar.going) == (ledger, 0)
    reviews = Reviews(database)
    for by in Group:
        total, groups = reviews.spent(this.first, this.last, by=by)
        assert total.amount == ledger
        assert (total.attempts, total.unpriced_attempts) == (sidebar.attempts, sidebar.unpriced_attempts)
        if by is not Group.TAG:
            assert sum(group.amount for group in groups) == ledger
    history = History(database)
    page = history.page(HistoryFilter(), limit=500)
    assert (page.total_cost, page.total_runs) == (ledger, RUNS)
    assert sum(row.cost for row in page.rows) == ledger
    assert page.unpriced_shots == sum(run.unpriced_shots for run in month)
    file = io.BytesIO()
    export_tables(database, TableFormat.CSV, file, runs=history.ids(HistoryFilter()), what=[Export.ANSWERS])
    rows = list(csv.DictReader(io.StringIO(file.getvalue().decode("utf-8-sig"))))
    assert sum((Decimal(row["cost_usd"]) for row in rows if row["cost_usd"]), Decimal(0)) == ledger
    report = write_focus(database, tmp_path / "out.csv", first=this.first, last=this.last)
    assert report.amount == ledger
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as exported:
        assert sum(Decimal(row["BilledCost"]) for row in csv.DictReader(exported)) == ledger
    budgets = Budgets(database, Estimates(database))
    budgets.enter(scope=BudgetScope.EVERYTHING, period=Period.MONTH, warn_at=None, stop_at=Decimal(1), then=Then.WARN)
    assert budgets.facing().tightest.spent == ledger


def test_the_sums_kept_step_by_step_by_an_engine_equal_those_made_anew(database, month):
    def kept():
        with database.read() as connection:
            return {each.into.name: sorted(map(tuple, connection.execute(sa.select(each.into)))) for each in EACH}

    before = kept()
    assert all(before.values())
    daily_costs.rebuild(database)
    assert kept() == before


def test_deleting_a_run_takes_it_from_history_and_never_from_the_costs(database, month):
    gone = next(run for run in month if run.cost)
    before = Spending(database).month().amount
    history = History(database)
    history.delete(gone.public_id, gone.person)
    assert Spending(database).month().amount == before
    assert history.page(HistoryFilter()).total_cost == before - gone.cost
