"""Connection tests: a page asks in the database, the engine makes one tiny real request and answers there."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Literal

import sqlalchemy as sa

from core.errors import BrokenAnswer, ClaudePrompterError, Stalled
from core.llm.port import LanguageModel, ModelRequest, TextDelta, ThinkingDelta
from core.runs.shooting import Connect
from core.store import tables
from core.store.database import Database, table

PROBE = table(tables.Probe)
PROMPT = "Reply with the word OK."
LONGEST = 32
PATIENCE_SECONDS = 90.0

ProbeState = Literal["pending", "ok", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """How a connection test came out. `seconds` is the whole request; the texts are for people."""

    model: str
    state: ProbeState
    seconds: float | None = None
    message: str = ""
    next_step: str = ""
    detail: str = ""


class Probes:
    """Asks for connection tests and reads their answers."""

    def __init__(self, database: Database) -> None:
        """Keep the database."""
        self._database = database

    def ask(self, model: str) -> int:
        """Ask the engine to test a model; give the number under which the answer will stand."""
        with self._database.write() as connection:
            statement = sa.insert(PROBE).values(model=model, state="pending", asked_at=datetime.now(UTC))
            return int(connection.execute(statement.returning(PROBE.c.id)).scalar_one())

    def answer(self, probe_id: int) -> ProbeResult:
        """Give the answer so far."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(PROBE).where(PROBE.c.id == probe_id)).one()
        return ProbeResult(
            model=row.model,
            state=row.state,
            seconds=None if row.total_us is None else row.total_us / 1e6,
            message=row.error_message,
            next_step=row.error_next_step,
            detail=row.error_detail,
        )

    def pending(self) -> tuple[tuple[int, str], ...]:
        """Give the tests nobody has answered yet."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(PROBE.c.id, PROBE.c.model).where(PROBE.c.state == "pending"))
            return tuple((row.id, row.model) for row in rows)

    def settle(self, probe_id: int, *, seconds: float, error: ClaudePrompterError | None) -> None:
        """Write down how a test came out."""
        with self._database.write() as connection:
            connection.execute(
                sa.update(PROBE)
                .where(PROBE.c.id == probe_id)
                .values(
                    state="failed" if error else "ok",
                    finished_at=datetime.now(UTC),
                    total_us=int(seconds * 1e6),
                    error_kind=error.kind if error else "",
                    error_message=error.message if error else "",
                    error_next_step=error.next_step if error else "",
                    error_detail=error.detail if error else "",
                )
            )


async def answer_probes(probes: Probes, model: LanguageModel, connect: Connect) -> None:
    """Answer every pending test, one after the other."""
    for probe_id, name in await asyncio.to_thread(probes.pending):
        started = monotonic()
        error: ClaudePrompterError | None = None
        try:
            await asyncio.wait_for(_try(model, connect, name), PATIENCE_SECONDS)
        except TimeoutError:
            error = Stalled(f"No answer from {name} for {PATIENCE_SECONDS:.0f} s.")
        except ClaudePrompterError as fault:
            error = fault
        except Exception as fault:
            error = BrokenAnswer(f"{name} sent something unexpected.", detail=repr(fault))
        await asyncio.to_thread(probes.settle, probe_id, seconds=monotonic() - started, error=error)


async def _try(model: LanguageModel, connect: Connect, name: str) -> None:
    request = ModelRequest(connection=connect(name), prompt=PROMPT, max_tokens=LONGEST, temperature=0.0, seed="probe")
    async with aclosing(model.stream(request)) as stream:  # type: ignore[type-var]
        async for event in stream:
            if isinstance(event, TextDelta | ThinkingDelta):
                return
