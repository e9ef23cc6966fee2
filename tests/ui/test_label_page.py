"""Label without a browser: queues listed and made, items judged and taken back, a colleague asked, words settled."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services, build
from core.domain.labelling import NamesShown, Overlap, StopRule
from core.domain.run import Origin, RunPlan, RunState, ShotState
from core.domain.verdict import VerdictKind
from core.domain.workspace import Workspace
from core.labels.agreement import Share
from core.labels.views import Given, NewQueue, QueueCard, Workload
from core.settings import Settings
from core.store import tables
from core.store.database import table
from core.store.queues import QueueRecord
from pages.ui import label_desk
from pages.ui.label_words import agreement_words, last_words, standing_words, workload_words

RUN, SHOT = table(tables.Run), table(tables.Shot)
MODELS = ("simulated/sage", "simulated/swift")


@pytest.fixture
def idle(settings: Settings) -> Iterator[Services]:
    """The services of the demo without an engine."""
    services = build(settings, Workspace.DEMO)
    yield services
    services.database.close()


def _past(services: Services, prompt: str, *, models: tuple[str, ...] = MODELS) -> str:
    public_id = services.runs.start(RunPlan(prompt=prompt, models=models, origin=Origin.DEMO))
    with services.database.write() as connection:
        run_id = connection.execute(sa.select(RUN.c.id).where(RUN.c.public_id == public_id)).scalar_one()
        done = {"state": ShotState.DONE, "finished_at": datetime.now(UTC)}
        text = sa.literal("Answer ").concat(sa.cast(SHOT.c.ordinal, sa.String))
        connection.execute(sa.update(SHOT).where(SHOT.c.run_id == run_id).values(text=text, **done))
        connection.execute(sa.update(RUN).where(RUN.c.id == run_id).values(state=RunState.DONE))
    return public_id


def _queue(services: Services, runs: int = 3, **wanted: Any) -> str:
    given = {"people": ("Zoe",), "overlap": Overlap.ONE, "stop": StopRule.ALL, "guide": "Be fair."} | wanted
    ids = tuple(_past(services, f"Prompt {number}") for number in range(runs))
    return services.labelling.create(NewQueue(name="Replies", question="Which one?", runs=ids, **given), by="Anna")


def _said(test: AppTest) -> str:
    parts = (*test.markdown, *test.caption, *test.error, *test.warning)
    return "\n".join(str(part.value) for part in parts)


def _button(test: AppTest, start: str) -> Any:
    return next(button for button in test.button if str(button.key).startswith(start))


def test_no_queue_yet_says_what_a_queue_is(app: Callable[..., AppTest], idle: Services) -> None:
    test = app("label", name="Zoe")
    assert not test.exception
    assert "No queue yet" in _said(test)


def test_a_queue_is_listed_with_its_progress(app: Callable[..., AppTest], idle: Services) -> None:
    _queue(idle)
    test = app("label", name="Zoe")
    assert "**Replies**" in _said(test)
    assert "you 0 of 3 · team 0 of 3" in _said(test)
    assert _button(test, "open_").label == "Start"


def test_items_are_judged_by_their_keys_to_the_end(app: Callable[..., AppTest], idle: Services) -> None:
    queue = _queue(idle)
    test = app("label", name="Zoe", queue=queue)
    assert "#### Which one?" in _said(test)
    assert "Sage" not in _said(test)
    assert {button.proto.shortcut for button in test.button} >= {"1", "2", "t", "n", "s", "m", "u", "h"}
    _button(test, "say_").click().run()
    assert "Last one: you picked 1 = " in _said(test)
    for _ in range(2):
        next(button for button in test.button if "_tie_" in str(button.key)).click().run()
    assert not test.exception
    assert "Done: 3 of 3" in _said(test)
    assert "Sage against Swift: too early to say" in _said(test)
    assert idle.labelling.queue(queue, person="Zoe").mine_done == 3


def test_undo_brings_the_item_back(app: Callable[..., AppTest], idle: Services) -> None:
    queue = _queue(idle)
    test = app("label", name="Zoe", queue=queue)
    first = _button(test, "say_").key
    _button(test, "say_").click().run()
    assert _button(test, "say_").key != first
    _button(test, "undo_").click().run()
    assert _button(test, "say_").key == first
    assert idle.labelling.queue(queue, person="Zoe").mine_done == 0


def test_a_note_goes_with_the_pick(app: Callable[..., AppTest], idle: Services) -> None:
    test = app("label", name="Zoe", queue=_queue(idle))
    _button(test, "note_").click().run()
    next(field for field in test.text_input if str(field.key).startswith("note_text_")).set_value("Too long.").run()
    assert "Note: Too long." in _said(test)
    _button(test, "say_").click().run()
    with idle.database.read() as connection:
        notes = connection.execute(sa.select(table(tables.VerdictRow).c.note)).scalars().all()
    assert notes == ["Too long."]


def test_a_letter_typed_before_the_note_s_field_is_there_picks_nothing(
    app: Callable[..., AppTest], idle: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_desk, "monotonic", lambda: 1000.0)  # no time passes between the two keys
    queue = _queue(idle)
    test = app("label", name="Zoe", queue=queue)
    _button(test, "note_").click().run()
    next(button for button in test.button if "_tie_" in str(button.key)).click().run()
    assert idle.labelling.queue(queue, person="Zoe").mine_done == 0


def test_the_guide_opens_and_skip_puts_off(app: Callable[..., AppTest], idle: Services) -> None:
    test = app("label", name="Zoe", queue=_queue(idle))
    _button(test, "guide_").click().run()
    assert "Be fair." in _said(test)
    first = _button(test, "say_").key
    _button(test, "skip_").click().run()
    assert _button(test, "say_").key != first


def test_names_stay_hidden_where_they_are_never_shown(app: Callable[..., AppTest], idle: Services) -> None:
    test = app("label", name="Zoe", queue=_queue(idle, 1, names_shown=NamesShown.NEVER))
    _button(test, "say_").click().run()
    assert "Last one: you picked 1." in _said(test)
    assert "Sage" not in _said(test)


def test_whoever_has_no_name_is_asked_for_it(app: Callable[..., AppTest], idle: Services) -> None:
    test = app("label", queue=_queue(idle, people=(), overlap=Overlap.EVERYONE))
    assert "Who are you?" in _said(test)
    test.text_input(key="_label_name").set_value("Zoe").run()
    assert "#### Which one?" in _said(test)


def test_a_colleague_is_asked_about_one_run(app: Callable[..., AppTest], idle: Services) -> None:
    run = _past(idle, "Hello")
    test = app("label", name="Ben")
    test.query_params["run"] = run
    test.run()
    assert "Which answer would you use?" in _said(test)
    _button(test, "say_").click().run()
    assert "Thank you, your pick is recorded" in _said(test)
    assert "names hidden" in _said(test)
    assert not test.exception


def test_one_answer_asks_whether_it_is_good_enough(app: Callable[..., AppTest], idle: Services) -> None:
    test = app("label", name="Ben", run=_past(idle, "Hello", models=MODELS[:1]))
    assert "Good enough?" in _said(test)
    _button(test, "say_").click().run()
    assert "found it good enough: 1 = Sage" in _said(test)


def test_never_judged_runs_are_labelled_at_once(app: Callable[..., AppTest], idle: Services) -> None:
    for number in range(3):
        _past(idle, f"Prompt {number}")
    test = app("label", name="Zoe")
    assert "3 runs have never been judged." in _said(test)
    _button(test, "label_some").click().run()
    assert "1 of 3" in _said(test)


def test_the_form_says_what_a_queue_means_and_makes_it(app: Callable[..., AppTest], idle: Services) -> None:
    for number in range(4):
        _past(idle, f"Prompt {number}")
    test = app("label", name="Zoe", new="1")
    assert "4 items, 1 person, 4 picks and about 3 minutes" in _said(test)
    test.text_input(key="queue_name").set_value("Mine").run()
    _button(test, "make_queue").click().run()
    assert not test.exception
    (card,) = idle.labelling.queues(person="Zoe")
    assert (card.queue.name, card.mine) == ("Mine", 4)


def test_a_form_without_a_name_keeps_what_was_typed(app: Callable[..., AppTest], idle: Services) -> None:
    _past(idle, "Prompt")
    test = app("label", name="Zoe", new="1")
    test.text_area(key="queue_guide").set_value("My long guide").run()
    _button(test, "make_queue").click().run()
    assert idle.labelling.queues(person="Zoe") == ()
    assert test.text_area(key="queue_guide").value == "My long guide"


def test_a_disagreement_is_settled_and_can_be_taken_back(app: Callable[..., AppTest], idle: Services) -> None:
    queue = _queue(idle, 1, people=("Ben", "Cara"), overlap=Overlap.EVERYONE)
    for person, wanted in (("Ben", "Sage"), ("Cara", "Swift")):
        view = idle.labelling.next(queue, person=person)
        assert view is not None
        number = view.names.index(wanted) + 1
        idle.labelling.give(view.id, person=person, kind=VerdictKind.WINNER, number=number, note=f"{wanted} it is")
    test = app("label", name="Anna", queue=queue, settle="1")
    assert "Sage it is" in _said(test)
    _button(test, "settle_").click().run()
    assert "Nothing left to settle" in _said(test)
    _button(test, "unsettle").click().run()
    assert "1 disagreement to settle" in _said(test)


def test_a_link_to_no_queue_leads_back(app: Callable[..., AppTest], idle: Services) -> None:
    test = app("label", name="Zoe", queue="nowhere")
    assert "no queue under this link" in test.error[0].value


QUEUE = QueueRecord(
    id=1, public_id="q", name="q", question="?", guide="", view={}, people=(), overlap=Overlap.ONE, share=0.0,
    names_shown=NamesShown.NEVER, stop=StopRule.ALL, seed=1, created_by="", created_at=datetime(2026, 1, 1, tzinfo=UTC),
    closed_at=None,
)  # fmt: skip


def test_the_lines_of_a_card() -> None:
    agreed = Share(value=0.82, low=0.7, high=0.9, number=17)
    card = QueueCard(queue=QUEUE, mine=36, mine_done=12, all=144, all_done=61, to_settle=5, agreement=agreed)
    assert standing_words(card) == "you 12 of 36 · team 61 of 144"
    assert agreement_words(card) == "agreement 82 % · 5 to settle"
    early = QueueCard(queue=QUEUE, mine=0, mine_done=0, all=0, all_done=0, to_settle=0, agreement=None)
    assert agreement_words(early) == "too early to say how far people agree"


def test_the_line_on_the_last_item() -> None:
    won = Given(item="i", kind=VerdictKind.WINNER, number=2, names=("Sage", "Swift"), blind=True)
    assert last_words(won, names=True) == "Last one: you picked 2 = Swift; 1 = Sage."
    tie = Given(item="i", kind=VerdictKind.TIE, number=None, names=("Sage", "Swift"), blind=True)
    assert last_words(tie, names=True) == "Last one: you called it a tie; 1 = Sage, 2 = Swift."
    assert last_words(tie, names=False) == "Last one: you called it a tie."


def test_the_line_on_a_workload() -> None:
    found = Workload(items=120, people=4, each=36, minutes=25, win_rate=0.65)
    assert (
        workload_words(found)
        == "120 items, 4 people, 36 picks and about 25 minutes each; enough to see a win rate of 65 %."
    )
