import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.errors import InputError
from core.store import tables
from core.store.database import Database, table
from core.store.run_reads import read_run
from core.store.upgrade import upgrade
from core.transfer.arrivals import ArrivingFile, look_through, take_in
from core.transfer.export_files import Taken, export_file

RUN = table(tables.Run)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Database]:
    """Another workspace, empty."""
    opened = Database(f"sqlite:///{tmp_path / 'other.db'}")
    upgrade(opened)
    yield opened
    opened.close()


def file(name: str, content: bytes | str) -> ArrivingFile:
    data = content.encode() if isinstance(content, str) else content
    return ArrivingFile(name=name, content=io.BytesIO(data), size=len(data))


def result(engine: str = "gpt-4o", *, run: str = "r1", answer: str = "Because.", prompt: str = "Why?") -> str:
    return (
        f"# Multi-Shot Result: {engine}\n\n## Run Information\n- **Run ID**: {run}\n"
        f"- **Timestamp**: 2026-05-03T12:00:09.000Z\n- **Engine**: {engine} ({engine})\n"
        f"- **Execution Time**: 1200ms\n\n## Original Prompt\n```\n{prompt}\n```\n\n## Response\n{answer}\n"
    )


def metadata(*engines: str, run: str = "r1") -> str:
    return json.dumps(
        {"runId": run, "timestamp": "2026-05-03T12:00:09.000Z", "prompt": "Why?", "engines": list(engines)}
    )


OUTCOMES = "prompt,model,quality\nWhat is 2+2?,gpt-x,1\nWhat is 3+3?,gpt-x,0\n"


def test_loose_result_files_of_several_runs_come_in_together(sqlite_database: Database) -> None:
    files = [file("a-result.md", result()), file("b-result.md", result("tiny")), file("c-result.md", result(run="r2"))]
    found = look_through(sqlite_database, files)
    assert sorted((run.models, run.here) for run in found.runs) == [
        (("gpt-4o",), False), (("gpt-4o",), False), (("tiny",), False),
    ]  # fmt: skip
    assert len(take_in(sqlite_database, files).runs) == 2
    assert all(run.here for run in look_through(sqlite_database, files).runs)


@pytest.mark.parametrize("top", ["", "records/", "records/run-1/"])
def test_a_folder_comes_in_as_it_was(sqlite_database: Database, top: str) -> None:
    files = [
        file(f"{top}metadata.json", metadata("gpt-4o", "tiny:latest")),
        file(f"{top}gpt-4o-result.md", result(answer="<think>\nHm.\n</think>\n\nBecause.")),
        file(f"{top}comparison.md", "# Comparison\n"),
    ]
    (arriving,) = look_through(sqlite_database, files).runs
    assert (arriving.models, arriving.answers, arriving.failed) == (("gpt-4o", "tiny:latest"), 1, 1)
    (public_id,) = take_in(sqlite_database, files).runs
    with sqlite_database.read() as connection:
        record = read_run(connection, public_id)
    assert [(shot.label, shot.text, shot.thinking) for shot in record.shots] == [
        ("gpt-4o", "Because.", "Hm."),
        ("tiny:latest", "", ""),
    ]


def test_records_a_zip_and_a_table_come_in_at_once_and_a_second_time_add_nothing(sqlite_database: Database) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("all/run-9/x-result.md", result(run="r9"))
    files = [
        file("a-result.md", result()),
        file("old.zip", packed.getvalue()),
        file("o.csv", OUTCOMES),
    ]
    assert look_through(sqlite_database, files).new_runs == 2
    first = take_in(sqlite_database, files, person="Anna")
    assert len(first.runs) == 2
    assert [(name, each.shots) for name, each in first.outcomes] == [("o.csv", 2)]
    assert not first.nothing_new
    second = take_in(sqlite_database, files, person="Anna")
    assert second.nothing_new
    assert (len(second.here_already), second.unread) == (2, ())


