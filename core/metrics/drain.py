"""Empties the outbox beside an engine: one thread a sink, so that a dead one holds up no other and no run.

A sink's place is written down after it has taken something, every two seconds at most: what a killed process had sent
and not yet noted is sent again.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic

from core.domain.event import WrittenEvent
from core.errors import StoreError
from core.metrics.sinks import EventSink, SinkFailed
from core.store import outbox
from core.store.database import Database

LOG = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""Every look costs the engine's process a millisecond a sink: what happens within a second goes out together."""
NOTE_SECONDS = 2.0
BATCH = 500
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
PRUNE_SECONDS = 10.0
STOP_SECONDS = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """How often things are done, in seconds."""

    look: float = LOOK_SECONDS
    note: float = NOTE_SECONDS
    first_pause: float = FIRST_PAUSE
    prune: float = PRUNE_SECONDS


class Drain:
    """Delivers the events of one workspace to its sinks: a companion of the engine."""

    def __init__(self, database: Database, sinks: Sequence[EventSink], tempo: Tempo | None = None) -> None:
        """Deliver nothing before `start`."""
        self._database = database
        self._tempo = tempo or Tempo()
        self._stop = threading.Event()
        self._workers = [_Delivery(database, sink, self._tempo, self._stop) for sink in sinks]
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Note the sinks, forget those that are no longer set, and begin to deliver."""
        outbox.register(self._database, [worker.sink.name for worker in self._workers], only=True)
        if not self._workers:
            return
        for work in (*(worker.run for worker in self._workers), self._prune):
            thread = threading.Thread(target=work, name="outbox", daemon=True)
            self._threads.append(thread)
            thread.start()

    def settled(self, shots: Sequence[int]) -> None:
        """Nothing: what settled stands in the outbox."""

    def stop(self) -> None:
        """Deliver once more what is there, note how far each sink is, and end within a second."""
        self._stop.set()
        end = monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(timeout=max(0.0, end - monotonic()))

    def _prune(self) -> None:
        while not self._stop.wait(self._tempo.prune):
            try:
                with self._database.write() as connection:
                    outbox.prune(connection, now=datetime.now(UTC))
            except StoreError as error:
                LOG.warning("The outbox could not be tidied: %s", error)


@dataclass(slots=True)
class _Delivery:
    """One sink on its way through the outbox."""

    database: Database
    sink: EventSink
    tempo: Tempo
    stopping: threading.Event
    position: int = -1
    unnoted: int = 0
    noted_at: float = 0.0
    failing: bool = False
    pause: float = field(default=FIRST_PAUSE)

    def run(self) -> None:
        """Deliver until told to stop; whatever goes wrong is tried again."""
        watch = self.database.watch()
        more = True
        while True:
            last_turn = self.stopping.is_set()
            wait = self.tempo.look
            try:
                if watch.changed() or more or last_turn:
                    more = self._turn()
                    wait = 0.0 if more else wait
                if self.unnoted and (last_turn or self.failing or monotonic() - self.noted_at >= self.tempo.note):
                    self._note()
            except StoreError as error:
                LOG.warning("The outbox cannot be read: %s", error)
                wait = self.tempo.first_pause
            except SinkFailed as error:
                more, wait = True, self._failed(error)
            except Exception as error:  # a sink's own fault must not end its thread
                LOG.exception("%s failed", self.sink.name)
                more, wait = True, self._failed(SinkFailed("It failed.", detail=repr(error)))
            if last_turn:
                break
            self.stopping.wait(wait)
        watch.close()
        self.sink.close()

    def _turn(self) -> bool:
        """Deliver one batch; tell whether there may be more."""
        with self.database.read() as connection:
            if self.position < 0:
                self.position = outbox.position_of(connection, self.sink.name)
            events: tuple[WrittenEvent, ...] = outbox.after(connection, self.position, limit=BATCH)
        if events:
            self.sink.take(events, self.stopping)
            self.position = events[-1].number
            self.unnoted += len(events)
            self.pause = self.tempo.first_pause
        return len(events) == BATCH

    def _note(self) -> None:
        with self.database.write() as connection:
            outbox.taken(connection, self.sink.name, position=self.position, count=self.unnoted, now=datetime.now(UTC))
        self.unnoted, self.noted_at, self.failing = 0, monotonic(), False

    def _failed(self, error: SinkFailed) -> float:
        """Note that the sink is dead, and give how long to leave it alone."""
        LOG.warning("%s: %s %s", self.sink.name, error, error.detail)
        self.failing = True
        words = f"{error.message} {error.detail}".strip()
        try:
            with self.database.write() as connection:
                outbox.refused(connection, self.sink.name, error=words[:300], now=datetime.now(UTC))
        except StoreError as fault:
            LOG.warning("That %s fails could not be noted: %s", self.sink.name, fault)
        pause, self.pause = self.pause, min(self.pause * 2, LONGEST_PAUSE)
        return pause
