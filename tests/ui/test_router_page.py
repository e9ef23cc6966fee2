"""Router without a browser: what Auto saves by one slider, a prompt to try, the rules, and where prompts went."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services, build
from core.domain.route import Rule
from core.domain.run import RunPlan
from core.domain.workspace import Workspace
from core.errors import ClaudePrompterError
from core.router.hashing import HashingEmbedder
from core.router.history import data_version, judged_runs
from core.router.holding_out import hold_out
from core.router.lessons import write_held
from core.router.priors import PriorReader
from core.router.replays import held_path
from core.router.rules import KEEP
from core.settings import Settings
from core.store.history_filter import HistoryFilter
from core.transfer.departures import departures_csv
from pages.ui.services import services_of
from tests.core.router.judged import office


@pytest.fixture
def idle(settings: Settings) -> Iterator[Services]:
    """The services of the demo without an engine."""
    services = build(settings, Workspace.DEMO)
    yield services
    services.database.close()


@pytest.fixture
def learned(settings: Settings, idle: Services) -> Services:
    """A workspace with 120 judged runs, from which everything is learned already."""
    office(idle.database, 120)
    held = hold_out(judged_runs(idle.database), HashingEmbedder(), version=data_version(idle.database))
    write_held(held, held_path(settings, Workspace.DEMO))
    return idle


def said(test: AppTest) -> str:
    parts = (*test.markdown, *test.caption, *test.error, *test.warning)
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def test_below_forty_picks_it_says_how_many_are_missing(app: Callable[..., AppTest], idle: Services) -> None:
    test = app("router", ws="demo")
    assert not test.exception
    assert "Auto is still learning: 0 of about 40 picks" in said(test)


def test_one_sentence_says_what_auto_would_have_cost_and_kept(app: Callable[..., AppTest], learned: Services) -> None:
    test = app("router", ws="demo")
    assert not test.exception
    words = said(test)
    assert "judged runs Auto would have cost $" in words
    assert "would have got a worse answer" in words
    assert "in 100 of dear's quality" in words


def test_the_slider_changes_the_page_and_only_the_button_the_setting_which_can_be_undone(
    app: Callable[..., AppTest], learned: Services
) -> None:
    rules = learned.routes.rules
    test = app("router", ws="demo", name="Cara")
    before = said(test)
    test.slider(key="keep").set_value(90.0).run()
    assert said(test) != before
    assert rules.rules().keep == 0.98
    test.button(key="use_this").click().run()
    assert rules.rules().keep == 0.9
    assert rules.history(KEEP)[0].person == "Cara"
    assert "now in use: 90, by Cara" in said(test)
    test.button(key="undo_setting").click().run()
    assert rules.rules().keep == 0.98


def test_a_link_opens_the_slider_where_it_was(app: Callable[..., AppTest], learned: Services) -> None:
    assert app("router", ws="demo", keep="92.5").slider(key="keep").value == 92.5


def test_a_prompt_can_be_tried_and_its_receipt_read(app: Callable[..., AppTest], idle: Services) -> None:
    test = app("router", ws="demo", tab="Try a prompt")
    test.text_area(key="router_prompt").set_value("Write a kind reply to this complaint.").run()
    test.button(key="router_ask").click().run()
    assert not test.exception
    assert "Auto" in said(test)
    assert {"Model", "Cost", "Because"} <= set(test.dataframe[0].value.columns)
    assert idle.routes.past() == ()


def test_a_prompt_with_a_card_number_is_said_to_stay_inside(app: Callable[..., AppTest], idle: Services) -> None:
    test = app("router", ws="demo", tab="Try a prompt")
    test.text_area(key="router_prompt").set_value("Refund the card 4111 1111 1111 1111, please.").run()
    test.button(key="router_ask").click().run()
    assert "Stay inside" in said(test)
    assert "card numbers" in said(test)


def test_the_rules_are_switched_in_plain_words_and_say_who_changed_them(
    app: Callable[..., AppTest], idle: Services
) -> None:
    test = app("router", ws="demo", tab="Rules", name="Ben")
    test.toggle(key="rule_budget").set_value(False).run()
    assert not test.exception
    assert idle.routes.rules.rules().budget is False
    assert "Budget: as it came → off · Ben" in said(test)
    (undo,) = [each for each in test.button if each.label == "Undo"]
    undo.click().run()
    assert idle.routes.rules.rules().budget is True


def test_how_often_a_rule_spoke_stands_beside_it(app: Callable[..., AppTest], idle: Services) -> None:
    plan = RunPlan(prompt="Card 4111 1111 1111 1111", models=("simulated/sage",))
    with pytest.raises(ClaudePrompterError, match="card numbers"):
        idle.runs.start(plan)
    (spoke,) = idle.rule_hits.spoken(since=datetime(2020, 1, 1, tzinfo=UTC))
    assert (spoke.rule, spoke.refused) == (Rule.INSIDE, 1)
    assert "refused 1 send" in said(app("router", ws="demo", tab="Rules"))


def test_what_was_refused_stands_where_prompts_went_and_no_prompt_does(
    app: Callable[..., AppTest], idle: Services
) -> None:
    with pytest.raises(ClaudePrompterError):
        idle.runs.start(RunPlan(prompt="Card 4111 1111 1111 1111", models=("simulated/sage",), person="Anna"))
    test = app("router", ws="demo", tab="Where prompts went")
    assert not test.exception
    (row,) = test.dataframe[0].value.to_dict("records")
    assert (row["Who"], row["Went"], row["Rule"]) == ("Anna", "refused", "card numbers")
    assert "4111" not in str(row)


def test_the_export_for_a_security_team_runs_in_no_spreadsheet_and_says_that_the_demo_is_simulated() -> None:
    row = dict.fromkeys(("when", "run", "who", "project", "model", "place", "host", "rule", "went"), "")
    text = departures_csv([{**row, "who": "=HYPERLINK(1)", "bytes": 7}], simulated=True).decode("utf-8-sig")
    assert "simulated" in text.splitlines()[0]
    assert '"=HYPERLINK' not in text
    assert "7" in text.splitlines()[1]


class Differing(PriorReader):
    """A reader that knows which past runs differ most."""

    def __init__(self, runs: tuple[str, ...]) -> None:
        super().__init__(dict)
        self._runs = runs

    def representative(self, count: int) -> tuple[str, ...]:
        return self._runs[:count]


def test_a_model_nobody_judged_can_be_judged_on_past_runs_after_one_look_at_the_price(
    app: Callable[..., AppTest], learned: Services
) -> None:
    test = app("router", ws="demo", tab="Try a prompt", name="Cara")
    routes = services_of("demo").routes
    routes._parts = replace(routes._parts, reader=Differing(learned.history.ids(HistoryFilter(), most=3)))
    test.text_area(key="router_prompt").set_value("poem moon river rhyme lyric").run()
    test.button(key="router_ask").click().run()
    assert "Swift** is unproven: nobody has judged it yet" in said(test)
    test.button(key="judge_simulated/swift").click().run()
    assert test.selectbox(key="rerun_model").value == "simulated/swift"
    assert re.match(r"Run 3 shots · about \\\$0\.\d+", test.button(key="rerun_start").label)
    assert not learned.history.page(HistoryFilter(models=("simulated/swift",)), limit=10).rows