def test_a_table_with_a_bad_row_adds_nothing_and_names_it_while_others_come_in(sqlite_database: Database) -> None:
    files = [file("bad.csv", OUTCOMES + "x,gpt-x,-1\n"), file("a-result.md", result())]
    found = look_through(sqlite_database, files)
    assert [(bad.number, bad.reason) for bad in found.outcomes[0].bad] == [
        (4, "Its quality (-1) is not between 0 and 1.")
    ]
    done = take_in(sqlite_database, files)
    assert (len(done.runs), done.outcomes) == (1, ())
    assert "row 4" in done.unread[0][1]
    again = take_in(sqlite_database, files, pass_over_bad=True)
    assert [(each.shots, each.passed_over) for _, each in again.outcomes] == [(2, 1)]


def test_what_cannot_be_read_is_named_and_keeps_nothing_out(sqlite_database: Database) -> None:
    files = [
        file("a-result.md", result()),
        file("broken-result.md", b"\xff\xfe\x00"),
        file("empty.zip", b"PK\x05\x06"),
        file("odd.parquet", b"no parquet"),
    ]
    found = look_through(sqlite_database, files)
    assert sorted(name for name, _ in found.unread) == ["broken-result.md", "empty.zip", "odd.parquet"]
    assert len(found.runs) == 1


def test_a_name_that_climbs_out_of_its_folder_stays_inside(sqlite_database: Database, tmp_path: Path) -> None:
    files = [file("../../../tmp/climbed-result.md", result()), file("/etc/climbed-result.md", result("other"))]
    assert len(look_through(sqlite_database, files).runs) >= 1
    assert not Path("/etc/climbed-result.md").exists()
    assert not Path("/tmp/climbed-result.md").exists()


def test_too_much_at_once_is_refused(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.transfer.arrivals.LARGEST_BYTES", 10)
    with pytest.raises(InputError, match="at once"):
        look_through(sqlite_database, [file("o.csv", OUTCOMES)])


def said(database: Database) -> dict[str | None, list[tuple[object, ...]]]:
    """Give all that result files can carry, by the run's id at its source."""
    found = {}
    with database.read() as connection:
        for public_id in connection.execute(sa.select(RUN.c.public_id)).scalars().all():
            run = read_run(connection, public_id)
            shots = [
                (shot.label, shot.model, shot.text, shot.thinking, shot.state, shot.total_ms, shot.error_message,
                 shot.input_tokens, shot.output_tokens)
                for shot in sorted(run.shots, key=lambda shot: (shot.label, shot.shot_index))
            ]  # fmt: skip
            found[run.source_id] = [(run.prompt, run.created_at), *shots]
    return found


def test_what_goes_out_as_result_files_comes_in_elsewhere_as_the_same_runs(
    sqlite_database: Database, other: Database
) -> None:
    files = [
        file("r/one/metadata.json", metadata("gpt-4o", "tiny:latest")),
        file("r/one/gpt-4o-result.md", result(answer="<think>\nHm.\n</think>\n\n## Head\n```\nx\n```")),
        file("r/two/a-result.md", result(run="r2", prompt="`x` and\n```\ny\n```")),
    ]
    runs = take_in(sqlite_database, files).runs
    packed = export_file(sqlite_database, Taken.RECORDS, None, runs=runs)
    take_in(other, [file("back.zip", packed)])
    assert said(other) == said(sqlite_database)


def test_the_real_records_go_out_in_the_founding_form_and_come_back(sqlite_database: Database, other: Database) -> None:
    path = os.environ.get("CLAUDEPROMPTER_RECORDS")
    if not path or not Path(path).is_dir():
        pytest.skip("CLAUDEPROMPTER_RECORDS names no folder: the real records were not exported and read again")
    root = Path(path)
    files = [
        file(f"{root.name}/{each.relative_to(root)}", each.read_bytes()) for each in root.rglob("*") if each.is_file()
    ]
    found = look_through(sqlite_database, files)
    assert (len(found.runs), found.unread) == (3, ())
    assert any("quoting" in doubt for run in found.runs for doubt in run.doubts)
    runs = take_in(sqlite_database, files).runs
    packed = export_file(sqlite_database, Taken.RECORDS, None, runs=runs)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert all(archive.read(name).startswith(b"# Multi-Shot Result: ") for name in archive.namelist())
    take_in(other, [file("back.zip", packed)])
    assert said(other) == said(sqlite_database)
    assert take_in(sqlite_database, files).nothing_new
