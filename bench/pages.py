"""What a person feels: the first page, first words, a click while twelve answers stream, and the memory behind it.

    python -m bench.pages

Starts the app with an empty data folder and drives it in the system's Chromium. Each figure stands beside its limit:

* from the server's start to the first page that can be used (3 s),
* memory of the web process at the first page (220 MB) and with ten people on it (300 MB), and of the engine (400 MB),
* from a provider's first token to its column's first text, the median of four columns (300 ms),
* from a click on another page to that page, while twelve answers stream 80 pieces a second each (500 ms).
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from core.bootstrap import Services, build
from core.domain.run import RunPlan
from core.domain.workspace import Workspace
from core.settings import Settings
from tests.e2e.driving import CHROMIUM, FLAGS, AppServer, serve
from tests.servers.http import Recorded, Reply
from tests.servers.openai_server import OpenAIServer
from tests.servers.scripts import Script

FIRST_TOKEN = 5.0
PIECES_A_SECOND = 80
MODELS = ("alpha", "beta", "gamma", "delta")
WATCH = """
() => {
  window.firstSeen = {};
  const look = () => {
    for (const found of document.body.textContent.matchAll(/(alpha|beta|gamma|delta)-speaks-(\\d)/g)) {
      const name = found[1] + found[2];
      window.firstSeen[name] ??= Date.now();
    }
  };
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true, characterData: true});
}
"""


class TimedServer(OpenAIServer):
    """Notes when each request came in, so that the moment of its first token is known."""

    def __init__(self) -> None:
        super().__init__(models=MODELS)
        self.came: dict[str, list[float]] = {}

    async def answer(self, request: Recorded, reply: Reply) -> None:
        """Note the time, and answer in the model's own words."""
        if request.path.endswith("/chat/completions"):
            times = self.came.setdefault(request.model, [])
            times.append(time.time())
            pieces = (f"{request.model}-speaks-{len(times)} ", *("word " for _ in range(PIECES_A_SECOND * 20)))
            self._default = Script(pieces=pieces, first_delay=FIRST_TOKEN, delay=1 / PIECES_A_SECOND)
        await super().answer(request, reply)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, TimedServer() as provider, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        _demo(browser, Path(folder) / "demo")
        _team(browser, Path(folder) / "team", provider)
        browser.close()


def _say(what: str, value: float, unit: str, limit: float) -> None:
    print(f"{what:66} {value:8.1f} {unit:3} (limit {limit:g})  {'ok' if value <= limit else 'OVER'}", flush=True)


def _demo(browser: Browser, data: Path) -> None:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    with serve(data) as server:
        print(
            f"{'from the server’s start to its first answer':66} {time.monotonic() - server.started:8.1f} s", flush=True
        )
        page.goto(server.address())
        page.get_by_role("button", name="Run 6 shots").wait_for(timeout=30_000)
        _say("from the server's start to the first page", time.monotonic() - server.started, "s", 3)
        _say("web process at the first page", _megabytes(server.process.pid), "MB", 220)
        people = [browser.new_context().new_page() for _ in range(9)]
        for number, each in enumerate(people):
            each.goto(server.address(("", "history", "settings")[number % 3], ws="demo"))
            each.get_by_test_id("stSidebar").wait_for()
        time.sleep(8)
        _say("web process with ten people on it", _megabytes(server.process.pid), "MB", 300)
        _say("engine of the demo", _engine_megabytes(server), "MB", 400)
        for each in people:
            each.context.close()
    page.context.close()


def _team(browser: Browser, data: Path, provider: TimedServer) -> None:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    environ = {"CLAUDEPROMPTER_WORKSPACE": "team", "CLAUDEPROMPTER_ENDPOINTS": f"lab={provider.base_url};place=cloud"}
    with serve(data, **environ) as server:
        page.goto(server.address())
        page.get_by_test_id("stSidebar").wait_for(timeout=30_000)
        services = build(Settings(_env_file=None, CLAUDEPROMPTER_DATA=data), Workspace.TEAM)
        _wait_for(lambda: services.engine.status().state == "ready" and len(services.known_models.all()) >= len(MODELS))
        delays = _first_words(page, provider, server, services)
        _say("from a provider's first token to its text, median of four columns", statistics.median(delays), "ms", 300)
        _say("from a click to another page while twelve answers stream", _click(page, server, services), "ms", 500)
        _wait_for(lambda: not services.runs.going())
        _say("engine of the team after sixteen streams", _engine_megabytes(server), "MB", 400)


def _first_words(page: Page, provider: TimedServer, server: AppServer, services: Services) -> list[float]:
    _open(page, server, _start(services, shots=1))
    page.evaluate(WATCH)
    page.wait_for_function("count => Object.keys(window.firstSeen).length >= count", arg=len(MODELS), timeout=30_000)
    seen = page.evaluate("() => window.firstSeen")
    _wait_for(lambda: not services.runs.going())
    return [seen[f"{model}1"] - (provider.came[model][0] + FIRST_TOKEN) * 1000 for model in MODELS]


def _click(page: Page, server: AppServer, services: Services) -> float:
    """Give the slower of two clicks on other pages, in milliseconds, each while twelve answers stream."""
    public_id = _start(services, shots=3)
    times = []
    for name in ("Settings", "History"):
        _open(page, server, public_id)
        page.get_by_text("word word").first.wait_for(timeout=30_000)
        time.sleep(1)
        began = time.monotonic()
        page.get_by_test_id("stSidebar").get_by_role("link", name=name).click()
        page.get_by_role("heading", name=name).wait_for(timeout=20_000)
        times.append((time.monotonic() - began) * 1000)
        assert services.runs.going(), "the run ended before the click"
    return max(times)


def _start(services: Services, *, shots: int) -> str:
    return services.runs.start(
        RunPlan(prompt="Speak.", models=tuple(f"lab/{model}" for model in MODELS), shots_per_model=shots)
    )


def _open(page: Page, server: AppServer, public_id: str) -> None:
    page.goto(server.address(ws="team", run=public_id))
    page.get_by_text("Speak.").first.wait_for(timeout=20_000)


def _wait_for(reached: Callable[[], object], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > until:
            raise TimeoutError("what the benchmark waits for did not happen")
        time.sleep(0.1)


def _megabytes(process: int) -> float:
    return psutil.Process(process).memory_info().rss / 1e6


def _engine_megabytes(server: AppServer) -> float:
    largest = 0
    for child in psutil.Process(server.process.pid).children(recursive=True):
        with suppress(psutil.Error):
            if "engine" in child.cmdline():
                largest = max(largest, child.memory_info().rss)
    return largest / 1e6


if __name__ == "__main__":
    main()
