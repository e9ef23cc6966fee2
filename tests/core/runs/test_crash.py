"""kill -9 at any moment: what had settled stays, the rest is said to be interrupted, nothing is asked twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.bootstrap import Services, build
from core.domain.money import CostState
from core.domain.run import RunPlan, RunState, ShotState
from core.domain.workspace import Workspace
from core.settings import Settings
from core.store import tables
from core.store.database import table

ROOT = Path(__file__).resolve().parents[3]
MODELS = ("simulated/sage", "simulated/swift", "simulated/grand")


class EngineProcess:
    """The real engine process of a demo workspace in a throw-away folder."""

    def __init__(self, settings: Settings, services: Services) -> None:
        self._environment = {
            **os.environ,
            "CLAUDEPROMPTER_DATA": str(settings.data_dir),
            "CLAUDEPROMPTER_SIMULATED_SPEED": "2",
        }
        self._services = services
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "core", "engine", "--workspace", "demo"], cwd=ROOT, env=self._environment
        )
        until(lambda: self._services.engine.status().state == "ready")

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def terminate(self) -> int:
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(timeout=15)


def until(reached: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "not reached"
        time.sleep(0.02)


@pytest.fixture
def services(settings: Settings) -> Services:
    return build(settings, Workspace.DEMO)


@pytest.fixture
def engine(settings: Settings, services: Services) -> Iterator[EngineProcess]:
    process = EngineProcess(settings, services)
    process.start()
    yield process
    process.kill()


def attempt_counts(services: Services) -> list[tuple[int, int]]:
    attempt = table(tables.Attempt)
    with services.database.read() as connection:
        rows = connection.execute(
            sa.select(attempt.c.shot_id, sa.func.count()).group_by(attempt.c.shot_id).order_by(attempt.c.shot_id)
        )
        return [(shot, count) for shot, count in rows]


def test_a_killed_engine_loses_no_settled_shot_and_resume_runs_only_what_is_missing(services, engine):
    public_id = services.runs.start(RunPlan(prompt="What is new?", models=MODELS, shots_per_model=2))
    until(lambda: any(shot.state is ShotState.DONE for shot in services.runs.record(public_id).shots))
    before = services.runs.record(public_id)
    engine.kill()
    assert services.engine.status().state == "down"
    engine.start()
    after = services.runs.record(public_id)
    done = {shot.ordinal: shot.text for shot in before.shots if shot.state is ShotState.DONE}
    assert done
    for shot in after.shots:
        if shot.ordinal in done:
            assert (shot.state, shot.text) == (ShotState.DONE, done[shot.ordinal])
    missing = [shot for shot in after.shots if shot.state is ShotState.INTERRUPTED]
    assert missing
    assert after.state is RunState.INTERRUPTED
    assert all(shot.text.startswith(before.shots[shot.ordinal - 1].text) for shot in missing)
    assert all(shot.cost_state is CostState.ESTIMATED for shot in missing if shot.text)
    assert services.runs.resume(public_id) == len(missing)
    until(lambda: services.runs.record(public_id).state.settled)
    counts = attempt_counts(services)
    assert sorted(count for _, count in counts) == [1] * len(done) + [2] * (6 - len(done))


def test_a_terminated_engine_settles_what_it_had(services, engine):
    public_id = services.runs.start(RunPlan(prompt="What is new?", models=MODELS))
    until(lambda: any(shot.text for shot in services.runs.record(public_id).shots))
    assert engine.terminate() == 0
    run = services.runs.record(public_id)
    assert run.state in (RunState.INTERRUPTED, RunState.DONE)
    assert services.engine.status().state == "down"


def test_runs_started_while_no_engine_is_up_wait_for_one(services, engine):
    engine.kill()
    public_id = services.runs.start(RunPlan(prompt="What is new?", models=("simulated/swift",)))
    assert services.runs.record(public_id).state is RunState.QUEUED
    engine.start()
    until(lambda: services.runs.record(public_id).state is RunState.DONE)


def test_the_keeper_starts_an_engine_and_replaces_a_dead_one(services, settings, monkeypatch):
    monkeypatch.setenv("CLAUDEPROMPTER_SIMULATED_SPEED", "50")
    keeper = services.engine
    try:
        keeper.ensure()
        until(lambda: keeper.status().state == "ready")
        first = keeper._process.pid
        os.kill(first, signal.SIGKILL)
        until(lambda: keeper.status().state == "ready" and keeper._process.pid != first)
    finally:
        keeper.stop()
    assert keeper.status().state != "ready"


def test_a_second_press_of_one_run_starts_nothing_more(services, engine):
    plan = RunPlan(prompt="Once", models=("simulated/swift",), public_id="abcdefgh23456789")
    assert services.runs.start(plan) == services.runs.start(plan)
    until(lambda: services.runs.record("abcdefgh23456789").state.settled)
    assert [count for _, count in attempt_counts(services)] == [1]
