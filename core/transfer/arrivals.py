"""Files that somebody drags in: looked through first, then taken in; records of past runs, and tables of outcomes."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import ClaudePrompterError, InputError
from core.store import tables
from core.store.among import among
from core.store.database import Database, table
from core.transfer.found_records import FoundRecord, find_records
from core.transfer.outcome_import import OutcomesReport, import_outcomes
from core.transfer.outcomes import OutcomesPreview, preview_outcomes
from core.transfer.records import ImportReport, import_records
from core.transfer.tables import format_of
from core.transfer.unpacking import inner_folder, unpacked

RUN = table(tables.Run)
LARGEST_BYTES = 200_000_000
"""Bytes of all files together."""
RESULT, METADATA = "-result.md", "metadata.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivingFile:
    """One file: its name, with folders where it came in one, and its content, which is read and not closed."""

    name: str
    content: BinaryIO
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivingRun:
    """A past run found in the files. `here` says that it was imported before; what is new of it would still join it."""

    source: str
    prompt: str
    models: tuple[str, ...]
    answers: int
    failed: int
    made_at: datetime
    here: bool
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """What files hold. `unread` names what could not be used, each with the reason."""

    runs: tuple[ArrivingRun, ...]
    outcomes: tuple[OutcomesPreview, ...]
    unread: tuple[tuple[str, str], ...]

    @property
    def new_runs(self) -> int:
        """Give how many runs are not here yet."""
        return sum(not run.here for run in self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """What an import did: public ids of runs that came or grew, outcomes by file, what is doubtful, what was not read.

    `here_already` names records that added nothing.
    """

    runs: tuple[str, ...]
    outcomes: tuple[tuple[str, OutcomesReport], ...]
    here_already: tuple[str, ...]
    doubts: tuple[tuple[str, str], ...]
    unread: tuple[tuple[str, str], ...]

    @property
    def nothing_new(self) -> bool:
        """Tell whether all that could be read was here already."""
        return not self.runs and not any(report.shots for _, report in self.outcomes) and not self.unread


def look_through(database: Database, files: Sequence[ArrivingFile]) -> Arrivals:
    """Tell what files hold, keeping nothing. Raises InputError where they are too many bytes, StoreError."""
    records: list[FoundRecord] = []
    outcomes: list[OutcomesPreview] = []
    unread: list[tuple[str, str]] = []
    for file in _tables(files):
        try:
            outcomes.append(preview_outcomes(file.name, file.content))
        except ClaudePrompterError as error:
            unread.append((file.name, str(error)))
    with _on_disk(files) as places:
        for name, path in places:
            try:
                with unpacked(path) as place:
                    found = find_records(place)
            except ClaudePrompterError as error:
                unread.append((name, str(error)))
                continue
            records += found.records
            unread += found.skipped
    with database.read() as connection:
        runs = _runs(connection, records)
    return Arrivals(runs=runs, outcomes=tuple(outcomes), unread=tuple(unread))


def take_in(
    database: Database,
    files: Sequence[ArrivingFile],
    *,
    person: str = "",
    person_id: int | None = None,
    pass_over_bad: bool = False,
) -> TakenIn:
    """Import files, each in one transaction: a file that cannot be used adds nothing, the others go on.

    Raises InputError where they are too many bytes, StoreError.
    """
    outcomes: list[tuple[str, OutcomesReport]] = []
    unread: list[tuple[str, str]] = []
    reports: list[ImportReport] = []
    for file in _tables(files):
        try:
            report = import_outcomes(database, file.name, file.content, person=person, pass_over_bad=pass_over_bad)
        except InputError as error:
            unread.append((file.name, f"{error}{f' {error.detail}' if error.detail else ''}"))
        else:
            outcomes.append((file.name, report))
    with _on_disk(files) as places:
        for name, path in places:
            try:
                reports.append(import_records(database, path, person_id=person_id))
            except InputError as error:
                unread.append((name, str(error)))
    skipped = [each for report in reports for each in report.skipped]
    return TakenIn(
        runs=tuple(dict.fromkeys(run for report in reports for run in report.imported)),
        outcomes=tuple(outcomes),
        here_already=tuple(source for source, why in skipped if why.startswith(HERE)),
        doubts=tuple(each for report in reports for each in report.warnings),
        unread=(*unread, *(each for each in skipped if not each[1].startswith(HERE))),
    )


HERE = "It is here already"


def _tables(files: Sequence[ArrivingFile]) -> list[ArrivingFile]:
    size = sum(file.size for file in files)
    if size > LARGEST_BYTES:
        raise InputError(
            f"These files have {size / 1e6:,.0f} MB; {LARGEST_BYTES // 1_000_000} MB are taken at once.",
            next_step="Bring them in one after the other, or use `python -m core import`.",
        )
    return [file for file in files if format_of(file.name) is not None]


@contextmanager
def _on_disk(files: Sequence[ArrivingFile]) -> Iterator[list[tuple[str, Path]]]:
    """Lay the files that are no tables down as they were, and give where records may be found, each with its name."""
    folder = Path(tempfile.mkdtemp(prefix="claudeprompter-"))
    try:
        laid = [(file, _lay(file, folder)) for file in files if format_of(file.name) is None]
        yield _places(laid, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _lay(file: ArrivingFile, folder: Path) -> Path:
    parts = [part for part in PurePosixPath(file.name.replace("\\", "/")).parts if part not in ("/", "..", ".")]
    path = folder.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    file.content.seek(0)
    with path.open("wb") as to:
        shutil.copyfileobj(file.content, to)
    return path


def _places(laid: Sequence[tuple[ArrivingFile, Path]], folder: Path) -> list[tuple[str, Path]]:
    zips = [(file.name, path) for file, path in laid if path.suffix.lower() == ".zip"]
    loose = [path for _, path in laid if path.parent == folder and path.suffix.lower() != ".zip"]
    inside = any(path.parent != folder for _, path in laid if path.suffix.lower() != ".zip")
    if inside or (folder / METADATA).exists():  # a folder, or the files of one run's folder
        top = inner_folder(folder)
        name = top.name if top != folder else "The files"
        return [*zips, (name, top)]
    # Result files of several runs may come together: each tells its own run.
    return [*zips, *((path.name, path) for path in loose if path.name.endswith(RESULT) or path.suffix == ".json")]


def _runs(connection: Connection, records: Sequence[FoundRecord]) -> tuple[ArrivingRun, ...]:
    ids = {record.source_id for record in records}
    asked = sa.select(RUN.c.source_id).where(among(connection, RUN.c.source_id, ids))
    here = set(connection.execute(asked).scalars())
    return tuple(
        ArrivingRun(
            source=record.source,
            prompt=record.prompt,
            models=(*(result.engine for result in record.results), *(engine for engine, _ in record.failed)),
            answers=sum(len(result.answers) for result in record.results),
            failed=len(record.failed),
            made_at=record.started_at,
            here=record.source_id in here,
            doubts=record.warnings,
        )
        for record in records
    )
