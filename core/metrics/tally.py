"""Sums of attempts with their times: what a figure on Performance is made of. Two tallies add up to a third.

numpy is loaded when many rows are added up, not with this module.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from math import log2
from operator import add
from typing import Any, Final, NamedTuple

from core.store.buckets import BUCKETS, WIDTH, Kind, bucket_of, edges_us, unpack
from core.store.daily_measures import SUMS

MOST_OFF: Final = WIDTH
"""By which share a percentile read from buckets can be off at most: the width of a bucket, 9.05 %."""

FEW: Final = 16
"""Rows up to which counts by bucket are added up without numpy."""

NOTHING: Final = (0,) * (len(SUMS) - 1) + (Decimal(0),)


class Row(NamedTuple):
    """Some attempts as they were read: one with its times in microseconds, or many with counts by bucket.

    `sums` stand in the order of `daily_measures.SUMS`, the last of them USD; none where times alone were asked for.
    """

    day: int
    piece: int
    model: str
    place: str
    revision: str
    sums: Sequence[Any]
    faults: Mapping[str, int]
    values: Sequence[tuple[Kind, float]] = ()
    packed: bytes = b""


class Spread:
    """How a duration was spread over attempts. `count` is of how many, `exact` whether each one's time is known."""

    def __init__(self, values: Sequence[float], buckets: Mapping[int, int]) -> None:
        """Take single values in microseconds, or counts by bucket; values too go into buckets where both are given."""
        self.exact = not buckets
        self._values = sorted(values)
        self._buckets = dict(buckets)
        if not self.exact:
            for value in values:
                bucket = bucket_of(value)
                self._buckets[bucket] = self._buckets.get(bucket, 0) + 1
        self.count = len(values) if self.exact else sum(self._buckets.values())

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
        wanted, before = share * self.count, 0
        for bucket, count in sorted(self._buckets.items()):
            if before + count >= wanted:
                lower, upper = edges_us(bucket)
                within = (wanted - before) / count
                return upper * within if bucket == 0 else lower * 2 ** (within * log2(upper / lower))
            before += count
        return edges_us(BUCKETS - 1)[1]


class Tally:
    """Attempts added up: the sums of `daily_measures.SUMS` by name, `faults` by kind of error, and spreads of times.

    `answers` counts first attempts, so each shot once; `runs` those of a model's first shot in a run; `amount` is USD
    of the priced ones.
    """

    __slots__ = ("_counts", "_sums", "faults", "rows")

    attempts: int
    answers: int
    runs: int
    done: int
    truncated: int
    failed: int
    stopped: int
    priced: int
    free: int
    unpriced: int
    input_tokens: int
    output_tokens: int
    amount: Decimal

    def __init__(self, **sums: Any) -> None:
        """Begin with nothing, or with sums by name."""
        self._sums: Sequence[Any] = tuple(sums.get(name, none) for name, none in zip(SUMS, NOTHING, strict=True))
        self.faults: dict[str, int] = {}
        self.rows: list[Row] = []
        self._counts: dict[Kind, dict[int, int]] | None = None

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Tally":
        """Add up rows."""
        whole = cls()
        for row in rows:
            whole.add(row)
        return whole

    def add(self, row: Row) -> None:
        """Add one row; percentiles must not have been asked for yet."""
        if row.sums:
            self._sums = tuple(map(add, self._sums, row.sums))
        if row.faults:
            for kind, number in row.faults.items():
                self.faults[kind] = self.faults.get(kind, 0) + number
        self.rows.append(row)

    def __getattr__(self, name: str) -> Any:
        """Give one of the sums."""
        if name in _PLACES:
            return self._sums[_PLACES[name]]
        raise AttributeError(name)

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
        values = [value for row in self.rows if row.values for own, value in row.values if own is kind]
        return Spread(values, self._by_bucket().get(kind, {}))

    def speed(self, share: float) -> float | None:
        """Give the tokens a second that this share of the attempts reached or passed; None where none tells."""
        micros = self.spread(Kind.TOKEN).percentile(share)
        return None if not micros else 1e6 / micros

    def in_flight(self) -> dict[int, int]:
        """Give how many attempts were sent while so many requests were going, each itself included."""
        found = dict(self._by_bucket().get(Kind.IN_FLIGHT, {}))
        for row in self.rows:
            for kind, value in row.values:
                if kind is Kind.IN_FLIGHT:
                    found[int(value)] = found.get(int(value), 0) + 1
        return dict(sorted(found.items()))

    def _by_bucket(self) -> dict[Kind, dict[int, int]]:
        if self._counts is None:
            packed = [row.packed for row in self.rows if row.packed]
            slots = _few(packed) if len(packed) <= FEW else _many(packed)
            counts: tuple[dict[int, int], ...] = tuple({} for _ in _KINDS)
            for slot, count in slots.items():
                counts[slot // BUCKETS][slot % BUCKETS] = count
            self._counts = dict(zip(_KINDS, counts, strict=True))
        return self._counts


_KINDS: Final = tuple(Kind)
_PLACES: Final = {name: place for place, name in enumerate(SUMS)}


def _few(packed: Sequence[bytes]) -> dict[int, int]:
    found = unpack(packed[0]) if packed else {}
    for each in packed[1:]:
        for slot, count in unpack(each).items():
            found[slot] = found.get(slot, 0) + count
    return found


def _many(packed: Sequence[bytes]) -> dict[int, int]:
    import numpy as np  # noqa: PLC0415 - only where many rows are added up

    records = np.frombuffer(b"".join(packed), dtype=[("slot", "<u2"), ("count", "<u4")])
    sums = np.bincount(records["slot"], weights=records["count"])
    return {int(slot): round(sums[slot]) for slot in np.flatnonzero(sums)}
