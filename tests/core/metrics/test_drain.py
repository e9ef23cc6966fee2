"""The drain: every sink gets every event in order, a dead one holds up nothing, and the engine's end is not delayed."""

import json
import threading
import time
from datetime import UTC, datetime

import pytest

from core.domain.event import Event, EventKind
from core.metrics.drain import Drain, Tempo
from core.metrics.sinks import SinkFailed, make_sink
from core.store import figures, outbox
from tests.servers.taking import taking

QUICK = Tempo(look=0.02, note=0.05, first_pause=0.05, prune=0.05)


class Kept:
    """A sink that keeps what it takes, and takes nothing while `dead`."""

    def __init__(self, name):
        self.name, self.uids, self.runs, self.dead = name, [], [], False
        self.asked = threading.Event()

    def take(self, events, stop):
        self.asked.set()
        if self.dead:
            raise SinkFailed("It is dead.")
        self.uids += [event.uid for event in events]
        self.runs += [event.run for event in events]

    def close(self):
        pass


def started(name):
    return Event(kind=EventKind.RUN_STARTED, at=datetime.now(UTC), run=name, data={"n": name})


def write(database, *names):
    with database.write() as connection:
        outbox.tell(connection, lambda: map(started, names))


def until(reached, seconds=15.0):
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "not reached"
        time.sleep(0.01)


def sinks(database):
    with database.read() as connection:
        return {row.name: row for row in figures.sink_rows(connection)}


def left(database):
    with database.read() as connection:
        return outbox.after(connection, 0, limit=1)


@pytest.fixture
def drain(database):
    started = []

    def begin(*takers, tempo=QUICK):
        one = Drain(database, takers, tempo)
        one.start()
        started.append(one)
        return one

    yield begin
    for one in started:
        one.stop()


def test_every_sink_gets_every_event_in_order_and_the_outbox_is_emptied(database, drain):
    one, two = Kept("log:"), Kept("jsonl:/x")
    drain(one, two)
    names = [f"r{number}" for number in range(450)]
    for start in range(0, 450, 45):
        write(database, *names[start : start + 45])
    until(lambda: len(one.runs) == len(two.runs) == 450)
    assert one.runs == two.runs == names
    assert len(set(one.uids)) == 450
    until(lambda: all(row.delivered == 450 and row.waiting == 0 for row in sinks(database).values()))
    until(lambda: not left(database))


def test_a_dead_sink_keeps_what_it_has_not_taken_and_holds_up_no_other(database, drain):
    alive, dead = Kept("log:"), Kept("jsonl:/x")
    dead.dead = True
    drain(alive, dead)
    write(database, "a", "b")
    until(lambda: alive.runs == ["a", "b"])
    until(lambda: sinks(database)["jsonl:/x"].last_error == "It is dead.")
    row = sinks(database)["jsonl:/x"]
    assert (row.waiting, row.delivered, row.lost) == (2, 0, 0)
    assert row.failing_since is not None
    dead.dead = False
    until(lambda: dead.runs == ["a", "b"])
    until(lambda: sinks(database)["jsonl:/x"].failing_since is None)


def test_a_sink_goes_on_after_a_restart_where_it_was(database, drain):
    first = Kept("log:")
    drain(first).stop()
    write(database, "a")
    second = Kept("log:")
    drain(second)
    until(lambda: second.runs == ["a"])


def test_what_was_written_last_is_delivered_at_the_end(database, drain):
    one = Kept("log:")
    begun = drain(one, tempo=Tempo(look=60, note=60, first_pause=60, prune=60))
    until(lambda: sinks(database))
    time.sleep(0.1)
    write(database, "a")
    begun.stop()
    assert one.runs == ["a"]
    assert sinks(database)["log:"].delivered == 1


def test_a_sink_that_hangs_does_not_delay_the_end_beyond_a_second(database, drain):
    with taking() as taker:
        taker.hangs.set()
        begun = drain(make_sink(f"webhook+{taker.url}/x", workspace="team", environ={}))
        write(database, "a")
        until(lambda: taker.posts)
        began = time.monotonic()
        begun.stop()
        assert time.monotonic() - began < 1.5  # one second, and what a busy machine adds
    assert json.loads(taker.posts[0].body)[0]["subject"] == "a"
