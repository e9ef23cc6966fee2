"""One breaker a model: a model that fails again and again is left alone for a while, then tried once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

from core.errors import CutStream, ModelError, ModelPaused, ProviderFault, Stalled, Unreachable

OPENING = (ProviderFault, Stalled, Unreachable, CutStream)
"""Faults that tell of a model in trouble. A rate limit, a wrong key or a refused prompt tells nothing of its health."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerState:
    """How one model stands: failures in a row, and until when it is left alone (None where it is asked)."""

    model: str
    failures: int
    paused_until: datetime | None
    reason: str


@dataclass(slots=True)
class _Record:
    failures: int = 0
    open_until: float | None = None
    trying: bool = False
    reason: str = ""


class Breakers:
    """The breakers of one engine. Used from its loop only; `clock` gives monotonic seconds."""

    def __init__(self, *, failures: int = 5, pause: float = 60.0, clock: Callable[[], float] = monotonic) -> None:
        """Pause a model for so many seconds after so many failures in a row."""
        self._failures = failures
        self._pause = pause
        self._clock = clock
        self._records: dict[str, _Record] = {}
        self.changed: Callable[[BreakerState], None] = lambda _state: None

    def check(self, model: str) -> None:
        """Let a request pass, or raise ModelPaused. After the pause one request may try whether the model is back."""
        record = self._records.get(model)
        if record is None or record.open_until is None:
            return
        left = record.open_until - self._clock()
        if left > 0 or record.trying:
            when = datetime.now(UTC) + timedelta(seconds=max(left, 1.0))
            raise ModelPaused(
                f"Paused after {record.failures} failures, next try {when:%H:%M} UTC.", detail=record.reason
            )
        record.trying = True

    def failed(self, model: str, error: ModelError) -> None:
        """Count a failure that tells of a model in trouble; other errors leave the breaker as it is."""
        record = self._records.setdefault(model, _Record())
        record.trying = False
        if not isinstance(error, OPENING):
            return
        record.failures += 1
        record.reason = error.message
        if record.failures >= self._failures:
            record.open_until = self._clock() + self._pause
        self.changed(self.state(model))

    def succeeded(self, model: str) -> None:
        """Forget what was: the model answers."""
        if self._records.pop(model, None) is not None:
            self.changed(self.state(model))

    def forget(self) -> None:
        """Forget all failures: what lay behind them is over."""
        for model in tuple(self._records):
            self.succeeded(model)

    def released(self, model: str) -> None:
        """Give back a try that was stopped before it told anything."""
        record = self._records.get(model)
        if record is not None:
            record.trying = False

    def state(self, model: str) -> BreakerState:
        """Give how a model stands."""
        record = self._records.get(model, _Record())
        left = None if record.open_until is None else record.open_until - self._clock()
        until = datetime.now(UTC) + timedelta(seconds=left) if left is not None and left > 0 else None
        return BreakerState(model=model, failures=record.failures, paused_until=until, reason=record.reason)
