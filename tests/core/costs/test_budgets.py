"""Budgets hold: under any concurrency, for every scope and period; what is over frees what it held."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.costs.budget import BudgetScope, Need, Period, Then, period_start
from core.costs.budgets import Budgets
from core.costs.estimate import Estimates
from core.costs.notices import Told
from core.domain.model import ModelCard, ModelStatus, Place, PriceState
from core.domain.run import RunPlan
from core.errors import BudgetReached, InputError, NotFound
from core.runs.service import RunRules, Runs
from core.store import tables
from core.store.database import table
from core.store.people import People
from tests.budget_spender import CARD, SETTINGS, WORST, runs_of, settle

ROOT = Path(__file__).resolve().parents[3]
RESERVATION, SHOT, RUN = (table(each) for each in (tables.Reservation, tables.Shot, tables.Run))
CENT = Decimal("0.01")
INSIDE = ModelCard(
    name="home/small", label="Small", place=Place.LOCAL, provider="home", price_state=PriceState.FREE,
    status=ModelStatus.UP,
)  # fmt: skip
UNPRICED = ModelCard(name="lab/new", label="New", place=Place.CLOUD, provider="lab", status=ModelStatus.UP)
CARDS = {card.name: card for card in (CARD, INSIDE, UNPRICED)}


@pytest.fixture
def budgets(database):
    book = People(database)
    book.add_team("Support")
    book.add_project("Spring")
    return Budgets(database, Estimates(database))


@pytest.fixture
def runs(database, budgets):
    return Runs(
        database,
        RunRules(
            cards=lambda: CARDS, count=lambda _t, _m: 1, estimate=lambda _p, _c: None, budgets=budgets,
        ),
    )  # fmt: skip


def plan(*models, shots=1, **more):
    return RunPlan(prompt="Go", models=models or (CARD.name,), shots_per_model=shots, settings=SETTINGS, **more)


def cap(budgets, amount=CENT, scope=BudgetScope.EVERYTHING, name="", period=Period.MONTH, then=Then.STOP, warn=None):
    return budgets.enter(scope=scope, name=name, period=period, warn_at=warn, stop_at=amount, then=then, person="Cara")


def test_200_reservations_from_4_processes_never_pass_one_cent(database, database_url, budgets):
    cap(budgets)
    spenders = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.budget_spender", database_url, str(seed), "50"],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )
        for seed in range(4)
    ]  # fmt: skip
    counts = [tuple(map(int, spender.communicate(timeout=240)[0].split())) for spender in spenders]
    assert [spender.returncode for spender in spenders] == [0] * 4
    assert sum(map(sum, counts)) == 200
    (standing,) = budgets.standings()
    assert standing.spent + standing.held <= CENT
    # Nothing is stuck: what is held is what still waits, and all that could fit did.
    with database.read() as connection:
        waiting = connection.execute(
            sa.select(sa.func.count()).select_from(SHOT).where(SHOT.c.state == "queued")
        ).scalar_one()
        rows = connection.execute(sa.select(sa.func.count()).select_from(RESERVATION)).scalar_one()
        keys = connection.execute(
            sa.select(RUN.c.public_id).join(SHOT, SHOT.c.run_id == RUN.c.id).where(SHOT.c.state == "queued")
        ).scalars().all()  # fmt: skip
    assert standing.held == waiting * WORST
    assert rows == waiting
    assert standing.left < WORST
    assert sum(refused for _, refused in counts) > 0
    runs = runs_of(database)
    for key in keys:
        runs.cancel(key)
    (standing,) = budgets.standings()
    assert standing.held == 0
    assert 0 < standing.spent <= CENT


def test_over_a_hard_limit_nothing_of_the_run_starts_and_its_calls_are_named(database, budgets, runs):
    cap(budgets, Decimal("0.0005"), scope=BudgetScope.TEAM, name="Support")
    with pytest.raises(BudgetReached) as refused:
        runs.start(plan(CARD.name, INSIDE.name, shots=2, team="Support"))
    assert refused.value.calls == ("One × 2", "Small × 2")
    assert "Nothing was sent: One × 2, Small × 2." in refused.value.message
    assert refused.value.message.startswith("The budget of Support for the month leaves $0.0005 of $0.0005, and")
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(RUN)).scalar_one() == 0
    runs.start(plan(CARD.name, team="Support"))
    runs.start(plan(CARD.name, shots=2))


def test_inside_only_lets_own_machines_go_on(budgets, runs):
    cap(budgets, Decimal(0), then=Then.INSIDE)
    with pytest.raises(BudgetReached) as refused:
        runs.start(plan())
    assert "may still be asked" in refused.value.next_step
    runs.start(plan(INSIDE.name))


def test_stop_means_own_machines_too(database, budgets, runs):
    cap(budgets, WORST)
    runs.start(plan(INSIDE.name))
    settle(database, runs.start(plan(CARD.name, public_id="paid")), WORST)
    with pytest.raises(BudgetReached):
        runs.start(plan(INSIDE.name))


@pytest.mark.parametrize("then", [Then.WARN, Then.CHEAPER])
def test_a_soft_limit_refuses_nothing_and_shows(database, budgets, runs, then):
    cap(budgets, WORST, warn=WORST / 2, then=then)
    settle(database, runs.start(plan(public_id="one")), WORST)
    runs.start(plan())
    (standing,) = budgets.standings()
    assert (standing.warned, standing.reached, standing.left) == (True, True, 0)


def test_a_model_without_a_price_is_refused_under_a_hard_limit_only(budgets, runs):
    runs.start(plan(UNPRICED.name))
    cap(budgets, Decimal(1000))
    with pytest.raises(BudgetReached, match="no price is known") as refused:
        runs.start(plan(UNPRICED.name))
    assert "Enter a price" in refused.value.next_step


@pytest.mark.parametrize(
    ("scope", "name", "booking"),
    [
        (BudgetScope.TEAM, "Support", {"team": "Support"}),
        (BudgetScope.PROJECT, "Spring", {"project": "Spring"}),
        (BudgetScope.PERSON, "Anna", {"person": "Anna"}),
        (BudgetScope.TAG, "pilot", {"tags": ("other", "pilot")}),
    ],
)
def test_each_scope_counts_its_own_spending_and_no_other(database, budgets, runs, scope, name, booking):
    settle(database, runs.start(plan(public_id="before", **booking)), WORST)
    cap(budgets, WORST * 2, scope=scope, name=name)
    runs.start(plan(public_id="held", **booking))
    left = budgets.facing(**booking).tightest
    assert (left.spent, left.held, left.left) == (WORST, WORST, 0)
    with pytest.raises(BudgetReached):
        runs.start(plan(**booking))
    runs.start(plan())
    assert budgets.facing().tightest is None


def test_a_budget_for_one_run_counts_that_run_and_its_retries(database, budgets, runs):
    cap(budgets, WORST * 2, period=Period.RUN)
    with pytest.raises(BudgetReached, match="for one run"):
        runs.start(plan(shots=3))
    key = runs.start(plan(shots=2))
    runs.cancel(key)
    assert runs.resume(key) == 2
    with pytest.raises(BudgetReached):
        runs.start(plan(shots=3))


def test_a_retry_is_refused_like_any_run(database, budgets, runs):
    key = runs.start(plan(public_id="one"))
    runs.cancel(key)
    cap(budgets, WORST / 2)
    with pytest.raises(BudgetReached):
        runs.resume(key)
    with database.read() as connection:
        assert connection.execute(sa.select(SHOT.c.state)).scalars().all() == ["cancelled"]


def test_a_reservation_expires(database, budgets, runs):
    cap(budgets, WORST)
    runs.start(plan())
    with pytest.raises(BudgetReached):
        runs.start(plan())
    with database.write() as connection:
        connection.execute(sa.update(RESERVATION).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    runs.start(plan())


def test_a_shot_that_ended_in_any_way_holds_nothing(database, budgets, runs):
    cap(budgets, WORST)
    runs.start(plan())
    with database.write() as connection:  # somebody forgot to release it
        connection.execute(sa.update(SHOT).values(state="interrupted"))
    assert budgets.standings()[0].held == 0


def test_the_tightest_budget_is_what_is_left(budgets):
    cap(budgets, Decimal(400))
    cap(budgets, Decimal(5), scope=BudgetScope.TEAM, name="Support", period=Period.DAY)
    assert budgets.facing(team="Support").tightest.left == 5
    assert budgets.facing(team="Somewhere").tightest.left == 400


def test_a_plan_sees_what_is_left_by_place_and_whether_cheaper_models_are_wanted(database, budgets, runs):
    cap(budgets, Decimal(1), then=Then.INSIDE)
    cap(budgets, Decimal(5), scope=BudgetScope.TEAM, name="Support", then=Then.STOP)
    cap(budgets, WORST * 2, scope=BudgetScope.PROJECT, name="Spring", warn=WORST, then=Then.CHEAPER)
    cap(budgets, Decimal(2), period=Period.RUN, then=Then.CHEAPER)
    facing = budgets.standing(plan(team="Support", project="Spring"))
    assert (facing.left(Place.CLOUD), facing.left(Place.LOCAL), facing.cheaper_above) == (1, 5, 2)
    assert (facing.prefers_cheaper, facing.warned) == (None, ())
    settle(database, runs.start(plan(project="Spring", public_id="one")), WORST)
    facing = budgets.standing(plan(project="Spring"))
    assert facing.prefers_cheaper.budget.name == "Spring"
    assert facing.left(Place.LOCAL) is None
    assert [each.budget.name for each in facing.warned] == ["Spring"]


def test_cheaper_without_a_warning_begins_at_the_stop(database, budgets, runs):
    cap(budgets, WORST, then=Then.CHEAPER)
    assert budgets.facing().prefers_cheaper is None
    settle(database, runs.start(plan(public_id="one")), WORST)
    assert budgets.facing().prefers_cheaper is not None


def test_a_budget_that_only_warns_counts_what_is_left_to_the_warning(database, budgets, runs):
    budgets.enter(scope=BudgetScope.EVERYTHING, period=Period.DAY, warn_at=WORST, stop_at=None, then=Then.WARN)
    assert (budgets.facing().tightest.to_go, budgets.facing().tightest.left) == (WORST, None)


def test_who_was_refused_or_warned_is_told_once_a_period(database, budgets, runs):
    cap(budgets, WORST / 2, warn=Decimal(0))
    for shots in (1, 3):
        with pytest.raises(BudgetReached):
            runs.start(plan(shots=shots, person="Anna"))
    (standing,) = budgets.standings()
    for _ in range(2):
        budgets.tell(standing, person="Ben")
    refused, warned = budgets.told([standing])[standing.budget.id]
    assert (refused.person, refused.what, refused.calls) == ("Anna", Told.REFUSED, ("One × 3",))
    assert (warned.person, warned.what, warned.calls) == ("Ben", Told.WARNED, ())
    later = datetime.now(UTC) + timedelta(days=40)
    assert budgets.told([standing], now=later) == {standing.budget.id: ()}


def test_inside_only_says_which_of_the_runs_models_may_still_be_asked(budgets, runs):
    cap(budgets, Decimal(0), then=Then.INSIDE)
    with pytest.raises(BudgetReached) as refused:
        runs.start(plan(CARD.name, INSIDE.name))
    assert (refused.value.inside_only, refused.value.inside) == (True, (INSIDE.name,))


def test_a_change_can_be_put_back_and_so_can_a_removal(budgets):
    first = cap(budgets, Decimal(1), warn=CENT, then=Then.INSIDE)
    second = budgets.change(first, period=Period.WEEK, warn_at=None, stop_at=Decimal(2), then=Then.STOP, person="Ben")
    (standing,) = budgets.standings()
    assert (standing.budget.period, standing.budget.stop_at, standing.budget.created_by) == (Period.WEEK, 2, "Ben")
    assert [(each.budget.id, each.by) for each in budgets.ended()] == [(first, "Ben")]
    with pytest.raises(NotFound):
        budgets.change(first, period=Period.DAY, warn_at=None, stop_at=CENT, then=Then.STOP)
    back = budgets.put_back(first, instead_of=second, person="Cara")
    (standing,) = budgets.standings()
    assert (standing.budget.id, standing.budget.period, standing.budget.warn_at) == (back, Period.MONTH, CENT)
    budgets.end(back)
    assert budgets.standings() == ()
    budgets.put_back(back)
    assert budgets.standings()[0].budget.then is Then.INSIDE


def test_a_new_budget_replaces_the_one_before_and_can_be_ended(budgets):
    first = cap(budgets, Decimal(1))
    second = cap(budgets, Decimal(2))
    assert [standing.budget.id for standing in budgets.standings()] == [second]
    budgets.end(second, person="Cara")
    assert budgets.standings() == ()
    with pytest.raises(NotFound):
        budgets.end(first)


@pytest.mark.parametrize(
    ("warn", "stop", "then"),
    [(None, None, Then.WARN), (Decimal(-1), None, Then.WARN), (Decimal(2), Decimal(1), Then.STOP),
     (Decimal(1), None, Then.STOP)],
)  # fmt: skip
def test_a_budget_that_makes_no_sense_is_refused(budgets, warn, stop, then):
    with pytest.raises(InputError):
        budgets.enter(scope=BudgetScope.EVERYTHING, period=Period.DAY, warn_at=warn, stop_at=stop, then=then)
    with pytest.raises(NotFound):
        cap(budgets, scope=BudgetScope.TEAM, name="Nobody")


def test_periods_begin_in_utc_and_weeks_on_monday():
    now = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)  # a Sunday
    assert period_start(Period.DAY, now) == datetime(2026, 11, 22, tzinfo=UTC)
    assert period_start(Period.WEEK, now) == datetime(2026, 11, 16, tzinfo=UTC)
    assert period_start(Period.MONTH, now) == datetime(2026, 11, 1, tzinfo=UTC)


def test_the_worst_case_is_the_prompt_and_the_longest_answer(budgets):
    (need,) = budgets.needs(plan(shots=2), [CARD])
    assert need == Need(card=CARD, shots=2, each=WORST)
    assert need.whole == 2 * WORST
