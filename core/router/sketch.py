"""A short form of very many vectors: their leading principal components, by which the likely nearest are found.

A search reads a twelfth of the numbers; what it puts first is then compared in full.
"""

import numpy as np
from numpy.typing import NDArray

from core.router.halves import grown

Vectors = NDArray[np.float32]
Places = NDArray[np.intp]

COMPONENTS = 64
LEARNED_ROWS = 8_192
LIKELY_PER_NEIGHBOUR = 60
SAMPLED = 16_384
AT_ONCE = 65_536


class Sketch:
    """The leading components of rows by place."""

    def __init__(self, some: Vectors) -> None:
        """Find the components on some of the rows."""
        _, axes = np.linalg.eigh(some.T.astype(np.float64) @ some)
        self._axes = np.ascontiguousarray(axes[:, ::-1][:, :COMPONENTS].T.astype(np.float32))
        self._values = np.empty((0, len(self._axes)), dtype=np.float32)

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return self._values.nbytes

    def put(self, places: Places, rows: Vectors) -> None:
        """Sketch rows at their places."""
        self._values = grown(self._values, int(places.max(initial=-1)) + 1)
        self._values[places] = rows @ self._axes.T

    def likely(self, vector: Vectors, *, held: int, k: int) -> Places:
        """Give the places, rising, of the rows that the components put first, about 60 for each of `k` wanted."""
        wanted = LIKELY_PER_NEIGHBOUR * k
        part = self._values[:held] @ (self._axes @ vector)
        # a sample tells the threshold: sorting all would take longer than the products
        sample = part[:: max(1, held // SAMPLED)]
        kth = min(len(sample) - 1, max(1, round(len(sample) * wanted / held)))
        able = np.flatnonzero(part >= np.partition(sample, len(sample) - kth)[len(sample) - kth])
        return able if len(able) >= min(k, held) else np.arange(held)
