import io
import zipfile

import pytest

from core.errors import InputError
from core.store.database import Database
from core.store.history import History
from core.store.history_filter import HistoryFilter
from core.transfer.arrivals import ArrivingFile, take_in
from core.transfer.export_files import Taken, export_file, file_name
from core.transfer.rows import TableFormat

OUTCOMES = b"prompt,model,quality,answer\n=1+1,gpt-x,1,=2\nWhy?,gpt-x,0,@no\n"


@pytest.fixture
def runs(sqlite_database: Database) -> list[str]:
    take_in(sqlite_database, [ArrivingFile(name="o.csv", content=io.BytesIO(OUTCOMES), size=len(OUTCOMES))])
    return list(History(sqlite_database).ids(HistoryFilter()))


@pytest.mark.parametrize(
    ("taken", "kind", "starts"),
    [
        (Taken.ANSWERS, TableFormat.CSV, b"\xef\xbb\xbfprompt,"),
        (Taken.ANSWERS, TableFormat.JSONL, b'{"prompt"'),
        (Taken.ANSWERS, TableFormat.PARQUET, b"PAR1"),
        (Taken.LABELS, TableFormat.XLSX, b"PK"),
        (Taken.BOTH, TableFormat.XLSX, b"PK"),
        (Taken.RECORDS, None, b"PK"),
    ],
)
def test_every_form_is_one_file(
    sqlite_database: Database, runs: list[str], taken: Taken, kind: TableFormat | None, starts: bytes
) -> None:
    assert export_file(sqlite_database, taken, kind, runs=runs).startswith(starts)


def test_nobody_preferred_anything_gives_an_empty_file_of_pairs(sqlite_database: Database, runs: list[str]) -> None:
    assert export_file(sqlite_database, Taken.PAIRS, None, runs=runs) == b""


def test_no_cell_of_an_exported_table_can_run(sqlite_database: Database, runs: list[str]) -> None:
    text = export_file(sqlite_database, Taken.ANSWERS, TableFormat.CSV, runs=runs).decode("utf-8-sig")
    assert "\n'=1+1," in text.replace("\r", "")
    assert ",=2" not in text
    assert ",@no" not in text


def test_each_run_has_a_folder_of_its_own(sqlite_database: Database, runs: list[str]) -> None:
    packed = export_file(sqlite_database, Taken.RECORDS, None, runs=runs)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert sorted(archive.namelist()) == sorted(f"run-{run}/gpt-x-result.md" for run in runs)


def test_more_result_files_than_fit_are_refused(
    sqlite_database: Database, runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.transfer.export_files.MOST_RECORDS", 1)
    with pytest.raises(InputError, match="more than the 1"):
        export_file(sqlite_database, Taken.RECORDS, None, runs=runs)


def test_what_is_simulated_says_so_in_the_name() -> None:
    assert file_name(Taken.ANSWERS, TableFormat.XLSX, simulated=True) == "simulated-answers.xlsx"
    assert file_name(Taken.PAIRS, None, simulated=False) == "preference-pairs.jsonl"
    assert file_name(Taken.BOTH, TableFormat.XLSX, simulated=False) == "answers-and-labels.xlsx"
