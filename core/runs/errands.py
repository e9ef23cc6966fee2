"""What the engine does beside shots: answer connection tests, look for models, leave when nobody needs it."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from time import monotonic

from core.llm.port import LanguageModel
from core.runs.engine import Engine, Errand
from core.runs.probe import Probes, answer_probes
from core.runs.probe_booking import ProbeBooking
from core.runs.shooting import Connect

PARENT_SECONDS = 1.0
IDLE_SECONDS = 10.0
DISCOVERY_SECONDS = 30.0
FIRST_TIDY_SECONDS = 60.0
TIDY_SECONDS = 24 * 3600.0


def answering(probes: Probes, model: LanguageModel, connect: Connect, booking: ProbeBooking | None = None) -> Errand:
    """Give the errand that answers connection tests as soon as the database changes, and books what they cost."""

    async def once(engine: Engine) -> None:
        await answer_probes(probes, model, connect, booking)
        engine.database_changed.clear()
        await engine.database_changed.wait()

    return once


def discovering(look: Callable[[], None], *, wanted: Callable[[], object] = lambda: None) -> Errand:
    """Give the errand that looks for models now, every half minute, and when `wanted()` gives another answer."""

    async def once(engine: Engine) -> None:
        before = await asyncio.to_thread(wanted)
        await asyncio.to_thread(look)
        end = monotonic() + DISCOVERY_SECONDS
        while (left := end - monotonic()) > 0:
            engine.database_changed.clear()
            # Not wait_for: until Python 3.12 it swallows a cancellation that comes together with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await engine.database_changed.wait()
            if await asyncio.to_thread(wanted) != before:
                return

    return once


def leaving_with(parent: int) -> Errand:
    """Give the errand that stops the engine when its parent is gone and no shot has been going for a while."""
    idle_since: float | None = None

    async def once(engine: Engine) -> None:
        nonlocal idle_since
        await asyncio.sleep(PARENT_SECONDS)
        if os.getppid() == parent or engine.busy:
            idle_since = None
        elif idle_since is None:
            idle_since = monotonic()
        elif monotonic() - idle_since > IDLE_SECONDS:
            engine.request_stop()

    return once


def forgiving(state: Callable[[], object]) -> Errand:
    """Give the errand that forgets what models did wrong when `state()` gives another answer: the cause was there."""
    known: object = None

    async def once(engine: Engine) -> None:
        nonlocal known
        now = await asyncio.to_thread(state)
        if known is not None and now != known:
            engine.breakers.forget()
        known = now
        engine.database_changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PARENT_SECONDS):  # not wait_for, which may swallow a cancellation
                await engine.database_changed.wait()

    return once


def tidying(tidy: Callable[[], object]) -> Errand:
    """Give the errand that tidies up once a day, and a minute after the start."""
    pause = FIRST_TIDY_SECONDS

    async def once(_engine: Engine) -> None:
        nonlocal pause
        await asyncio.sleep(pause)
        pause = TIDY_SECONDS
        await asyncio.to_thread(tidy)

    return once


def closing(close: Callable[[], Awaitable[None]]) -> Errand:
    """Give the errand that does nothing but close something when the engine ends."""

    async def once(_engine: Engine) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await close()

    return once
