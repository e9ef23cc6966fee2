"""Past runs on disk become runs in History, each once."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core.domain.money import CostState
from core.domain.run import Origin, RunState, ShotState
from core.errors import UnreadableFile
from core.store import tables
from core.store.database import Database, table
from core.store.upgrade import upgrade
from core.transfer.records import import_records
from core.transfer.result_document import ResultAnswer, ResultDocument
from core.transfer.result_markdown import write_result

RUN = table(tables.Run)
SHOT = table(tables.Shot)
DONE = datetime(2026, 5, 3, 12, 0, 9, tzinfo=UTC)
BEGUN = datetime(2026, 5, 3, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'team.db'}")
    upgrade(opened)
    yield opened
    opened.close()


def _result(engine: str, text: str = "An answer.", **changes: Any) -> str:
    values: dict[str, Any] = {
        "engine": engine,
        "model": engine,
        "run_id": "old-1",
        "prompt": "Why is the sky blue?",
        "answers": (ResultAnswer(text=text),),
        "finished_at": DONE,
        "started_at": BEGUN,
        "execution_ms": 4000,
        "temperature": 0.7,
        "max_tokens": 4000,
    }
    return write_result(ResultDocument(**(values | changes)))


def _folder(parent: Path, files: dict[str, str], **metadata: Any) -> Path:
    folder = parent / "run-old-1"
    folder.mkdir(parents=True)
    for engine, text in files.items():
        (folder / f"{engine}-result.md").write_text(text, encoding="utf-8")
    told = {"runId": "old-1", "timestamp": "2026-05-03T12:00:09.000Z", "engines": list(files)} | metadata
    (folder / "metadata.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


def _all(database: Database, what: sa.Table) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(sa.select(what).order_by(what.c.id)))


def test_a_result_file_becomes_a_past_run_with_its_own_times(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "big-result.md"
    file.write_text(_result("big"))
    report = import_records(database, file)
    [run] = _all(database, RUN)
    [shot] = _all(database, SHOT)
    assert report.imported == (run.public_id,)
    assert (run.source_id, run.origin, run.state) == ("old-1", Origin.IMPORT, RunState.DONE)
    assert (run.created_at, run.finished_at) == (BEGUN, DONE)
    assert (shot.text, shot.total_us, shot.state) == ("An answer.", 4_000_000, ShotState.DONE)
    assert shot.cost is None
    assert shot.cost_state == CostState.UNPRICED


def test_thinking_is_kept_apart_from_the_answer(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "big-result.md"
    file.write_text(_result("big").replace("An answer.", "<think>\nFirst light.\n</think>\n\nBecause."))
    import_records(database, file)
    [shot] = _all(database, SHOT)
    assert (shot.text, shot.thinking) == ("Because.", "First light.")


def test_a_second_import_adds_nothing_and_says_so(database: Database, tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"big": _result("big"), "small": _result("small")})
    import_records(database, folder)
    again = import_records(database, folder)
    assert again.imported == ()
    assert again.skipped == (("run-old-1", "It is here already."),)
    assert len(_all(database, RUN)) == 1
    assert len(_all(database, SHOT)) == 2


def test_a_further_result_joins_the_run_that_is_here(database: Database, tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"big": _result("big"), "small": _result("small")})
    import_records(database, folder / "big-result.md")
    import_records(database, folder)
    [run] = _all(database, RUN)
    shots = _all(database, SHOT)
    assert run.models == ["big", "small"]
    assert [(shot.model, shot.ordinal) for shot in shots] == [("big", 1), ("small", 2)]


def test_a_model_without_an_answer_is_a_failed_shot_with_the_records_words(database: Database, tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"big": _result("big")}, engines=["big", "lost", "mute"])
    (folder / "comparison.md").write_text(
        "# Multi-Shot Comparison\n\n**Failed**: 1\\n\\n## Failed Results\n\n### lost (lost)\n**Error**: refused\n",
        encoding="utf-8",
    )
    import_records(database, folder)
    states = {shot.model: (shot.state, shot.error_message) for shot in _all(database, SHOT)}
    assert states["lost"] == (ShotState.FAILED, "Error: refused")
    assert states["mute"] == (ShotState.FAILED, "The record holds no answer of this model.")


def test_known_faults_of_the_source_are_reported(database: Database, tmp_path: Path) -> None:
    folder = _folder(
        tmp_path, {"big": _result("big", prompt='"optimize', extra={"estimatedCost": 0.0005})}, prompt='"optimize'
    )
    doubts = " ".join(words for _, words in import_records(database, folder).warnings)
    assert "cut by the shell's quoting" in doubts
    assert "not booked" in doubts


def test_a_broken_file_does_not_keep_its_neighbours_out(database: Database, tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"big": _result("big"), "odd": "# Notes"}, engines=["big"])
    report = import_records(database, folder)
    assert len(report.imported) == 1
    assert report.skipped[0][0] == "run-old-1/odd-result.md"


def test_a_run_with_no_model_at_all_is_left_out(database: Database, tmp_path: Path) -> None:
    _folder(tmp_path / "all", {"big": _result("big")})
    empty = tmp_path / "all" / "run-empty"
    empty.mkdir()
    (empty / "metadata.json").write_text('{"runId": "x", "timestamp": "2026-05-03T12:00:09Z", "engines": []}')
    report = import_records(database, tmp_path / "all")
    assert len(report.imported) == 1
    assert report.skipped == (("run-empty", "The record names no model and holds no answer."),)


def test_a_path_that_holds_no_record_is_refused(database: Database, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        import_records(database, tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreadableFile):
        import_records(database, tmp_path / "empty")


@pytest.mark.record
def test_the_founding_record_is_a_past_run(database: Database) -> None:
    path = os.environ.get("CLAUDEPROMPTER_FOUNDING_DOCUMENT")
    if not path:
        pytest.skip("CLAUDEPROMPTER_FOUNDING_DOCUMENT names no file: the founding record was not imported")
    import_records(database, Path(path))
    [run] = _all(database, RUN)
    [shot] = _all(database, SHOT)
    assert run.source_id == "me1tm1x9-vi01p"
    assert run.created_at == datetime(2025, 8, 7, 19, 59, 28, 616000, tzinfo=UTC)
    assert (shot.model, shot.total_us) == ("gpt-4o-mini", 14_709_000)
    assert shot.settings == {"temperature": 0.7, "max_tokens": 4000, "system": ""}
