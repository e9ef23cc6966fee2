"""How fast History is, and how its time grows: list, filters, full text and search by meaning.

    python -m bench.history
    python -m bench.history --shots 1000 50000 --url postgresql://…/empty_database

Fills a database of each size with made-up runs (bench/generate.py) and a random vector for each prompt, asks each
question a few times and prints the median. The limit is half a second with 50,000 runs (about 220,000 shots). "Grows
as" compares the two largest sizes: n^1.0 is in step with the number of shots.
"""

import argparse
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from bench.bulk import bulk
from bench.generate import generate
from bench.world import MODELS
from core.domain.model import Place
from core.domain.run import RunState
from core.domain.verdict import VerdictKind
from core.labels.rollup import rebuild
from core.store import tables
from core.store.database import Database, table
from core.store.history import Cursor, History
from core.store.history_filter import HistoryFilter, Order
from core.store.item_verdicts import ItemVerdicts
from core.store.items import Items, NewItem
from core.store.queues import Queues
from core.store.vector_columns import uses_pgvector
from core.store.vectors import Likeness, PromptVectors

SIZES = (1_000, 50_000, 220_000, 1_000_000)
UNTIL = datetime(2026, 11, 23, tzinfo=UTC)
DIMENSIONS = 384
TIMES = 5
LIMIT_MS, LIMIT_SHOTS = 500, 220_000
MODEL = {"model": "random", "version": "1"}
RUN = table(tables.Run)

Question = Callable[[], object]


def questions(history: History, like: Likeness) -> dict[str, Question]:
    """Give what is asked, by name."""
    month = {"since": UNTIL - timedelta(days=30), "until": UNTIL}
    middle = Cursor(created_at=UNTIL - timedelta(days=180), id=0)
    wanted = {
        "list": {},
        "list: oldest first": {"order": Order.OLDEST},
        "list: dearest first": {"order": Order.DEAREST},
        "list: dearest first, a month": {**month, "order": Order.DEAREST},
        "filter: month": month,
        "filter: person": {"persons": ("Person 3",)},
        "filter: team": {"teams": ("Team 2",)},
        "filter: project": {"projects": ("Project 4",)},
        "filter: no project": {"projects": ("",)},
        "filter: tag": {"tags": ("tag-2",)},
        "filter: model": {"models": (MODELS[0].name,)},
        "filter: rare model": {"models": ("west/new-thing",)},
        "filter: place": {"places": (Place.LOCAL, Place.PRIVATE)},
        "filter: state": {"states": (RunState.FAILED,)},
        "filter: cost from–to": {"cost_from": Decimal("0.01"), "cost_to": Decimal("0.05")},
        "filter: judged": {"judged": True},
        "filter: not judged": {"judged": False},
        "filter: winner": {"winners": (MODELS[0].name,)},
        "filter: month, model, judged": {**month, "models": (MODELS[0].name,), "judged": True},
        "words: rare": {"words": "babebo"},
        "words: common": {"words": "invoice"},
        "words: in every text": {"words": "the"},
        "words: two": {"words": "invoice delivery"},
        "words: phrase": {"words": '"write a reply to this customer"'},
        "words: beginning": {"words": "invo*"},
        "words: in a month": {**month, "words": "invoice"},
        "meaning": {"like": like},
        "meaning in a month": {**month, "like": like},
    }
    asked: dict[str, Question] = {
        name: lambda more=more: history.page(HistoryFilter(viewer="Person 1", **more))  # type: ignore[misc]
        for name, more in wanted.items()
    }
    run = history.ids(HistoryFilter(viewer="Person 1"), most=100)[-1]
    for order in Order:
        asked[f"drawer: beside a run, {order} first"] = lambda order=order: history.neighbours(  # type: ignore[misc]
            run, HistoryFilter(viewer="Person 1", order=order)
        )
    asked["filters: every model that was asked"] = history.models
    asked["list: page in the middle"] = lambda: history.page(HistoryFilter(viewer="Person 1"), after=middle)
    return asked


def median_ms(question: Question) -> float:
    question()
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        question()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def add_vectors(database: Database) -> int:
    """Write a random vector for each prompt; a tenth of them have another tail. Gives how many prompts there are."""
    with database.read() as connection:
        hashes = list(connection.execute(sa.select(RUN.c.prompt_sha256).distinct()).scalars())
        pgvector = uses_pgvector(connection)
    random = np.random.default_rng(3)
    if pgvector:
        _add_by_pgvector(database, hashes, random)
        return len(hashes)
    with bulk(database) as out:
        for start in range(0, len(hashes), 10_000):
            part = hashes[start : start + 10_000]
            heads, tails = (_unit(random, len(part)) for _ in range(2))
            has_tail = random.random(len(part)) < 0.1
            out.insert(
                table(tables.PromptVector),
                len(part),
                {
                    "text_sha256": part,
                    **MODEL,
                    "head": [row.tobytes() for row in heads],
                    "tail": [row.tobytes() if has else None for row, has in zip(tails, has_tail, strict=True)],
                },
            )
    return len(hashes)


