"""Sums of attempts with their times: what a figure on Performance is made of. Two tallies add up to a third.

numpy is loaded when a percentile is asked for, not with this module.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import log2
from typing import Any

from core.store.buckets import BUCKETS, WIDTH, Kind, bucket_of, edges_us

MOST_OFF = WIDTH
"""By which share a percentile read from buckets can be off at most: the width of a bucket, 9.05 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Some attempts as they were read: one with its times in microseconds, or many with counts by bucket."""

    day: int
    piece: int
    model: str
    place: str
    revision: str
    sums: Mapping[str, Any]
    faults: Mapping[str, int]
    values: Sequence[tuple[Kind, float]] = ()
    packed: bytes = b""


class Spread:
    """How a duration was spread over attempts. `count` is of how many, `exact` whether each one's time is known."""

    def __init__(self, values: Sequence[float], buckets: Sequence[float]) -> None:
        """Take single values in microseconds, or counts by bucket; values too go into buckets where both are given."""
        self.exact = not any(buckets)
        self._values = sorted(values)
        self._buckets = list(buckets)
        if not self.exact:
            for value in values:
                self._buckets[bucket_of(value)] += 1
        self.count = len(values) if self.exact else round(sum(self._buckets))

    def percentile(self, share: float) -> float | None:
        """Give the microseconds within which this share of the attempts, in [0, 1], stayed; None where there is none.

        Single values are interpolated as numpy does. In buckets the time is taken to be spread evenly on a logarithmic
        scale inside each, so that the answer is off by less than the width of one (`MOST_OFF`).
        """
        if not self.count:
            return None
        if self.exact:
            place = share * (self.count - 1)
            low = int(place)
            high = min(low + 1, self.count - 1)
            return self._values[low] + (self._values[high] - self._values[low]) * (place - low)
        wanted, before = share * self.count, 0.0
        for bucket, count in enumerate(self._buckets):
            if count and before + count >= wanted:
                lower, upper = edges_us(bucket)
                within = (wanted - before) / count
                return upper * within if bucket == 0 else lower * 2 ** (within * log2(upper / lower))
            before += count
        return edges_us(BUCKETS - 1)[1]


@dataclass(slots=True, kw_only=True, eq=False)
class Tally:
    """Attempts added up. `amount` is USD of the priced ones; `faults` counts failed attempts by kind of error.

    `answers` counts first attempts, so each shot once; `runs` those of a model's first shot in a run.
    """

    attempts: int = 0
    answers: int = 0
    runs: int = 0
    done: int = 0
    truncated: int = 0
    failed: int = 0
    stopped: int = 0
    priced: int = 0
    free: int = 0
    unpriced: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    amount: Decimal = Decimal(0)
    faults: dict[str, int] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list, repr=False)
    _read: dict[Kind, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Tally":
        """Add up rows."""
        whole = cls()
        for row in rows:
            whole.add(row)
        return whole

    def add(self, row: Row) -> None:
        """Add one row; percentiles must not have been asked for yet."""
        for name, value in row.sums.items():
            setattr(self, name, getattr(self, name) + value)
        for kind, number in row.faults.items():
            self.faults[kind] = self.faults.get(kind, 0) + number
        self.rows.append(row)

    @property
    def retries(self) -> int:
        """Give how many attempts were further ones for the same shot."""
        return self.attempts - self.answers

    @property
    def lost(self) -> int:
        """Give how many shots never got an answer however often they were tried; stopped ones are none."""
        return max(0, self.answers - self.done - self.truncated - self.stopped)

    @property
    def lost_share(self) -> float:
        """Give the share of shots without an answer."""
        return self.lost / self.answers if self.answers else 0.0

    @property
    def failed_share(self) -> float:
        """Give the share of attempts that failed."""
        return self.failed / self.attempts if self.attempts else 0.0

    @property
    def cost_per_run(self) -> Decimal | None:
        """Give USD for a run with this model, all its shots and retries; None where nothing was charged."""
        return self.amount / self.runs if self.runs and self.priced else None

    def spread(self, kind: Kind) -> Spread:
        """Give how one kind of time was spread."""
        if kind not in self._read:
            self._read[kind] = self._spread(kind)
        found: Spread = self._read[kind]
        return found

    def speed(self, share: float) -> float | None:
        """Give the tokens a second that this share of the attempts reached or passed; None where none tells."""
        micros = self.spread(Kind.TOKEN).percentile(share)
        return None if not micros else 1e6 / micros

    def in_flight(self) -> dict[int, int]:
        """Give how many attempts were sent while so many requests were going, each itself included."""
        found: dict[int, int] = {}
        for row in self.rows:
            for kind, value in row.values:
                if kind is Kind.IN_FLIGHT:
                    found[int(value)] = found.get(int(value), 0) + 1
        for number, count in enumerate(self._counts()[Kind.IN_FLIGHT]):
            if count:
                found[number] = found.get(number, 0) + round(count)
        return dict(sorted(found.items()))

    def _spread(self, kind: Kind) -> Spread:
        values = [value for row in self.rows for own, value in row.values if own is kind]
        return Spread(values, self._counts()[kind])

    def _counts(self) -> Any:
        packed = [row.packed for row in self.rows if row.packed]
        if not packed:
            return [[0.0] * BUCKETS] * len(Kind)
        return _counted(tuple(packed))


def _counted(packed: tuple[bytes, ...]) -> list[list[float]]:
    """Add up counts by bucket of many rows; one list for each kind."""
    import numpy as np  # noqa: PLC0415 - only where figures are asked for

    records = np.frombuffer(b"".join(packed), dtype=[("slot", "<u2"), ("count", "<u4")])
    sums = np.bincount(records["slot"], weights=records["count"], minlength=len(Kind) * BUCKETS)
    return [[float(count) for count in kind] for kind in sums.reshape(len(Kind), BUCKETS)]
