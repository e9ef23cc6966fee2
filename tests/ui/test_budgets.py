"""Budgets on the pages: set, changed, removed and undone; held where a run would pass them, in plain words."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.costs.budget import BudgetRecord, BudgetScope, Facing, Period, Standing, Then
from core.costs.notices import Notice, Told
from core.domain.model import Place
from core.domain.run import RunPlan
from core.store.daily_costs import day_number
from pages.ui import budget_words, services
from pages.ui.budget_lines import refusal_words

NOW = datetime(2026, 11, 20, 14, 2, tzinfo=UTC)


def texts(test):
    return " ".join(element.value for kind in (test.markdown, test.caption, test.error) for element in kind)


def press(test, label):
    next(button for button in test.button if button.label == label).click().run()
    assert not test.exception


def budgets():
    return services.services_of("demo").budgets


def cap(amount, then=Then.STOP, warn=None, period=Period.MONTH):
    return budgets().enter(
        scope=BudgetScope.EVERYTHING, period=period, warn_at=warn, stop_at=Decimal(amount), then=then, person="Cara"
    )


def standing(spent="318.42", held="0", stop="400", warn="320", then=Then.STOP, period=Period.MONTH, name="Support"):
    budget = BudgetRecord(
        id=1, scope=BudgetScope.TEAM, scope_id=1, name=name, period=period, warn_at=warn and Decimal(warn),
        stop_at=stop and Decimal(stop), then=then, created_at=NOW, created_by="Cara",
    )  # fmt: skip
    return Standing(budget=budget, spent=Decimal(spent), held=Decimal(held))


def test_a_budget_is_added_changed_removed_and_each_is_undone(app):
    test = app("costs", name="Anna", tab="Budgets")
    assert "No budget yet" in texts(test)
    press(test, "Add a budget")
    test.number_input(key="budget_new_warn").set_value(8.0)
    test.number_input(key="budget_new_stop").set_value(10.0)
    test.selectbox(key="budget_new_then").set_value(Then.STOP)
    press(test, "Add")
    (first,) = budgets().standings()
    assert (first.budget.stop_at, first.budget.warn_at, first.budget.created_by) == (10, 8, "Anna")
    press(test, "Edit")
    test.number_input(key=f"budget_{first.budget.id}_stop").set_value(12.5)
    press(test, "Save")
    assert budgets().standings()[0].budget.stop_at == Decimal("12.5")
    press(test, "Undo")
    assert budgets().standings()[0].budget.stop_at == 10
    press(test, "Remove")
    assert budgets().standings() == ()
    press(test, "Undo")
    assert budgets().standings()[0].budget.stop_at == 10


def test_a_budget_for_a_team_names_it(app):
    test = app("costs", name="Anna", tab="Budgets")
    services.services_of("demo").people.add_team("Support")
    press(test, "Add a budget")
    test.segmented_control(key="budget_new_scope").set_value(BudgetScope.TEAM).run()
    test.number_input(key="budget_new_stop").set_value(5.0)
    press(test, "Add")
    assert "Nobody is named" in texts(test)
    test.selectbox(key="budget_new_name_team").set_value("Support")
    press(test, "Add")
    assert budgets().standings()[0].budget.name == "Support"
    assert "Support" in texts(test)


def test_what_makes_no_sense_is_said_and_nothing_is_lost(app):
    test = app("costs", name="Anna", tab="Budgets")
    press(test, "Add a budget")
    press(test, "Add")
    assert "A budget needs a sum" in texts(test)
    assert budgets().standings() == ()


def test_over_a_stop_the_page_names_the_calls_that_were_not_made(app):
    test = app(name="Anna")
    cap("0.0001")
    test.run()
    assert "no call would be made" in texts(test)
    test.button(key="draft_demo_run").click().run()
    assert not test.exception
    told = texts(test)
    assert "Nothing was sent: Sage × 2, Swift × 2, Pine × 2" in told
    assert services.services_of("demo").runs.going() == ()
    test.switch_page("pages/costs.py")
    test.query_params["tab"] = "Budgets"
    test.run()
    assert "Calls not made: Anna" in texts(test)


def test_inside_only_offers_what_can_still_be_asked(app):
    test = app(name="Anna")
    cap("0.0001", then=Then.INSIDE)
    test.run()
    test.button(key="draft_demo_run").click().run()
    assert "may still be asked" in texts(test)
    press(test, "Ask Pine instead")
    (run,) = services.services_of("demo").runs.going()
    record = services.services_of("demo").runs.record(run.public_id)
    assert record.models == ("simulated/pine",)


def test_a_passed_warning_is_said_on_the_run_page_and_who_was_told_is_kept(app):
    test = app(name="Anna")
    spend(Decimal(9))
    number = cap("10", warn=Decimal(8), then=Then.CHEAPER)
    test.run()
    assert "has passed its warning" in texts(test)
    assert "Auto prefers cheaper models now" in texts(test)
    (notice,) = budgets().told(budgets().standings())[number]
    assert (notice.person, notice.what) == ("Anna", Told.WARNED)


def spend(amount):
    import sqlalchemy as sa  # noqa: PLC0415

    from core.store.daily_costs import CALLS  # noqa: PLC0415

    with services.services_of("demo").database.write() as connection:
        connection.execute(
            sa.insert(CALLS).values(
                day=day_number(datetime.now(UTC)), model="m", provider="p", place="cloud", person_id=0, team_id=0,
                project_id=0, cost_state="priced", attempts=1, answers=1, amount=amount,
            )
        )  # fmt: skip


def test_the_sidebar_shows_what_is_left_only_where_a_budget_exists(app):
    test = app(name="Anna")
    assert [bar.proto.text for bar in test.sidebar.get("progress")] == []
    cap("400")
    test.run()
    assert [bar.proto.text for bar in test.sidebar.get("progress")] == ["\\$400.00 left · everything, this month"]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (standing(), "$318.42, 80 % · $81.58 left"),
        (standing(held="0.2"), "$318.42, 80 % · ~$0.20 held by runs under way · $81.38 left"),
        (standing("399.99"), "$399.99, 99 % · $0.0100 left"),
        (standing("410"), "$410.00, 102 % · nothing left"),
        (standing("10", stop=None, then=Then.WARN), "$10.00, 3 % · $310.00 to the warning"),
        (standing(period=Period.RUN), "counted for each run by itself"),
    ],
)
def test_how_far_a_budget_is_used_is_said_in_one_line(found, words):
    assert budget_words.used_words(found) == words


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            standing("330"),
            "The budget of Support, this month, has passed its warning: $330.00 of $400.00, $70.00 left.",
        ),
        (standing("400", then=Then.INSIDE), "Nothing is sent outside now; this machine and our network may still"),
        (standing("400", then=Then.CHEAPER), "Auto prefers cheaper models now; calls go on."),
        (standing("400"), "No call is made until it is changed or its period ends."),
        (standing("400", then=Then.WARN, name=""), "The budget of everything, this month, is used up"),
    ],
)
def test_a_passed_limit_says_what_follows(found, words):
    assert words in budget_words.crossed_words(found)


def test_who_was_told_is_one_line():
    notices = (
        Notice(person="Anna", what=Told.WARNED, calls=(), at=NOW),
        Notice(person="", what=Told.REFUSED, calls=("Sage × 2", "Swift"), at=NOW),
    )
    line = budget_words.told_words(notices, zone=UTC)
    assert line.startswith("Told of the warning: Anna ")
    assert line.endswith("(Sage × 2, Swift).")
    assert budget_words.told_words(()) == ""


def test_no_estimate_or_no_hard_limit_refuses_nothing():
    assert refusal_words(Facing(standings=(standing(then=Then.WARN),)), None, {}) == ""
    assert Facing(standings=(standing(then=Then.INSIDE),)).left(Place.LOCAL) is None


def test_a_resume_that_a_budget_refuses_stays_on_the_runs_page_and_names_the_calls(app):
    app("settings", name="Anna")
    runs = services.services_of("demo").runs
    key = runs.start(RunPlan(prompt="Write a reply", models=("simulated/sage",), shots_per_model=2, person="Anna"))
    runs.cancel(key)
    cap("0.0001")
    test = app(name="Anna", run=key)
    press(test, "Resume")
    assert "Nothing was sent: Sage × 2" in texts(test)
    test.run()
    assert "Nothing was sent: Sage × 2" in texts(test)
    budgets().end(budgets().standings()[0].budget.id)
    press(test, "Resume")
    assert "Nothing was sent" not in texts(test)
    assert {shot.state.value for shot in runs.record(key).shots} == {"queued"}
