"""Performance without a browser: the leaderboard, what is too early to rank, and filters that stand in the link."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Event
from time import monotonic
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from core import bootstrap
from core.bootstrap import Services, build
from core.domain.run import AttemptState, Origin, RunPlan, RunState, ShotState
from core.domain.verdict import VerdictKind
from core.domain.workspace import Workspace
from core.labels import board
from core.labels.counting import count_apart
from core.labels.strength import ModelStrength
from core.metrics.tally import Tally
from core.metrics.unusual import Unusual
from core.settings import Settings
from core.store import daily_costs, tables
from core.store.database import Database, table
from core.store.history_filter import HistoryFilter
from core.store.known_models import Health
from pages.ui.charts import wins_matrix
from pages.ui.model_link import linked_name
from pages.ui.performance_filters import begin_of
from pages.ui.performance_rows import cost_words, share_words
from pages.ui.performance_words import unusual_words

RUN, SHOT, ATTEMPT = table(tables.Run), table(tables.Shot), table(tables.Attempt)
MODELS = ("simulated/sage", "simulated/swift")


@pytest.fixture
def idle(settings: Settings) -> Iterator[Services]:
    """The services of the demo without an engine."""
    services = build(settings, Workspace.DEMO)
    yield services
    services.database.close()


def _picked(services: Services, number: int, *, winner: int, person: str = "Anna", blind: bool = False) -> None:
    plan = RunPlan(prompt=f"Prompt {number}", models=MODELS, origin=Origin.DEMO, person=person)
    public_id = services.runs.start(plan)
    with services.database.write() as connection:
        run_id = connection.execute(sa.select(RUN.c.id).where(RUN.c.public_id == public_id)).scalar_one()
        done = {"state": ShotState.DONE, "text": f"Answer {number}", "finished_at": datetime.now(UTC)}
        times = {"ttft_us": 600_000, "total_us": 3_100_000, "stream_us": 2_000_000, "output_tokens": 142}
        cost = {"cost": Decimal("0.0038"), "cost_state": "priced"}
        connection.execute(sa.update(SHOT).where(SHOT.c.run_id == run_id).values(**done, **times, **cost))
        connection.execute(sa.update(RUN).where(RUN.c.id == run_id).values(state=RunState.DONE))
        _tried(connection, run_id)
    services.verdicts.give(public_id, person=person, kind=VerdictKind.WINNER, compared=(1, 2), shot=winner, blind=blind)


def _tried(connection: sa.Connection, run_id: int, **values: Any) -> None:
    """Write one attempt for each shot of a run; the model's first one was slow to send 100 tokens in 2 s."""
    for shot in connection.execute(sa.select(SHOT).where(SHOT.c.run_id == run_id)).all():
        made = connection.execute(
            sa.insert(ATTEMPT)
            .values(
                {
                    "shot_id": shot.id, "run_id": run_id, "number": 1, "state": AttemptState.DONE, "model": shot.model,
                    "place": shot.place, "started_at": datetime.now(UTC), "finished_at": datetime.now(UTC),
                    "ttft_us": 600_000, "total_us": 3_100_000, "output_tokens": 178, "cost": Decimal("0.0038"),
                    "cost_state": "priced", "response_model": f"{shot.model}-1",
                }
                | values
            )
            .returning(ATTEMPT.c.id)
        ).scalar_one()  # fmt: skip
        daily_costs.put_in(connection, [made])


def _said(test: AppTest) -> str:
    return "\n".join(str(part.value) for part in (*test.markdown, *test.caption, *test.error))


def _table(test: AppTest) -> pd.DataFrame:
    found: pd.DataFrame = test.dataframe[0].value
    return found.set_index("model")


def test_no_run_leads_to_a_first_one(app: Callable[..., AppTest], idle: Services) -> None:
    test = app("performance")
    assert not test.exception
    assert "No run in this view" in _said(test)


def test_below_ten_decisive_picks_there_are_counts_and_no_rank(app: Callable[..., AppTest], idle: Services) -> None:
    for number in range(4):
        _picked(idle, number, winner=1)
    test = app("performance")
    assert not test.exception
    row = _table(test).loc["Sage"]
    assert (row["share"], row["picks"]) == ("too early, 6 more", "4 / 1")
    assert "Too early to rank: 6 more decisive picks would make a start." in _said(test)


