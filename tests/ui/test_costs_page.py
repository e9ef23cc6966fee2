"""The review without a browser: five questions of a random month, its link, its presentation, decisions and closing."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.bootstrap import build
from core.costs.behind import Slice
from core.costs.bills.kept import Bills
from core.costs.bills.lines import BilledLine, BillSource
from core.costs.month import Month
from core.costs.sums import Group
from core.domain.workspace import Workspace
from pages.ui import costs_charts, costs_view
from pages.ui.costs_present import step_of
from pages.ui.costs_runs import ASKED, history_parameters, slice_words
from tests.random_ledger import Ledger

NOW = datetime(2026, 12, 3, 9, 12, tzinfo=UTC)
NOVEMBER = Month(year=2026, month=11)


@pytest.fixture
def services(settings):
    """The demo's services, with a random history from 30 October 2026 on."""
    found = build(settings, Workspace.DEMO)
    Ledger(found.database, 2).happen(30)
    yield found
    found.database.close()


@pytest.fixture(autouse=True)
def december(monkeypatch):
    """The page is looked at in the first week of December 2026."""
    monkeypatch.setattr(costs_view, "clock", lambda: NOW)


def texts(test):
    return "\n".join(
        str(element.value) for kind in (test.markdown, test.caption, test.subheader, test.title, test.header)
        for element in kind
    )  # fmt: skip


def opened(app, **parameters):
    test = app("costs", name="Cara", **parameters)
    assert not test.exception
    return test


def press(test, key):
    test.button(key=key).click().run()
    assert not test.exception


def test_it_opens_on_the_last_full_month_and_answers_five_questions_in_order(app, services):
    test = opened(app)
    assert test.selectbox(key="month").value == "November 2026"
    asked = [element.value.replace("\u2002", " ") for element in test.subheader]
    assert asked == [
        "1 What did we spend?", "2 Why did it change?", "3 What did we get?", "4 What is coming?",
        "5 What shall we do?",
    ]  # fmt: skip
    total = services.reviews.month(NOVEMBER, now=NOW).totals.amount
    assert test.metric[0].value == f"${total:,.2f}"
    assert "open · list prices, before discount and tax · month in UTC" in texts(test)
    assert "only runs made here are counted" in texts(test)
    assert "against October" in texts(test)


def test_the_parts_stand_beside_a_total_they_add_up_to(app, services):
    for split in costs_view.BY:
        table = opened(app, split=split).dataframe[0].value
        spent = [Decimal(words.strip("$").replace(",", "")) for words in table["spent"] if words.startswith("$")]
        assert sum(spent[:-1]) == spent[-1]
        assert list(table["name"])[-1] == "in all"


def test_the_address_holds_month_split_and_filters(app, services):
    test = opened(app, month="October 2026", split="By team", of_project="Spring")
    assert test.selectbox(key="of_project").value == "Spring"
    spring = next(int(key) for key, name in services.reviews.names(Group.PROJECT).items() if name == "Spring")
    scope = costs_view.Scope(project=spring)
    total = services.reviews.month(NOVEMBER.before, now=NOW, scope=scope).totals.amount
    assert test.metric[0].value == f"${total:,.2f}"
    assert test.dataframe[0].value.columns[0] == "name"
    assert "a bill knows no teams" in texts(test)


def test_the_month_before_and_after_are_one_click_away(app, services):
    test = opened(app)
    press(test, "month_before")
    assert test.selectbox(key="month").value == "October 2026"
    press(test, "month_after")
    assert test.selectbox(key="month").value == "November 2026"


def test_the_whole_bill_adds_what_was_spent_elsewhere(app, services):
    line = BilledLine(
        source=BillSource.FOCUS, provider="openai", day=NOVEMBER.first, days=1, model="gpt-4o-mini",
        token_class=None, quantity=None, amount=Decimal(1000), currency="USD", what="all", raw={},
    )  # fmt: skip
    Bills(services.database).take_in([line], read_from="bill.csv", now=NOW)
    test = opened(app, bill="Whole bill")
    assert "elsewhere" in list(test.dataframe[0].value["name"])
    assert "of it elsewhere" in texts(test)
    assert "seen of the bill of OpenAI to 1 Nov" in texts(test)


def test_a_decision_is_added_ticked_changed_and_carried(app, services):
    test = opened(app, month="October 2026")
    test.text_input(key="new_what").set_value("Send $ummaries to Auto")
    next(button for button in test.button if button.label == "Add").click().run()
    (made,) = services.decisions.of(NOVEMBER.before)
    assert (made.text, made.created_by, made.until) == ("Send $ummaries to Auto", "Cara", None)
    test = opened(app)
    assert "decided in October" in texts(test)
    test.checkbox(key=f"done_{made.id}_open").check().run()
    assert services.decisions.of(NOVEMBER)[0].state == "done"


