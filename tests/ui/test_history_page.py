"""History without a browser: listed, filtered, opened, exported, deleted and taken back."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services, build
from core.domain.model import Place
from core.domain.money import Charge, CostState, PriceSource, TokenClass
from core.domain.run import (
    AttemptRecord,
    AttemptState,
    Origin,
    RunPlan,
    RunRecord,
    RunState,
    ShotRecord,
    ShotState,
    Visibility,
)
from core.domain.verdict import VerdictKind
from core.domain.workspace import Workspace
from core.settings import Settings
from core.store import tables
from core.store.database import table
from core.transfer.arrivals import TakenIn
from core.transfer.outcome_import import OutcomesReport
from pages.ui.drawer_tables import cost_table, speed_table, way_table
from pages.ui.import_runs import report_words

RUN, SHOT = table(tables.Run), table(tables.Shot)
NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
SHOT_DONE = ShotRecord(
    id=7, ordinal=1, model="lab/x", label="X", shot_index=1, place=Place.LOCAL, state=ShotState.DONE, text="Yes."
)


@pytest.fixture
def idle(settings: Settings) -> Iterator[Services]:
    """The services of the demo without an engine."""
    services = build(settings, Workspace.DEMO)
    yield services
    services.database.close()


def _past(services: Services, prompt: str, *, settle: bool = True, **changes: Any) -> str:
    plan = RunPlan(prompt=prompt, models=("simulated/sage", "simulated/swift"), origin=Origin.DEMO)
    public_id = services.runs.start(replace(plan, **changes))
    if settle:
        with services.database.write() as connection:
            run_id = connection.execute(sa.select(RUN.c.id).where(RUN.c.public_id == public_id)).scalar_one()
            done = {"state": ShotState.DONE, "text": f"An answer to {prompt}", "finished_at": datetime.now(UTC)}
            cost = {"cost": Decimal("0.5"), "cost_state": CostState.PRICED}
            connection.execute(sa.update(SHOT).where(SHOT.c.run_id == run_id).values(**done, **cost))
            ended = {"state": RunState.DONE, "finished_at": datetime.now(UTC)}
            connection.execute(sa.update(RUN).where(RUN.c.id == run_id).values(**ended))
    return public_id


def _said(test: AppTest) -> str:
    parts = (*test.markdown, *test.caption, *test.error, *test.warning)
    return "\n".join(str(part.value) for part in parts)


def _prompts(test: AppTest) -> list[str]:
    return list(test.dataframe[0].value["prompt"]) if test.dataframe else []


def _button(test: AppTest, key: str) -> Any:
    return next(button for button in test.button if button.key == key)


def test_nothing_asked_yet_leads_to_a_first_run(app: Callable[..., AppTest], idle: Services) -> None:
    test = app("history")
    assert not test.exception
    assert "Nothing has been asked here yet" in _said(test)


def test_runs_stand_newest_first_with_their_sums(app: Callable[..., AppTest], idle: Services) -> None:
    _past(idle, "First question")
    second = _past(idle, "Second question", person="Anna")
    idle.verdicts.give(second, person="Anna", kind=VerdictKind.WINNER, compared=(1, 2), shot=1)
    test = app("history")
    assert _prompts(test) == ["Second question", "First question"]
    assert list(test.dataframe[0].value["winner"]) == ["Sage", "—"]
    assert "**2 runs** · \\$2.00 · 1 judged" in _said(test)


def test_a_view_stands_in_its_link(app: Callable[..., AppTest], idle: Services) -> None:
    _past(idle, "About apples")
    _past(idle, "About pears")
    test = app("history", words="apples")
    assert _prompts(test) == ["About apples"]
    assert app("history", judged="Judged").dataframe == [] or not _prompts(app("history", judged="Judged"))


def test_a_search_without_hits_says_so(app: Callable[..., AppTest], idle: Services) -> None:
    _past(idle, "About apples")
    assert "No run fits" in _said(app("history", words="melons"))


def test_runs_of_somebody_s_own_are_not_in_others_lists(app: Callable[..., AppTest], idle: Services) -> None:
    _past(idle, "Only mine", person="Anna", visibility=Visibility.ME)
    assert _prompts(app("history", name="Anna")) == ["Only mine"]
    assert _prompts(app("history", name="Ben")) == []


def test_a_link_opens_the_drawer_with_answers_and_their_question(app: Callable[..., AppTest], idle: Services) -> None:
    public_id = _past(idle, "About apples")
    test = app("history", run=public_id)
    assert not test.exception
    assert "An answer to About apples" in _said(test)
    assert "**Which answer won?**" in _said(test)
    assert _button(test, "drawer_Previous").disabled


def test_a_link_to_a_deleted_run_says_so_and_can_restore_it(app: Callable[..., AppTest], idle: Services) -> None:
    public_id = _past(idle, "About apples")
    idle.history.delete(public_id, "")
    test = app("history", run=public_id)
    assert "in the bin" in test.error[0].value
    _button(test, "restore_run").click().run()
    assert not test.exception
    assert idle.runs.record(public_id).prompt == "About apples"


def test_a_link_that_leads_nowhere_keeps_the_list(app: Callable[..., AppTest], idle: Services) -> None:
    _past(idle, "About apples")
    test = app("history", run="nowhere")
    assert test.error
    assert _prompts(test) == ["About apples"]


def _attempt(number: int, **changes: Any) -> AttemptRecord:
    attempt = AttemptRecord(
        id=number,
        number=number,
        state=AttemptState.DONE,
        model="lab/x",
        host="127.0.0.1:8000",
        place=Place.LOCAL,
        started_at=NOON + timedelta(seconds=number),
        ttft_ms=600,
        total_ms=3100,
        request_bytes=512,
        input_tokens=96,
        output_tokens=214,
        usage_known=True,
        cost_state=CostState.PRICED,
    )
    return replace(attempt, **changes)


RECORD = RunRecord(
    id=1,
    public_id="x",
    state=RunState.DONE,
    origin=Origin.PAGE,
    prompt="p",
    created_at=NOON,
    shots=(replace(SHOT_DONE, attempts=2),),
)


def _typed(markdown: str) -> str:
    return markdown.replace("\\", "").replace("\u2060", "")


def test_the_cost_table_names_every_charge_with_its_price_and_source() -> None:
    failed = _attempt(1, state=AttemptState.FAILED, input_tokens=0, output_tokens=0, cost_state=CostState.UNPRICED)
    charges = {
        2: (
            Charge(
                token_class=TokenClass.INPUT,
                quantity=96,
                unit_price=Decimal("0.000003"),
                amount=Decimal("0.000288"),
                source=PriceSource.GENAI_PRICES,
                revision="2026-05-01",
            ),
        )
    }
    table_ = cost_table(RECORD, {7: (failed, _attempt(2))}, charges)
    assert "| 96 in | $3.00 | $0.000288 | price list genai-prices 2026-05-01 |" in _typed(table_)
    assert "nothing counted" in table_
    assert "attempt 1" in table_


def test_a_cost_that_is_not_known_never_reads_as_zero() -> None:
    table_ = cost_table(RECORD, {7: (_attempt(1, cost_state=CostState.UNPRICED),)}, {})
    assert "no price known" in table_
    assert "$0" not in table_


def test_the_speed_table_tells_how_each_attempt_ended() -> None:
    failed = _attempt(1, state=AttemptState.FAILED, ttft_ms=None, error_message="Refused.")
    table_ = speed_table(RECORD, {7: (failed, _attempt(2))})
    assert "Refused" in table_
    assert "| 0.6 s | 3.1 s |" in table_


def test_the_way_table_tells_place_host_and_bytes() -> None:
    assert "| this machine | 127.0.0.1:8000 | 512 B |" in _typed(way_table(RECORD, {7: (_attempt(1),)}))


def test_a_stroke_in_a_name_does_not_part_a_cell() -> None:
    table_ = way_table(RECORD, {7: (_attempt(1, host="a|b"),)})
    assert r"a\|b" in table_


def test_an_import_is_told_in_full() -> None:
    came = OutcomesReport(runs=1, grown=0, shots=3, here_already=2, passed_over=1)
    report = TakenIn(
        runs=("a",),
        outcomes=(("b.csv", came),),
        here_already=("run-x",),
        doubts=(("c", "Cut."),),
        unread=(("d.md", "It is no text."),),
    )
    said = report_words(report)
    assert [kind for kind, _ in said] == ["came", "came", "told", "told", "told", "wrong", "told"]
    assert said[0][1] == "1 run imported."
    assert said[1][1] == "b.csv: 3 outcomes in 1 new run."


def test_a_second_import_says_plainly_that_it_adds_nothing() -> None:
    again = OutcomesReport(runs=0, grown=0, shots=0, here_already=5, passed_over=0)
    report = TakenIn(runs=(), outcomes=(("b.csv", again),), here_already=("run-x",), doubts=(), unread=())
    assert report_words(report)[0] == (
        "came",
        "Nothing new: all of this is here already. A second import adds nothing.",
    )