def _add_by_pgvector(database: Database, hashes: list[str], random: np.random.Generator) -> None:
    vectors = PromptVectors(database)
    for start in range(0, len(hashes), 2_000):
        part = hashes[start : start + 2_000]
        vectors.keep(
            {sha: np.stack([row, row]) for sha, row in zip(part, _unit(random, len(part)), strict=True)}, **MODEL
        )


def _unit(random: np.random.Generator, rows: int) -> np.ndarray:  # type: ignore[type-arg]
    found = random.normal(size=(rows, DIMENSIONS)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def next_item_ms(database: Database) -> tuple[float, float]:
    """Give the median time of the next item of a queue of 2,000, and of a pick that was made on it."""
    with database.read() as connection:
        runs = list(connection.execute(sa.select(RUN.c.public_id).order_by(RUN.c.id.desc()).limit(4_000)).scalars())
    items, verdicts = Items(database), ItemVerdicts(database)
    queue = Queues(database).create("Benchmark", question="Which?")
    shots: dict[int, list[int]] = {}
    for answer in items.answers(runs):
        shots.setdefault(answer.run_id, []).append(answer.shot_id)
    new = [NewItem(run_id=run, key=f"{run}", shots=tuple(own[:4])) for run, own in shots.items() if len(own) > 1]
    added = items.add(queue.id, new[:2_000])
    items.deal({f"Person {n}": [item.id for item in added] for n in (1, 2, 3)})
    asking, picking = [], []
    for _ in range(60):
        began = time.perf_counter()
        (item,) = items.next(queue.id, person="Person 1")
        asking.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        verdicts.give(item, person="Person 1", kind=VerdictKind.TIE, shown=item.shots)
        picking.append((time.perf_counter() - began) * 1000)
    return statistics.median(asking), statistics.median(picking)


@contextmanager
def filled(url: str | None, shots: int) -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="bench-history-") as folder:
        database = Database(url or f"sqlite:///{Path(folder) / 'history.db'}")
        began = time.perf_counter()
        written = generate(database, shots=shots, until=UNTIL)
        made = time.perf_counter() - began
        began = time.perf_counter()
        prompts = add_vectors(database)
        runs = History(database).page(HistoryFilter(viewer="Person 1"), limit=1).total_runs
        size = (database.path.stat().st_size / 1e6) if database.path else 0
        print(
            f"\n{written:,} shots in {runs:,} runs with {prompts:,} prompts, {size:,.0f} MB; made in {made:.0f} s, "
            f"vectors in {time.perf_counter() - began:.0f} s"
        )
        yield database
        database.close()


def measure(database: Database) -> dict[str, float]:
    vectors = PromptVectors(database)
    head = _unit(np.random.default_rng(5), 1)[0].tobytes()
    # Random vectors are all about as far apart; the best few are taken as like.
    like = Likeness(head=head, tail=head, least=0.1, **MODEL)
    history = History(database, vectors)
    began = time.perf_counter()
    history.page(HistoryFilter(viewer="Person 1", like=like))
    found = {"meaning: first search, loads the vectors": (time.perf_counter() - began) * 1000}
    for name, question in questions(history, like).items():
        found[name] = median_ms(question)
    began = time.perf_counter()
    shots = rebuild(database)
    print(f"qualities of {shots:,} shots made anew in {time.perf_counter() - began:.1f} s")
    found["label: next item of 2,000"], found["label: pick"] = next_item_ms(database)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shots", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--url", help="an empty PostgreSQL database; then give one size only")
    arguments = parser.parse_args()
    sizes = sorted(arguments.shots)
    by_size: dict[int, dict[str, float]] = {}
    for size in sizes:
        with filled(arguments.url, size) as database:
            by_size[size] = measure(database)
    print(f"\n{'median ms':42}" + "".join(f"{size:>12,}" for size in sizes) + f"{'grows as':>12}")
    for name in by_size[sizes[-1]]:
        line = [by_size[size][name] for size in sizes]
        growth = f"n^{math.log(line[-1] / line[-2]) / math.log(sizes[-1] / sizes[-2]):.1f}" if len(sizes) > 1 else ""
        print(f"{name:42}" + "".join(f"{value:12.1f}" for value in line) + f"{growth:>12}")
    for size in (size for size in sizes if size <= LIMIT_SHOTS):
        worst = max((name for name in by_size[size] if "loads" not in name), key=lambda name: by_size[size][name])
        took = by_size[size][worst]
        inside = LIMIT_MS / took
        print(f"{size:,} shots: the slowest is {worst!r}, {took:.0f} ms: {inside:.1f} times inside {LIMIT_MS} ms")


if __name__ == "__main__":
    main()
