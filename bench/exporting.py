"""What measuring costs: the fan-out of bench/fanout.py with every exporter on, against the same with all of them off.

    python -m bench.exporting                      # five rounds of each, in turn
    python -m bench.exporting --rounds 3 --prompts 50

On means events to a JSONL file, a webhook, Kafka (librdkafka's mock cluster) and InfluxDB's line protocol, and over
OTLP metrics every five seconds and a trace a run; one process beside the engine takes all of it. Off is as the app
comes. Last come the median of each, their ratio against the limit of 1.05, and what one scrape of `/metrics` costs.
"""

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.fanout import MODELS, ROOT, _server

LIMIT = 1.05


def main() -> None:
    options = _options()
    if options.receive:
        asyncio.run(_receive())
        return
    server, base = _server(options)
    receiver = subprocess.Popen(
        [sys.executable, "-m", "bench.exporting", "--receive"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    times: dict[str, list[float]] = {"off": [], "on": []}
    worked: dict[str, list[float]] = {"off": [], "on": []}
    taken = 0
    try:
        http, kafka = json.loads(receiver.stdout.readline()) if receiver.stdout else ("", "")
        for number in range(options.rounds):
            # Whoever goes first may find a colder machine: they take turns at it.
            for mode in ("off", "on") if number % 2 else ("on", "off"):
                with tempfile.TemporaryDirectory() as folder:
                    events = Path(folder) / "events.jsonl"
                    extra = _exporters(events, http, kafka) if mode == "on" else {}
                    before = _children()
                    times[mode].append(_measure(base, options, extra))
                    worked[mode].append(_children() - before)
                    taken += sum(1 for _ in events.open("rb")) if events.exists() else 0
                shown = f"{times[mode][-1]:7.2f} s, {worked[mode][-1]:6.2f} s of a processor, start and end included"
                print(f"round {number + 1} {mode:4} {shown}", flush=True)
    finally:
        for process in (server, receiver):
            process.terminate()
            process.wait()
    middle = {mode: statistics.median(each) for mode, each in times.items()}
    shots = options.prompts * len(MODELS)
    print(f"\n{shots} shots, {options.at_once} at a time, {options.chunks} chunks each, {os.cpu_count()} cores")
    print(f"events in the files: {taken} in {options.rounds} rounds")
    for mode, seconds in middle.items():
        print(f"{mode:4} median {seconds:7.2f} s   {shots / seconds:7.1f} shots/s")
    print(f"on / off {middle['on'] / middle['off']:.3f}   (limit {LIMIT})")
    work = statistics.median(worked["on"]) / statistics.median(worked["off"])
    print(f"on / off {work:.3f} by the processor's time, which a busy machine disturbs less")
    print(f"one scrape takes {_scrape() * 1000:.0f} ms of a processor with 60 models, whatever the number of attempts")


def _children() -> float:
    """Give the processor's seconds of all processes that ended so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=int, default=100)
    parser.add_argument("--at-once", type=int, default=16)
    parser.add_argument("--chunks", type=int, default=50)
    parser.add_argument("--chunk-delay", type=float, default=0.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--receive", action="store_true")
    return parser.parse_args()


def _exporters(events: Path, http: str, kafka: str) -> dict[str, str]:
    sinks = (f"jsonl:{events}", f"webhook+{http}/hook", f"kafka://{kafka}/events", f"influx+{http}/figures")
    return {
        "CLAUDEPROMPTER_EVENTS": ",".join(sinks),
        "OTEL_EXPORTER_OTLP_ENDPOINT": http,
        "OTEL_METRIC_EXPORT_INTERVAL": "5000",
    }


def _measure(base: str, options: argparse.Namespace, extra: dict[str, str]) -> float:
    passed = ("prompts", "at-once", "chunks", "chunk-delay")
    arguments = [f"--{name}={getattr(options, name.replace('-', '_'))}" for name in passed]
    ours = ("CLAUDEPROMPTER_", "OTEL_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        [sys.executable, "-m", "bench.fanout", *arguments, "--mode", "ours", "--base", base],
        cwd=ROOT, check=True, capture_output=True, text=True, env=clean | extra,
    )  # fmt: skip
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])


async def _receive() -> None:
    """Take whatever is posted, and hold a Kafka broker; says where both are and stays until it is ended."""
    from confluent_kafka import Producer

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
                await reader.readexactly(int(fields.get(b"content-length", b"0")))
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    cluster = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "ignored"})
    broker = next(iter(cluster.list_topics(timeout=10).brokers.values()))
    host, port = server.sockets[0].getsockname()[:2]
    print(json.dumps([f"http://{host}:{port}", f"{broker.host}:{broker.port}"]), flush=True)
    await server.serve_forever()


def _scrape() -> float:
    """Give the processor's seconds for one scrape with sixty models, each with six kinds of outcome."""
    import sqlalchemy as sa

    from core.metrics.figures import About, Figures
    from core.metrics.prometheus import Exposition
    from core.store.database import Database
    from core.store.metric_tables import ATTEMPT_TOTAL
    from core.store.upgrade import upgrade

    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'team.db'}")
        upgrade(database)
        number = {column.name: 7 for column in ATTEMPT_TOTAL.c}
        with database.write() as connection:
            for model in range(60):
                for kind in range(6):
                    names = {"model": f"x/{model}", "provider": "x", "place": "cloud", "cost_state": "priced"}
                    row = {**number, **names, "state": "failed", "error_kind": f"kind {kind}"}
                    connection.execute(sa.insert(ATTEMPT_TOTAL).values(row))
        seconds = []
        for _ in range(5):
            start = time.process_time()
            Exposition(Figures(database, About(workspace="team", version="1")).families).text()
            seconds.append(time.process_time() - start)
        database.close()
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
