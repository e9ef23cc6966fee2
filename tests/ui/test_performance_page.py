"""Performance without a browser: the leaderboard, what is too early to rank, and filters that stand in the link."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services, build
from core.domain.model import Place
from core.domain.run import Origin, RunPlan, RunState, ShotState
from core.domain.verdict import VerdictKind
from core.domain.workspace import Workspace
from core.labels.speeds import ModelFigures
from core.labels.strength import ModelStrength
from core.settings import Settings
from core.store import tables
from core.store.database import table
from pages.ui.charts import wins_matrix
from pages.ui.performance_rows import cost_words, share_words

RUN, SHOT = table(tables.Run), table(tables.Shot)
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
    services.verdicts.give(public_id, person=person, kind=VerdictKind.WINNER, compared=(1, 2), shot=winner, blind=blind)


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
    assert (row["share"], row["record"], row["picks"]) == ("too early, 6 more", "4 / 0 / 0", "4 / 1")
    assert "Too early to rank: 6 more decisive picks would make a start." in _said(test)


def test_the_better_model_stands_first_with_its_figures(app: Callable[..., AppTest], idle: Services) -> None:
    for number in range(24):
        _picked(idle, number, winner=1 if number % 6 else 2)
    test = app("performance")
    assert not test.exception
    table_ = _table(test)
    assert list(table_.index) == ["Sage", "Swift"]
    sage = table_.loc["Sage"]
    assert sage["record"] == "20 / 0 / 4"
    assert (sage["cost"], sage["first"], sage["whole"], sage["speed"]) == ("$0.0038", "0.6 s", "3.1 s", "71/s")
    assert "24 picks between models by 1 person on 24 prompts; 24 chose one answer." in _said(test)
    assert test.get("plotly_chart")


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


def _figures(**values: Any) -> ModelFigures:
    known = {"cost_per_run": None, "free": False, "unpriced": 0, "first_ms": None, "whole_ms": None}
    return ModelFigures(
        model="m", label="M", place=Place.LOCAL, runs=1, shots=1, failed=0, tokens_per_second=None, **(known | values)
    )


def test_a_cost_that_is_not_known_never_reads_as_zero() -> None:
    assert cost_words(_figures(free=True)) == "no charge"
    assert cost_words(_figures(unpriced=1)) == "no price known"
    assert cost_words(_figures(cost_per_run=Decimal("0.0038"))) == "$0.0038"


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
