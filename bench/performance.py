"""How long the Performance page takes with 10,000, 100,000 and 1,000,000 shots, beside the limit of one second.

    python -m bench.performance [--folder /tmp/x] [--shots 10000 100000 1000000]

Databases made once are used again. First each question that the page asks, then the whole page as a browser's session
gets it (Streamlit's own test session: the script with the tables and figures it sends, without network and browser).
"""

import argparse
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from bench.generate import generate
from core.labels.board import Leaderboard
from core.metrics.rollups import MeasureFilter, Measures
from core.metrics.unusual import unusual_days
from core.settings import Settings
from core.store import daily_measures, tables
from core.store.daily_measures import MEASURES, Cut
from core.store.database import Database, table
from core.store.history_filter import HistoryFilter
from core.store.judged import Judged

LIMIT = 1.0
ROUNDS = 5
ATTEMPT = table(tables.Attempt)
VIEWS = {
    "All, 90 days": {},
    "All, any time": {"period": "Any time"},
    "Quality, any time": {"tab": "Quality", "period": "Any time"},
    "Speed, any time": {"tab": "Speed", "period": "Any time"},
    "Errors, any time": {"tab": "Errors", "period": "Any time"},
    "All, one team": {"teams": "Team 2", "period": "Any time"},
    "All, one tag": {"tags": "tag-2", "period": "Any time"},
    "a model's page, any time": {"model": "north/atlas", "period": "Any time"},
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the Performance page.")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "claudeprompter-bench")
    parser.add_argument("--shots", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    arguments = parser.parse_args()
    for shots in arguments.shots:
        folder = arguments.folder / f"performance-{shots}"
        database = _filled(folder, shots)
        _questions(database)
        _rebuild(database)
        database.close()
        _pages(folder)


def _filled(folder: Path, shots: int) -> Database:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "team.db"
    database = Database(f"sqlite:///{path}")
    if not path.exists():
        generate(database, shots=shots, seed=1)
    return database


def _questions(database: Database) -> None:
    with database.read() as connection:
        attempts = connection.execute(sa.select(sa.func.count()).select_from(ATTEMPT)).scalar_one()
        rows = connection.execute(sa.select(sa.func.count()).select_from(MEASURES)).scalar_one()
        packed = connection.execute(sa.select(sa.func.sum(sa.func.length(MEASURES.c.times)))).scalar_one()
    print(f"\n{attempts:,} attempts in {rows:,} rows of measures, {packed / 1e6:.1f} MB of counts by bucket")
    measures, board, judged = Measures(database), Leaderboard(database), Judged(database)
    since = datetime.now(UTC).date() - timedelta(days=89)
    for name, wanted in (("90 days", MeasureFilter(since=since)), ("any time", MeasureFilter())):
        _say(f"sums by model and day, {name}", lambda wanted=wanted: measures.read(wanted))  # type: ignore[misc]
        _say(f"sums by hour, {name}", lambda wanted=wanted: measures.read(wanted, cut=Cut.HOUR))  # type: ignore[misc]
    _say("the same for one tag, from the newest attempts", lambda: measures.read(MeasureFilter(tags=("tag-2",))))
    found = measures.read(MeasureFilter())
    _say("unusual days of a year", lambda: unusual_days(found))
    _say("how many words were said, any time", lambda: judged.how_many(HistoryFilter()))
    _say("the whole leaderboard, counted beside the page", lambda: board.of(HistoryFilter()), rounds=1)


def _rebuild(database: Database) -> None:
    began = time.perf_counter()
    daily_measures.rebuild(database)
    print(f"{'all measures made anew':60} {time.perf_counter() - began:7.2f} s")


def _pages(folder: Path) -> None:
    os.environ["CLAUDEPROMPTER_DATA"] = str(folder)
    logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel(logging.ERROR)
    import streamlit as st
    from streamlit.testing.v1 import AppTest

    from pages.ui import identity, services

    st.cache_resource.clear()  # else the pages would go on reading the database of the size before

    services.Starter.look_after = lambda *_: None  # type: ignore[method-assign]
    identity._cookie_name = lambda: "Person 1"
    assert Settings().data_dir == folder
    for name, parameters in VIEWS.items():

        def opened(parameters: dict[str, str] = parameters) -> AppTest:
            test = AppTest.from_file(Path(__file__).parents[1] / "app.py", default_timeout=120)
            test.query_params.update({"ws": "team"})
            test.run()
            test.switch_page("pages/performance.py")
            test.query_params.update({"ws": "team", **parameters})
            return test

        _draw(f"the page: {name}", opened)


def _draw(what: str, opened: Callable[[], object]) -> None:
    walls, cpus = [], []
    for _ in range(ROUNDS):
        test = opened()
        began, cpu = time.perf_counter(), time.process_time()
        test.run()  # type: ignore[attr-defined]
        walls.append(time.perf_counter() - began)
        cpus.append(time.process_time() - cpu)
        assert not test.exception, test.exception  # type: ignore[attr-defined]
    verdict = "ok" if statistics.median(walls) <= LIMIT else "OVER"
    print(f"{what:60} {_times(walls, cpus)} (limit {LIMIT} s)  {verdict}", flush=True)


def _say(what: str, question: Callable[[], object], *, rounds: int = ROUNDS) -> None:
    walls, cpus = [], []
    for _ in range(rounds):
        began, cpu = time.perf_counter(), time.process_time()
        question()
        walls.append(time.perf_counter() - began)
        cpus.append(time.process_time() - cpu)
    print(f"{what:60} {_times(walls, cpus)}", flush=True)


def _times(walls: list[float], cpus: list[float]) -> str:
    """Give the median time, what of it was work, and both of the first round, which fills caches."""
    middle, work = statistics.median(walls), statistics.median(cpus)
    return f"{middle:7.3f} s ({work:.3f} s of CPU), first {walls[0]:.3f} s ({cpus[0]:.3f} s)"


if __name__ == "__main__":
    main()
