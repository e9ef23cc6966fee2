"""Metrics and traces to any OpenTelemetry backend, where the standard variable OTEL_EXPORTER_OTLP_ENDPOINT says where.

The engine's writer only appends the keys of settled shots to a list; threads of their own read, build and send. What a
backend does not take in time is dropped and counted: the figures are in the database and the next export has them all.
"""

import logging
import os
import threading
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic, time_ns
from typing import TYPE_CHECKING

from core.errors import StoreError
from core.metrics import names
from core.metrics.figures import Figures
from core.store import outbox, traced
from core.store.database import Database

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan

LOG = logging.getLogger(__name__)

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
CAPTURED = ("true", "span_only", "span_and_event")
TRACES, METRICS = "otlp traces", "otlp metrics"
QUEUE = 5_000
"""Settled shots at most that wait to be sent; beyond, the oldest are dropped and counted."""
BATCH = 200
LOOK_SECONDS = 2.0
NOTE_SECONDS = 5.0
STOP_SECONDS = 0.9
RUNS_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to send, as the standard variables say."""

    traces: bool
    metrics: bool
    with_texts: bool = False
    every: float = 60.0


def wish(environ: Mapping[str, str]) -> Wish:
    """Read OpenTelemetry's own variables; without an endpoint nothing is sent."""

    def to(signal: str) -> bool:
        endpoint = environ.get(f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT") or environ.get(ENDPOINT)
        return bool(endpoint) and environ.get(f"OTEL_{signal}_EXPORTER", "otlp").strip().lower() == "otlp"

    off = environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    interval = environ.get("OTEL_METRIC_EXPORT_INTERVAL", "")
    return Wish(
        traces=not off and to("TRACES"),
        metrics=not off and to("METRICS"),
        with_texts=environ.get(CAPTURE, "").strip().lower() in CAPTURED,
        every=int(interval) / 1000 if interval.isdigit() and int(interval) else 60.0,
    )


NOTHING = Wish(traces=False, metrics=False)


class Telemetry:
    """Sends one workspace's metrics and traces: a companion of the engine."""

    def __init__(self, database: Database, wish: Wish, figures: Figures, *, environ: Mapping[str, str]) -> None:
        """Send nothing before `start`; without a wish this does nothing at all."""
        self._database = database
        self._wish = wish
        self._families = figures.families
        about = figures.about
        self._about = {"service.version": about.version, names.WORKSPACE: about.workspace}
        self._environ = environ
        self._queue: deque[int] = deque()
        self._lock = threading.Lock()
        self._dropped = 0
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Note where things go, and begin to send."""
        works = {TRACES: (self._wish.traces, self._send_traces), METRICS: (self._wish.metrics, self._send_metrics)}
        wanted = [name for name, (is_wanted, _) in works.items() if is_wanted]
        outbox.register(self._database, wanted, takes_events=False, only=True)
        # `.env` counts as the environment does; the exporters read only the latter.
        for name, value in self._environ.items():
            if name.startswith("OTEL_"):
                os.environ.setdefault(name, value)
        for name in wanted:
            thread = threading.Thread(target=works[name][1], name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def settled(self, shots: Sequence[int]) -> None:
        """Remember shots that have settled; where too many wait the oldest are dropped."""
        if not self._wish.traces:
            return
        with self._lock:
            self._queue.extend(shots)
            while len(self._queue) > QUEUE:
                self._queue.popleft()
                self._dropped += 1

    def stop(self) -> None:
        """Send what is left, as far as that takes no second."""
        self._stop.set()
        end = monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(timeout=max(0.0, end - monotonic()))

    def _send_traces(self) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import SpanExportResult  # noqa: PLC0415

        exporter = OTLPSpanExporter()
        book = _Book(self._database, TRACES)
        maker = _SpanMaker(self._database, self._about, with_texts=self._wish.with_texts)
        while True:
            last_turn = self._stop.is_set()
            while chosen := self._next():
                try:
                    spans = maker.spans(chosen)
                    taken = exporter.export(spans) is SpanExportResult.SUCCESS
                    book.add(len(spans), taken=taken)
                except Exception as error:  # whatever fails here must not end the thread
                    LOG.warning("Spans of %d shots could not be sent: %r", len(chosen), error)
                    book.add(len(chosen), taken=False)
                if last_turn:
                    break
            book.add(self._take_dropped(), taken=False)
            book.note(now=last_turn)
            if last_turn:
                exporter.shutdown()  # type: ignore[no-untyped-call]
                return
            self._stop.wait(LOOK_SECONDS)

    def _send_metrics(self) -> None:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter  # noqa: PLC0415
        from opentelemetry.sdk.metrics.export import MetricExportResult  # noqa: PLC0415

        from core.metrics.otlp_metrics import metrics_data  # noqa: PLC0415

        exporter = OTLPMetricExporter()
        book = _Book(self._database, METRICS)
        resource = _resource(self._about)
        while True:
            last_turn = self._stop.wait(self._wish.every)
            try:
                since = traced.began(self._database) or datetime.now(UTC)
                data = metrics_data(
                    self._families(), resource, since=int(since.timestamp()) * 1_000_000_000, now=time_ns()
                )
                taken = exporter.export(data) is MetricExportResult.SUCCESS
                book.add(1, taken=taken)
            except Exception as error:  # whatever fails here must not end the thread
                LOG.warning("Metrics could not be sent: %r", error)
                book.add(1, taken=False)
            book.note(now=True)
            if last_turn:
                exporter.shutdown()
                return

    def _next(self) -> list[int]:
        with self._lock:
            return [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]

    def _take_dropped(self) -> int:
        with self._lock:
            dropped, self._dropped = self._dropped, 0
        return dropped


class _SpanMaker:
    """Builds the spans of settled shots, and of each run once all its shots are settled."""

    def __init__(self, database: Database, about: Mapping[str, str], *, with_texts: bool) -> None:
        self._database = database
        self._resource = _resource(about)
        self._with_texts = with_texts
        self._told: OrderedDict[tuple[int, datetime], None] = OrderedDict()

    def spans(self, shot_ids: Sequence[int]) -> "list[ReadableSpan]":
        from core.metrics.spans import run_span, shot_spans  # noqa: PLC0415 - OpenTelemetry only where it is used

        found: list[ReadableSpan] = []
        for each in traced.traced(self._database, shot_ids):
            found += shot_spans(each, self._resource, with_texts=self._with_texts)
            key = (each.run.id, each.run.finished_at)
            if traced.settled(each.run) and key not in self._told:
                self._told[key] = None
                found.append(run_span(each, self._resource))
        while len(self._told) > RUNS_REMEMBERED:
            self._told.popitem(last=False)
        return found


class _Book:
    """Counts what a backend took and what was lost, and writes it down now and then."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self._taken = self._lost = 0
        self._noted_at = 0.0

    def add(self, count: int, *, taken: bool) -> None:
        if taken:
            self._taken += count
        else:
            self._lost += count

    def note(self, *, now: bool) -> None:
        if not (self._taken or self._lost) or (not now and monotonic() - self._noted_at < NOTE_SECONDS):
            return
        moment = datetime.now(UTC)
        try:
            with self._database.write() as connection:
                if self._taken:
                    outbox.taken(connection, self._name, position=outbox.NO_EVENTS, count=self._taken, now=moment)
                if self._lost:
                    outbox.refused(connection, self._name, error="It was not taken.", now=moment, lost=self._lost)
        except StoreError as error:
            LOG.warning("What was sent could not be noted: %s", error)
            return
        self._taken = self._lost = 0
        self._noted_at = monotonic()


def _resource(about: Mapping[str, str]) -> "Resource":
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415

    name = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": "claudeprompter"}
    return Resource.create({**name, **about})
