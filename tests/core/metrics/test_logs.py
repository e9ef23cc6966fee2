"""The log as JSON: one object a line, whoever writes it, events among them."""

import json
import logging
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from core.bootstrap import build
from core.domain.event import EventKind, WrittenEvent
from core.domain.run import RunPlan
from core.domain.workspace import Workspace
from core.metrics.logs import JsonLines, event_line
from core.settings import Settings

ROOT = Path(__file__).resolve().parents[3]


def record(message, *arguments, **more):
    return logging.getLogger("core.x").makeRecord("core.x", logging.WARNING, "f", 1, message, arguments, **more)


def test_a_record_is_one_line_with_what_was_passed_along():
    line = JsonLines().format(record("%s\nis gone", "It", exc_info=None, extra={"model": "lab/one", "odd": object()}))
    assert "\n" not in line
    found = json.loads(line)
    assert (found["level"], found["logger"], found["message"]) == ("warn", "core.x", "It\nis gone")
    assert found["model"] == "lab/one"
    assert datetime.fromisoformat(found["time"]).tzinfo is not None


def test_an_error_keeps_its_trace():
    try:
        int("odd")
    except ValueError:
        found = json.loads(JsonLines().format(record("failed", exc_info=sys.exc_info())))
    assert "ValueError: invalid literal" in found["error"]


def test_an_event_is_a_line_of_the_same_form():
    now = datetime(2026, 11, 12, tzinfo=UTC)
    event = WrittenEvent(number=3, uid="u3", kind=EventKind.RUN_STARTED, at=now, run="r1", data='{"models":["a"]}')
    found = json.loads(event_line(event, "team"))
    assert found.keys() >= {"time", "level", "logger", "message"}
    assert (found["message"], found["run"], found["data"]) == ("run.started", "r1", {"models": ["a"]})


def test_an_engine_writes_nothing_but_json_lines_and_every_event_among_them(settings, tmp_path, monkeypatch):
    for name, value in (("WORKSPACE", "demo"), ("LOG", "json"), ("SIMULATED_SPEED", "1000")):
        monkeypatch.setenv(f"CLAUDEPROMPTER_{name}", value)
    services = build(Settings(_env_file=None), Workspace.DEMO)
    public_id = services.runs.start(RunPlan(prompt="What is new?", models=("simulated/swift",)))
    log = tmp_path / "out"
    with log.open("wb") as out:
        engine = subprocess.Popen([sys.executable, "-m", "core", "engine"], cwd=ROOT, env=os.environ, stdout=out)
        try:
            end = time.monotonic() + 60
            while not services.runs.record(public_id).state.settled:
                assert time.monotonic() < end
                time.sleep(0.05)
            engine.terminate()
            assert engine.wait(timeout=30) == 0
        finally:
            engine.kill()
            engine.wait()
    services.database.close()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    told = [line["message"] for line in lines if line["logger"] == "claudeprompter.event" and line["run"] == public_id]
    assert told == ["run.started", "attempt.finished", "shot.settled", "run.settled"]
