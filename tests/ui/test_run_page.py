"""The Run page without a browser: composed, run by simulated models in a thread, watched, picked."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services, build, build_engine
from core.domain.run import RunPlan, RunRecord, ShotSettings, ShotState, Visibility
from core.domain.verdict import VerdictKind
from core.domain.workspace import Workspace
from core.errors import UnreadableFile
from core.settings import Settings
from core.store import tables
from core.store.database import table
from pages.ui.prompt_sources import read_text

SAGE, SWIFT, PINE = "simulated/sage", "simulated/swift", "simulated/pine"
PATIENCE = 30.0


@pytest.fixture
def demo(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """The services of the demo, and its engine in a thread with models that answer at once."""
    monkeypatch.setenv("CLAUDEPROMPTER_SIMULATED_SPEED", "200")
    fast = settings.model_copy(update={"simulated_speed": 200.0})
    services = build(fast, Workspace.DEMO)
    engine = build_engine(fast, Workspace.DEMO)
    engine.start()
    yield services
    engine.stop()
    services.database.close()


@pytest.fixture
def idle(settings: Settings) -> Iterator[Services]:
    """The services of the demo without an engine: what is started waits."""
    services = build(settings, Workspace.DEMO)
    yield services
    services.database.close()


def _plan(**changes: Any) -> RunPlan:
    return replace(RunPlan(prompt="Say hello.", models=(SAGE, SWIFT), shots_per_model=1), **changes)


def _settled(services: Services, public_id: str, viewer: str = "") -> RunRecord:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        record = services.runs.record(public_id, viewer=viewer)
        if record.state.settled:
            return record
        time.sleep(0.02)
    raise AssertionError(f"run {public_id} did not settle")


def _button(test: AppTest, label: str) -> Any:
    found = [button for button in test.button if button.label.startswith(label)]
    assert found, f"no button {label!r} among {[button.label for button in test.button]}"
    return found[0]


def _said(test: AppTest) -> str:
    parts = (*test.markdown, *test.caption, *test.error, *test.warning)
    return "\n".join(str(part.value) for part in parts)


def _count(services: Services) -> int:
    with services.database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table(tables.Run))).scalar_one())


def _fail(services: Services, public_id: str, ordinal: int, state: ShotState) -> None:
    shot = table(tables.Shot)
    run = table(tables.Run)
    with services.database.write() as connection:
        run_id = connection.execute(sa.select(run.c.id).where(run.c.public_id == public_id)).scalar_one()
        connection.execute(
            sa.update(shot)
            .where(shot.c.run_id == run_id, shot.c.ordinal == ordinal)
            .values(
                state=state,
                text="",
                error_kind="stalled",
                error_message="The model stopped sending.",
                error_next_step="Try again.",
                error_detail="read timeout",
                attempts=2,
            )
        )


def test_a_newcomer_finds_a_sample_three_models_two_shots_and_what_it_costs(app: Callable[..., AppTest]) -> None:
    test = app()
    assert not test.exception
    assert "charged twice" in test.text_area[0].value
    run = _button(test, "Run 6 shots")
    assert "about \\$0.0" in run.label
    assert not run.disabled
    assert [button.label.split(" ")[0] for button in test.button if "chip_" in str(button.key)] == [
        "Sage",
        "Swift",
        "Pine",
    ]


def test_one_press_runs_and_the_answers_are_shown_with_their_figures(
    app: Callable[..., AppTest], demo: Services
) -> None:
    test = app()
    _button(test, "Run 6 shots").click().run()
    assert not test.exception
    public_id = _parameter(test, "run")
    record = _settled(demo, public_id)
    test.run()
    assert not test.exception
    assert len(record.shots) == 6
    assert "6 answers" in _said(test)
    assert "**Which answer won?**" in _said(test)
    assert "first " in _said(test)


def test_a_pick_is_kept_and_followed_by_the_sentence(app: Callable[..., AppTest], demo: Services) -> None:
    test = app(name="Anna")
    _button(test, "Run 6 shots").click().run()
    public_id = _parameter(test, "run")
    _settled(demo, public_id, "Anna")
    test.run()
    test.button(key=f"pick_{public_id}_1").click().run()
    assert not test.exception
    [verdict] = demo.verdicts.of_run(public_id, viewer="Anna")
    assert (verdict.kind, verdict.person, verdict.blind, len(verdict.compared)) == (
        VerdictKind.WINNER,
        "Anna",
        False,
        6,
    )
    assert "You picked Sage, shot 1" in _said(test)
    assert "times less" in _said(test)
    test.button(key=f"undo_{public_id}").click().run()
    assert demo.verdicts.of_run(public_id, viewer="Anna") == ()
    assert "Which answer won?" in _said(test)


def test_an_empty_prompt_is_one_plain_line_and_nothing_is_recorded(app: Callable[..., AppTest], idle: Services) -> None:
    test = app()
    test.text_area[0].set_value("   ").run()
    _button(test, "Run").click().run()
    assert not test.exception
    assert "The prompt is empty." in test.error[0].value
    assert _count(idle) == 0


def test_a_field_without_a_value_is_named(app: Callable[..., AppTest], idle: Services) -> None:
    test = app()
    test.text_area[0].set_value("Write to {{name}} about {{topic}}.").run()
    _button(test, "Run").click().run()
    assert "No value for name, topic." in test.error[0].value
    assert _count(idle) == 0


def test_no_model_and_an_unknown_model_are_said_with_the_next_step(app: Callable[..., AppTest], idle: Services) -> None:
    test = app()
    for key in [str(button.key) for button in test.button if "chip_" in str(button.key)]:
        test.button(key=key).click().run()
    _button(test, "Run").click().run()
    assert "No model is chosen." in test.error[0].value
    test.session_state["draft_demo_models"] = ["simulated/gone"]
    test.run()
    _button(test, "Run").click().run()
    assert "not connected here" in test.error[0].value
    assert _count(idle) == 0


def test_five_megabytes_of_text_are_refused_kindly(app: Callable[..., AppTest], idle: Services) -> None:
    test = app()
    test.text_area[0].set_value("word " * 1_000_000).run()
    assert _button(test, "Run 6 shots").label == "Run 6 shots"
    _button(test, "Run").click().run()
    assert not test.exception
    assert "5.0 MB" in test.error[0].value
    assert _count(idle) == 0


def test_a_prompt_over_the_context_names_the_model(app: Callable[..., AppTest], idle: Services) -> None:
    test = app()
    test.text_area[0].set_value("word " * 70_000).run()
    _button(test, "Run").click().run()
    assert "takes" in test.error[0].value
    assert _count(idle) == 0


def test_our_own_workspace_without_models_leads_to_connecting_one(app: Callable[..., AppTest]) -> None:
    test = app(ws="team")
    assert not test.exception
    assert _button(test, "Connect a model")
    assert "First five minutes" not in _said(test)


def test_two_presses_before_the_page_moved_make_one_run(app: Callable[..., AppTest], idle: Services) -> None:
    test = app()
    first = _button(test, "Run 6 shots")
    first.click().run()
    started = _parameter(test, "run")
    # The second press comes from the page as it was: the same draft, the same id.
    draft_id = test.session_state["draft_demo_public_id"]
    assert draft_id == started
    assert idle.runs.start(_plan(public_id=draft_id)) == started
    assert _count(idle) == 1


def test_a_new_run_has_an_id_of_its_own(app: Callable[..., AppTest], idle: Services) -> None:
    test = app()
    _button(test, "Run 6 shots").click().run()
    first = _parameter(test, "run")
    test.button(key=f"edit_{first}").click().run()
    assert "run" not in test.query_params
    _button(test, "Run 6 shots").click().run()
    assert _parameter(test, "run") != first
    assert _count(idle) == 2


def test_a_run_that_would_cost_far_more_than_shown_asks_once(
    app: Callable[..., AppTest], idle: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUDEPROMPTER_ASK_ABOVE_USD", "0.00001")
    test = app()
    test.session_state["draft_demo_shown_estimate"] = None
    _button(test, "Run 6 shots")
    from pages.ui.draft import Draft  # noqa: PLC0415

    monkeypatch.setattr(Draft, "shown_estimate", property(lambda _: 0, lambda *_: None))
    _button(test, "Run 6 shots").click().run()
    assert not test.exception
    assert "run" not in test.query_params
    assert _count(idle) == 0
    _button(test, "Run it all the same").click().run()
    assert _count(idle) == 1


def test_a_link_opens_a_run_that_waits_and_says_that_the_engine_is_not_there(
    app: Callable[..., AppTest], idle: Services
) -> None:
    public_id = idle.runs.start(_plan())
    test = app(run=public_id)
    assert not test.exception
    assert _button(test, "Stop run")
    assert test.warning


def test_stopping_a_run_keeps_it_and_offers_to_resume(app: Callable[..., AppTest], idle: Services) -> None:
    public_id = idle.runs.start(_plan())
    test = app(run=public_id)
    _button(test, "Stop run").click().run()
    assert not test.exception
    assert "stopped" in _said(test)
    _button(test, "Resume").click().run()
    assert all(shot.state is ShotState.QUEUED for shot in idle.runs.record(public_id).shots)


def test_a_failed_answer_is_a_card_with_what_happened_and_what_to_do(
    app: Callable[..., AppTest], demo: Services
) -> None:
    public_id = demo.runs.start(_plan())
    _settled(demo, public_id)
    _fail(demo, public_id, 2, ShotState.FAILED)
    test = app(run=public_id)
    assert "The model stopped sending" in _said(test)
    assert "tried twice" in _said(test)
    assert _button(test, "Retry 1 failed")
    _button(test, "Try again").click().run()
    assert not test.exception
    assert _settled(demo, public_id).shots[1].state is ShotState.DONE


def test_hidden_names_stay_hidden_until_the_pick_which_counts_as_blind(
    app: Callable[..., AppTest], demo: Services
) -> None:
    public_id = demo.runs.start(_plan(blind=True, person="Ben"))
    _settled(demo, public_id, "Ben")
    test = app(name="Ben", run=public_id)
    assert "Sage" not in _said(test)
    assert not [caption for caption in test.main.caption if "\\$" in caption.value or " s " in caption.value]
    test.button(key=f"pick_{public_id}_A").click().run()
    assert "names hidden" in _said(test)
    assert "Sage" in _said(test)
    assert demo.verdicts.of_run(public_id, viewer="Ben")[0].blind
    test.button(key=f"undo_{public_id}").click().run()
    test.button(key=f"pick_{public_id}_1").click().run()
    assert not demo.verdicts.of_run(public_id, viewer="Ben")[0].blind


def test_a_link_with_names_hidden_asks_a_colleague_without_showing_them(
    app: Callable[..., AppTest], demo: Services
) -> None:
    public_id = demo.runs.start(_plan(person="Anna"))
    _settled(demo, public_id, "Anna")
    assert "Swift" not in _said(app(name="Ben", run=public_id, hide="1"))
    assert "Swift" in _said(app(name="Ben", run=public_id))


def test_one_answer_is_asked_whether_it_is_good_enough(app: Callable[..., AppTest], demo: Services) -> None:
    public_id = demo.runs.start(_plan(models=(SAGE,)))
    _settled(demo, public_id)
    test = app(run=public_id)
    assert "**Good enough?**" in _said(test)
    test.button(key=f"pick_{public_id}_good").click().run()
    assert demo.verdicts.of_run(public_id)[0].kind is VerdictKind.GOOD


def test_a_real_question_is_not_answered_by_made_up_models_and_the_page_says_so(
    app: Callable[..., AppTest], demo: Services
) -> None:
    public_id = demo.runs.start(_plan(prompt="What is our revenue in Peru?"))
    _settled(demo, public_id)
    assert "simulated and cannot answer" in _said(app(run=public_id))


def test_the_winner_can_be_refined_in_a_new_run(app: Callable[..., AppTest], demo: Services) -> None:
    test = app()
    _button(test, "Run 6 shots").click().run()
    public_id = _parameter(test, "run")
    record = _settled(demo, public_id)
    test.run()
    test.button(key=f"pick_{public_id}_1").click().run()
    _button(test, "Refine it").click().run()
    assert not test.exception
    assert record.shots[0].text.strip() in test.text_area[0].value


def test_editing_takes_every_setting_over(app: Callable[..., AppTest], idle: Services) -> None:
    public_id = idle.runs.start(
        _plan(
            shots_per_model=4,
            settings=ShotSettings(temperature=0.2, max_tokens=900, system="Be brief."),
            per_model=((SWIFT, ShotSettings(temperature=1.1, max_tokens=900, system="Be brief.")),),
            tags=("mail",),
            visibility=Visibility.ME,
            person="Anna",
        )
    )
    test = app(name="Anna", run=public_id)
    test.button(key=f"edit_{public_id}").click().run()
    _button(test, "Run 8 shots").click().run()
    again = idle.runs.record(_parameter(test, "run"), viewer="Anna")
    first = idle.runs.record(public_id, viewer="Anna")
    for name in ("prompt", "models", "shots_per_model", "settings", "per_model", "tags", "visibility"):
        assert getattr(again, name) == getattr(first, name), name
    assert again.parent_public_id == public_id


def test_a_link_that_leads_nowhere_says_so_with_a_way_back(app: Callable[..., AppTest], idle: Services) -> None:
    test = app(run="nowhere")
    assert not test.exception
    assert test.error
    assert not test.text_area


def test_a_link_to_a_run_of_the_other_workspace_offers_to_go_there(app: Callable[..., AppTest], idle: Services) -> None:
    public_id = idle.runs.start(_plan())
    test = app(ws="team", run=public_id)
    assert "demo workspace" in test.warning[0].value
    _button(test, "Open it there").click().run()
    assert _parameter(test, "ws") == "demo"
    assert _button(test, "Stop run")


def test_a_run_of_somebody_s_own_is_not_shown_to_others(app: Callable[..., AppTest], idle: Services) -> None:
    public_id = idle.runs.start(_plan(person="Anna", visibility=Visibility.ME))
    assert "Only the person who started this run" in app(name="Ben", run=public_id).error[0].value
    assert not app(name="Anna", run=public_id).error


def test_what_was_used_last_is_there_next_time(app: Callable[..., AppTest], idle: Services) -> None:
    test = app(name="Anna")
    test.button(key=f"draft_demo_chip_{PINE}").click().run()
    _button(test, "Run 4 shots").click().run()
    assert _button(app(name="Anna"), "Run 4 shots")


def test_the_first_minutes_tick_themselves_and_hide_for_good(app: Callable[..., AppTest], idle: Services) -> None:
    test = app(name="Anna")
    assert "First five minutes" in _said(test)
    _button(test, "Run 6 shots").click().run()
    again = app(name="Anna")
    assert ":small[:green[:material/check_circle:] :gray[Run a sample]]" in _said(again)
    _button(again, "Hide").click().run()
    assert "First five minutes" not in _said(app(name="Anna"))


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"\xef\xbb\xbfa;b\r\n1;2", "a;b\n1;2"), ("Grüße".encode("utf-16"), "Grüße"), ("é".encode(), "é")],
)
def test_text_files_are_read_in_their_usual_encodings(data: bytes, text: str) -> None:
    assert read_text("notes.txt", data) == text


@pytest.mark.parametrize("data", [b"", b"   \n", b"\xff\xfe\x00", b"PK\x03\x04\x00\x00", "é".encode("latin-1")])
def test_what_is_no_text_file_is_refused_by_its_name(data: bytes) -> None:
    with pytest.raises(UnreadableFile, match=r"notes\.txt"):
        read_text("notes.txt", data)


def _parameter(test: AppTest, name: str) -> str:
    value = test.query_params[name]
    return str(value[0] if isinstance(value, list) else value)


def test_a_note_is_kept_with_the_pick(app: Callable[..., AppTest], demo: Services) -> None:
    public_id = demo.runs.start(_plan(person="Anna"))
    _settled(demo, public_id, "Anna")
    test = app(name="Anna", run=public_id)
    test.button(key=f"pick_{public_id}_tie").click().run()
    test.button(key=f"note_{public_id}").click().run()
    test.text_input(key=f"note_text_{public_id}").set_value("Both are kind.").run()
    assert not test.exception
    assert demo.verdicts.of_run(public_id, viewer="Anna")[0].note == "Both are kind."
    assert "Note: Both are kind" in _said(test)
