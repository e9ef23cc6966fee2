"""How long a labeller waits: from the key that picks to the next item drawn, ten items by keyboard alone.

    python -m bench.labelling

Starts the app with the demo's history and drives it in the system's Chromium; the median stands beside its limit.
"""

import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from core.bootstrap import build
from core.domain.workspace import Workspace
from core.settings import Settings
from tests.e2e.driving import CHROMIUM, FLAGS, serve, visit
from tests.e2e.labelling_by_key import label_by_keys

LIMIT_MS = 200
QUEUE = "complaint-replies"


def main() -> None:
    """Print each wait and their median."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        services = build(Settings(_env_file=None, CLAUDEPROMPTER_DATA=data), Workspace.DEMO)
        services.demo.fill()
        services.database.close()
        with serve(data) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            visitor = visit(browser, server)
            visitor.page.context.add_cookies([{"name": "claudeprompter_name", "value": "Zoe", "url": server.url}])
            visitor.open("label", ws="demo", queue=QUEUE)
            time.sleep(3)  # the engine starts beside the first page
            waits = [seconds * 1000 for seconds in label_by_keys(visitor, keys="1T2N1T2N1T", think=0.4)]
            browser.close()
    print("from key to next item:", ", ".join(f"{wait:.0f}" for wait in waits), "ms")
    median = statistics.median(waits)
    print(f"median {median:.0f} ms, limit {LIMIT_MS} ms: {median / LIMIT_MS:.2f} of it")


if __name__ == "__main__":
    main()
