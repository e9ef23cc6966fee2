import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core.domain.labelling import ScoreSource
from core.errors import UnreadableFile
from core.store import tables
from core.store.database import Database, table
from core.store.scores import Scores
from core.transfer.records import import_records


def record(folder: Path, run: str = "r1", engines: tuple[str, ...] = ("gpt-4o", "tiny:latest")) -> None:
    folder.mkdir(parents=True)
    told = {"runId": run, "timestamp": "2026-05-03T12:00:09.000Z", "prompt": "Why?", "engines": list(engines)}
    (folder / "metadata.json").write_text(json.dumps(told), encoding="utf-8")
    for engine in engines:
        (folder / f"{engine}-result.md").write_text(
            f"# Multi-Shot Result: {engine}\n\n## Run Information\n- **Run ID**: {run}\n"
            f"- **Timestamp**: 2026-05-03T12:00:09.000Z\n- **Engine**: {engine} ({engine})\n"
            f"- **Execution Time**: 1200ms\n\n## Original Prompt\n```\nWhy?\n```\n\n## Response\nBecause.\n",
            encoding="utf-8",
        )


def measure(folder: Path, *models: dict[str, Any], run: str = "r1") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{run}.json").write_text(json.dumps({"runId": run, "models": list(models)}), encoding="utf-8")


@pytest.fixture
def records(tmp_path: Path) -> Path:
    root = tmp_path / "records"
    record(root / "run-1")
    measure(
        root / "metrics",
        {"modelName": "gpt-4o", "qualityScore": 8.5, "cost": 0.01},
        {"modelName": "tiny:latest", "qualityScore": 6},
    )
    return root


def scores(database: Database) -> list[tuple[float, float, ScoreSource, str]]:
    return [(each.value, each.weight, each.source, each.name) for each in Scores(database).of_run(1)]


EXPECTED = [
    (0.85, 0.0, ScoreSource.HEURISTIC, "qualityScore"),
    (0.6, 0.0, ScoreSource.HEURISTIC, "qualityScore"),
]


def test_a_measured_quality_joins_its_answer_and_weighs_nothing(sqlite_database: Database, records: Path) -> None:
    report = import_records(sqlite_database, records)
    assert (len(report.imported), report.skipped) == (1, ())
    assert scores(sqlite_database) == EXPECTED
    assert Scores(sqlite_database).qualities(1) == {}
    again = import_records(sqlite_database, records)
    assert (again.imported, len(again.skipped)) == ((), 2)
    assert scores(sqlite_database) == EXPECTED
    with sqlite_database.read() as connection:
        assert connection.execute(sa.select(table(tables.Shot).c.cost)).scalars().all() == [None, None]


def test_measurements_alone_join_a_run_that_is_here(sqlite_database: Database, records: Path) -> None:
    import_records(sqlite_database, records / "run-1")
    assert scores(sqlite_database) == []
    import_records(sqlite_database, records / "metrics" / "r1.json")
    assert scores(sqlite_database) == EXPECTED


def test_measurements_of_an_unknown_run_are_left_out_with_a_word(sqlite_database: Database, records: Path) -> None:
    report = import_records(sqlite_database, records / "metrics")
    assert report.imported == ()
    ((source, why),) = report.skipped
    assert source == "metrics/r1.json"
    assert "not here" in why


def test_what_is_odd_in_measurements_is_told(sqlite_database: Database, tmp_path: Path) -> None:
    record(tmp_path / "run-1")
    measure(
        tmp_path / "metrics",
        {"modelName": "gpt-4o", "qualityScore": 85},
        {"modelName": "gpt-9", "qualityScore": 5},
        {"modelName": "tiny:latest", "qualityScore": True},
        {"modelName": "tiny:latest", "qualityScore": 10},
        {"qualityScore": 5},
    )
    (tmp_path / "metrics" / "notes.json").write_text("{", encoding="utf-8")
    report = import_records(sqlite_database, tmp_path)
    assert [doubt for source, doubt in report.warnings if source == "metrics/r1.json"] == [
        "The quality of gpt-4o (85) is not between 0 and 10; it is left out.",
        "The quality of tiny:latest (True) is not between 0 and 10; it is left out.",
        "It measures gpt-9, of which the run has no answer.",
    ]
    assert [score[0] for score in scores(sqlite_database)] == [1.0]


def packed(root: Path, target: Path, *, inside: str = "") -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for file in root.rglob("*"):
            if file.is_file():
                archive.write(file, f"{inside}{file.relative_to(root)}")
    return target


@pytest.mark.parametrize("inside", ["", "records/", "a/b/"])
def test_a_zip_of_records_is_read_like_the_folder(
    sqlite_database: Database, records: Path, tmp_path: Path, inside: str
) -> None:
    report = import_records(sqlite_database, packed(records, tmp_path / "all.zip", inside=inside))
    assert len(report.imported) == 1
    assert scores(sqlite_database) == EXPECTED


def test_a_zip_of_one_run_is_read_too(sqlite_database: Database, records: Path, tmp_path: Path) -> None:
    report = import_records(sqlite_database, packed(records / "run-1", tmp_path / "one.zip", inside="run-1/"))
    assert len(report.imported) == 1


def test_a_zip_that_climbs_out_or_is_broken_does_no_harm(sqlite_database: Database, tmp_path: Path) -> None:
    climbing = tmp_path / "inner" / "climbing.zip"
    climbing.parent.mkdir()
    with zipfile.ZipFile(climbing, "w") as archive:
        archive.writestr("../../out-result.md", "x")
        archive.writestr("/abs-result.md", "x")
    assert import_records(sqlite_database, climbing).imported == ()
    assert [path.name for path in tmp_path.rglob("*-result.md")] == []
    broken = tmp_path / "broken.zip"
    broken.write_bytes(climbing.read_bytes()[:40])
    with pytest.raises(UnreadableFile, match="cannot be unpacked"):
        import_records(sqlite_database, broken)


def test_a_zip_that_would_fill_the_disk_is_refused(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.transfer.unpacking.LARGEST_UNPACKED", 1_000)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a-result.md", "0" * 1_001)
    with pytest.raises(UnreadableFile, match="too large"):
        import_records(sqlite_database, tmp_path / "bomb.zip")


def test_the_real_records_come_in_with_their_measurements(sqlite_database: Database) -> None:
    path = os.environ.get("CLAUDEPROMPTER_RECORDS")
    if not path or not Path(path).is_dir():
        pytest.skip("CLAUDEPROMPTER_RECORDS names no folder: the real records were not imported")
    report = import_records(sqlite_database, Path(path))
    assert len(report.imported) == 3
    with sqlite_database.read() as connection:
        found = connection.execute(sa.select(table(tables.Score).c.value, table(tables.Score).c.weight)).all()
    assert sorted(found) == [(0.65, 0.0), (0.7, 0.0), (0.7, 0.0), (0.75, 0.0), (0.8, 0.0), (0.85, 0.0)]
    assert import_records(sqlite_database, Path(path)).imported == ()
