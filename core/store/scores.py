"""Ratings and imported scores of single shots, and each shot's quality as it stands.

A quality is written by whoever knows how one is made of what was said; here are only its whole numbers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from core.domain.labelling import ScoreSource
from core.store import tables
from core.store.among import among
from core.store.database import Database, table

SCORE = table(tables.Score)
QUALITY = table(tables.ShotQuality)
WRITTEN_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRecord:
    """A score of a shot, `value` in [0, 1]. `name` is the file, tool or scale it comes from.

    `cost` is what the source says the answer cost in USD, None where it does not say; no sum of this app holds it.
    """

    shot_id: int
    run_id: int
    source: ScoreSource
    value: float
    name: str = ""
    weight: float = 1.0
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TallyRow:
    """What was said of a shot in whole numbers, with the quality in [0, 1] and the weight that it comes to."""

    shot_id: int
    run_id: int
    people_weight: int = 0
    people_total: int = 0
    machine_weight: int = 0
    machine_total: int = 0
    quality: float | None = None
    weight: float = 0.0


class Scores:
    """The scores and qualities of one workspace."""

    def __init__(self, database: Database) -> None:
        """Read this database."""
        self._database = database

    def of_run(self, run_id: int) -> tuple[ScoreRecord, ...]:
        """Give the scores of a run's shots, oldest first."""
        with self._database.read() as connection:
            return read_scores(connection, SCORE.c.run_id == run_id)

    def qualities(self, run_id: int) -> dict[int, TallyRow]:
        """Give what was said of a run's shots, by shot id; a shot of which nothing was said is not there."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(QUALITY).where(QUALITY.c.run_id == run_id))
            return {row.shot_id: _tally(row) for row in rows}


def add_scores(connection: Connection, scores: Sequence[ScoreRecord], *, person_id: int | None = None) -> None:
    """Write scores."""
    now = datetime.now(UTC)
    for start in range(0, len(scores), WRITTEN_AT_ONCE):
        part = scores[start : start + WRITTEN_AT_ONCE]
        connection.execute(
            sa.insert(SCORE), [asdict(score) | {"created_at": now, "person_id": person_id} for score in part]
        )


def read_scores(connection: Connection, *wanted: sa.ColumnElement[bool]) -> tuple[ScoreRecord, ...]:
    """Give scores, oldest first."""
    return tuple(map(_score, connection.execute(sa.select(SCORE).where(*wanted).order_by(SCORE.c.id))))


def tallies(connection: Connection, shot_ids: Iterable[int]) -> dict[int, TallyRow]:
    """Give what was said of these shots so far, by shot id."""
    rows = connection.execute(sa.select(QUALITY).where(among(connection, QUALITY.c.shot_id, shot_ids)))
    return {row.shot_id: _tally(row) for row in rows}


def write_tallies(connection: Connection, rows: Iterable[TallyRow]) -> None:
    """Write what was said of shots, in place of what stood there."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    now = datetime.now(UTC)
    values: list[dict[str, Any]] = [asdict(row) | {"updated_at": now} for row in rows]
    if not values:
        return
    statement = dialect.insert(QUALITY)
    replaced = {name: statement.excluded[name] for name in values[0] if name != "shot_id"}
    connection.execute(statement.on_conflict_do_update(index_elements=[QUALITY.c.shot_id], set_=replaced), values)


def _score(row: Any) -> ScoreRecord:
    return ScoreRecord(
        shot_id=row.shot_id,
        run_id=row.run_id,
        source=ScoreSource(row.source),
        value=row.value,
        name=row.name,
        weight=row.weight,
        cost=row.cost,
    )


def _tally(row: Any) -> TallyRow:
    return TallyRow(
        shot_id=row.shot_id,
        run_id=row.run_id,
        people_weight=row.people_weight,
        people_total=row.people_total,
        machine_weight=row.machine_weight,
        machine_total=row.machine_total,
        quality=row.quality,
        weight=row.weight,
    )
