"""Which queued shots go next: every run in turn, no provider over its limit."""

from collections import Counter, deque
from collections.abc import Iterable

from core.runs.limits import Limits
from core.store.shot_records import QueuedShot


def provider_of(model: str) -> str:
    """Give what a model's requests are counted against: the part before the first slash."""
    return model.partition("/")[0]


class Dispatch:
    """The waiting line. One thread uses it: the engine's writer.

    A few shots more than the limit are handed out, so that the next request starts the moment one ends instead of
    waiting for the database.
    """

    def __init__(self, limits: Limits) -> None:
        """Start empty."""
        self._limits = limits
        self._waiting: dict[int, QueuedShot] = {}
        self._out: dict[int, str] = {}
        self._open: Counter[str] = Counter()

    def put(self, shots: Iterable[QueuedShot]) -> None:
        """Replace the waiting line by what the database says is queued."""
        self._waiting = {shot.shot_id: shot for shot in shots if shot.shot_id not in self._out}

    @property
    def waiting(self) -> int:
        """Give how many shots wait."""
        return len(self._waiting)

    @property
    def out(self) -> int:
        """Give how many shots are handed out."""
        return len(self._out)

    @property
    def can_go(self) -> bool:
        """Tell whether a waiting shot could be handed out now."""
        return len(self._out) < self._limits.total and any(self._has_room(shot) for shot in self._waiting.values())

    def is_stale(self, queued: int, *, at_most: int) -> bool:
        """Tell whether the line should be read again, from how many shots the database has queued.

        The line holds at most `at_most` of them; a longer queue is read again when half of the line has gone.
        """
        if queued > at_most:
            return self.waiting < at_most // 2
        return queued != self.waiting

    def give_back(self, shot: QueuedShot) -> None:
        """Put a shot back that could not be claimed now."""
        self.done(shot.shot_id)
        self._waiting[shot.shot_id] = shot

    def next(self) -> tuple[QueuedShot, ...]:
        """Give the shots that may go now, one of each run in turn, and count them as handed out."""
        if not self._waiting:
            return ()
        by_run: dict[int, deque[QueuedShot]] = {}
        for shot in self._waiting.values():
            by_run.setdefault(shot.run_id, deque()).append(shot)
        chosen: list[QueuedShot] = []
        turns = deque(by_run.values())
        while turns and len(self._out) < self._limits.total:
            line = turns.popleft()
            shot = line.popleft()
            if self._has_room(shot):
                self._take(shot)
                chosen.append(shot)
            if line:
                turns.append(line)
        return tuple(chosen)

    def done(self, shot_id: int) -> None:
        """Take a shot back: settled, or found taken by somebody else."""
        provider = self._out.pop(shot_id, None)
        if provider is not None:
            self._open[provider] -= 1

    def _has_room(self, shot: QueuedShot) -> bool:
        provider = provider_of(shot.model)
        limit = self._limits.of(provider, shot.place)
        return self._open[provider] < limit + max(1, limit // 4)

    def _take(self, shot: QueuedShot) -> None:
        del self._waiting[shot.shot_id]
        provider = provider_of(shot.model)
        self._out[shot.shot_id] = provider
        self._open[provider] += 1
