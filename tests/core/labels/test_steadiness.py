"""How steady models are: compared once by whoever has time, kept, and summed up by model."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from core.domain.run import RunState, ShotState
from core.labels.steadiness import Steadiness
from core.store import tables
from core.store.database import Database, table
from core.store.history_filter import HistoryFilter

NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)
LONG = "This answer is so long that no two of them are ever compared word by word. "
Write = Callable[..., int]


class Meanings:
    """Gives texts that begin alike the same vector; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> Any:
        self.asked += texts
        rows = np.array([[1.0, 0.0] if text.endswith("good.") else [0.0, 1.0] for text in texts], dtype=np.float32)
        return np.stack([rows, rows], axis=1)


@pytest.fixture
def write(database: Database) -> Write:
    def one(texts: dict[str, tuple[str, ...]], *, state: RunState = RunState.DONE) -> int:
        with database.write() as connection:
            run = connection.execute(
                sa.insert(table(tables.Run))
                .values(
                    public_id=f"run-{sorted(texts)}-{len(str(texts))}-{datetime.now(UTC).timestamp()}",
                    origin="page", state=state, created_at=NOON, visibility="team", strategy="hybrid",
                    prompt="?", prompt_sha256="?", models=list(texts), shots_per_model=3,
                )
                .returning(table(tables.Run).c.id)
            ).scalar_one()  # fmt: skip
            rows = [
                {
                    "run_id": run, "ordinal": number, "model": model, "label": model.capitalize(), "shot_index": index,
                    "place": "cloud", "state": ShotState.DONE, "queued_at": NOON, "text": text,
                }
                for number, (model, index, text) in enumerate(
                    ((model, index, text) for model, own in texts.items() for index, text in enumerate(own, 1)), 1
                )
            ]  # fmt: skip
            connection.execute(sa.insert(table(tables.Shot)), rows)
        return int(run)

    return one


def test_short_answers_are_compared_by_words_and_texts_by_meaning(database: Database, write: Write) -> None:
    meanings = Meanings()
    steadiness = Steadiness(database, meanings.embed)
    run = write({"sage": ("42", "42.", "41"), "pine": (f"{LONG}good.", f"{LONG}It is good.", f"{LONG}bad")})
    assert steadiness.catch_up() == run
    found = steadiness.of_run(run)
    assert (found["sage"].by, found["sage"].agreement) == ("words", pytest.approx(1 / 3))
    assert found["sage"].vote_share == pytest.approx(2 / 3)
    assert (found["pine"].by, found["pine"].agreement) == ("meaning", pytest.approx(1 / 3))
    assert found["pine"].odd_shot is not None
    assert not any(text.startswith("4") for text in meanings.asked)


def test_equal_texts_need_no_model_and_nothing_is_compared_twice(database: Database, write: Write) -> None:
    meanings = Meanings()
    steadiness = Steadiness(database, meanings.embed)
    run = write({"sage": (LONG, LONG), "pine": ("Yes.",)})
    write({"sage": (LONG, LONG)}, state=RunState.RUNNING)
    assert steadiness.catch_up() == run
    assert steadiness.catch_up() is None
    assert meanings.asked == []
    assert steadiness.of_run(run)["sage"].agreement == 1.0
    assert "pine" not in steadiness.of_run(run)


def test_performance_gets_a_figure_for_each_model_the_steadiest_first(database: Database, write: Write) -> None:
    steadiness = Steadiness(database, Meanings().embed)
    write({"sage": ("42", "42", "42"), "pine": ("1", "2", "2")})
    write({"sage": (f"{LONG}good.", f"{LONG}bad"), "pine": ("7", "7", "7")})
    steadiness.catch_up()
    sage, pine = sorted(steadiness.of_models(HistoryFilter()), key=lambda each: each.model, reverse=True)
    assert (sage.label, sage.runs, sage.exact, sage.exact_runs, sage.by_meaning) == ("Sage", 2, 1.0, 1, 0.0)
    assert (pine.exact_runs, pine.odd, pine.by_meaning) == (2, 1, None)
