import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import StatementError

from core.errors import DiskFull, ReadOnlyStore, StoreBusy, StoreError, StoreUnreachable
from core.store import database as opening
from core.store import tables
from core.store.database import Database, table
from core.store.history import History
from core.store.history_filter import HistoryFilter
from core.store.people import People
from core.store.preferences import Preferences

Plant = Callable[..., Any]
NOON = datetime(2026, 11, 12, 12, 0, 0, 123456, tzinfo=UTC)


# What a row gives back


def test_a_time_comes_back_aware_and_to_the_microsecond(database: Database, plant: Plant) -> None:
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    plant(created_at=tokyo)
    with database.read() as connection:
        read = connection.execute(sa.select(table(tables.Run).c.created_at)).scalar_one()
    assert read == NOON
    assert read.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(database: Database, plant: Plant) -> None:
    with pytest.raises(StatementError, match="has no time zone"):
        plant(created_at=NOON.replace(tzinfo=None))


def test_sums_of_money_are_exact(database: Database, plant: Plant) -> None:
    plant(models=("m",) * 3, costs=(Decimal("0.1"), Decimal("0.2"), Decimal("0.000000000001")))
    with database.read() as connection:
        total = connection.execute(sa.select(sa.func.sum(table(tables.Shot).c.cost))).scalar_one()
    assert total == Decimal("0.300000000001")


def test_the_smallest_price_of_a_token_keeps_its_digits(database: Database) -> None:
    price = Decimal("0.0000000375")
    override = table(tables.PriceOverride)
    with database.write() as connection:
        connection.execute(
            override.insert().values(
                model="m", token_class="input", unit_price=price, valid_from=NOON, created_at=NOON, created_by=""
            )
        )
    with database.read() as connection:
        assert connection.execute(sa.select(override.c.unit_price)).scalar_one() == price


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a\x00b", "a\ufffdb"),
        ("half \ud83d of a pair", "half \ufffd of a pair"),
        ("whole 😀 pair, ü and 王", "whole 😀 pair, ü and 王"),
        ("\udc00\x00", "\ufffd\ufffd"),
        ("", ""),
    ],
)
def test_any_text_a_model_sends_can_be_kept(database: Database, plant: Plant, sent: str, kept: str) -> None:
    plant(sent, shot_values={"text": sent})
    with database.read() as connection:
        assert connection.execute(sa.select(table(tables.Run).c.prompt)).scalar_one() == kept
        assert connection.execute(sa.select(table(tables.Shot).c.text)).scalars().all() == [kept, kept]


def test_two_megabytes_of_text_come_back_whole(database: Database, plant: Plant) -> None:
    long = "ä" * 1_000_000
    plant(long)
    with database.read() as connection:
        assert connection.execute(sa.select(table(tables.Run).c.prompt)).scalar_one() == long


# Transactions


def test_a_read_sees_one_moment_whatever_is_written_meanwhile(database: Database) -> None:
    people = People(database)
    people.person("Anna")
    names = sa.select(table(tables.Person).c.name).order_by(table(tables.Person).c.id)
    with database.read() as connection:
        assert connection.execute(names).scalars().all() == ["Anna"]
        people.person("Ben")
        assert connection.execute(names).scalars().all() == ["Anna"]
    with database.read() as connection:
        assert connection.execute(names).scalars().all() == ["Anna", "Ben"]


