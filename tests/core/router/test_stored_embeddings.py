import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
import sqlalchemy as sa

from core.router.neighbours import Vectors
from core.router.stored_embeddings import StoredEmbeddings, hash_of
from core.store import tables
from core.store.database import Database, table
from core.store.history import History
from core.store.history_filter import HistoryFilter
from core.store.vectors import PromptVectors

NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)


class Counting:
    """Embeddings of three letters: how often each stands in a text; remembers what it was asked."""

    name, version = "letters", "1"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        rows = np.array([[text.count(letter) + 0.01 for letter in "abc"] for text in texts], dtype=np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return np.stack([rows, rows], axis=1)


@pytest.fixture
def source() -> Counting:
    return Counting()


@pytest.fixture
def stored(database: Database, source: Counting) -> StoredEmbeddings:
    with database.write() as connection:
        for number, prompt in enumerate(("aaa", "aab", "ccc", "aaa")):
            connection.execute(
                sa.insert(table(tables.Run)).values(
                    public_id=f"{number}:{prompt}",
                    origin="page",
                    state="done",
                    created_at=NOON,
                    visibility="team",
                    strategy="hybrid",
                    prompt=prompt,
                    prompt_sha256=hash_of(prompt),
                )
            )
    return StoredEmbeddings(source, PromptVectors(database))


def test_no_text_is_embedded_twice(stored: StoredEmbeddings, source: Counting, database: Database) -> None:
    first = stored.embed(["aaa", "bbb", "aaa"])
    again = StoredEmbeddings(source, PromptVectors(database)).embed(["bbb", "aaa", "bbb"])
    assert source.asked == ["aaa", "bbb"]
    np.testing.assert_array_equal(first[[1, 0, 1]], again)
    assert stored.embed([]).shape == (0, 2, 0)


def test_prompts_of_the_database_get_their_vectors_step_by_step(stored: StoredEmbeddings, source: Counting) -> None:
    assert [stored.catch_up(most=2), stored.catch_up(most=2, below=3), stored.catch_up(most=2, below=2)] == [3, 2, None]
    assert sorted(source.asked) == ["aaa", "aab", "ccc"]


def test_a_search_by_meaning_finds_like_prompts_and_keeps_nothing(
    stored: StoredEmbeddings, source: Counting, database: Database
) -> None:
    stored.catch_up()
    rows = History(database).page(HistoryFilter(like=stored.like("aaaaab"))).rows
    assert [row.public_id for row in rows] == ["3:aaa", "0:aaa", "1:aab"]
    assert PromptVectors(database).known([hash_of("aaaaab")], model="letters", version="1") == {}


def test_the_hash_is_the_one_that_runs_keep() -> None:
    assert hash_of("Grüße") == hashlib.sha256("Grüße".encode()).hexdigest()
    assert len(hash_of("\ud800")) == 64
