"""What language models said of prompts' kinds, kept by the text's hash: asked once, and learned from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.route import Classified, ClassSource
from core.store import tables
from core.store.database import Database, table
from core.store.upsert import insert_or_leave

CLASS = table(tables.PromptClass)
RUN = table(tables.Run)
ASKED, ANSWERED, FAILED = "asked", "answered", "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierRecord:
    """How asking has gone: questions, answers that fitted the form, and failures (absent, slow, rubbish).

    Of prompts whose task people or a file named too, `agreed` of `compared` answers said the same.
    """

    asked: int = 0
    answered: int = 0
    failed: int = 0
    agreed: int = 0
    compared: int = 0


class PromptClasses:
    """The answers of one workspace. Raises StoreError and its kinds."""

    def __init__(self, database: Database) -> None:
        """Read and write this database."""
        self._database = database

    def known(self, sha: str, version: str) -> Classified | None:
        """Give what was said of a text, None where nobody was asked, or nothing usable came."""
        with self._database.read() as connection:
            row = connection.execute(
                sa.select(CLASS).where(
                    CLASS.c.text_sha256 == sha, CLASS.c.version == version, CLASS.c.state == ANSWERED
                )
            ).one_or_none()
        return None if row is None else _classified(row)

    def begin(self, sha: str, version: str, *, model: str, at: datetime) -> bool:
        """Note that a question is asked; tells whether it is: one was asked before is not asked again."""
        with self._database.write() as connection:
            values = {"model": model, "state": ASKED, "needs": [], "problem": "", "asked_at": at}
            return bool(
                insert_or_leave(
                    connection, CLASS, {"text_sha256": sha, "version": version, "task": "", "difficulty": "", **values}
                )
            )

    def asked_by(self, sha: str, version: str, run: str) -> None:
        """Note the run that asks."""
        with self._database.write() as connection:
            run_id = sa.select(RUN.c.id).where(RUN.c.public_id == run).scalar_subquery()
            connection.execute(_one(sha, version).values(run_id=run_id))

    def settle(self, sha: str, version: str, found: Classified | None, *, problem: str = "", at: datetime) -> None:
        """Write what came of a question: an answer, or why there is none."""
        values: dict[str, Any] = {"state": FAILED, "problem": problem, "answered_at": at}
        if found is not None:
            values = {
                "state": ANSWERED,
                "task": found.task,
                "difficulty": found.difficulty,
                "needs": list(found.needs),
                "confidence": found.confidence,
                "answered_at": at,
            }
        with self._database.write() as connection:
            connection.execute(_one(sha, version).values(**values))

    def failures_in_a_row(self, *, since: datetime) -> int:
        """Give how many of the newest questions since then failed without one that did not."""
        with self._database.read() as connection:
            states = connection.execute(
                sa.select(CLASS.c.state)
                .where(CLASS.c.asked_at >= since, CLASS.c.state != ASKED)
                .order_by(CLASS.c.asked_at.desc())
                .limit(10)
            ).scalars()
            count = 0
            for state in states:
                if state != FAILED:
                    break
                count += 1
            return count

    def record(self) -> ClassifierRecord:
        """Give how asking has gone over all."""
        with self._database.read() as connection:
            counts: Mapping[str, int] = {
                row.state: row.n
                for row in connection.execute(
                    sa.select(CLASS.c.state, sa.func.count().label("n")).group_by(CLASS.c.state)
                )
            }
            named = (
                sa.select(CLASS.c.id, sa.func.max(sa.case((CLASS.c.task == RUN.c.task, 1), else_=0)).label("same"))
                .join(RUN, RUN.c.prompt_sha256 == CLASS.c.text_sha256)
                .where(CLASS.c.state == ANSWERED, RUN.c.task.is_not(None), RUN.c.task != "")
                .group_by(CLASS.c.id)
                .subquery()
            )
            row = connection.execute(sa.select(sa.func.count(), sa.func.sum(named.c.same)).select_from(named)).one()
        return ClassifierRecord(
            asked=sum(counts.values()),
            answered=counts.get(ANSWERED, 0),
            failed=counts.get(FAILED, 0),
            agreed=int(row[1] or 0),
            compared=int(row[0]),
        )


def tasks_said(connection: Connection) -> dict[str, str]:
    """Give the task that was said last of each text, by the text's hash."""
    rows = connection.execute(
        sa.select(CLASS.c.text_sha256, CLASS.c.task)
        .where(CLASS.c.state == ANSWERED, CLASS.c.task != "")
        .order_by(CLASS.c.id)
    )
    return {row.text_sha256: row.task for row in rows}


def _one(sha: str, version: str) -> sa.Update:
    return sa.update(CLASS).where(CLASS.c.text_sha256 == sha, CLASS.c.version == version)


def _classified(row: Any) -> Classified:
    return Classified(
        task=row.task,
        difficulty=row.difficulty,
        needs=tuple(row.needs or ()),
        confidence=row.confidence,
        source=ClassSource.CACHE,
    )