def test_a_write_that_fails_half_way_writes_nothing(database: Database) -> None:
    def half_way() -> None:
        with database.write() as connection:
            connection.execute(table(tables.Team).insert().values(name="Marketing"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_way()
    assert People(database).teams() == ()


def test_many_writers_wait_for_each_other(database: Database) -> None:
    counter = table(tables.ModelHealth)
    with database.write() as connection:
        connection.execute(counter.insert().values(model="m", failures=0, reason="", changed_at=NOON))
    faults: list[BaseException] = []

    def add() -> None:
        try:
            for _ in range(10):
                with database.write() as connection:
                    connection.execute(counter.update().values(failures=counter.c.failures + 1))
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with database.read() as connection:
        assert connection.execute(sa.select(counter.c.failures)).scalar_one() == 40


def test_a_watch_tells_when_somebody_else_has_written(sqlite_database: Database) -> None:
    watch, people = sqlite_database.watch(), People(sqlite_database)
    assert watch.changed()
    assert not watch.changed()
    people.person("Anna")
    assert watch.changed()
    assert not watch.changed()
    with closing(sqlite3.connect(str(sqlite_database.path))) as other:
        other.execute("UPDATE person SET email = 'x'")
        other.commit()
    assert watch.changed()
    watch.close()
    assert watch.changed()
    watch.close()


@pytest.mark.postgres
def test_on_postgresql_a_watch_always_says_look(postgres_url: str) -> None:
    watch = Database(postgres_url).watch()
    assert watch.changed()
    assert watch.changed()


def test_watches_do_not_use_up_the_connections_of_readers(sqlite_database: Database) -> None:
    watches = [sqlite_database.watch() for _ in range(60)]
    assert all(watch.changed() for watch in watches)
    assert People(sqlite_database).names() == ()
    for watch in watches:
        watch.close()


# What goes wrong, in plain words


def test_a_full_disk_says_so_and_loses_nothing(sqlite_database: Database) -> None:
    preferences = Preferences(sqlite_database)
    preferences.set("before", "kept", person="Anna")
    limits = ["PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000"]

    @sa.event.listens_for(sqlite_database.engine, "checkout")
    def _limit(connection: sqlite3.Connection, *_rest: object) -> None:
        connection.execute(limits[0])

    with pytest.raises(DiskFull, match="disk is full") as refused:
        preferences.set("large", "x" * 1_000_000, person="Anna")
    assert "Make room" in refused.value.next_step
    assert "full" in refused.value.detail
    assert preferences.get("before") == "kept"
    assert preferences.get("large") is None
    limits.pop(0)
    preferences.set("large", "x" * 1_000_000, person="Anna")
    assert len(preferences.get("large")) == 1_000_000


def test_a_read_only_file_can_be_read_and_says_why_nothing_is_written(sqlite_database: Database) -> None:
    People(sqlite_database).person("Anna")
    read_only = Database(f"sqlite:///file:{sqlite_database.path}?mode=ro&uri=true")
    assert read_only.path == sqlite_database.path
    assert People(read_only).names() == ("Anna",)
    assert History(read_only).page(HistoryFilter()).total_runs == 0
    with pytest.raises(ReadOnlyStore, match="can only be read") as refused:
        People(read_only).person("Ben")
    assert "right to write" in refused.value.next_step
    read_only.close()
    assert People(sqlite_database).names() == ("Anna",)


@pytest.mark.postgres
def test_a_read_only_postgresql_says_why_nothing_is_written(postgres_url: str) -> None:
    database = Database(postgres_url)
    opening_tables(database)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        name = database.url.database
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    database.close()
    assert People(database).names() == ()
    with pytest.raises(ReadOnlyStore, match="can only be read"):
        People(database).person("Ben")
    database.close()


def test_a_database_locked_for_too_long_says_so(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "BUSY_SECONDS", 1)
    holder, waiter = Database(database_url), Database(database_url)
    opening_tables(holder)
    with holder.write() as connection:
        connection.execute(table(tables.Team).insert().values(name="Marketing"))
        with pytest.raises(StoreBusy, match="busy for too long") as refused:
            People(waiter).add_team("Marketing")
    assert "another program" in refused.value.next_step
    assert People(waiter).add_team("Marketing").id
    holder.close()
    waiter.close()


def opening_tables(database: Database) -> None:
    with database.write() as connection:
        tables.Table.metadata.create_all(connection)


def test_readers_go_on_while_somebody_writes(database: Database) -> None:
    People(database).person("Anna")
    with database.write() as connection:
        connection.execute(table(tables.Person).update().values(name="Ben"))
        assert People(database).names() == ("Anna",)
    assert People(database).names() == ("Ben",)


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("These are my notes. " * 100)
    with pytest.raises(StoreUnreachable, match="cannot be opened") as refused, _reading(tmp_path / "notes.db"):
        pass
    assert "not a database" in refused.value.next_step


def test_a_folder_in_place_of_the_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "team.db").mkdir()
    with pytest.raises(StoreUnreachable, match="cannot be opened") as refused, _reading(tmp_path / "team.db"):
        pass
    assert "data folder" in refused.value.next_step


def test_a_data_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a folder")
    with pytest.raises(StoreUnreachable, match="no place for the database"), _reading(tmp_path / "data" / "team.db"):
        pass


def test_a_server_that_does_not_answer_says_so() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(StoreUnreachable, match="cannot be opened") as refused, database.read():
        pass
    assert "DATABASE_URL" in refused.value.next_step


def test_a_broken_rule_of_the_tables_is_refused_and_says_nothing_was_saved(database: Database) -> None:
    names = ("Marketing", "full and locked and readonly")
    with pytest.raises(StoreError, match="refused the change") as refused, database.write() as connection:
        connection.execute(table(tables.Team).insert(), [{"id": 1, "name": name} for name in names])
    assert type(refused.value) is StoreError
    assert "Nothing was half saved" in refused.value.next_step
    assert People(database).teams() == ()


def _reading(path: Path) -> Any:
    return Database(f"sqlite:///{path}").read()
