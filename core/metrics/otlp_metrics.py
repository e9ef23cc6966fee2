"""Figures as OpenTelemetry sends them: cumulative sums and histograms since the first attempt of the workspace."""

from collections.abc import Iterable
from typing import Any

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from core.metrics.families import Family
from core.metrics.names import SCHEMA_URL, SCOPE, Kind

# The database knows no smallest and no largest value; the protocol leaves both open.
UNKNOWN: Any = None


def metrics_data(families: Iterable[Family], resource: Resource, *, since: int, now: int) -> MetricsData:
    """Give families in the SDK's form; `since` and `now` are nanoseconds since 1970."""
    metrics = [_metric(family, since, now) for family in families if family.values or family.spreads]
    scope = ScopeMetrics(scope=InstrumentationScope(SCOPE), metrics=metrics, schema_url=SCHEMA_URL)
    return MetricsData([ResourceMetrics(resource=resource, scope_metrics=[scope], schema_url=SCHEMA_URL)])


def _metric(family: Family, since: int, now: int) -> Metric:
    instrument = family.instrument
    data: Sum | Gauge | Histogram
    if instrument.kind is Kind.HISTOGRAM:
        data = Histogram(
            [
                HistogramDataPoint(
                    attributes=dict(spread.at),
                    start_time_unix_nano=since,
                    time_unix_nano=now,
                    count=spread.count,
                    sum=spread.total,
                    bucket_counts=spread.counts,
                    explicit_bounds=family.edges,
                    min=UNKNOWN,
                    max=UNKNOWN,
                )
                for spread in family.spreads
            ],
            AggregationTemporality.CUMULATIVE,
        )
    else:
        points = [
            NumberDataPoint(attributes=dict(each.at), start_time_unix_nano=since, time_unix_nano=now, value=each.value)
            for each in family.values
        ]
        data = (
            Sum(points, AggregationTemporality.CUMULATIVE, is_monotonic=True)
            if instrument.kind is Kind.COUNTER
            else Gauge(points)
        )
    return Metric(name=instrument.name, description=instrument.about, unit=instrument.unit, data=data)
