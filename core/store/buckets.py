"""Durations in buckets that add up: how many values fell into each, so that percentiles of any period merge.

The grid is one for all durations: bucket `n` holds what is longer than `FIRST_EDGE · 2^((n−1)/8)` and at most
`FIRST_EDGE · 2^(n/8)` seconds. 10 ms · 2^k are edges of it, so each bucket of OpenTelemetry's generative-AI conventions
for the duration of an operation (0.01, 0.02, … 81.92 s) is cut into eight. A bucket is 9.05 % wide, hence a percentile
that is interpolated inside its bucket is at most 9.05 % off, and half of that with the middle of the bucket.
"""

import math
import struct
from collections.abc import Mapping
from enum import IntEnum

PER_DOUBLING = 8
BUCKETS = 256
FIRST_EDGE_US = 10_000 / 2**14
"""0.61 µs: far below any time measured. The last edge is 43 minutes; what takes longer falls into the last bucket."""

WIDTH = 2 ** (1 / PER_DOUBLING) - 1
"""By which share a bucket's upper edge is above its lower one, and so the most that a percentile can be off."""

MOST_IN_FLIGHT = BUCKETS - 1
_RECORD = struct.Struct("<HI")


class Kind(IntEnum):
    """What is counted in buckets. `IN_FLIGHT` is a number of requests and has a bucket for each number."""

    FIRST = 0
    WHOLE = 1
    TOKEN = 2
    IN_FLIGHT = 3


def bucket_of(microseconds: float) -> int:
    """Give the bucket of a duration; nothing falls off either end."""
    if microseconds <= FIRST_EDGE_US:
        return 0
    # Rounded, so that a value that stands on an edge does not leave its bucket by the last digit of a logarithm.
    place = math.ceil(round(math.log2(microseconds / FIRST_EDGE_US) * PER_DOUBLING, 9))
    return min(place, BUCKETS - 1)


def edges_us(bucket: int) -> tuple[float, float]:
    """Give the lower and the upper edge of a bucket, in microseconds."""
    upper = FIRST_EDGE_US * 2 ** (bucket / PER_DOUBLING)
    return (0.0 if bucket == 0 else upper / (1 + WIDTH)), upper


def slot_of(kind: Kind, bucket: int) -> int:
    """Give the number under which a bucket of one kind is kept."""
    return kind * BUCKETS + bucket


def pack(counts: Mapping[int, int]) -> bytes:
    """Give counts by slot as bytes: six for each slot that is not empty, in ascending order."""
    flat = [figure for entry in sorted(counts.items()) if entry[1] for figure in entry]
    return struct.pack("<" + "HI" * (len(flat) // 2), *flat)


def unpack(packed: bytes) -> dict[int, int]:
    """Give the counts that were packed."""
    return dict(_RECORD.iter_unpack(packed))
