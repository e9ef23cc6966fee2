"""Each sink hands over what it was given, whole and in order, or says that it did not."""

import base64
import hashlib
import hmac
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta

import confluent_kafka
import httpx
import pytest

from core.domain.event import EventKind, WrittenEvent
from core.errors import SettingsError
from core.metrics.sinks import SinkFailed, make_sink, sink_name
from core.settings import Settings
from tests.servers.taking import taking

NOW = datetime(2026, 11, 12, 14, 2, 0, 123456, tzinfo=UTC)
GO_ON = threading.Event()
INFLUXD = os.environ.get("INFLUXD", "") or shutil.which("influxd") or ""


def attempt(number, *, run="r1", model="lab/one", tokens=20, state="done"):
    data = {
        "shot": 1, "model": model, "place": "cloud", "state": state, "output_tokens": tokens, "usage_known": True,
        "error_kind": "", "cost_usd": "0.000120", "response_model": 'a "quoted" \\ name', "total_us": None,
    }  # fmt: skip
    return WrittenEvent(
        number=number, uid=f"u{number}", kind=EventKind.ATTEMPT_FINISHED, at=NOW, run=run, data=json.dumps(data)
    )


def sink(url, **environ):
    return make_sink(url, workspace="team", environ=environ)


def test_a_list_of_urls_may_hold_commas_of_its_own(settings):
    text = "jsonl:/tmp/x.jsonl, kafka://a:9092,b:9092/topic,webhook+https://h/p?q=1,log:"
    assert Settings(_env_file=None, CLAUDEPROMPTER_EVENTS=text).events == (
        "jsonl:/tmp/x.jsonl",
        "kafka://a:9092,b:9092/topic",
        "webhook+https://h/p?q=1",
        "log:",
    )
    assert settings.events == ()


@pytest.mark.parametrize(
    "url", ["ftp://host/x", "influx+http://host:8086", "kafka://host:9092", "nonsense", "webhook:x"]
)
def test_a_url_of_no_known_form_is_refused_with_the_forms_there_are(url):
    with pytest.raises(SettingsError, match="CLAUDEPROMPTER_EVENTS") as refused:
        sink(url)
    assert "kafka://" in refused.value.next_step


def test_a_sinks_name_shows_no_secret():
    assert sink_name("influx+http://me:s3cret@host:8086/db?u=x") == "influx+http://host:8086/db"
    assert sink_name("jsonl:/var/x.jsonl") == "jsonl:/var/x.jsonl"


def test_lines_are_cloud_events_and_half_a_line_of_a_killed_process_is_cut_off(tmp_path):
    path = tmp_path / "deep" / "events.jsonl"
    one = sink(f"jsonl:{path}")
    one.take([attempt(1), attempt(2)], GO_ON)
    one.close()
    with path.open("ab") as file:
        file.write(b'{"id":"half a li')
    again = sink(f"jsonl:{path}")
    again.take([attempt(3)], GO_ON)
    again.close()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["id"] for line in lines] == ["u1", "u2", "u3"]
    assert lines[0] == {
        "specversion": "1.0", "id": "u1", "source": "/claudeprompter/team", "type": "claudeprompter.attempt.finished",
        "time": NOW.isoformat(), "subject": "r1", "sequence": f"{1:020}", "datacontenttype": "application/json",
        "data": json.loads(attempt(1).data),
    }  # fmt: skip


def test_a_file_that_cannot_be_written_is_said_and_tried_anew(tmp_path):
    path = tmp_path / "folder"
    path.mkdir()
    one = sink(f"jsonl:{path}")
    with pytest.raises(SinkFailed, match="cannot be written"):
        one.take([attempt(1)], GO_ON)
    path.rmdir()
    one.take([attempt(1)], GO_ON)
    one.close()
    assert len(path.read_text().splitlines()) == 1


def test_a_webhook_is_posted_signed_and_taken_with_any_2xx():
    with taking() as taker:
        taker.status = 204
        one = sink(f"webhook+{taker.url}/hook?x=1", CLAUDEPROMPTER_WEBHOOK_SECRET="s3cret")
        one.take([attempt(1), attempt(2)], GO_ON)
        one.close()
    (post,) = taker.posts
    assert post.path == "/hook?x=1"
    assert post.headers["content-type"] == "application/cloudevents-batch+json"
    assert [each["id"] for each in json.loads(post.body)] == ["u1", "u2"]
    signed = f"{post.headers['webhook-id']}.{post.headers['webhook-timestamp']}.".encode() + post.body
    wanted = base64.b64encode(hmac.new(b"s3cret", signed, hashlib.sha256).digest()).decode()
    assert post.headers["webhook-signature"] == f"v1,{wanted}"
    assert abs(int(post.headers["webhook-timestamp"]) - time.time()) < 60


def test_a_webhook_that_answers_anything_else_or_nothing_has_not_taken_it():
    with taking() as taker:
        one = sink(f"webhook+{taker.url}/hook")
        for status in (302, 400, 500):
            taker.status = status
            with pytest.raises(SinkFailed, match=str(status)):
                one.take([attempt(1)], GO_ON)
        assert "webhook-signature" not in taker.posts[0].headers
    with pytest.raises(SinkFailed, match="cannot be reached"):
        one.take([attempt(1)], GO_ON)
    one.close()


