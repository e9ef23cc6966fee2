"""A database of the first version, with what people had in it, brought to the tables of labels."""

import sqlite3
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from core.domain.verdict import VerdictKind
from core.labels.rollup import rebuild
from core.store import steps
from core.store.columns import UtcTime
from core.store.database import Database
from core.store.history import History
from core.store.history_filter import HistoryFilter
from core.store.item_verdicts import ItemVerdicts
from core.store.items import Items, NewItem
from core.store.scores import Scores
from core.store.upgrade import HEAD, upgrade, version_of
from core.store.verdicts import Verdicts

NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)


@pytest.fixture
def first_version(empty_database: Database) -> Database:
    """A database as the first version made it: two runs, one of them picked twice by Anna and once by Ben."""
    config = steps._config(steps.MIGRATIONS)
    with empty_database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        tables = sa.MetaData()
        tables.reflect(connection)
        moment = UtcTime().process_bind_param(NOON, connection.dialect)

        def insert(name: str, /, **values: Any) -> None:
            source = tables.tables[name]
            missing = {
                column.name: "" if isinstance(column.type, sa.String) else 0
                for column in source.c
                if not column.nullable and not column.primary_key and not column.foreign_keys
            }
            times = {each: moment for each in missing if each.endswith("_at")}
            connection.execute(source.insert().values(missing | times | values))

        _fill(insert, moment)
    return empty_database


def _fill(insert: Any, moment: Any) -> None:
    for key, name in ((1, "Anna"), (2, "Ben")):
        insert("person", id=key, name=name)
    for key, prompt in ((1, "Write our reply to the invoice."), (2, "")):
        insert("run", id=key, public_id=f"run-{key}", prompt=prompt, origin="page", state="done", visibility="team",
               strategy="hybrid", simulated=False, blind=False, models=[])  # fmt: skip
    for key, text in ((1, "Dear Ms Okafor"), (2, "Hi! Überwiesen.")):
        insert("shot", id=key, run_id=1, ordinal=key, model=f"m{key}", label=f"M{key}", shot_index=1, place="cloud",
               state="done", cost_state="free", text=text, cost=0)  # fmt: skip
    for person, kind, undone in ((1, "tie", moment), (1, "winner", None), (2, "none", None)):
        insert("verdict", run_id=1, person_id=person, kind=kind, shot_id=1 if kind == "winner" else None,
               compared=[1, 2], blind=True, undone_at=undone)  # fmt: skip


def test_what_was_there_stays_and_can_be_searched(first_version: Database) -> None:
    upgrade(first_version)
    assert version_of(first_version) == HEAD
    history = History(first_version)
    assert [row.public_id for row in history.page(HistoryFilter()).rows] == ["run-2", "run-1"]
    for words in ("invoice", "okafor", "uberwiesen"):
        assert [row.public_id for row in history.page(HistoryFilter(words=words)).rows] == ["run-1"]
    said = Verdicts(first_version).of_run("run-1")
    assert [(each.person, each.kind, each.blind, each.item_id) for each in said] == [
        ("Anna", VerdictKind.WINNER, True, None),
        ("Ben", VerdictKind.NONE, True, None),
    ]


def test_earlier_picks_get_their_qualities(first_version: Database) -> None:
    upgrade(first_version)
    assert rebuild(first_version) == 2
    assert {shot: row.quality for shot, row in Scores(first_version).qualities(1).items()} == {1: 0.5, 2: 0.0}


def test_after_it_an_item_can_be_judged_beside_the_run(first_version: Database) -> None:
    upgrade(first_version)
    (item,) = Items(first_version).add(None, [NewItem(run_id=1, key="k", shots=(1, 2))])
    ItemVerdicts(first_version).give(item, person="Anna", kind=VerdictKind.TIE, shown=(2, 1))
    Verdicts(first_version).give("run-1", person="Anna", kind=VerdictKind.NONE, compared=[1, 2])
    assert len(Verdicts(first_version).of_run("run-1")) == 3


def test_a_copy_of_the_file_as_it_was_is_kept(first_version: Database) -> None:
    upgrade(first_version)
    if first_version.path is None:
        return
    (copy,) = (first_version.path.parent / "backups").glob("*-version-0001.db")
    kept = sqlite3.connect(copy)
    assert kept.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
    assert kept.execute("SELECT count(*) FROM verdict").fetchall() == [(3,)]
    kept.close()
