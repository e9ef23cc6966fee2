"""Fills a database with made-up runs for every later benchmark: same seed, same data.

python -m bench.generate --url sqlite:////tmp/x.db --shots 1000000 --seed 1
"""

import argparse
import time
from datetime import UTC, datetime, timedelta

import numpy as np

from bench.bulk import Bulk, bulk, to_micros
from bench.draw import draw_runs, draw_shots, moments, sizes
from bench.rows import TABLES, Names, write_chunk
from core.store.database import Database

RUNS_IN_A_CHUNK = 10_000


def generate(database: Database, *, shots: int, seed: int = 1, until: datetime | None = None) -> int:
    """Write at least that many shots, whole runs only, over the year before `until`; give how many it came to.

    `until` is the coming UTC midnight unless it is given.
    """
    end = to_micros(until or _next_midnight())
    with bulk(database) as out:
        names = Names.written(out, now=end)
        written = _fill(out, names, shots=shots, seed=seed, end=end)
        out.move_sequences_on(TABLES)
        out.fill_sums()
    return written


def _fill(out: Bulk, names: Names, *, shots: int, seed: int, end: int) -> int:
    plan = np.random.default_rng([seed])
    models, each = sizes(plan, shots)
    times = moments(plan, len(models), end)
    for first in range(0, len(times), RUNS_IN_A_CHUNK):
        part = slice(first, first + RUNS_IN_A_CHUNK)
        rng = np.random.default_rng([seed, first])
        runs = draw_runs(rng, times[part], models[part], each[part])
        prompts = names.prompts(rng, runs)
        drawn = draw_shots(rng, runs, prompt_characters=prompts.characters, until=end)
        write_chunk(out, names, rng, runs, drawn, prompts)
    return int((models * each).sum())


def _next_midnight() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def main() -> None:
    """Read the command line, fill the database, print how long it took."""
    parser = argparse.ArgumentParser(description="Fill a database with made-up runs.")
    parser.add_argument("--url", required=True, help="sqlite:////path/to.db or postgresql://…")
    parser.add_argument("--shots", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--until", type=datetime.fromisoformat, help="end of the year of data, as 2026-11-22T00:00:00Z")
    arguments = parser.parse_args()
    database = Database(arguments.url)
    began = time.perf_counter()
    written = generate(database, shots=arguments.shots, seed=arguments.seed, until=arguments.until)
    seconds = time.perf_counter() - began
    database.close()
    print(f"{written:,} shots in {seconds:.1f} s: {written / seconds:,.0f} shots/s")


if __name__ == "__main__":
    main()
