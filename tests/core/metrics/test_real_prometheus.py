"""A real Prometheus reads the app with the configuration that we ship, and knows what the database knows."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from core.store.database import Database
from core.store.upgrade import upgrade
from tests.e2e.driving import serve
from tests.random_ledger import Ledger
from tests.scraped import samples, settled, total

ROOT = Path(__file__).resolve().parents[3]
PROMETHEUS = os.environ.get("PROMETHEUS", "") or shutil.which("prometheus") or ""


@pytest.fixture
def app(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'data' / 'team.db'}")
    upgrade(database)
    made = Ledger(database, 7).happen()
    with serve(tmp_path / "data") as server:
        yield server, database, made
    database.close()


@pytest.fixture
def prometheus(app, tmp_path):
    """Prometheus on a free port, asking the app every second."""
    if not PROMETHEUS:
        pytest.skip("NO PROMETHEUS FOUND, so no real one has scraped the app: install Debian's package `prometheus`")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shipped = (ROOT / "deploy" / "prometheus.yml").read_text()
    config = tmp_path / "prometheus.yml"
    target = app[0].url.removeprefix("http://")
    config.write_text(shipped.replace("127.0.0.1:8501", target).replace("scrape_interval: 15s", "scrape_interval: 1s"))
    assert target in config.read_text()
    process = subprocess.Popen(
        [
            PROMETHEUS, f"--config.file={config}", f"--storage.tsdb.path={tmp_path / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{port}", "--log.level=error",
        ],
        cwd=tmp_path,
    )  # fmt: skip
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=15)


def until_known(url, query, wanted, seconds=30.0):
    """Ask Prometheus until it gives what is wanted; give its last answer."""
    end, found = time.monotonic() + seconds, None
    while time.monotonic() < end:
        try:
            answer = httpx.get(f"{url}/api/v1/query", params={"query": query}, timeout=5).json()
            found = float(answer["data"]["result"][0]["value"][1]) if answer["data"]["result"] else None
        except (httpx.TransportError, KeyError, ValueError):
            found = None
        if found == wanted:
            return found
        time.sleep(0.2)
    return found


def test_prometheus_knows_the_counts_of_the_database_and_those_that_come_later(app, prometheus):
    _, database, made = app
    rows = settled(database)
    assert len(rows) > 5
    assert until_known(prometheus, "sum(claudeprompter_attempts_total)", len(rows)) == len(rows)
    tokens = sum(row.input_tokens for row in rows)
    query = "sum(gen_ai_client_inference_usage_input_tokens_total)"
    assert until_known(prometheus, query, tokens) == tokens
    made.happen(steps=12)
    more = len(settled(database))
    assert more > len(rows)
    assert until_known(prometheus, "sum(claudeprompter_attempts_total)", more) == more


def test_the_app_serves_what_the_database_holds_to_any_scraper(app):
    server, database, _ = app
    answer = httpx.get(server.address("metrics"), timeout=20)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert total(samples(answer.text), "claudeprompter_attempts_total") == len(settled(database))
    assert httpx.get(server.address("metrics", ws="nowhere"), timeout=5).status_code == 404
