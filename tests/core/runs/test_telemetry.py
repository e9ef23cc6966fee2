"""OpenTelemetry: a real receiver gets one trace a run and the figures of the database, and no text unasked."""

import gzip
import json
import time
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from core.domain.run import FinishReason, Visibility
from core.domain.usage import Usage
from core.errors import RateLimited
from core.llm.port import Finish, TextDelta, UsageReport
from core.metrics.telemetry import NOTHING, QUEUE, Telemetry, Wish, wish
from core.store import figures, tables
from core.store.database import table
from tests.scraped import figures as figures_of
from tests.servers.taking import taking

ATTEMPT = table(tables.Attempt)
USED = UsageReport(Usage(input_tokens=100, output_tokens=20))
STOP = Finish(reason=FinishReason.STOP, response_model="one-2026", request_id="r1")
ALL = Wish(traces=True, metrics=True, every=0.1)


def once_refused(request):
    if request.connection.model == "lab/two" and request.attempt_number == 1:
        return [RateLimited("Too many.")]
    return [TextDelta("The answer"), TextDelta("."), USED, STOP]


@pytest.fixture
def receiver(monkeypatch):
    with taking() as one:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", one.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "5")
        yield one


def engine_with(bench, database, wanted):
    one = bench(once_refused, engine=False)
    telemetry = Telemetry(database, wanted, figures_of(database), environ={})
    one.parts = replace(one.parts, companions=(telemetry,))
    one.start_engine()
    return one


def posts(receiver, path, kind):
    found = []
    for post in list(receiver.posts):
        if post.path == path:
            body = gzip.decompress(post.body) if post.headers.get("content-encoding") == "gzip" else post.body
            message = kind()
            message.ParseFromString(body)
            found.append(message)
    return found


