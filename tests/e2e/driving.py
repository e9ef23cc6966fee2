"""A real server and a real browser, and what a journey does with them."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
)
START_SECONDS = 40
OURS = ("http", "ws", "data", "blob", "about")

# Streamlit looks for its own base path below the page's; the browser reports the miss as an error.
HARMLESS = re.compile(r"/_stcore/(health|host-config)|Failed to load resource.*404.*_stcore")


@dataclass
class AppServer:
    """The app on a free port of this machine, with a data folder of its own."""

    url: str
    data: Path
    process: subprocess.Popen[bytes]
    log: Path
    started: float

    def address(self, path: str = "", **parameters: str) -> str:
        """Give the whole address of a page."""
        return f"{self.url}/{path}" + (f"?{urlencode(parameters)}" if parameters else "")

    def log_text(self) -> str:
        """Give what the server printed so far."""
        return self.log.read_text(errors="replace")


@contextmanager
def serve(data: Path, *, script: str = "app.py", **environ: str) -> Iterator[AppServer]:
    """Run the app, or another script, until the block ends. Raises RuntimeError with the log where it stays down."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data.mkdir(parents=True, exist_ok=True)
    log = data / "server.log"
    foreign = re.compile(r".*_(API_KEY|API_BASE|BASE_URL)|DATABASE_URL|OLLAMA_HOST|CLAUDEPROMPTER_.*")
    clean = {name: value for name, value in os.environ.items() if not foreign.fullmatch(name)}
    nothing = "http://127.0.0.1:9"
    started = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)],
            cwd=ROOT,
            env={
                **clean,
                "CLAUDEPROMPTER_DATA": str(data),
                "CLAUDEPROMPTER_READ_MEANING": "false",  # a browser on a busy machine has enough to wait for
                "OLLAMA_HOST": nothing,
                **environ,
            },
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
    server = AppServer(f"http://127.0.0.1:{port}", data, process, log, started)
    try:
        _wait_until_up(server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_up(server: AppServer) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.process.poll() is None:
        try:
            if httpx.get(f"{server.url}/_stcore/health", timeout=1).status_code in (200, 503):
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"the app did not come up:\n{server.log_text()}")


@dataclass
class Visitor:
    """One person's browser: what it shows, and everything it complained of or asked for."""

    page: Page
    server: AppServer
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen to the console and to every request from the start."""
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._see)

    def open(self, path: str = "", **parameters: str) -> "Visitor":
        """Open a page of the app and wait until it stands."""
        self.page.goto(self.server.address(path, **parameters))
        return self.settle()

    def settle(self) -> "Visitor":
        """Wait until the app is connected and its script has run, and no page has failed."""
        app = self.page.get_by_test_id("stApp")
        expect(app).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=20_000)
        expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=20_000)
        expect(self.page.get_by_test_id("stException")).to_have_count(0)
        return self

    def keyed(self, key: str) -> Locator:
        """Find an element by the key it was given in Python."""
        return self.page.locator(f".st-key-{key}")

    def press(self, name: str) -> "Visitor":
        """Press the button of this name and wait for the page."""
        self.page.get_by_role("button", name=name, exact=True).first.click()
        return self.settle()

    def parameter(self, name: str) -> str:
        """Give a parameter of the address as it stands now."""
        found = re.search(rf"(?:^|&){name}=([^&]*)", urlsplit(self.page.url).query)
        return found[1] if found else ""

    def leave(self) -> None:
        """Close the browser profile; to be done before the server goes, which a page still loading would resent."""
        self.page.context.close()

    def check(self) -> None:
        """Fail where the console complained or anything was asked of another machine."""
        assert not self.foreign, f"asked beyond this machine: {self.foreign}"
        assert not self.complaints, f"the console complained: {self.complaints}"

    def _hear(self, message: ConsoleMessage) -> None:
        where = f"{message.text} {message.location.get('url', '')}"
        if message.type == "error" and not HARMLESS.search(where):
            self.complaints.append(where)

    def _see(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if not parts.scheme.startswith(OURS) or (parts.hostname or "127.0.0.1") not in ("127.0.0.1", "localhost"):
            self.foreign.append(request.url)


def visit(browser: Browser, server: AppServer, *, dark: bool = False, phone: bool = False, **context: Any) -> Visitor:
    """Give a new browser profile without history, in the light or the dark, on a desk or a phone."""
    size = {"width": 390, "height": 844} if phone else {"width": 1440, "height": 900}
    made = browser.new_context(color_scheme="dark" if dark else "light", viewport=size, has_touch=phone, **context)
    made.set_default_timeout(15_000)
    return Visitor(made.new_page(), server)
