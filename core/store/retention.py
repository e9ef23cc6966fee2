"""What leaves the bin for good: texts go, costs and measures stay, for the sums of past months must not move."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.store import tables
from core.store.database import Database, table

RUN = table(tables.Run)
SHOT = table(tables.Shot)
ATTEMPT = table(tables.Attempt)
DELTA = table(tables.Delta)
VERDICT = table(tables.VerdictRow)
SETTLEMENT = table(tables.Settlement)
JUDGEMENT = table(tables.JudgementRow)
VECTOR = table(tables.PromptVector)

KEPT_IN_BIN = timedelta(days=30)


def empty_bin(database: Database, *, now: datetime, older_than: timedelta = KEPT_IN_BIN) -> int:
    """Erase every text of the runs that were deleted longer ago than that, and give how many runs these were.

    What was written (prompt, system prompt, answers, thinking, notes, judges' and providers' words) is gone for good,
    and with it what was kept of a prompt's meaning, though an SQLite file shrinks only when it is compacted. Raises
    StoreError and its kinds.
    """
    with database.write() as connection:
        old = connection.execute(
            sa.select(RUN.c.id, RUN.c.settings, RUN.c.prompt_sha256)
            .where(RUN.c.deleted_at <= now - older_than, RUN.c.erased_at.is_(None))
            .order_by(RUN.c.id)
        ).all()
        for row in old:
            _erase(connection, row.id, row.settings, now)
        _forget_meanings(connection, {row.prompt_sha256 for row in old})
    return len(old)


def _erase(connection: Connection, run_id: int, settings: Any, now: datetime) -> None:
    connection.execute(
        sa.update(RUN)
        .where(RUN.c.id == run_id)
        .values(
            erased_at=now,
            prompt="",
            prompt_sha256="",
            template="",
            variables=[],
            settings=_without_system(settings),
            per_model={},
            warnings=[],
        )
    )
    connection.execute(sa.delete(DELTA).where(DELTA.c.run_id == run_id))
    for shot in connection.execute(sa.select(SHOT.c.id, SHOT.c.settings).where(SHOT.c.run_id == run_id)).all():
        connection.execute(
            sa.update(SHOT)
            .where(SHOT.c.id == shot.id)
            .values(text="", thinking="", settings=_without_system(shot.settings), error_detail="")
        )
    connection.execute(sa.update(ATTEMPT).where(ATTEMPT.c.run_id == run_id).values(error_detail=""))
    for said in (VERDICT, SETTLEMENT):
        connection.execute(sa.update(said).where(said.c.run_id == run_id).values(note=""))
    connection.execute(sa.update(JUDGEMENT).where(JUDGEMENT.c.run_id == run_id).values(reason=""))


def _forget_meanings(connection: Connection, hashes: set[str]) -> None:
    """Delete the vectors of prompts that no run holds any more."""
    held = sa.exists().where(RUN.c.prompt_sha256 == VECTOR.c.text_sha256)
    for prompt in hashes - {""}:
        connection.execute(sa.delete(VECTOR).where(VECTOR.c.text_sha256 == prompt, ~held))


def _without_system(settings: Any) -> dict[str, Any]:
    return {name: value for name, value in (settings or {}).items() if name != "system"}
