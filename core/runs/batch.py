"""What one transaction of the engine writes, and in which order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sqlalchemy.engine import Connection

from core.costs.crossings import crossed
from core.domain.event import Event
from core.domain.money import CostState
from core.domain.usage import Usage
from core.runs.pricing import Pricing, whole_state
from core.store import facts, outbox, settling, shots
from core.store.shot_records import AttemptEnd, QueuedShot, ShotEnd, ShotProgress

GoOn = Callable[[Connection, Sequence[int], datetime], list[int]]
"""Looks at runs that have just settled and gives those that it makes go on."""


@dataclass(slots=True)
class Batch:
    """What happened since the last transaction."""

    starts: list[tuple[QueuedShot, int, datetime]] = field(default_factory=list)
    ends: list[AttemptEnd] = field(default_factory=list)
    restarts: list[int] = field(default_factory=list)
    settled: list[tuple[QueuedShot, ShotEnd]] = field(default_factory=list)
    progress: list[ShotProgress] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Tell whether there is anything to write."""
        return bool(self.starts or self.ends or self.restarts or self.settled or self.progress)

    @property
    def run_ids(self) -> list[int]:
        """Give the runs whose followers have something new to read."""
        arrived = [item.run_id for item in self.progress]
        return arrived + [end.run_id for end in self.ends] + [end.run_id for _, end in self.settled]

    def write(self, connection: Connection, versions: dict[int, int], *, owner: str, go_on: GoOn | None = None) -> None:
        """Write everything: attempts first, then what they sent, then the shots that are over.

        `go_on` may have runs go on that would be over by this.
        """
        shots.open_attempts(connection, self.starts)
        attempts = settling.end_attempts(connection, self.ends)
        shots.drop_deltas(connection, self.restarts)
        over = {end.shot_id for _, end in self.settled}
        shots.write_progress(connection, [item for item in self.progress if item.shot_id not in over], versions)
        runs = settling.settle(connection, [end for _, end in self.settled], versions, owner=owner)
        if go_on is not None and runs:
            going = go_on(connection, runs, datetime.now(UTC))
            runs = [run for run in runs if run not in going]
        if attempts or over:
            outbox.tell(connection, lambda: self._events(connection, attempts, sorted(over), runs))

    def _events(self, connection: Connection, attempts: list[int], over: list[int], runs: list[int]) -> Iterator[Event]:
        yield from facts.attempts_finished(connection, attempts)
        if any(end.cost for end in self.ends):
            yield from crossed(connection, now=datetime.now(UTC))
        yield from facts.shots_settled(connection, over)
        yield from facts.runs_settled(connection, runs)


class Ledger:
    """Adds up the attempts of the shots that are still going, so that a settled shot carries their sum."""

    def __init__(self, pricing: Pricing) -> None:
        """Start with no open shot."""
        self._pricing = pricing
        self._ended: dict[int, list[AttemptEnd]] = {}

    def price(self, shot: QueuedShot, end: AttemptEnd) -> AttemptEnd:
        """Give the attempt's end with its charges, and remember it for the shot's sum."""
        priced = self._pricing.settle(end, shot.model, shot.place)
        self._ended.setdefault(shot.shot_id, []).append(priced)
        return priced

    def sum_up(self, shot: QueuedShot, end: ShotEnd) -> ShotEnd:
        """Give the shot's end with cost and tokens of all its attempts, earlier ones included."""
        attempts = self._ended.pop(shot.shot_id, [])
        states = [attempt.cost_state for attempt in attempts]
        if shot.state_before is not CostState.PENDING:
            states.append(shot.state_before)
        state = whole_state(states)
        known = [attempt.cost for attempt in attempts if attempt.cost is not None]
        amount = sum(known, shot.cost_before)
        return replace(
            end,
            usage=_kept(attempts, end.usage),
            cost=None if state is CostState.UNPRICED and not amount else amount,
            cost_state=state if attempts or state is not CostState.PENDING else CostState.PRICED,
        )


def _kept(attempts: Sequence[AttemptEnd], fallback: Usage) -> Usage:
    return attempts[-1].usage if attempts else fallback
