"""The engine: claims queued shots and streams them, all on one asyncio loop, until it is told to stop.

It meets the pages only in the database. In production it is a process of its own (`python -m core engine`); tests and
the shell run the same class in a thread.
"""

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from secrets import token_hex
from time import monotonic
from typing import Protocol

from core.domain.model import Place
from core.errors import ClaudePrompterError
from core.llm.breaker import Breakers, BreakerState
from core.llm.port import LanguageModel
from core.llm.retry import RetryPolicy
from core.runs.batch import GoOn
from core.runs.dispatch import Dispatch, provider_of
from core.runs.flow import Flow, StopReason
from core.runs.journal import Journal, Listener
from core.runs.limits import Limits, Patience
from core.runs.pricing import PriceBook, Pricing, TokenCounter
from core.runs.recovery import interrupt_orphans
from core.runs.shooting import Connect, MayLeave, Shooter, stopped_before_start
from core.runs.tenure import Tenure
from core.store.database import Database
from core.store.shot_records import QueuedShot

LOG = logging.getLogger(__name__)

WATCH_SECONDS = 0.1

Errand = Callable[["Engine"], Awaitable[None]]
"""One round of something the engine does beside shots, again and again: look for models, answer connection tests."""


class Companion(Protocol):
    """What runs beside an engine in threads of its own: it sends events or traces, and never slows or fails a run."""

    def start(self) -> None:
        """Begin."""

    def settled(self, shots: Sequence[int]) -> None:
        """Hear which shots have just settled; called by the engine's writer, so this returns at once."""

    def stop(self) -> None:
        """End, within a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineParts:
    """What an engine is made of. Every part can be swapped."""

    database: Database
    model: LanguageModel
    connect: Connect
    book: PriceBook
    count: TokenCounter
    limits: Limits = field(default_factory=Limits)
    patience: Patience = field(default_factory=Patience)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    errands: Sequence[Errand] = ()
    may_leave: MayLeave | None = None
    go_on: GoOn | None = None
    companions: Sequence[Companion] = ()
    on_health: Callable[[BreakerState], None] | None = None
    warm_up: Callable[[], None] | None = None


class Engine:
    """Runs in the calling thread (`run`) or one of its own (`start`); `stop` ends it from any thread."""

    def __init__(self, parts: EngineParts) -> None:
        """Open nothing yet."""
        self.parts = parts
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{token_hex(4)}"
        self.breakers = Breakers()
        self._dispatch = Dispatch(parts.limits)
        pricing = Pricing(parts.book, parts.count)
        listener = Listener(
            claimed=self._on_claimed, stop=self._on_stop, changed=self._on_changed, settled=self._on_settled
        )
        self._pricing = pricing
        self._journal = Journal(parts.database, pricing, self._dispatch, listener, owner=self.owner, go_on=parts.go_on)
        self._shooter = Shooter(
            model=parts.model,
            connect=parts.connect,
            count=parts.count,
            journal=self._journal,
            breakers=self.breakers,
            retry=parts.retry,
            patience=parts.patience,
            may_leave=parts.may_leave,
        )
        self._flows: dict[int, tuple[Flow, asyncio.Task[None]]] = {}
        self._slots: dict[str, asyncio.Semaphore] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self.database_changed = asyncio.Event()
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        self._error: ClaudePrompterError | None = None

    @property
    def busy(self) -> bool:
        """Tell whether shots are going or waiting."""
        return bool(self._flows or self._dispatch.waiting)

    def run(self) -> None:
        """Run until stopped. Raises EngineRuns where another engine serves this database, StoreError where none can."""
        with Tenure(self.parts.database, self.owner) as tenure:
            asyncio.run(self._main(tenure))

    def start(self) -> None:
        """Run in a thread and return once shots are being claimed. Raises what `run` raises before that."""
        self._thread = threading.Thread(target=self._run_quietly, name="engine", daemon=True)
        self._thread.start()
        self._ready.wait(timeout=60)
        if self._error is not None:
            raise self._error

    def _run_quietly(self) -> None:
        try:
            self.run()
        except ClaudePrompterError as error:
            self._error = error
            if self._ready.is_set():
                LOG.exception("The engine ended")
        finally:
            self._ready.set()

    def request_stop(self) -> None:
        """Begin to end, from any thread: what is streaming is kept and marked interrupted."""
        self._soon(self._stopping.set)

    def stop(self) -> None:
        """End, and wait for it where the engine runs in a thread of its own."""
        self.request_stop()
        if self._thread is not None:
            self._thread.join(timeout=15)

    async def _main(self, tenure: Tenure) -> None:
        self._loop = asyncio.get_running_loop()
        self.breakers.changed = self._tell_health
        # Before anything is settled, and while the models' library is read: theirs are read beside it.
        for companion in self.parts.companions:
            companion.start()
        await asyncio.to_thread(interrupt_orphans, self.parts.database, self._pricing, owner=self.owner)
        if self.parts.warm_up is not None:
            await asyncio.to_thread(self.parts.warm_up)
        self._journal.start()
        await asyncio.to_thread(tenure.say, "ready")
        self._ready.set()
        chores = [asyncio.create_task(self._watch()), asyncio.create_task(self._hold(tenure))]
        chores += [asyncio.create_task(self._forever(errand)) for errand in self.parts.errands]
        await self._stopping.wait()
        self._journal.pause_claims()
        await self._interrupt_all()
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        if tenure.held:
            await asyncio.to_thread(self._journal.close)
        await asyncio.gather(*(asyncio.to_thread(companion.stop) for companion in self.parts.companions))

    async def _hold(self, tenure: Tenure) -> None:
        """Keep the lease; an engine that lost it stops at once and writes nothing more."""
        while await asyncio.to_thread(tenure.renew):  # noqa: ASYNC110 - the lease is a row, not an event
            await asyncio.sleep(tenure.renew_seconds)
        LOG.error("Another engine has taken over; this one stops.")
        self._stopping.set()

    async def _forever(self, errand: Errand) -> None:
        """Do an errand again and again until the engine ends; one that fails never harms a shot."""
        while not self._stopping.is_set():
            try:
                await errand(self)
            except Exception:
                LOG.exception("An errand of the engine failed")
                await asyncio.sleep(5)

    async def _watch(self) -> None:
        """Stop shots that have been silent, or going, for too long."""
        patience = self.parts.patience
        while True:
            await asyncio.sleep(min(WATCH_SECONDS, patience.stall / 4))
            now = monotonic()
            for flow, task in list(self._flows.values()):
                if flow.stop is not None or not flow.attempt_open:
                    continue
                if now - flow.shot_started > patience.total:
                    flow.stop = StopReason.DEADLINE
                elif now - flow.last_at > patience.wait(flow.shot.place, started=flow.first_at is not None):
                    flow.stop = StopReason.STALLED
                else:
                    continue
                task.cancel()

    def _tell_health(self, state: BreakerState) -> None:
        if self.parts.on_health is not None and self._loop is not None:
            self._loop.run_in_executor(None, self.parts.on_health, state)

    async def _interrupt_all(self) -> None:
        tasks = []
        for flow, task in list(self._flows.values()):
            flow.stop = flow.stop or StopReason.INTERRUPTED
            task.cancel()
            tasks.append(task)
        if tasks:
            await asyncio.wait(tasks, timeout=10)

    def _on_claimed(self, shot: QueuedShot, prompt: str) -> None:
        self._soon(self._begin, shot, prompt)

    def _on_stop(self, shot_id: int) -> None:
        self._soon(self._cancel, shot_id)

    def _on_changed(self) -> None:
        self._soon(self.database_changed.set)

    def _on_settled(self, shots: Sequence[int]) -> None:
        for companion in self.parts.companions:
            companion.settled(shots)

    def _soon(self, callback: Callable[..., None], *arguments: object) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback, *arguments)

    def _begin(self, shot: QueuedShot, prompt: str) -> None:
        flow = Flow(shot)
        task = asyncio.create_task(self._shoot(flow, prompt))
        self._flows[shot.shot_id] = (flow, task)

    def _cancel(self, shot_id: int) -> None:
        flow, task = self._flows.get(shot_id, (None, None))
        if flow is not None and task is not None and flow.stop is None:
            flow.stop = StopReason.CANCELLED
            task.cancel()

    async def _shoot(self, flow: Flow, prompt: str) -> None:
        try:
            async with self._slot(flow.shot.model, flow.shot.place):
                flow.shot_started = flow.last_at = monotonic()
                await self._shooter.carry_out(flow, prompt)
        except asyncio.CancelledError:
            self._journal.settled(flow.shot, stopped_before_start(flow))
        finally:
            self._flows.pop(flow.shot.shot_id, None)

    def _slot(self, model: str, place: Place) -> asyncio.Semaphore:
        provider = provider_of(model)
        if provider not in self._slots:
            self._slots[provider] = asyncio.Semaphore(self.parts.limits.of(provider, place))
        return self._slots[provider]
