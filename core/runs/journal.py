"""The engine's one writer: a thread that puts what happened into the database, many things in one transaction.

The loop only appends to a list here and never waits for a disk. Text goes out at once when it is the first of a shot,
then ten times a second for all streams together. What cannot be written now (a full disk) is kept and tried again.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from core.errors import StoreError
from core.runs.batch import Batch, GoOn, Ledger
from core.runs.dispatch import Dispatch
from core.runs.flow import Flow
from core.runs.pricing import Pricing
from core.store import shots
from core.store.database import Database
from core.store.shot_records import AttemptEnd, QueuedShot, ShotEnd, ShotProgress

LOG = logging.getLogger(__name__)

LOOK_SECONDS = 0.02
FLUSH_SECONDS = 0.1
RENEW_SECONDS = 5.0
AGAIN_SECONDS = 1.0
QUEUE_LENGTH = 1000


@dataclass(frozen=True, slots=True)
class Listener:
    """Whom the writer tells what it found in the database; called in the writer's thread."""

    claimed: Callable[[QueuedShot, str], None]
    stop: Callable[[int], None]
    changed: Callable[[], None]
    settled: Callable[[Sequence[int]], None] = lambda _shots: None


class Journal:
    """The writer. `start` it once; `close` writes what is left."""

    def __init__(
        self,
        database: Database,
        pricing: Pricing,
        dispatch: Dispatch,
        listener: Listener,
        *,
        owner: str,
        go_on: GoOn | None = None,
    ) -> None:
        """Nothing is written or read before `start`."""
        self._database = database
        self._pricing = pricing
        self._ledger = Ledger(pricing)
        self._dispatch = dispatch
        self._listener = listener
        self._owner = owner
        self._go_on = go_on
        self._watch = database.watch()
        # Guards the list of flows and the inbox: a restart must not fall between looking at one and at the other.
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._urgent = False
        self._claiming = True
        self._flows: dict[int, Flow] = {}
        self._inbox: deque[Callable[[], None]] = deque()
        self._batch = Batch()
        self._last_flush = self._last_renewal = 0.0
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self) -> None:
        """Begin to look for work and to write."""
        self._thread.start()

    def close(self) -> None:
        """Claim no more, write what is left, and end; shots that cannot be written are found again after a restart."""
        self._claiming = False
        self._closing.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def pause_claims(self) -> None:
        """Take no more shots."""
        self._claiming = False

    def attempt_started(self, flow: Flow, started_at: datetime) -> None:
        """Note that a request is about to be sent."""
        start = (flow.shot, flow.attempt, started_at)
        with self._lock:
            self._flows[flow.shot.shot_id] = flow
            self._inbox.append(lambda: self._batch.starts.append(start))

    def attempt_ended(self, shot: QueuedShot, end: AttemptEnd, *, again: bool) -> None:
        """Note how a request ended; `again` says that another follows, so what it sent is dropped."""
        with self._lock:
            if again:
                self._flows.pop(shot.shot_id, None)
                self._inbox.append(lambda: self._batch.restarts.append(shot.shot_id))
            self._inbox.append(lambda: self._batch.ends.append(self._ledger.price(shot, end)))
        self.hurry()

    def settled(self, shot: QueuedShot, end: ShotEnd) -> None:
        """Note that a shot is over."""
        with self._lock:
            self._flows.pop(shot.shot_id, None)
            self._inbox.append(lambda: self._batch.settled.append((shot, self._ledger.sum_up(shot, end))))
        self.hurry()

    def hurry(self) -> None:
        """Write soon: a shot has its first text, or something ended."""
        self._urgent = True
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait(LOOK_SECONDS)
            self._wake.clear()
            closing = self._closing.is_set()
            try:
                self._turn(closing=closing)
            except StoreError as error:
                LOG.error("The engine cannot write: %s %s", error, error.detail)  # noqa: TRY400
                if closing:
                    break
                self._closing.wait(AGAIN_SECONDS)
            if closing and not self._batch and not self._inbox:
                break
        self._watch.close()

    def _turn(self, *, closing: bool) -> None:
        now = monotonic()
        if self._claiming and self._watch.changed():
            self._look()
        if self._urgent or closing or now - self._last_flush >= FLUSH_SECONDS:
            self._urgent, self._last_flush = False, now
            self._collect()
        renewal = now - self._last_renewal >= RENEW_SECONDS
        if self._batch or renewal or (self._claiming and self._dispatch.can_go):
            self._write(renewal=renewal)
            self._last_renewal = now if renewal else self._last_renewal

    def _look(self) -> None:
        with self._database.read() as connection:
            stopped = shots.stop_requests(connection)
            count = shots.queue_length(connection)
            if self._dispatch.is_stale(count, at_most=QUEUE_LENGTH):
                self._dispatch.put(shots.queued_shots(connection, limit=QUEUE_LENGTH))
        for shot_id in stopped:
            self._listener.stop(shot_id)
        self._listener.changed()

    def _collect(self) -> None:
        with self._lock:
            while self._inbox:
                self._inbox[0]()
                self._inbox.popleft()
            arrived = [(flow, flow.take()) for flow in self._flows.values() if flow.pieces]
        self._batch.progress += [self._progress(flow, pieces) for flow, pieces in arrived]

    def _progress(self, flow: Flow, pieces: tuple[tuple[bool, str], ...]) -> ShotProgress:
        shot = flow.shot
        usage = flow.counted(self._pricing.count)
        cost = self._pricing.so_far(shot.model, shot.place, usage, at=datetime.now(UTC))
        return ShotProgress(
            shot_id=shot.shot_id,
            run_id=shot.run_id,
            pieces=pieces,
            ttft_us=flow.ttft_us,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            thinking_tokens=usage.thinking_tokens,
            cost=None if cost is None else cost + shot.cost_before,
        )

    def _write(self, *, renewal: bool) -> None:
        batch = self._batch
        for shot, _ in batch.settled:
            self._dispatch.done(shot.shot_id)
        wanted = self._dispatch.next() if self._claiming else ()
        now = datetime.now(UTC)
        try:
            with self._database.write() as connection:
                if renewal:
                    shots.renew(connection, owner=self._owner, now=now)
                claimed = shots.claim(connection, wanted, owner=self._owner, now=now)
                versions = shots.bump(connection, batch.run_ids + [shot.run_id for shot in claimed])
                batch.write(connection, versions, owner=self._owner, go_on=self._go_on)
                prompts = {run_id: shots.prompt_of(connection, run_id) for run_id in {s.run_id for s in claimed}}
        except StoreError:
            for shot in wanted:
                self._dispatch.give_back(shot)
            raise
        self._batch = Batch()
        if batch.settled:
            self._listener.settled([shot.shot_id for shot, _ in batch.settled])
        for shot in wanted:
            if shot not in claimed:
                self._dispatch.done(shot.shot_id)
        for shot in claimed:
            self._listener.claimed(shot, prompts[shot.run_id])
