"""kill -9 at random moments of 200 runs: each event reaches every sink at least once, the sums are the database's."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from core.bootstrap import build
from core.domain.run import RunPlan
from core.domain.workspace import Workspace
from core.settings import Settings
from core.store import figures, tables
from core.store.database import table
from tests.servers.taking import taking

ROOT = Path(__file__).resolve().parents[3]
RUN, SHOT, ATTEMPT = (table(each) for each in (tables.Run, tables.Shot, tables.Attempt))
MODELS = ("simulated/swift", "simulated/sage")
RUNS, KILLS = 201, 3


@pytest.fixture
def taker():
    with taking() as one:
        yield one


@pytest.fixture
def services(settings, taker, tmp_path, monkeypatch):
    monkeypatch.setenv("CLAUDEPROMPTER_WORKSPACE", "demo")
    monkeypatch.setenv("CLAUDEPROMPTER_SIMULATED_SPEED", "2000")
    monkeypatch.setenv("CLAUDEPROMPTER_EVENTS", f"jsonl:{tmp_path / 'events.jsonl'},webhook+{taker.url}/hook")
    one = build(Settings(_env_file=None), Workspace.DEMO)
    yield one
    one.database.close()


@pytest.fixture
def start_engine(services):
    started = []

    def start():
        command = [sys.executable, "-m", "core", "engine", "--workspace", "demo"]
        started.append(subprocess.Popen(command, cwd=ROOT, env=os.environ))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.wait()


def until(reached, seconds=60.0):
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "not reached"
        time.sleep(0.02)


def settled_runs(services):
    with services.database.read() as connection:
        going = RUN.c.state.in_(("queued", "running"))
        return connection.execute(sa.select(sa.func.count()).select_from(RUN).where(~going)).scalar_one()


def all_taken(services):
    with services.database.read() as connection:
        rows = figures.sink_rows(connection)
    return len(rows) == 2 and all(row.waiting == 0 for row in rows)


def in_order(events):
    """Give the events without repeats; within a run the first deliveries must come in the order of the facts."""
    seen, last = {}, defaultdict(str)
    for event in events:
        if event["id"] not in seen:
            assert event["sequence"] > last[event["subject"]]
            last[event["subject"]] = event["sequence"]
            seen[event["id"]] = event
    return list(seen.values())


def check(services, events):
    told = in_order(events)
    with services.database.read() as connection:
        attempts = connection.execute(sa.select(ATTEMPT)).all()
        shots = connection.execute(sa.select(sa.func.count()).select_from(SHOT)).scalar_one()
    kinds = Counter(event["type"].removeprefix("claudeprompter.") for event in told)
    assert kinds == {
        "run.started": RUNS, "run.settled": RUNS, "shot.settled": shots, "attempt.finished": len(attempts)
    }  # fmt: skip
    data = [event["data"] for event in told if event["type"].endswith("attempt.finished")]
    assert sum(each["output_tokens"] for each in data) == sum(row.output_tokens for row in attempts)
    assert sum(each["input_tokens"] for each in data) == sum(row.input_tokens for row in attempts)
    cost = sum((row.cost or Decimal(0) for row in attempts), Decimal(0))
    assert sum(Decimal(each["cost_usd"] or 0) for each in data) == cost > 0
    assert Counter(each["state"] for each in data) == Counter(row.state for row in attempts)
    return told


def test_after_kills_at_random_moments_the_sinks_hold_all_that_the_database_holds(
    services, start_engine, taker, tmp_path
):
    chance = Random()
    for kill in range(KILLS):
        for number in range(RUNS // KILLS):
            services.runs.start(RunPlan(prompt=f"Question {kill}-{number}", models=MODELS))
        before = settled_runs(services)
        engine = start_engine()
        # Somewhere among the runs of this round: at the first of them, at the last, or between.
        some = before + chance.randint(0, RUNS // KILLS - 1)
        until(lambda some=some: settled_runs(services) > some)
        time.sleep(chance.random() * 0.1)
        engine.send_signal(signal.SIGKILL)
        engine.wait()
    engine = start_engine()
    until(lambda: settled_runs(services) == RUNS)
    until(lambda: all_taken(services))
    engine.terminate()
    assert engine.wait(timeout=15) == 0
    lines = (tmp_path / "events.jsonl").read_text().splitlines()
    by_file = check(services, [json.loads(line) for line in lines])
    by_hook = check(services, [event for post in taker.posts for event in json.loads(post.body)])
    assert {event["id"] for event in by_file} == {event["id"] for event in by_hook}