@pytest.fixture
def kafka():
    """A broker of librdkafka's own mock cluster, on loopback: real clients talk to it over a real socket."""
    cluster = confluent_kafka.Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "ignored"})
    broker = next(iter(cluster.list_topics(timeout=10).brokers.values()))
    yield f"{broker.host}:{broker.port}"
    cluster.flush(0)


def consumed(broker, topic, count):
    consumer = confluent_kafka.Consumer({"bootstrap.servers": broker, "group.id": "g", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    found, end = [], time.monotonic() + 20
    while len(found) < count and time.monotonic() < end:
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            found.append((message.key().decode(), json.loads(message.value())))
    consumer.close()
    return found


def test_kafka_gets_a_record_an_event_keyed_by_its_run(kafka):
    one = sink(f"kafka://{kafka}/events")
    one.take([attempt(1), attempt(2, run="r2"), attempt(3)], GO_ON)
    one.take([attempt(4)], GO_ON)
    one.close()
    found = consumed(kafka, "events", 4)
    assert [event["id"] for key, event in found if key == "r1"] == ["u1", "u3", "u4"]
    assert [event["id"] for key, event in found if key == "r2"] == ["u2"]


def test_a_kafka_that_is_not_there_has_not_taken_it_and_is_left_at_once_when_the_engine_stops():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        one = sink(f"kafka://127.0.0.1:{nobody.getsockname()[1]}/events?message.timeout.ms=400")
        with pytest.raises(SinkFailed, match="did not take"):
            one.take([attempt(1)], GO_ON)
        stopping = threading.Event()
        stopping.set()
        began = time.monotonic()
        with pytest.raises(SinkFailed):
            one.take([attempt(1)], stopping)
        assert time.monotonic() - began < 1


@pytest.fixture(scope="module")
def influx(tmp_path_factory):
    """A real InfluxDB 1.x on free ports, with a database of its own."""
    if not INFLUXD:
        pytest.skip("NO INFLUXDB FOUND, so nothing was written to a real one: install Debian's package `influxdb`")
    folder = tmp_path_factory.mktemp("influx")
    sockets = [socket.socket() for _ in range(2)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    port, rpc = (each.getsockname()[1] for each in sockets)
    for each in sockets:
        each.close()
    config = folder / "influx.conf"
    config.write_text(
        f'reporting-disabled = true\nbind-address = "127.0.0.1:{rpc}"\n[meta]\ndir = "{folder}/meta"\n'
        f'[data]\ndir = "{folder}/data"\nwal-dir = "{folder}/wal"\nquery-log-enabled = false\n'
        f'[http]\nbind-address = "127.0.0.1:{port}"\nlog-enabled = false\n'
        '[logging]\nlevel = "error"\nsuppress-logo = true\n'
    )
    process = subprocess.Popen([INFLUXD, "-config", str(config)], stderr=subprocess.DEVNULL)
    url, end = f"http://127.0.0.1:{port}", time.monotonic() + 30
    while time.monotonic() < end:
        try:
            if httpx.post(f"{url}/query", params={"q": "CREATE DATABASE figures"}).status_code == 200:
                break
        except httpx.TransportError:
            time.sleep(0.05)
    yield url
    process.terminate()
    process.wait(timeout=20)


def ask_influx(url, query):
    answer = httpx.get(f"{url}/query", params={"db": "figures", "q": query}, timeout=10).json()
    series = answer["results"][0].get("series", [])
    return {tuple(each.get("tags", {}).values()): each["values"][0][1:] for each in series}


def test_influxdb_holds_each_event_once_however_often_it_comes(influx):
    one = sink(f"influx+{influx}/figures")
    batch = [attempt(1), attempt(2), attempt(3, model="lab/two, the = second", tokens=7), attempt(4, state="failed")]
    one.take(batch, GO_ON)
    one.take(batch[1:], GO_ON)
    one.close()
    measure = "claudeprompter_attempt_finished"
    query = (
        f'SELECT count("output_tokens"), sum("output_tokens"), sum("cost_usd") FROM {measure} GROUP BY "model","state"'
    )
    assert ask_influx(influx, query) == {
        ("lab/one", "done"): [2, 40, 0.00024],
        ("lab/one", "failed"): [1, 20, 0.00012],
        ("lab/two, the = second", "done"): [1, 7, 0.00012],
    }
    (names,) = ask_influx(influx, f'SELECT "run", "response_model" FROM {measure} WHERE "uid" = \'u1\'').values()
    assert names == ["r1", 'a "quoted" \\ name']


def test_influxdb_that_refuses_a_batch_has_not_taken_it(influx):
    one = sink(f"influx+{influx}/nowhere")
    with pytest.raises(SinkFailed, match="404"):
        one.take([attempt(1)], GO_ON)
    one.close()


def test_two_events_of_one_microsecond_are_two_points(influx):
    one = sink(f"influx+{influx}/figures")
    later = NOW + timedelta(hours=1)
    pair = [
        WrittenEvent(number=n, uid=f"p{n}", kind=EventKind.RUN_SETTLED, at=later, run="r", data='{"state":"done"}')
        for n in (5, 6)
    ]
    one.take(pair, GO_ON)
    one.close()
    assert ask_influx(influx, 'SELECT count("uid") FROM claudeprompter_run_settled') == {(): [2]}
