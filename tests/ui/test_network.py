"""The demo's network in the hands of a person: cut, said wherever it matters, and restored."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.bootstrap import build
from core.domain.run import RunPlan
from core.domain.workspace import Workspace
from core.errors import NothingAllowed
from core.settings import Settings
from core.store.simulated_network import CUT, INSIDE, OUTSIDE

RESTORE = "network_restore"


def said(test: AppTest) -> str:
    parts = (*test.markdown, *test.caption, *test.error, *test.warning)
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def test_the_switch_says_what_follows_and_the_sidebar_holds_the_way_back(app: Callable[..., AppTest]) -> None:
    test = app("router", ws="demo", tab="Rules", name="Cara")
    assert "Nothing real is switched by these two" in said(test)
    assert RESTORE not in [button.key for button in test.button]
    test.toggle(key=OUTSIDE).set_value(True).run()
    assert "Sage, Swift and Grand cannot be reached. Auto goes on inside, with Pine and Fern, and says so." in said(
        test
    )
    test.button(key=RESTORE).click().run()
    assert not test.exception
    assert test.toggle(key=OUTSIDE).value is False
    assert RESTORE not in [button.key for button in test.button]


def test_auto_says_before_and_at_the_press_that_it_goes_inside(app: Callable[..., AppTest], settings: Settings) -> None:
    services = build(settings, Workspace.DEMO)
    services.network.cut(person="Cara")
    test = app(ws="demo", name="Cara")
    test.button(key="draft_demo_auto_instead").click().run()
    assert f"{CUT} Runs go on inside." in said(test)
    route = services.routes.at_press(RunPlan(prompt="Hello", models=())).auto
    assert {candidate.label for candidate in route.candidates} == {"Pine", "Fern"}
    assert {(gone.label, gone.reason) for gone in route.removed} == {(name, CUT) for name in ("Sage", "Swift", "Grand")}
    services.database.close()


def test_with_nothing_inside_up_either_the_page_says_what_to_do(
    app: Callable[..., AppTest], settings: Settings
) -> None:
    services = build(settings, Workspace.DEMO)
    test = app("router", ws="demo", tab="Rules", name="Cara")
    test.toggle(key=OUTSIDE).set_value(True).run()
    test.toggle(key=INSIDE).set_value(True).run()
    assert "Nothing can be asked: Auto says what to start" in said(test)
    with pytest.raises(NothingAllowed) as caught:
        services.routes.at_press(RunPlan(prompt="Charge 4111 1111 1111 1111, please.", models=()))
    assert "no inside model is up" in caught.value.message
    assert caught.value.next_step.startswith("Start Pine (The models inside are switched off (simulated))")
    services.database.close()


def test_the_teams_own_workspace_has_no_such_switch(app: Callable[..., AppTest], settings: Settings) -> None:
    assert build(settings, Workspace.TEAM).network is None
    test = app("router", ws="team", tab="Rules", name="Cara")
    assert OUTSIDE not in [toggle.key for toggle in test.toggle]
    assert "simulated" not in said(test)
