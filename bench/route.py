"""How long a decision takes, the embedding at hand, and how much memory the index holds: `python bench/route.py`.

Rows are made up: directions by lot, qualities by lot. The limits are 2 ms at 10,000 labelled prompts and 25 ms at
100,000, both exact. The bare matrix-vector product on the same rows is the peer that nothing exact can beat.
"""

import argparse
from time import perf_counter_ns

import numpy as np

from core.router.blend import Blend
from core.router.choice import choose
from core.router.lexical import NAMES

LIMITS_MS = {10_000: 2.0, 100_000: 25.0}
MODELS = 4
LEARNED = 2_000


def main() -> None:
    """Measure each size and print one line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=list(LIMITS_MS))
    parser.add_argument("--dimensions", type=int, default=768)
    parser.add_argument("--decisions", type=int, default=200)
    chosen = parser.parse_args()
    print(f"{'prompts':>9} {'p50 ms':>8} {'p95 ms':>8} {'bare p50':>9} {'ratio':>6} {'limit':>6} {'index MB':>9}")
    for size in chosen.sizes:
        blend = grown(size, chosen.dimensions)
        queries = features(chosen.decisions, chosen.dimensions, seed=2)
        rows = blend.index_.rows
        whole = timed(lambda row, b=blend, q=queries: choose(b.predict(q[row : row + 1]), COST, price=10.0), queries)
        vectors = queries[:, : chosen.dimensions].astype(np.float32)
        bare = timed(lambda row, r=rows, v=vectors: r @ v[row], queries)
        limit = LIMITS_MS.get(size)
        print(
            f"{size:>9,} {np.median(whole):>8.2f} {np.quantile(whole, 0.95):>8.2f} {np.median(bare):>9.2f} "
            f"{np.median(whole) / np.median(bare):>6.2f} {limit or '-':>6} {rows.nbytes / 1e6:>9.0f}"
        )


COST = np.array([[1e-4, 2e-4, 1e-3, 5e-3]])


def features(n: int, dimensions: int, *, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    rows = random.normal(size=(n, dimensions)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return np.hstack([rows, random.random((n, len(NAMES)), dtype=np.float32)])


def grown(size: int, dimensions: int) -> Blend:
    """Learn on a few rows and let the index grow to `size`; neighbours are always heard, as in the dearest case."""
    random = np.random.default_rng(0)
    learned = min(size, LEARNED)
    blend = Blend(lexical=len(NAMES)).fit(
        features(learned, dimensions, seed=1),
        random.random((learned, MODELS)).round(),
        tasks=[f"task {number % 8}" for number in range(learned)],
    )
    blend.local_ = True
    more = features(size - learned, dimensions, seed=3)
    blend.extend(more, random.random((len(more), MODELS)).round())
    return blend


def timed(action, queries) -> list[float]:
    taken = []
    for row in range(len(queries)):
        start = perf_counter_ns()
        action(row)
        taken.append((perf_counter_ns() - start) / 1e6)
    return taken


if __name__ == "__main__":
    main()
