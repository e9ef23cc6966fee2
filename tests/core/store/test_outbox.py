"""The outbox: numbers ascend with the facts, a sink loses nothing it has not been told of, and no sink holds it up."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from core.domain.event import Event, EventKind
from core.store import figures, outbox, tables
from core.store.database import Database, table

NOW = datetime(2026, 11, 12, 14, 2, tzinfo=UTC)
SINK = table(tables.Sink)


def event(name, at=NOW):
    return Event(kind=EventKind.RUN_STARTED, at=at, run=name, data={"n": name})


def write(database, *names, at=NOW):
    with database.write() as connection:
        outbox.tell(connection, lambda: [event(name, at) for name in names])


def waiting(database, position=0):
    with database.read() as connection:
        return [each.run for each in outbox.after(connection, position, limit=1000)]


def state(database):
    with database.read() as connection:
        return {row.name: row for row in connection.execute(sa.select(SINK))}


def take(database, name, count):
    with database.write() as connection:
        position = outbox.position_of(connection, name)
        found = outbox.after(connection, position, limit=count)
        outbox.taken(connection, name, position=found[-1].number, count=len(found), now=NOW)


def prune(database, **limits):
    with database.write() as connection:
        return outbox.prune(connection, now=NOW, **limits)


def test_nobody_is_even_asked_for_events_without_a_sink(database):
    with database.write() as connection:
        outbox.tell(connection, lambda: pytest.fail("asked for events that nobody takes"))
    outbox.register(database, ["otlp traces"], takes_events=False)
    with database.write() as connection:
        outbox.tell(connection, lambda: pytest.fail("asked for events that nobody takes"))


def test_a_new_sink_gets_what_happens_from_now_on(database):
    outbox.register(database, ["log:"])
    write(database, "a", "b")
    outbox.register(database, ["jsonl:/x"])
    write(database, "c")
    with database.read() as connection:
        old, new = (outbox.position_of(connection, name) for name in ("log:", "jsonl:/x"))
    assert waiting(database, old) == ["a", "b", "c"]
    assert waiting(database, new) == ["c"]


def test_a_sink_that_was_dropped_holds_nothing_and_starts_anew_when_it_comes_again(database):
    outbox.register(database, ["log:", "jsonl:/x"])
    write(database, "a")
    outbox.register(database, ["log:"], only=True)
    take(database, "log:", 1)
    assert prune(database) == 1
    write(database, "b")
    outbox.register(database, ["log:", "jsonl:/x"], only=True)
    assert state(database)["jsonl:/x"].active
    write(database, "c")
    with database.read() as connection:
        assert waiting(database, outbox.position_of(connection, "jsonl:/x")) == ["c"]


def test_what_every_sink_has_taken_is_deleted_and_no_number_is_given_twice(database):
    outbox.register(database, ["log:", "jsonl:/x"])
    write(database, "a", "b", "c")
    take(database, "log:", 3)
    take(database, "jsonl:/x", 2)
    assert prune(database) == 2
    assert waiting(database) == ["c"]
    take(database, "jsonl:/x", 1)
    assert prune(database) == 1
    write(database, "d")
    with database.read() as connection:
        (last,) = outbox.after(connection, 3, limit=9)
    assert (last.run, last.number) == ("d", 4)
    assert {row.lost for row in state(database).values()} == {0}


def test_beyond_its_size_the_oldest_are_dropped_and_counted_for_each_sink_that_missed_them(database):
    outbox.register(database, ["log:", "jsonl:/x"])
    write(database, *"abcdefgh")
    take(database, "log:", 4)
    assert prune(database, kept=3) == 5
    assert waiting(database) == ["f", "g", "h"]
    assert {name: row.lost for name, row in state(database).items()} == {"log:": 1, "jsonl:/x": 5}
    assert prune(database, kept=3) == 0
    assert {name: row.lost for name, row in state(database).items()} == {"log:": 1, "jsonl:/x": 5}


def test_what_is_too_old_is_dropped_and_counted(database):
    outbox.register(database, ["log:"])
    write(database, "a", "b", at=NOW - timedelta(days=8))
    write(database, "c", at=NOW - timedelta(days=6))
    assert prune(database) == 2
    assert waiting(database) == ["c"]
    assert state(database)["log:"].lost == 2


def test_how_far_a_sink_is_behind_and_why_is_told(database):
    outbox.register(database, ["log:"])
    write(database, "a", "b")
    with database.write() as connection:
        outbox.refused(connection, "log:", error="gone", now=NOW)
        outbox.refused(connection, "log:", error="still gone", now=NOW + timedelta(minutes=5), lost=2)
        (row,) = figures.sink_rows(connection)
    assert (row.waiting, row.waiting_since, row.lost, row.last_error) == (2, NOW, 2, "still gone")
    assert row.failing_since == NOW
    take(database, "log:", 2)
    with database.read() as connection:
        (row,) = figures.sink_rows(connection)
    assert (row.waiting, row.delivered, row.last_error, row.failing_since) == (0, 2, "", None)


def test_a_reader_that_passed_a_number_never_misses_one_below_it(database: Database):
    """Two transactions write at once, and the first to number its events is the last to commit."""
    outbox.register(database, ["log:"])
    wrote = threading.Event()

    def slow():
        with database.write() as connection:
            outbox.write(connection, [event("slow")])
            wrote.set()
            time.sleep(0.4)

    thread = threading.Thread(target=slow)
    thread.start()
    wrote.wait()
    fast = threading.Thread(target=write, args=(database, "fast"))
    fast.start()
    seen, position = [], 0
    while thread.is_alive() or fast.is_alive() or len(seen) < 2:
        with database.read() as connection:
            for each in outbox.after(connection, position, limit=10):
                seen.append(each.run)
                position = each.number
        time.sleep(0.01)
    assert seen == ["slow", "fast"]
