"""Finding past runs on disk: one result file, the folder of one run, or a folder of such folders.

The tool that wrote these records had faults of its own. They are survived and reported, never repeated: a prompt cut to
one word by the shell's quoting, models that left no answer, folders without any.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.errors import ClaudePrompterError, UnreadableFile
from core.transfer.measurements import find_measurements
from core.transfer.result_document import ResultDocument
from core.transfer.result_reading import read_result

RESULT_FILES = "*-result.md"
LARGEST_BYTES = 50_000_000
FAILED_SECTION = re.compile(r"^## [^\n]*(?:Fail|Error)[^\n]*\n(?P<body>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
FAILED_ENGINE = re.compile(
    r"^### (?P<engine>[^\n(]+?)(?: \([^\n]*)?\n(?P<words>.*?)(?=^### |\Z)", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRecord:
    """One past run as it stands on disk; `failed` names models without an answer, with the record's words why."""

    source: str
    source_id: str
    prompt: str
    started_at: datetime
    finished_at: datetime
    results: tuple[ResultDocument, ...]
    failed: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a path held: records, and what could not be used with the reason."""

    records: tuple[FoundRecord, ...] = ()
    skipped: tuple[tuple[str, str], ...] = field(default=())


def find_records(path: Path) -> Found:
    """Read a result file, a run's folder or a folder of those. Raises UnreadableFile where the path is none of them.

    A folder of measurements alone holds no record and is no fault.
    """
    if not path.exists():
        raise UnreadableFile(f"There is no file {path.name!r}.", next_step="Check the path.")
    if path.is_file() and find_measurements(path):
        return Found()
    if path.is_file():
        document = _read(path)
        return Found(records=(_record(path.name, (document,)),))
    folders = [path] if _is_run(path) else sorted(each for each in path.iterdir() if each.is_dir() and _is_run(each))
    if not folders and find_measurements(path):
        return Found()
    if not folders:
        raise UnreadableFile(
            f"The folder {path.name!r} holds no run.",
            next_step="A run's folder holds metadata.json or files that end in -result.md.",
        )
    records, skipped = [], []
    for folder in folders:
        try:
            record, unread = _folder(folder)
        except ClaudePrompterError as error:
            skipped.append((folder.name, str(error)))
            continue
        records.append(record)
        skipped += unread
    return Found(records=tuple(records), skipped=tuple(skipped))


def _is_run(folder: Path) -> bool:
    return (folder / "metadata.json").is_file() or any(folder.glob(RESULT_FILES))


def _folder(folder: Path) -> tuple[FoundRecord, list[tuple[str, str]]]:
    documents, skipped = [], []
    for file in sorted(folder.glob(RESULT_FILES)):
        try:
            documents.append(_read(file))
        except ClaudePrompterError as error:
            skipped.append((f"{folder.name}/{file.name}", str(error)))
    metadata = _metadata(folder / "metadata.json")
    engines = [str(engine) for engine in metadata.get("engines") or ()]
    documents.sort(key=lambda each: engines.index(each.engine) if each.engine in engines else len(engines))
    answered = {document.engine for document in documents}
    words = _failures(folder / "comparison.md")
    silent = [engine for engine in (*engines, *words) if engine not in answered]
    failed = {engine: words.get(engine, "The record holds no answer of this model.") for engine in silent}
    if not documents and not failed:
        raise UnreadableFile("The record names no model and holds no answer.")
    return _record(folder.name, tuple(documents), metadata=metadata, failed=tuple(failed.items())), skipped


def _record(
    source: str,
    documents: tuple[ResultDocument, ...],
    *,
    metadata: dict[str, Any] | None = None,
    failed: tuple[tuple[str, str], ...] = (),
) -> FoundRecord:
    told = metadata or {}
    prompts = [document.prompt for document in documents] or [str(told.get("prompt", ""))]
    finished = max((document.finished_at for document in documents), default=None) or _moment(told.get("timestamp"))
    if finished is None:
        raise UnreadableFile("The record says nowhere when it was made.")
    started = min((each.started_at for each in documents if each.started_at), default=finished)
    source_id = str(told.get("runId") or (documents[0].run_id if documents else ""))
    if not source_id:
        raise UnreadableFile("The record has no run id.")
    return FoundRecord(
        source=source,
        source_id=source_id,
        prompt=prompts[0],
        started_at=min(started, finished),
        finished_at=finished,
        results=documents,
        failed=failed,
        warnings=tuple(_doubts(prompts, documents)),
    )


def _doubts(prompts: list[str], documents: tuple[ResultDocument, ...]) -> list[str]:
    found = []
    first = prompts[0]
    if len(set(prompts)) > 1:
        found.append("The record's files do not agree on the prompt; the first one is kept.")
    if first[:1] in "\"'" and first[:1] not in first[1:] and len(first.split()) <= 1:
        found.append(f"The prompt is only {first!r}: it looks cut by the shell's quoting when the record was made.")
    booked = [document.engine for document in documents if document.extra.get("estimatedCost")]
    if booked:
        found.append(f"The record estimates a cost for {', '.join(booked)}; an estimate made elsewhere is not booked.")
    return found


def _read(file: Path) -> ResultDocument:
    if file.stat().st_size > LARGEST_BYTES:
        raise UnreadableFile(f"{file.name!r} is larger than {LARGEST_BYTES // 1_000_000} MB.")
    try:
        return read_result(file.read_bytes().decode("utf-8"))
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{file.name!r} is no text in UTF-8.", next_step="Save it as UTF-8.") from error


def _metadata(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        told = json.loads(file.read_bytes().decode("utf-8"))
    except ValueError as error:
        raise UnreadableFile(
            "metadata.json is broken.", next_step="Mend the file, or import its result files."
        ) from error
    return told if isinstance(told, dict) else {}


def _failures(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    text = file.read_text(encoding="utf-8", errors="replace").replace("\\n", "\n")
    return {
        engine["engine"].strip(): " ".join(re.sub(r"[*`-]{2,}", "", engine["words"]).split())
        for section in FAILED_SECTION.finditer(text)
        for engine in FAILED_ENGINE.finditer(section["body"])
    }


def _moment(written: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(written))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
