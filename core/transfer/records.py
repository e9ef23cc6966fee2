"""Taking past runs into History: each once, however often and in whatever pieces it is imported.

Nothing is charged for them: they were paid for elsewhere, and an estimate of another tool is no price. So an imported
shot has no attempts, and its cost reads "no price known".
"""

import hashlib
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.model import Place
from core.domain.money import CostState
from core.domain.run import FinishReason, Origin, RunState, ShotSettings, ShotState, Strategy, Visibility
from core.store import tables
from core.store.database import Database, table
from core.transfer.found_records import FoundRecord, find_records
from core.transfer.measurements import add_measurement, find_measurements, read_measurement
from core.transfer.result_document import ResultAnswer, ResultDocument
from core.transfer.unpacking import unpacked

RUN = table(tables.Run)
SHOT = table(tables.Shot)
_STATES = {state.value for state in ShotState}
_REASONS = {reason.value for reason in FinishReason}
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did: public ids of runs that came or grew, what was left out and why, and what is doubtful."""

    imported: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()


def import_records(database: Database, path: Path, *, person_id: int | None = None) -> ImportReport:
    """Import a result file, a run's folder, a folder of those or a zip of it as past runs; a second time adds nothing.

    A further result of a run that is here already joins it, and measurements (`metrics/*.json`) join theirs. Raises
    UnreadableFile where the path holds no record, and StoreError; then nothing was added.
    """
    with unpacked(path) as place:
        found = find_records(place)
        measured = [read_measurement(file) for file in find_measurements(place)]
    imported, skipped, warnings = [], list(found.skipped), []
    with database.write() as connection:
        for record in found.records:
            public_id, added = _take_in(connection, record, person_id=person_id)
            if added:
                imported.append(public_id)
                warnings += [(record.source, doubt) for doubt in record.warnings]
            else:
                skipped.append((record.source, "It is here already."))
        for measurement in measured:
            added, doubts = add_measurement(connection, measurement)
            warnings += [(measurement.source, doubt) for doubt in doubts]
            if not added:
                skipped.append((measurement.source, "It is here already, or the run it measures is not here."))
    return ImportReport(imported=tuple(imported), skipped=tuple(skipped), warnings=tuple(warnings))


def _take_in(connection: Connection, record: FoundRecord, *, person_id: int | None) -> tuple[str, int]:
    """Write what is new of a record; give the run's public id and how many shots came."""
    known = connection.execute(
        sa.select(RUN.c.id, RUN.c.public_id, RUN.c.models, RUN.c.version).where(RUN.c.source_id == record.source_id)
    ).first()
    here = set() if known is None else set(_shots_here(connection, known.id))
    new = [shot for shot in _shots(record) if (shot["model"], shot["shot_index"]) not in here]
    if known is not None and not new:
        return known.public_id, 0
    if known is None:
        run_id, public_id = _insert_run(connection, record, person_id=person_id)
    else:
        run_id, public_id = known.id, known.public_id
        models = list(dict.fromkeys([*known.models, *(shot["model"] for shot in new)]))
        connection.execute(sa.update(RUN).where(RUN.c.id == run_id).values(models=models, version=known.version + 1))
    connection.execute(
        sa.insert(SHOT),
        [{**shot, "run_id": run_id, "ordinal": len(here) + place} for place, shot in enumerate(new, start=1)],
    )
    return public_id, len(new)


def _shots_here(connection: Connection, run_id: int) -> list[tuple[str, int]]:
    rows = connection.execute(sa.select(SHOT.c.model, SHOT.c.shot_index).where(SHOT.c.run_id == run_id))
    return [(row.model, row.shot_index) for row in rows]


