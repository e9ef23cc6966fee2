"""Measurements of the earlier tool (`metrics/<run>.json`): its quality figure joins the answers it was made of.

That figure is a heuristic of length and form and no judgement, so it is kept as one and weighs nothing. What the tool
thinks an answer cost is an estimate made elsewhere and is not kept.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.labelling import ScoreSource
from core.errors import UnreadableFile
from core.store import tables
from core.store.database import table
from core.store.scores import SCORE, ScoreRecord, add_scores

RUN = table(tables.Run)
SHOT = table(tables.Shot)

FOLDER = "metrics"
NAME = "qualityScore"
HIGHEST = 10.0
LARGEST_BYTES = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What the earlier tool measured of one run: the heuristic quality in [0, 1] by model, and doubts about it."""

    source: str
    run: str
    qualities: tuple[tuple[str, float], ...]
    doubts: tuple[str, ...]


def find_measurements(path: Path) -> tuple[Path, ...]:
    """Give the measurement files of a folder (its own or its subfolder's), or the file itself."""
    if path.is_file():
        return (path,) if path.suffix == ".json" and _measures(path) else ()
    folder = path / FOLDER if (path / FOLDER).is_dir() else path
    return tuple(file for file in sorted(folder.glob("*.json")) if file.name != "metadata.json" and _measures(file))


def read_measurement(file: Path) -> Measurement:
    """Read a measurement file. Raises UnreadableFile where it is none."""
    told = _told(file)
    if told is None:
        raise UnreadableFile(f"{file.name!r} is no measurement.", next_step="Leave it out.")
    qualities, doubts = [], []
    for each in told["models"]:
        name, score = (each.get("modelName"), each.get("qualityScore")) if isinstance(each, dict) else (None, None)
        if not isinstance(name, str) or score is None:
            continue
        if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= HIGHEST:
            doubts.append(f"The quality of {name} ({score!r}) is not between 0 and {HIGHEST:g}; it is left out.")
        else:
            qualities.append((name, score / HIGHEST))
    return Measurement(
        source=f"{FOLDER}/{file.name}", run=str(told["runId"]), qualities=tuple(qualities), doubts=tuple(doubts)
    )


def add_measurement(connection: Connection, measurement: Measurement) -> tuple[int, Sequence[str]]:
    """Add the scores that are not here yet, and give how many and what is doubtful."""
    shots = {
        row.label: row
        for row in connection.execute(
            sa.select(SHOT.c.id, SHOT.c.run_id, SHOT.c.label)
            .join(RUN, RUN.c.id == SHOT.c.run_id)
            .where(RUN.c.source_id == measurement.run)
            .order_by(SHOT.c.ordinal.desc())
        )
    }
    if not shots:
        return 0, measurement.doubts
    here = set(
        connection.execute(
            sa.select(SCORE.c.shot_id).where(
                SCORE.c.source == ScoreSource.HEURISTIC,
                SCORE.c.name == NAME,
                SCORE.c.shot_id.in_([row.id for row in shots.values()]),
            )
        ).scalars()
    )
    doubts = list(measurement.doubts)
    scores = []
    for model, quality in measurement.qualities:
        if model not in shots:
            doubts.append(f"It measures {model}, of which the run has no answer.")
        elif shots[model].id not in here:
            scores.append(
                ScoreRecord(
                    shot_id=shots[model].id,
                    run_id=shots[model].run_id,
                    source=ScoreSource.HEURISTIC,
                    value=quality,
                    name=NAME,
                    weight=0.0,
                )
            )
    add_scores(connection, scores)
    return len(scores), doubts if scores else ()


def _measures(file: Path) -> bool:
    return file.stat().st_size <= LARGEST_BYTES and _told(file) is not None


def _told(file: Path) -> dict[str, Any] | None:
    try:
        told = json.loads(file.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return None
    known = isinstance(told, dict) and isinstance(told.get("models"), list) and isinstance(told.get("runId"), str)
    return told if known else None
