"""Whole files of past runs for somebody who asks for them: which there are, how they are named, and their bytes."""

import io
import zipfile
from collections.abc import Sequence
from enum import StrEnum

from core.errors import InputError
from core.store.database import Database
from core.store.run_reads import read_run
from core.transfer.export_tables import Export, export_tables
from core.transfer.preference_pairs import export_pairs
from core.transfer.result_markdown import export_run
from core.transfer.rows import TableFormat

MOST_RECORDS = 5_000
"""Runs whose result files go into one zip."""


class Taken(StrEnum):
    """What is taken out of History: tables of answers or of labels or both, result files, pairs of answers."""

    ANSWERS = "answers"
    LABELS = "labels"
    BOTH = "both"
    RECORDS = "records"
    PAIRS = "pairs"

    @property
    def formats(self) -> tuple[TableFormat, ...]:
        """Give the table formats there are; none for what is no table, or has one form only."""
        if self in (Taken.ANSWERS, Taken.LABELS):
            return tuple(TableFormat)
        return (TableFormat.XLSX,) if self is Taken.BOTH else ()


def file_name(taken: Taken, kind: TableFormat | None, *, simulated: bool) -> str:
    """Give the name of the file; what is simulated says so first."""
    ending = {Taken.RECORDS: "zip", Taken.PAIRS: "jsonl"}.get(taken) or (kind or TableFormat.CSV).value
    words = {Taken.BOTH: "answers-and-labels", Taken.RECORDS: "result-files", Taken.PAIRS: "preference-pairs"}
    return f"{'simulated-' if simulated else ''}{words.get(taken, taken.value)}.{ending}"


def export_file(
    database: Database, taken: Taken, kind: TableFormat | None, *, runs: Sequence[str], viewer: str = ""
) -> bytes:
    """Give the file of these runs (by public id). Raises InputError where it would be too large, StoreError."""
    to = io.BytesIO()
    if taken is Taken.PAIRS:
        export_pairs(database, to, runs=runs, viewer=viewer)
    elif taken is Taken.RECORDS:
        _records(database, to, runs, viewer)
    else:
        what = (Export.ANSWERS, Export.LABELS) if taken is Taken.BOTH else (Export(taken.value),)
        chosen = kind if kind in taken.formats else taken.formats[0]
        export_tables(database, chosen, to, runs=runs, what=what, viewer=viewer)
    return to.getvalue()


def _records(database: Database, to: io.BytesIO, runs: Sequence[str], viewer: str) -> None:
    """Pack a folder of result files for each run; the same runs always give the same bytes."""
    if len(runs) > MOST_RECORDS:
        raise InputError(
            f"{len(runs):,} runs are more than the {MOST_RECORDS:,} whose result files fit one zip.",
            next_step="Narrow the view, or export a table.",
        )
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive, database.read() as connection:
        for run in runs:
            for name, text in export_run(read_run(connection, run, viewer=viewer)).items():
                entry = zipfile.ZipInfo(f"run-{run}/{name}")
                archive.writestr(entry, text.encode("utf-8", "surrogatepass"), zipfile.ZIP_DEFLATED)
