"""How long a decision takes, what the index holds, and what it misses: `python bench/route.py --outcomes FILE.csv.gz`.

Limits: 2 ms at 10,000 labelled prompts and 25 ms at 100,000, both exact; 50 ms at 1,000,000, where at least 90 of the
100 nearest must be found. The bare matrix-vector product on the same rows is the peer. With outcomes, rows are the
embeddings of their prompts, and once these are used up directions between two of them; without, directions by lot.
Embedding included, a decision may take 1.2 times what the encoder alone takes in the same run.
"""

import argparse
import random as lots
from pathlib import Path
from time import perf_counter_ns, process_time

import numpy as np

from core.inference import PACKAGED
from core.router.blend import Blend
from core.router.choice import choose
from core.router.embedding import Embedder
from core.router.embedding_cache import CachedEmbeddings, FileVectors
from core.router.lexical import NAMES, lexical_features
from core.router.neighbours import joined, top
from core.router.outcomes import read_outcomes
from core.settings import read_settings

LIMITS_MS = {10_000: 2.0, 100_000: 25.0, 1_000_000: 50.0}
MODELS = 4
LEARNED = 2_000
AT_ONCE = 50_000
NEAREST = 100
COST = np.array([[1e-4, 2e-4, 1e-3, 5e-3]])


def main() -> None:
    """Measure each size and print one line, then the decision with its embedding."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=list(LIMITS_MS))
    parser.add_argument("--outcomes", type=Path, nargs="*", default=[])
    parser.add_argument("--cache", type=Path, help="Where vectors are kept; by default in the data folder.")
    parser.add_argument("--dimensions", type=int, default=768, help="Of directions by lot.")
    parser.add_argument("--decisions", type=int, default=200)
    parser.add_argument("--encoder", action="store_true", help="Measure the embedding too.")
    chosen = parser.parse_args()
    prompts, real = read(chosen)
    print(f"{len(real):,} embeddings of real prompts" if prompts else "directions by lot")
    queries, rows = np.split(real, [chosen.decisions])
    print(
        f"{'prompts':>9} {'p50 ms':>8} {'p95 ms':>8} {'limit':>6} {'bare p50':>9} {'ratio':>6} "
        f"{'recall@100':>11} {'index MB':>9} {'refit s':>8}"
    )
    for size in chosen.sizes:
        measure(size, rows, queries)
    if chosen.encoder and prompts:
        with_embedding(prompts, grown(10_000, rows)[0])


def read(chosen: argparse.Namespace) -> tuple[list[str], np.ndarray]:
    if not chosen.outcomes:
        return [], features(np.random.default_rng(1).normal(size=(LEARNED + chosen.decisions, chosen.dimensions)))
    prompts = list(dict.fromkeys(prompt for path in chosen.outcomes for prompt in read_outcomes(path).prompts))
    lots.Random(0).shuffle(prompts)
    embedder = Embedder(PACKAGED, start_seconds=900, reply_seconds=900)
    cached = CachedEmbeddings(embedder, FileVectors(chosen.cache or read_settings().data_dir / "cache" / "vectors.npz"))
    vectors = joined(cached.embed(prompts))
    embedder.close()
    return prompts, np.hstack([vectors, lexical_features(prompts)]).astype(np.float32)


def features(directions: np.ndarray) -> np.ndarray:
    made = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    return np.hstack([made, np.random.default_rng(0).random((len(made), len(NAMES)))]).astype(np.float32)


def between(rows: np.ndarray, n: int, random: np.random.Generator) -> np.ndarray:
    """Give directions between two rows each, nearer to the first."""
    first, second = random.integers(0, len(rows), (2, n))
    part = random.random((n, 1), dtype=np.float32) / 2
    cut = rows.shape[1] - len(NAMES)
    return features((1 - part) * rows[first, :cut] + part * rows[second, :cut])


def grown(size: int, rows: np.ndarray) -> tuple[Blend, float]:
    """Learn on a few rows and let the index grow to `size`; neighbours are always heard, as in the dearest case."""
    random = np.random.default_rng(0)
    learned = min(size, LEARNED, len(rows))
    began = process_time()
    blend = Blend(lexical=len(NAMES)).fit(
        rows[:learned],
        random.random((learned, MODELS)).round(),
        tasks=[f"task {number % 8}" for number in range(learned)],
    )
    took = process_time() - began
    blend.local_ = True
    for start in range(learned, size, AT_ONCE):
        n = min(AT_ONCE, size - start)
        there = rows[start : start + n]
        more = np.vstack([there, between(rows, n - len(there), random)]) if len(there) < n else there
        blend.extend(more, random.random((n, MODELS)).round())
    return blend, took


def measure(size: int, rows: np.ndarray, queries: np.ndarray) -> None:
    blend, took = grown(size, rows)
    cut = queries.shape[1] - len(NAMES)
    vectors = np.ascontiguousarray(queries[:, :cut])
    blend.predict(queries[:1])
    whole = timed(lambda row: choose(blend.predict(queries[row : row + 1]), COST, price=10.0), queries)
    found = [blend.index_.nearest(vector, k=NEAREST).keys for vector in vectors]
    held = blend.index_.vectors()
    bare = timed(lambda row: held @ vectors[row], queries)
    recall = np.mean(
        [
            len(set(keys) & set(top((held @ vector)[None], k=NEAREST)[0].tolist())) / NEAREST
            for keys, vector in zip(found, vectors, strict=True)
        ]
    )
    print(
        f"{size:>9,} {np.median(whole):>8.2f} {np.quantile(whole, 0.95):>8.2f} {LIMITS_MS.get(size, '-'):>6} "
        f"{np.median(bare):>9.2f} {np.median(whole) / np.median(bare):>6.2f} {recall:>11.3f} "
        f"{blend.index_.nbytes / 1e6:>9.0f} {took:>8.1f}"
    )


def with_embedding(prompts: list[str], blend: Blend) -> None:
    """Compare the encoder alone with a whole decision, one prompt after the other in turns."""
    embedder = Embedder(PACKAGED, start_seconds=900, reply_seconds=900)
    embedder.warm()
    alone, whole = [], []
    for prompt in prompts[:100]:
        start = perf_counter_ns()
        embedder.embed([prompt])
        middle = perf_counter_ns()
        row = np.hstack([joined(embedder.embed([prompt])), lexical_features([prompt])])
        choose(blend.predict(row), COST, price=10.0)
        alone.append((middle - start) / 1e6)
        whole.append((perf_counter_ns() - middle) / 1e6)
    embedder.close()
    ratio = np.median(whole) / np.median(alone)
    print(
        f"encoder alone p50 {np.median(alone):.1f} ms, decision with it {np.median(whole):.1f} ms: {ratio:.2f} of 1.2"
    )


def timed(action, queries) -> list[float]:
    taken = []
    for row in range(len(queries)):
        start = perf_counter_ns()
        action(row)
        taken.append((perf_counter_ns() - start) / 1e6)
    return taken


if __name__ == "__main__":
    main()
