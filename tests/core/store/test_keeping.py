import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from core.domain.labelling import JudgementSource
from core.domain.verdict import VerdictKind
from core.errors import StoreError
from core.store import tables
from core.store.backup import backup_to
from core.store.database import Database, table
from core.store.history import History
from core.store.history_filter import HistoryFilter
from core.store.item_verdicts import ItemVerdicts
from core.store.items import Items, NewItem
from core.store.judgements import Judgement, Judgements
from core.store.many_runs import ManyRuns
from core.store.people import People
from core.store.retention import empty_bin
from core.store.size import measure
from core.store.vectors import PromptVectors
from core.store.verdicts import Verdicts

Plant = Callable[..., Any]
NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)


def test_the_size_tells_bytes_and_rows(database: Database, plant: Plant) -> None:
    plant()
    size = measure(database)
    assert size.rows == {"run": 1, "shot": 2, "attempt": 0, "verdict": 0}
    before = size.bytes
    plant("x" * 500_000)
    assert measure(database).bytes >= before + 5_000


def test_a_copy_of_the_file_is_whole_while_others_write(sqlite_database: Database, tmp_path: Path) -> None:
    people = People(sqlite_database)
    people.person("Anna")
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            people.person(f"Person {number}")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        target = backup_to(sqlite_database, tmp_path / "copies" / "monday.db")
    finally:
        stop.set()
        writer.join()
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert ("Anna",) in copy.execute("SELECT name FROM person").fetchall()
    assert [path.name for path in target.parent.iterdir()] == ["monday.db"]


def test_a_copy_that_cannot_be_written_leaves_nothing_behind(sqlite_database: Database, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    with pytest.raises(StoreError, match="could not be written") as refused:
        backup_to(sqlite_database, in_the_way / "monday.db")
    assert "folder" in refused.value.next_step
    assert in_the_way.read_text() == "not a folder"


@pytest.mark.postgres
def test_a_postgresql_database_is_copied_by_its_own_tools(postgres_url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Only an SQLite database") as refused:
        backup_to(Database(postgres_url), tmp_path / "copy.db")
    assert "pg_dump" in refused.value.next_step


def test_the_bin_is_emptied_of_texts_after_thirty_days_and_costs_stay(database: Database, plant: Plant) -> None:
    secret = {"system": "SECRET", "temperature": 0.3}
    old = plant(
        "SECRET prompt",
        prompt_sha256="SECRET",
        template="SECRET",
        variables=[["a", "SECRET"]],
        settings=secret,
        per_model={"m": secret},
        shot_values={"text": "SECRET", "thinking": "SECRET", "settings": secret, "error_detail": "SECRET"},
    )
    recent, kept = plant("in the bin since yesterday"), plant("not deleted")
    verdict = Verdicts(database).give(
        old.public_id, person="Anna", kind=VerdictKind.WINNER, shot=1, compared=(1, 2), note="SECRET"
    )
    for run, days in ((old, 30), (recent, 1)):
        with database.write() as connection:
            connection.execute(
                table(tables.Run)
                .update()
                .where(table(tables.Run).c.id == run.id)
                .values(deleted_at=NOON - timedelta(days=days))
            )
    assert empty_bin(database, now=NOON) == 1
    assert empty_bin(database, now=NOON) == 0
    with database.read() as connection:
        for model in (tables.Run, tables.Shot, tables.VerdictRow):
            assert "SECRET" not in str(connection.execute(sa.select(table(model))).all())
        costs = connection.execute(
            sa.select(sa.func.sum(table(tables.Shot).c.cost)).where(table(tables.Shot).c.run_id == old.id)
        ).scalar_one()
        settings = connection.execute(
            sa.select(table(tables.Shot).c.settings).where(table(tables.Shot).c.run_id == old.id)
        ).scalars()
        assert list(settings) == [{"temperature": 0.3}] * 2
        assert connection.execute(sa.select(table(tables.VerdictRow).c.id)).scalars().all() == [verdict.id]
    assert costs == Decimal("0.002")
    in_bin = History(database).page(HistoryFilter(in_bin=True)).rows
    assert [row.public_id for row in in_bin] == [recent.public_id]
    assert [row.public_id for row in History(database).page(HistoryFilter()).rows] == [kept.public_id]


def test_words_about_an_emptied_run_and_its_meaning_are_gone_too(database: Database, plant: Plant) -> None:
    old, same = plant("SECRET prompt", prompt_sha256="a"), plant("kept", prompt_sha256="b")
    plant("also in the bin", prompt_sha256="b", deleted_at=NOON - timedelta(days=40))
    judgements, verdicts, vectors = Judgements(database), ItemVerdicts(database), PromptVectors(database)
    (item,) = Items(database).add(None, [NewItem(run_id=old.id, key="k", shots=tuple(old.shots.values()))])
    verdicts.settle(item, person="Anna", kind=VerdictKind.TIE, note="SECRET")
    judgements.add(
        [
            Judgement(
                run_id=old.id, source=JudgementSource.JUDGE, name="m", version="1", compared=item.shots,
                outcome=VerdictKind.TIE, reason="SECRET",
            )
        ]
    )  # fmt: skip
    vectors.keep({sha: np.ones((2, 3), dtype=np.float32) for sha in ("a", "b")}, model="m", version="1")
    ManyRuns(database).delete([old.public_id], by="Anna")
    assert empty_bin(database, now=datetime.now(UTC) + timedelta(days=31)) == 2
    assert judgements.of_run(old.id)[0].reason == ""
    settled = verdicts.settlement(item.id)
    assert settled is not None
    assert settled.note == ""
    assert set(vectors.known(["a", "b"], model="m", version="1")) == {"b"}
    assert [row.public_id for row in History(database).page(HistoryFilter(words="kept")).rows] == [same.public_id]
    assert History(database).page(HistoryFilter(words="SECRET", in_bin=True)).rows == ()
