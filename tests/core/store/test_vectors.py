import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from core.store.database import Database
from core.store.history import History
from core.store.history_filter import HistoryFilter
from core.store.many_runs import ManyRuns
from core.store.vector_columns import uses_pgvector
from core.store.vectors import Likeness, PromptVectors

Plant = Callable[..., Any]
NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)
MODEL = {"model": "small", "version": "1"}


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def halves(*heads: float, tail: tuple[float, ...] | None = None) -> np.ndarray[Any, Any]:
    both = np.array([heads, tail or heads], dtype=np.float32)
    return both / np.linalg.norm(both, axis=1, keepdims=True)


def like(*head: float, least: float = 0.25, **model: str) -> Likeness:
    vectors = halves(*head)
    return Likeness(head=vectors[0].tobytes(), tail=vectors[1].tobytes(), least=least, **(MODEL | model))


@pytest.fixture
def planted(database: Database, plant: Plant) -> PromptVectors:
    prompts = {
        "reply": halves(1, 0, 0),
        "refund": halves(0.9, 0.3, 0),
        "long": halves(0, 1, 0, tail=(0.8, 0.6, 0)),
        "chart": halves(0, 0, 1),
    }
    for number, name in enumerate(prompts):
        plant(name, public_id=name, prompt_sha256=sha(name), created_at=NOON + timedelta(hours=number))
    vectors = PromptVectors(database)
    vectors.keep({sha(name): vector for name, vector in prompts.items()}, **MODEL)
    return vectors


def found(history: History, wanted: Likeness, **more: Any) -> list[str]:
    return [row.public_id for row in history.page(HistoryFilter(like=wanted, **more)).rows]


def test_postgresql_compares_by_itself_where_it_can(database: Database) -> None:
    with database.read() as connection:
        assert uses_pgvector(connection) is not database.is_sqlite  # the tests' PostgreSQL comes with pgvector


def test_vectors_are_kept_by_text_model_and_version(database: Database, planted: PromptVectors) -> None:
    known = planted.known([sha("reply"), sha("long"), sha("never seen")], **MODEL)
    np.testing.assert_array_equal(known[sha("reply")], halves(1, 0, 0))
    np.testing.assert_array_equal(known[sha("long")], halves(0, 1, 0, tail=(0.8, 0.6, 0)))
    assert set(known) == {sha("reply"), sha("long")}
    assert planted.known([sha("reply")], model="small", version="2") == {}
    planted.keep({sha("reply"): halves(0, 0, 1)}, **MODEL)
    np.testing.assert_array_equal(planted.known([sha("reply")], **MODEL)[sha("reply")], halves(1, 0, 0))


def test_prompts_without_a_vector_are_named_newest_first(
    database: Database, planted: PromptVectors, plant: Plant
) -> None:
    plant("older", prompt_sha256=sha("older"))
    plant("newer", prompt_sha256=sha("newer"))
    (newest,) = planted.missing(**MODEL, limit=1)
    assert (newest.sha256, newest.prompt) == (sha("newer"), "newer")
    assert [each.prompt for each in planted.missing(**MODEL, limit=9, below=newest.run_id)] == ["older"]
    assert planted.missing(**MODEL, limit=9, above=newest.run_id) == ()
    assert [each.prompt for each in planted.missing(**MODEL, limit=9)] == ["newer", "older"]
    assert len(planted.missing(model="small", version="2", limit=9)) == 6


def test_the_better_half_decides_and_the_nearest_come_first(database: Database, planted: PromptVectors) -> None:
    page = History(database, planted).page(HistoryFilter(like=like(1, 0, 0)))
    assert [row.public_id for row in page.rows] == ["reply", "refund", "long"]
    assert [row.likeness for row in page.rows] == pytest.approx([1.0, 0.949, 0.8], abs=2e-3)
    assert (page.total_runs, page.next) == (3, None)
    assert page.total_cost > 0


def test_a_search_by_meaning_obeys_the_other_filters(database: Database, planted: PromptVectors) -> None:
    history = History(database, planted)
    assert found(history, like(1, 0, 0), until=NOON + timedelta(hours=1)) == ["reply"]
    assert found(history, like(1, 0, 0), words="refund") == ["refund"]
    assert found(history, like(1, 0, 0), persons=("Ben",)) == []
    assert found(history, like(1, 0, 0, least=0.9)) == ["reply", "refund"]
    assert found(history, like(1, 0, 0, version="2")) == []
    ManyRuns(database).delete(["refund"], by="Anna")
    assert found(history, like(1, 0, 0)) == ["reply", "long"]


def test_a_vector_that_comes_later_is_found_by_the_next_search(
    database: Database, planted: PromptVectors, plant: Plant
) -> None:
    history = History(database, planted)
    assert found(history, like(1, 0, 0.2)) == ["reply", "refund", "long"]
    for name in ("late", "later"):
        plant(name, public_id=name, prompt_sha256=sha(name))
        PromptVectors(database).keep({sha(name): halves(1, 0, 0.2, tail=(0, 0, 1))}, **MODEL)
    assert found(history, like(1, 0, 0.2))[:3] == ["later", "late", "reply"]


def test_pages_and_neighbours_follow_the_order_of_likeness(database: Database, planted: PromptVectors) -> None:
    history, wanted = History(database, planted), HistoryFilter(like=like(1, 0, 0))
    first = history.page(wanted, limit=2)
    assert first.next is not None
    assert [row.public_id for row in history.page(wanted, after=first.next, limit=2).rows] == ["long"]
    beside = history.neighbours("refund", wanted)
    assert (beside.newer, beside.older) == ("reply", "long")
    outside = history.neighbours("chart", wanted)
    assert (outside.newer, outside.older) == (None, None)
    assert history.ids(wanted) == ("reply", "refund", "long")


def test_many_vectors_are_searched_whole(database: Database, planted: PromptVectors) -> None:
    random = np.random.default_rng(0)
    many = random.normal(size=(1_200, 3)).astype(np.float32)
    many /= np.linalg.norm(many, axis=1, keepdims=True)
    planted.keep({f"{number:064}": np.stack([row, row]) for number, row in enumerate(many)}, **MODEL)
    asked = halves(0.3, -0.5, 0.8)
    exact = many @ asked[0]
    with database.read() as connection:
        near = planted.nearest(connection, like(0.3, -0.5, 0.8, least=0.5), most=50)
        every = planted.nearest(connection, like(0.3, -0.5, 0.8, least=0.5), most=None)
    best = [f"{number:064}" for number in np.argsort(-exact)[:50]]
    assert len(set(near) & set(best)) >= 48  # half floats may swap what is nearly equal
    assert list(near.values()) == sorted(near.values(), reverse=True)
    assert len(every) == pytest.approx(int((exact >= 0.5).sum()), abs=5)


def test_the_newest_prompts_without_a_vector_are_counted(database: Database, plant: Callable[..., Any]) -> None:
    vectors = PromptVectors(database)
    assert vectors.behind(**MODEL) == 0
    for number in range(3):
        plant(f"Prompt {number}", prompt_sha256=f"sha-{number}")
    assert vectors.behind(**MODEL) == 3
    vectors.keep({"sha-1": halves(1, 0, 0)}, **MODEL)
    assert vectors.behind(**MODEL) == 2
    assert vectors.behind(model="other", version="1") == 3