def test_the_better_model_stands_first_with_its_figures(app: Callable[..., AppTest], idle: Services) -> None:
    for number in range(24):
        _picked(idle, number, winner=1 if number % 6 else 2)
    test = app("performance")
    assert not test.exception
    table_ = _table(test)
    assert list(table_.index) == ["Sage", "Swift"]
    sage = table_.loc["Sage"]
    assert sage["picks"] == "24 / 1"
    assert (sage["cost"], sage["first"], sage["whole"], sage["speed"]) == ("$0.0038", "0.6 s", "3.1 s", "71/s")
    assert "24 picks between models by 1 person on 24 prompts; 24 chose one answer." in _said(test)
    assert test.get("plotly_chart")


def test_very_many_picks_are_counted_while_the_rest_is_there(
    app: Callable[..., AppTest], idle: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(24):
        _picked(idle, number, winner=1 if number % 6 else 2)
    gate = Event()

    def slowly(database: Database, wanted: HistoryFilter, **how: Any) -> board.Board:
        assert gate.wait(60)
        return count_apart(database, wanted, **how)

    monkeypatch.setattr(board, "LARGE", 3)
    monkeypatch.setattr(bootstrap, "count_apart", slowly)
    test = app("performance")
    assert not test.exception
    row = _table(test).loc["Sage"]
    assert (row["share"], row["picks"], row["first"]) == ("being counted", "…", "0.6 s")
    assert "Counting 24 picks: quality appears by itself." in _said(test)
    gate.set()
    until = monotonic() + 30
    while "24 chose one answer" not in _said(test):
        assert monotonic() < until
        test.run()
    assert _table(test).loc["Sage"]["picks"] == "24 / 1"


def test_names_hidden_only_and_people_stand_in_the_link(app: Callable[..., AppTest], idle: Services) -> None:
    _picked(idle, 1, winner=1, blind=True)
    _picked(idle, 2, winner=1, person="Ben")
    assert _table(app("performance", blind="true")).loc["Sage"]["picks"] == "1 / 1"
    assert _table(app("performance", people="Ben")).loc["Sage"]["picks"] == "1 / 1"
    assert _table(app("performance")).loc["Sage"]["picks"] == "2 / 2"


def _strength(**values: Any) -> ModelStrength:
    return ModelStrength(
        model="m", **({"wins": 0, "ties": 0, "losses": 0, "people": 1, "prompts": 1, "needed": 0} | values)
    )


def test_a_share_is_told_in_100_with_its_range() -> None:
    assert share_words(_strength(wins=9, share=0.912, low=0.85, high=0.95, rank=1)) == "91 (85–95)"
    assert share_words(_strength(wins=3, needed=7)) == "too early, 7 more"
    assert share_words(_strength(wins=12, apart=True)) == "never met the others"
    assert share_words(None) == "never compared"


def test_a_cost_that_is_not_known_never_reads_as_zero() -> None:
    assert cost_words(Tally(free=1, runs=1)) == "no charge"
    assert cost_words(Tally(unpriced=1, runs=1)) == "no price known"
    assert cost_words(Tally(priced=4, runs=2, amount=Decimal("0.0076"))) == "$0.0038"


def test_the_matrix_keeps_the_order_of_the_table() -> None:
    wins = pd.DataFrame(
        [
            {"model": "Sage", "against": "Swift", "share": 0.8, "words": "3 / 1 / 1"},
            {"model": "Swift", "against": "Sage", "share": 0.4, "words": "1 / 1 / 3"},
        ]
    )
    heat = wins_matrix(wins).data[0]
    assert list(heat.x) == ["Sage", "Swift"]
    assert heat.z[0][1] == 80
    assert heat.text[1][0] == "1 / 1 / 3"


@pytest.fixture
def judged(idle: Services) -> Services:
    """Twelve picks, and a run whose attempts failed."""
    for number in range(12):
        _picked(idle, number, winner=1 if number % 6 else 2)
    public_id = idle.runs.start(RunPlan(prompt="Fails", models=MODELS, origin=Origin.DEMO, person="Anna"))
    with idle.database.write() as connection:
        run_id = connection.execute(sa.select(RUN.c.id).where(RUN.c.public_id == public_id)).scalar_one()
        fault = {"error_kind": "rate_limited", "error_message": "It asked for a pause (429)."}
        _tried(connection, run_id, state=AttemptState.FAILED, ttft_us=None, output_tokens=0, **fault)
    return idle


def test_quality_shows_ranges_wins_and_speed_beside_each_other(app: Callable[..., AppTest], judged: Services) -> None:
    test = app("performance", tab="Quality")
    assert not test.exception
    assert _table(test).loc["Sage"]["record"] == "10 / 0 / 2"
    assert len(test.get("plotly_chart")) == 3


def test_speed_shows_percentiles_with_the_number_behind_them(app: Callable[..., AppTest], judged: Services) -> None:
    test = app("performance", tab="Speed", measure="Tokens/s")
    assert not test.exception
    row = _table(test).loc["Sage"]
    assert (row["half"], row["answers"]) == ("71/s", 12)
    assert "24 answers of 26 attempts in this view are timed." in _said(test)


def test_errors_show_kinds_the_pause_and_the_failed_runs(app: Callable[..., AppTest], judged: Services) -> None:
    paused = Health(failures=5, paused_until=datetime.now(UTC) + timedelta(minutes=1), reason="It stalled.")
    judged.known_models.note_health(MODELS[0], paused, datetime.now(UTC))
    test = app("performance", tab="Errors")
    assert not test.exception
    row = _table(test).loc["Sage"]
    assert (row["failed"], row["lost"], row["most"]) == ("1 (7.7 %)", "1 (7.7 %)", "too many requests (1)")
    assert row["state"].startswith("paused after 5 failures, next try ")
    assert "It asked for a pause (429)." in _said(test)


def test_filters_narrow_speed_as_they_narrow_picks(app: Callable[..., AppTest], judged: Services) -> None:
    team = judged.people.add_team("Support").id
    with judged.database.write() as connection:
        runs = connection.execute(sa.select(RUN.c.id).order_by(RUN.c.id).limit(3)).scalars().all()
        daily_costs.rebook(connection, runs, {"team_id": team})
    row = _table(app("performance", teams="Support")).loc["Sage"]
    assert (row["picks"], row["answers"]) == ("3 / 1", 3)


def test_a_model_has_a_page_of_its_own(app: Callable[..., AppTest], judged: Services) -> None:
    test = app("performance", model="simulated/sage")
    assert not test.exception
    assert [metric.label for metric in test.metric][:2] == ["Picked or tied", "Cost per run"]
    assert [header.value for header in test.header] == ["Sage"]
    assert "It asked for a pause (429)." in _said(test)


def test_a_model_nobody_asked_says_so(app: Callable[..., AppTest], idle: Services) -> None:
    test = app("performance", model="simulated/grand")
    assert not test.exception
    assert "Nobody asked or judged this model in this view." in _said(test)


def test_periods_are_whole_utc_days() -> None:
    today = date(2026, 11, 19)
    assert begin_of("Last 7 days", today=today) == date(2026, 11, 13)
    assert begin_of("This month", today=today) == date(2026, 11, 1)
    assert begin_of("Any time", today=today) is None


def test_an_unusual_day_reads_as_one_sentence() -> None:
    one = Unusual(
        day=date(2026, 11, 19), model="a", slow=True, failing=True, first_us=4.45e6, usual_us=1.03e6, attempts=88,
        failed=41, usual_share=0.003, hours=(9, 12),
    )  # fmt: skip
    assert unusual_words([one], {"a": "Sage"}) == (
        "Thu 19 Nov, 09:00 to 12:00 UTC: Sage was slow (first word 4.5 s, usually 1.0 s) and failing "
        "(41 of 88 attempts, usually 0.3 %)."
    )


def test_a_models_name_leads_to_its_page_whatever_it_is_called() -> None:
    assert linked_name("A [model]", "x/a b", workspace="demo") == (
        r"[A \[model\]](performance?ws=demo&model=x%2Fa+b)"
    )  # fmt: skip
