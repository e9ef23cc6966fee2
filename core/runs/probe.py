"""Connection tests: a page asks in the database, the engine makes one tiny real request and answers there."""

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Literal

import sqlalchemy as sa

from core.domain.model import Connection
from core.domain.usage import Usage
from core.errors import BrokenAnswer, ClaudePrompterError, Stalled, StoreError
from core.llm.port import Finish, LanguageModel, ModelRequest, TextDelta, ThinkingDelta, UsageReport
from core.runs.probe_booking import Answered, ProbeBooking
from core.runs.shooting import Connect
from core.store import tables
from core.store.database import Database, table

LOG = logging.getLogger(__name__)

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

    def ask(self, model: str, *, person: str = "") -> int:
        """Ask the engine to test a model for a person; give the number under which the answer will stand."""
        with self._database.write() as connection:
            statement = sa.insert(PROBE).values(model=model, state="pending", asked_at=datetime.now(UTC), person=person)
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

    def pending(self) -> tuple[tuple[int, str, str], ...]:
        """Give the tests nobody has answered yet: number, model, and who asked."""
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(PROBE.c.id, PROBE.c.model, PROBE.c.person).where(PROBE.c.state == "pending")
            )
            return tuple((row.id, row.model, row.person or "") for row in rows)

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


@dataclass(slots=True)
class _Call:
    """One test under way: what was asked, and what has come so far."""

    started: float
    connection: Connection | None = None
    text: str = ""
    first_at: float | None = None
    usage: Usage | None = None
    finish: Finish | None = None


async def answer_probes(
    probes: Probes, model: LanguageModel, connect: Connect, booking: ProbeBooking | None = None
) -> None:
    """Answer every pending test, one after the other; what a test cost is booked."""
    for probe_id, name, person in await asyncio.to_thread(probes.pending):
        call = _Call(started=monotonic())
        error = await _answer(model, connect, name, call)
        seconds = monotonic() - call.started
        if booking is not None:
            await asyncio.to_thread(_book, booking, call, seconds, person)
        await asyncio.to_thread(probes.settle, probe_id, seconds=seconds, error=error)


async def _answer(model: LanguageModel, connect: Connect, name: str, call: _Call) -> ClaudePrompterError | None:
    """Ask once and read to the end, so that the provider's own count is known; give what went wrong."""
    try:
        call.connection = connect(name)
        async with asyncio.timeout(PATIENCE_SECONDS):  # not wait_for, which may swallow a cancellation
            await _try(model, call.connection, call)
    except TimeoutError:
        error: ClaudePrompterError = Stalled(f"No answer from {name} for {PATIENCE_SECONDS:.0f} s.")
    except ClaudePrompterError as fault:
        error = fault
    except Exception as fault:
        error = BrokenAnswer(f"{name} sent something unexpected.", detail=repr(fault))
    else:
        return None
    # A model that wrote answers, even where it broke off later: that is what the test asks.
    return None if call.text else error


async def _try(model: LanguageModel, connection: Connection, call: _Call) -> None:
    request = ModelRequest(connection=connection, prompt=PROMPT, max_tokens=LONGEST, temperature=0.0, seed="probe")
    async with aclosing(model.stream(request)) as stream:  # type: ignore[type-var]
        async for event in stream:
            if isinstance(event, TextDelta | ThinkingDelta):
                call.first_at = call.first_at or monotonic()
                call.text += event.text
            elif isinstance(event, UsageReport):
                call.usage = event.usage
            elif isinstance(event, Finish):
                call.finish = event


def _book(booking: ProbeBooking, call: _Call, seconds: float, person: str) -> None:
    """Book a test that brought text or was counted; one that cannot be written is no reason to call the test failed."""
    if call.connection is None or not (call.text or call.usage):
        return
    found = Answered(
        usage=call.usage or booking.counted(call.connection, PROMPT, call.text),
        usage_known=call.usage is not None,
        seconds=seconds,
        first_seconds=None if call.first_at is None else call.first_at - call.started,
        finish_reason=call.finish.reason if call.finish else None,
        response_model=call.finish.response_model if call.finish else "",
        request_id=call.finish.request_id if call.finish else "",
    )
    try:
        booking.book(call.connection, found, person=person)
    except StoreError as error:
        LOG.warning("a connection test could not be booked: %s", error)