def test_an_empty_decision_is_refused_in_plain_words(app, services):
    test = opened(app)
    next(button for button in test.button if button.label == "Add").click().run()
    assert "A decision needs words" in test.toast[0].value
    assert services.decisions.of(NOVEMBER) == ()


def test_a_note_is_written_under_its_section(app, services):
    test = opened(app)
    test.text_area(key="note_text_why_202611").set_value("A *busy* week")
    saves = [button for button in test.button if button.label == "Save"]
    saves[1].click().run()
    assert services.decisions.notes(NOVEMBER) == {"why": "A *busy* week"}
    assert "> A *busy* week" in texts(test)


def test_a_month_is_closed_after_one_question_and_says_by_whom(app, services):
    test = opened(app)
    press(test, "close_month")
    assert "Every figure is frozen" in texts(test)
    press(test, "close_not")
    assert services.months.closed(NOVEMBER) is None
    press(test, "close_month")
    press(test, "close_now")
    closed = services.months.closed(NOVEMBER)
    assert closed.closed_by == "Cara"
    assert f"closed by Cara on {closed.closed_at.day} " in texts(test)
    press(test, "reopen_now")
    assert services.months.closed(NOVEMBER) is None


def test_the_running_month_cannot_be_closed(app, services, monkeypatch):
    monkeypatch.setattr(costs_view, "clock", lambda: datetime(2026, 11, 20, tzinfo=UTC))
    test = opened(app)
    assert "November can be closed once it is over." in texts(test)
    assert not [button for button in test.button if button.key == "close_month"]


def test_a_presentation_shows_one_question_without_menus_and_steps_through_them(app, services):
    test = opened(app, split="By team")
    press(test, "present")
    assert test.query_params["present"] == "1"
    assert "split=By+team" in test.query_params["shown"]
    assert len(test.sidebar.button) == 0
    assert [element.value for element in test.title] == ["Costs", "1\u2002What did we spend?"]
    press(test, "step_on")
    assert test.title[1].value == "2\u2002Why did it change?"
    for _ in range(3):
        press(test, "step_on")
    assert test.button(key="step_on").disabled
    assert test.title[1].value == "5\u2002What shall we do?"
    press(test, "present_end")
    assert "present" not in test.query_params
    assert test.segmented_control(key="split").value == "By team"


@pytest.mark.parametrize(("asked", "step"), [("", 0), ("1", 1), ("9", 5), ("0", 1), ("soon", 0)])
def test_a_made_up_screen_is_the_nearest_one(asked, step):
    assert step_of(asked) == step


def test_a_workspace_without_spending_says_what_will_stand_here(app):
    test = opened(app, ws="team")
    assert "Nothing was spent here yet" in texts(test)
    assert not test.metric


def test_a_figure_opens_its_runs_and_their_sum_is_the_figure(app, services):
    test = opened(app)
    press(test, "runs_of_month")
    shown = [metric.value for metric in test.metric]
    assert shown.count(shown[0]) == 2  # the tile and the drawer
    assert ASKED in test.session_state


def test_a_slice_reads_in_words_and_leads_to_the_same_view_of_history():
    names = {Group.TEAM: {"1": "Support"}, Group.PROJECT: {}, Group.PERSON: {}}
    hour = Slice(first=NOVEMBER.first, last=NOVEMBER.first, hour=14, parts=((Group.MODEL, "simulated/sage"),))
    assert slice_words(hour, names) == "Sage, 1 Nov 14:00 UTC"
    month = Slice(first=NOVEMBER.first, last=NOVEMBER.last, parts=((Group.TEAM, "1"), (Group.PROJECT, "0")))
    assert slice_words(month, names) == "Support, no project, 1 Nov to 30 Nov"
    assert history_parameters(month, names) == {
        "days": ["2026-11-01", "2026-11-30"], "team": "Support", "project": "no project",
    }  # fmt: skip


def test_names_of_models_are_no_markup_in_a_chart():
    assert costs_charts._plain("<b>x</b> %{y}") == "‹b›x‹/b› % {y}"


def test_spending_booked_to_nobody_is_shown_assigned_and_taken_back(app, services):
    test = opened(app, month="November 2026")
    assert "of this without a team" in texts(test)
    press(test, "assign_team")
    spent = test.metric[0].value
    test.selectbox(key="assign_to").set_value("Support").run()
    press(test, "assign_now")
    assert "booked to Support" in texts(test)
    assert "of this without a team" not in texts(test)
    assert test.metric[0].value == spent
    press(test, "assign_undo")
    assert "of this without a team" in texts(test)
    assert "booked to Support" not in texts(test)