def _insert_run(connection: Connection, record: FoundRecord, *, person_id: int | None) -> tuple[int, str]:
    public_id = secrets.token_urlsafe(12)
    shots = max((len(result.answers) for result in record.results), default=1)
    answered = any(answer.text for result in record.results for answer in result.answers)
    run_id = connection.execute(
        sa.insert(RUN)
        .values(
            public_id=public_id,
            source_id=record.source_id,
            origin=Origin.IMPORT,
            state=RunState.DONE if answered else RunState.FAILED,
            version=1,
            created_at=record.started_at,
            started_at=record.started_at,
            finished_at=record.finished_at,
            person_id=person_id,
            visibility=Visibility.TEAM,
            strategy=Strategy.HYBRID,
            blind=False,
            prompt=record.prompt,
            prompt_sha256=hashlib.sha256(record.prompt.encode()).hexdigest(),
            template="",
            models=[*(result.model for result in record.results), *(engine for engine, _ in record.failed)],
            shots_per_model=shots,
            settings=asdict(_settings(record.results[0])) if record.results else asdict(ShotSettings()),
            simulated=False,
            warnings=list(record.warnings),
        )
        .returning(RUN.c.id)
    ).scalar_one()
    return int(run_id), public_id


def _shots(record: FoundRecord) -> list[dict[str, Any]]:
    shots = [
        _answer_row(record, result, answer, number)
        for result in record.results
        for number, answer in enumerate(result.answers, start=1)
    ]
    return shots + [_failed_row(record, engine, words) for engine, words in record.failed]


def _answer_row(record: FoundRecord, result: ResultDocument, answer: ResultAnswer, number: int) -> dict[str, Any]:
    alone = len(result.answers) == 1
    told = answer.facts
    total_ms = result.execution_ms if alone else told.get("executionTime")
    state = ShotState(told["state"]) if told.get("state") in _STATES else ShotState.DONE
    return {
        **_blank(record),
        "model": result.model,
        "label": result.engine,
        "shot_index": number,
        "place": _place(result),
        "state": state if state.settled else ShotState.INTERRUPTED,
        "settings": asdict(_settings(result)),
        "finished_at": min(record.started_at + timedelta(milliseconds=total_ms), record.finished_at)
        if total_ms
        else record.finished_at,
        "text": answer.text,
        "thinking": answer.thinking,
        "ttft_us": _micro(told.get("firstToken")),
        "total_us": _micro(total_ms),
        "input_tokens": _count(result.prompt_tokens if alone else told.get("promptTokens")),
        "output_tokens": _count(result.completion_tokens if alone else told.get("completionTokens")),
        "thinking_tokens": _count(told.get("thinkingTokens")),
        "finish_reason": told["finish"] if told.get("finish") in _REASONS else None,
        "error_kind": "imported" if told.get("error") else "",
        "error_message": str(told.get("error", "")),
    }


def _failed_row(record: FoundRecord, engine: str, words: str) -> dict[str, Any]:
    return {
        **_blank(record),
        "model": engine,
        "label": engine,
        "shot_index": 1,
        "place": Place.CLOUD,
        "state": ShotState.FAILED,
        "settings": asdict(_settings(record.results[0])) if record.results else asdict(ShotSettings()),
        "error_kind": "imported",
        "error_message": words,
    }


def _blank(record: FoundRecord) -> dict[str, Any]:
    return {
        "version": 1,
        "queued_at": record.started_at,
        "started_at": record.started_at,
        "finished_at": record.finished_at,
        "attempts": 0,
        "text": "",
        "thinking": "",
        "ttft_us": None,
        "total_us": None,
        "input_tokens": 0,
        "output_tokens": 0,
        "thinking_tokens": 0,
        "cost": None,
        "cost_state": CostState.UNPRICED,
        "finish_reason": None,
        "error_kind": "",
        "error_message": "",
        "error_next_step": "",
        "error_detail": "",
    }


def _settings(result: ResultDocument) -> ShotSettings:
    usual = ShotSettings()
    return ShotSettings(
        temperature=usual.temperature if result.temperature is None else result.temperature,
        max_tokens=result.max_tokens or usual.max_tokens,
        system=str(result.extra.get("system", "")),
    )


def _place(result: ResultDocument) -> Place:
    host = urlsplit(str(result.extra.get("endpoint", ""))).hostname
    return Place.LOCAL if host in LOOPBACK else Place.CLOUD


def _micro(milliseconds: Any) -> int | None:
    return round(milliseconds * 1000) if isinstance(milliseconds, int | float) else None


def _count(number: Any) -> int:
    return number if isinstance(number, int) else 0
