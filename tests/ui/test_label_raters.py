"""An AI judge and checks on the Label page, without a browser: ordered, watched, set beside what people say."""

from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services, build
from core.domain.labelling import JudgementSource
from core.domain.verdict import VerdictKind
from core.domain.workspace import Workspace
from core.labels.agreement import JudgeAgreement, Share
from core.labels.assessments import JudgeQuote
from core.labels.judge_figures import JudgeFigures
from core.labels.rollup import note_judgements
from core.settings import Settings
from core.store.history_filter import HistoryFilter
from core.store.judgements import Judgement, Judgements
from pages.ui.label_judge_words import agrees_words, beside_words, quote_words
from tests.ui.test_label_page import _queue, _said


@pytest.fixture
def idle(settings: Settings) -> Iterator[Services]:
    """The services of the demo without an engine."""
    services = build(settings, Workspace.DEMO)
    yield services
    services.database.close()


@pytest.fixture
def judged(idle: Services) -> str:
    """A queue of six items that Zoe and a judge have judged; they differ on one."""
    queue = _queue(idle, runs=6)
    for number in range(6):
        view = idle.labelling.next(queue, person="Zoe")
        assert view is not None
        idle.labelling.give(view.id, person="Zoe", kind=VerdictKind.TIE)
        shots = tuple(sorted(answer.shot_id for answer in view.answers))
        run = idle.runs.record(view.run).id
        word = Judgement(
            run_id=run,
            source=JudgementSource.JUDGE,
            name="simulated/grand",
            version="pairwise-1",
            compared=shots,
            outcome=VerdictKind.WINNER if number == 0 else VerdictKind.TIE,
            shot_id=shots[1] if number == 0 else None,
            reason="It covers more.",
        )
        Judgements(idle.database, note_judgements).add([word])
    return queue


def _open(app: Callable[..., AppTest], **parameters: str) -> AppTest:
    return app("label", name="Zoe", judge="1", **parameters)


def test_a_judge_is_ordered_with_its_price_said_and_its_progress_shown(
    idle: Services, app: Callable[..., AppTest]
) -> None:
    queue = _queue(idle)
    test = _open(app, queue=queue)
    assert "3 items, 6 questions, about" in _said(test)
    assert "The judges of the demo are simulated" in _said(test)
    test.button(key="ask_judge_now").click().run()
    (asked,) = idle.assessments.of_queue(queue)
    assert (asked.name, asked.person, asked.total) == ("simulated/grand", "Zoe", 3)
    assert test.get("progress")


def test_a_check_is_added_from_its_form(idle: Services, app: Callable[..., AppTest]) -> None:
    queue = _queue(idle)
    test = _open(app, queue=queue)
    test.button(key="add_check").click().run()
    assert not idle.assessments.of_queue(queue)
    test.text_input(key="check_contains_words").set_value("refund, sorry").run()
    test.button(key="add_check").click().run()
    (asked,) = idle.assessments.of_queue(queue)
    assert (asked.name, asked.source) == ("contains “refund”, “sorry”", JudgementSource.CHECK)


def test_agreement_stands_on_the_card_and_what_they_differ_on_comes_first(
    idle: Services,
    judged: str,
    app: Callable[..., AppTest],
) -> None:
    test = app("label", name="Zoe")
    assert "AI judge Grand agrees with people in 83 %" in _said(test)
    test = _open(app, queue=judged)
    said = _said(test)
    assert "The AI judge differs from people on 1 item" in said
    assert "It covers more." in said
    assert any("Zoe called it a tie" in each.label for each in test.expander)
    (figures,) = idle.second_raters.judges(HistoryFilter())
    assert figures.pairs == 6


def test_runs_of_no_queue_are_judged_from_history(idle: Services, app: Callable[..., AppTest]) -> None:
    queue = _queue(idle)
    runs = ",".join({item.run for item in idle.labelling._items.of_queue(idle.labelling._queues.get(queue).id)})
    test = _open(app, runs=runs)
    assert "3 items, 6 questions" in _said(test)
    test.button(key="ask_judge_now").click().run()
    assert test.query_params["assessment"]
    assert idle.assessments.latest()[0].total == 3


def test_the_sentences_say_when_it_is_too_early_and_what_a_judge_likes() -> None:
    share = Share(value=0.78, low=0.7, high=0.84, number=200)
    few = Share(value=1.0, low=0.3, high=1.0, number=2)
    agreement = JudgeAgreement(
        with_people=share, among_people=None, alpha=None, flips=Share(value=0.06, low=0.0, high=0.1, number=200)
    )
    figures = JudgeFigures(
        name="grand", label="Grand", version="1", pairs=200, unread=1, agreement=agreement, longer=share,
        longer_people=Share(value=0.5, low=0.4, high=0.6, number=90),
    )  # fmt: skip
    assert agrees_words(figures) == "AI judge Grand agrees with people in 78 %"
    assert "the longer answer wins 78 in 100, with people 50" in beside_words(figures)
    early = JudgeAgreement(with_people=few, among_people=None, alpha=None, flips=None)
    assert "too few" in agrees_words(
        JudgeFigures(
            name="g", label="G", version="1", pairs=2, unread=0, agreement=early, longer=None, longer_people=None
        )
    )
    free = JudgeQuote(items=1, questions=2, amount=None, free=True, own=False)
    assert quote_words(free) == "1 item, 2 questions, no charge, booked to you"