def spans(receiver):
    return [
        span
        for message in posts(receiver, "/v1/traces", ExportTraceServiceRequest)
        for resource in message.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def metrics(receiver):
    """The last export's metrics by name."""
    messages = posts(receiver, "/v1/metrics", ExportMetricsServiceRequest)
    return {} if not messages else {
        metric.name: metric
        for resource in messages[-1].resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }  # fmt: skip


def told(owner):
    def value(given):
        return getattr(given, given.WhichOneof("value"))

    return {each.key: value(each.value) for each in owner.attributes}


def until(reached, seconds=20.0):
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "not reached"
        time.sleep(0.02)


def test_each_run_is_one_trace_with_a_span_for_every_shot_and_attempt(bench, database, receiver):
    one = engine_with(bench, database, ALL)
    public_id = one.start("lab/one", "lab/two", prompt="The secret plan", person="Anna")
    one.settled(public_id)
    until(lambda: len(spans(receiver)) == 6)
    found = spans(receiver)
    assert len({span.trace_id for span in found}) == 1
    (run,) = [span for span in found if span.name == "run"]
    shots = [span for span in found if span.name == "shot"]
    attempts = [span for span in found if span.name.startswith("chat ")]
    assert run.parent_span_id == b""
    assert {span.parent_span_id for span in shots} == {run.span_id}
    assert {span.parent_span_id for span in attempts} == {span.span_id for span in shots}
    assert sorted(span.name for span in attempts) == ["chat lab/one", "chat lab/two", "chat lab/two"]
    good = next(told(span) for span in attempts if span.name == "chat lab/one")
    assert good["gen_ai.operation.name"] == "chat"
    assert good["gen_ai.usage.output_tokens"] == 20
    assert good["gen_ai.response.model"] == "one-2026"
    assert good["gen_ai.usage.cost.amount"] == 0.00012
    assert good["gen_ai.conversation.id"] == public_id
    (bad,) = [span for span in attempts if span.status.code == 2]
    assert told(bad)["error.type"] == "rate_limited"
    assert all(run.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano for span in attempts)
    everything = str(found)
    assert "The secret plan" not in everything
    assert "The answer" not in everything
    assert "Anna" not in everything


@pytest.mark.parametrize("visibility", [Visibility.TEAM, Visibility.ME])
def test_texts_go_along_only_when_that_is_switched_on_and_never_those_of_a_private_run(
    bench, database, receiver, visibility
):
    one = engine_with(bench, database, replace(ALL, with_texts=True))
    one.start("lab/one", prompt="The plan", visibility=visibility, person="Anna")
    until(lambda: len(spans(receiver)) == 3)
    (attempt,) = [told(span) for span in spans(receiver) if span.name == "chat lab/one"]
    if visibility is Visibility.TEAM:
        assert json.loads(attempt["gen_ai.input.messages"])[0]["parts"] == [{"type": "text", "content": "The plan"}]
        (answer,) = json.loads(attempt["gen_ai.output.messages"])
        assert (answer["parts"][0]["content"], answer["finish_reason"]) == ("The answer.", "stop")
    else:
        assert "The plan" not in str(spans(receiver))


def test_metrics_are_the_figures_of_the_database_under_the_conventions_names(bench, database, receiver):
    one = engine_with(bench, database, ALL)
    run = one.settled(one.start("lab/one", "lab/two"))

    def attempts_told():
        found = metrics(receiver).get("claudeprompter.attempts")
        return 0 if found is None else sum(point.as_double or point.as_int for point in found.sum.data_points)

    until(lambda: attempts_told() == 3)
    found = metrics(receiver)
    with database.read() as connection:
        rows = connection.execute(sa.select(ATTEMPT)).all()
    duration = found["gen_ai.client.operation.duration"]
    assert duration.unit == "s"
    points = duration.histogram.data_points
    assert sum(point.count for point in points) == len(rows)
    assert len(points[0].explicit_bounds) == 14
    assert round(sum(point.sum for point in points), 6) == round(sum(row.total_us for row in rows) / 1e6, 6)
    assert {told(point).get("error.type") for point in points} == {None, "rate_limited"}
    tokens = found["gen_ai.client.inference.usage.output_tokens"].sum
    assert tokens.is_monotonic
    assert tokens.aggregation_temporality == 2
    assert sum(point.as_int or point.as_double for point in tokens.data_points) == 40
    cost = sum(point.as_double for point in found["claudeprompter.cost_usd"].sum.data_points)
    assert Decimal(str(round(cost, 9))) == run.cost
    pieces = found["gen_ai.client.operation.time_per_output_chunk"].histogram.data_points
    assert sum(point.count for point in pieces) == 2


def test_what_a_backend_does_not_take_is_lost_counted_and_slows_nothing(bench, database, receiver):
    receiver.status = 400
    one = engine_with(bench, database, ALL)
    one.settled(one.start("lab/one"))

    def state():
        with database.read() as connection:
            return {row.name: row for row in figures.sink_rows(connection)}

    until(lambda: any(post.path == "/v1/traces" for post in receiver.posts))
    until(lambda: state()["otlp metrics"].lost > 0)
    one.engines[0].stop()
    assert state()["otlp traces"].lost == 3
    assert "not taken" in state()["otlp traces"].last_error
    assert not state()["otlp traces"].takes_events


def test_a_backend_that_hangs_does_not_delay_the_engines_end(bench, database, receiver):
    receiver.hangs.set()
    one = engine_with(bench, database, ALL)
    one.settled(one.start("lab/one"))
    until(lambda: any(post.path == "/v1/traces" for post in receiver.posts))
    telemetry = one.parts.companions[0]
    began = time.monotonic()
    telemetry.stop()
    assert time.monotonic() - began < 1.5  # one second, and what a busy machine adds


def test_too_many_that_wait_are_dropped_and_counted(sqlite_database):
    telemetry = Telemetry(sqlite_database, ALL, figures_of(sqlite_database), environ={})
    telemetry.settled(range(QUEUE + 7))
    assert telemetry._take_dropped() == 7
    assert telemetry._next()[0] == 7


def test_nothing_is_sent_unless_the_standard_variables_say_where(sqlite_database):
    assert wish({}) == NOTHING
    at = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
    assert wish(at) == Wish(traces=True, metrics=True)
    assert wish({**at, "OTEL_SDK_DISABLED": "true"}) == NOTHING
    assert wish({**at, "OTEL_TRACES_EXPORTER": "none"}) == Wish(traces=False, metrics=True)
    assert wish({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://h/v1/traces"}) == Wish(traces=True, metrics=False)
    assert wish({**at, "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "span_only"}).with_texts
    assert wish({**at, "OTEL_METRIC_EXPORT_INTERVAL": "5000"}).every == 5
    silent = Telemetry(sqlite_database, NOTHING, figures_of(sqlite_database), environ={})
    silent.start()
    silent.settled([1, 2])
    assert silent._next() == []
    silent.stop()
