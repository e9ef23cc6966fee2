"""Figures as Prometheus reads them: dots become underscores, units a suffix, counters end in `_total`."""

import threading
from collections.abc import Callable, Iterable, Iterator
from time import monotonic

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector, CollectorRegistry

from core.metrics.families import Family, Spread, Value
from core.metrics.names import Instrument, Kind

KEPT_SECONDS = 1.0
"""A scrape within this time of another gets the same figures: nobody can make the database work by asking."""


def prometheus_name(instrument: Instrument) -> str:
    """Give an instrument's name as Prometheus writes it, without `_total`."""
    name = instrument.name.replace(".", "_")
    return f"{name}_seconds" if instrument.unit == "s" else name


class Exposition(Collector):
    """The page that Prometheus scrapes."""

    def __init__(self, families: Callable[[], Iterable[Family]]) -> None:
        """Keep where the figures come from; nothing is read before the first scrape."""
        self._families = families
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Described(self))
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, bytes, str]] = {}

    def collect(self) -> Iterator[Metric]:
        """Give the figures as prometheus_client's families. Raises StoreError and its kinds."""
        return (_metric(family) for family in self._families() if family.values or family.spreads)

    def text(self, accept: str = "") -> tuple[bytes, str]:
        """Give the page and its content type, in the form the scraper accepts. Raises StoreError and its kinds."""
        with self._lock:
            encode, content_type = choose_encoder(accept)
            known = self._kept.get(content_type)
            if known is not None and monotonic() - known[0] < KEPT_SECONDS:
                return known[1], known[2]
            page = encode(self._registry)
            self._kept[content_type] = (monotonic(), page, content_type)
            return page, content_type


class _Described(Collector):
    """What stands in the registry: a collector that does not read the database when it is registered."""

    def __init__(self, exposition: Exposition) -> None:
        self._exposition = exposition

    def collect(self) -> Iterator[Metric]:
        return self._exposition.collect()

    def describe(self) -> Iterator[Metric]:
        return iter(())


def _metric(family: Family) -> Metric:
    instrument = family.instrument
    name = prometheus_name(instrument)
    series: list[Value | Spread] = [*family.values, *family.spreads]
    labels = sorted({key for each in series for key, _ in each.at})
    plain = [label.replace(".", "_") for label in labels]
    if instrument.kind is Kind.HISTOGRAM:
        histogram = HistogramMetricFamily(name, instrument.about, labels=plain)
        for spread in family.spreads:
            known = dict(spread.at)
            histogram.add_metric(
                [known.get(label, "") for label in labels], _buckets(family, spread.counts), spread.total
            )
        return histogram
    metric = (
        CounterMetricFamily(name, instrument.about, labels=plain)
        if instrument.kind is Kind.COUNTER
        else GaugeMetricFamily(name, instrument.about, labels=plain)
    )
    for value in family.values:
        known = dict(value.at)
        metric.add_metric([known.get(label, "") for label in labels], value.value)
    return metric


def _buckets(family: Family, counts: tuple[int, ...]) -> list[tuple[str, float]]:
    """Give the counts below each limit, as Prometheus adds them up."""
    found: list[tuple[str, float]] = []
    below = 0
    for edge, count in zip((*family.edges, float("inf")), counts, strict=True):
        below += count
        found.append(("+Inf" if edge == float("inf") else repr(edge), below))
    return found
