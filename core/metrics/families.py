"""Figures on their way out, in a form of no system's own: what Prometheus and OpenTelemetry are both written from."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.metrics.names import Instrument

Attributes = tuple[tuple[str, str], ...]
"""Names and values, in the order of the names; no name twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value of a counter or gauge."""

    at: Attributes
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """One histogram: how many fell into each bucket (the last is above every limit), and the sum of all."""

    at: Attributes
    counts: tuple[int, ...]
    total: float

    @property
    def count(self) -> int:
        """Give how many there are."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """All values of one instrument. `edges` are a histogram's upper limits, in the instrument's unit."""

    instrument: Instrument
    values: Sequence[Value] = ()
    spreads: Sequence[Spread] = ()
    edges: tuple[float, ...] = ()
