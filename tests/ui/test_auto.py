"""Auto on the Run page: it says whom it would ask and why, and one click asks otherwise."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services, build
from core.domain.route import Basis
from core.domain.workspace import Workspace
from core.settings import Settings


@pytest.fixture
def idle(settings: Settings) -> Iterator[Services]:
    """The services of the demo without an engine."""
    services = build(settings, Workspace.DEMO)
    yield services
    services.database.close()


def said(test: AppTest) -> str:
    parts = (*test.markdown, *test.caption, *test.error, *test.warning)
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def press(test: AppTest) -> str:
    test.button(key="draft_demo_run").click().run()
    assert not test.exception
    found = test.query_params["run"]
    return found if isinstance(found, str) else str(found[0])


def test_auto_is_one_click_and_says_whom_it_would_ask_before_the_run(
    app: Callable[..., AppTest], idle: Services
) -> None:
    test = app(name="Anna")
    test.button(key="draft_demo_auto_instead").click().run()
    assert not test.exception
    assert "Auto asks your best model" in said(test)
    assert test.button(key="draft_demo_run").label.startswith("Run with Auto")


def test_the_choice_is_kept_with_the_run_and_told_in_its_head(app: Callable[..., AppTest], idle: Services) -> None:
    test = app(name="Anna", auto="1")
    public_id = press(test)
    route = idle.routes.of_run(public_id)
    assert route is not None
    assert route.basis in (Basis.PRIOR, Basis.LEARNING)
    assert idle.runs.record(public_id).models == route.asked


def test_another_model_takes_one_click_and_is_kept_as_a_word_against_the_choice(
    app: Callable[..., AppTest], idle: Services
) -> None:
    test = app(name="Anna", auto="1")
    test.button(key="auto_other").click().run()
    assert "instead" in said(test)
    route = idle.routes.of_run(press(test))
    assert route is not None
    assert route.overridden
    assert route.asked == route.instead


def test_what_one_asked_instead_can_be_taken_back(app: Callable[..., AppTest], idle: Services) -> None:
    test = app(name="Anna", auto="1")
    test.button(key="auto_other").click().run()
    test.button(key="auto_back").click().run()
    route = idle.routes.of_run(press(test))
    assert route is not None
    assert not route.overridden


def test_a_prompt_that_stays_inside_is_asked_inside_alone(app: Callable[..., AppTest], idle: Services) -> None:
    test = app(name="Anna", auto="1")
    test.text_area(key="draft_demo_text").set_value("Refund the card 4111 1111 1111 1111, please.").run()
    assert "Rules keep this prompt inside" in said(test)
    cards = {card.name: card for card in idle.known_models.all()}
    assert all(cards[name].place.inside for name in idle.runs.record(press(test)).models)


def test_offline_with_nothing_inside_up_says_what_to_do_and_starts_nothing(
    app: Callable[..., AppTest], idle: Services
) -> None:
    test = app(name="Anna", auto="1")
    idle.known_models.replace_all(
        [card for card in idle.known_models.all() if not card.place.inside], datetime.now(UTC)
    )
    test.text_area(key="draft_demo_text").set_value("Refund the card 4111 1111 1111 1111, please.").run()
    assert "no inside model is up" in said(test)
    test.button(key="draft_demo_run").click().run()
    assert "run" not in test.query_params
    assert "no inside model is up" in said(test)


def test_who_ran_with_auto_finds_it_on_next_time(app: Callable[..., AppTest], idle: Services) -> None:
    press(app(name="Anna", auto="1"))
    again = app(name="Anna")
    assert again.button(key="draft_demo_chip_auto").label == "Auto"
