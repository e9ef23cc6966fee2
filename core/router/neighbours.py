"""The nearest past prompts by meaning: one exact index in memory, which grows and shrinks as runs come and go."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

FIRST_CAPACITY = 64
BLOCK = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The nearest first: their keys, and cosine similarities from -1 to 1 of head and tail taken together."""

    keys: tuple[Hashable, ...]
    similarity: NDArray[np.float32]


def joined(vectors: Vectors) -> Vectors:
    """Join head and tail, (n, 2, d), to one vector of length one, (n, 2·d): its dot product is the mean of the two."""
    return np.asarray(vectors.reshape(len(vectors), -1) / np.sqrt(vectors.shape[1] or 1), dtype=np.float32)


class NeighbourIndex:
    """Exact nearest neighbours by one matrix-vector product. Not safe for writers in several threads at once."""

    def __init__(self, dimensions: int) -> None:
        """Hold nothing yet."""
        self._rows = np.empty((FIRST_CAPACITY, dimensions), dtype=np.float32)
        self._keys: list[Hashable] = []
        self._place: dict[Hashable, int] = {}

    def __len__(self) -> int:
        """Give how many are held."""
        return len(self._keys)

    @property
    def rows(self) -> Vectors:
        """The vectors held, (n, dimensions): a view, not to be written to."""
        return self._rows[: len(self)]

    def __contains__(self, key: Hashable) -> bool:
        """Tell whether a key is held."""
        return key in self._place

    def add(self, keys: Sequence[Hashable], vectors: Vectors) -> None:
        """Add rows of length one, (n, dimensions); a key that is held already gets the new vector."""
        if vectors.shape != (len(keys), self._rows.shape[1]):
            raise ValueError(f"vectors are {vectors.shape}, not {(len(keys), self._rows.shape[1])}")
        self._make_room(len(self) + len(keys))
        for key, vector in zip(keys, vectors, strict=True):
            place = self._place.setdefault(key, len(self._keys))
            if place == len(self._keys):
                self._keys.append(key)
            self._rows[place] = vector

    def remove(self, keys: Sequence[Hashable]) -> None:
        """Forget rows: the last one takes the place that falls free. Raises KeyError for a key that is not held."""
        for key in keys:
            place, last = self._place.pop(key), self._keys.pop()
            if last != key:
                self._keys[place] = last
                self._place[last] = place
                self._rows[place] = self._rows[len(self._keys)]

    def nearest(self, vector: Vectors, *, k: int) -> Neighbours:
        """Give the `k` nearest to one vector of length one; fewer where fewer are held."""
        similarity = self._rows[: len(self)] @ np.asarray(vector, dtype=np.float32)
        places = top(similarity[None], k=k)[0]
        return Neighbours(keys=tuple(self._keys[place] for place in places), similarity=similarity[places])

    def nearest_many(self, vectors: Vectors, *, k: int) -> tuple[NDArray[np.intp], Vectors]:
        """Give places and similarities of the nearest of many, each (n, min(k, held)); a place is the row's number.

        Rows are numbered in the order they were added as long as none was removed.
        """
        return nearest_rows(vectors, self.rows, k=k)

    def _make_room(self, size: int) -> None:
        if size > len(self._rows):
            rows = np.empty((max(size, 2 * len(self._rows)), self._rows.shape[1]), dtype=np.float32)
            rows[: len(self)] = self._rows[: len(self)]
            self._rows = rows


def top(similarity: Vectors, *, k: int) -> NDArray[np.intp]:
    """Give for each row the places of its `k` largest values, (n, min(k, m)), largest first and ties in order."""
    k = min(k, similarity.shape[1])
    if k < similarity.shape[1]:
        places = np.sort(np.argpartition(-similarity, k - 1, axis=1)[:, :k], axis=1)
    else:
        places = np.broadcast_to(np.arange(k), (len(similarity), k))
    order = np.argsort(-np.take_along_axis(similarity, places, axis=1), axis=1, kind="stable")
    return np.take_along_axis(places, order, axis=1)


def nearest_rows(
    queries: Vectors, rows: Vectors, *, k: int, own: NDArray[np.intp] | None = None
) -> tuple[NDArray[np.intp], Vectors]:
    """Give places and similarities of the `k` nearest rows of many queries, each (queries, k), nearest first.

    `own` names for each query the row that is the query itself, which is passed over.
    """
    places, values = [], []
    for start in range(0, len(queries), BLOCK):
        block = queries[start : start + BLOCK]
        # one query alone goes as matrix times vector: a product of matrices would first copy all rows
        similarity = (rows @ block[0])[None] if len(block) == 1 else block @ rows.T
        if own is not None:
            part = own[start : start + BLOCK]
            similarity[np.arange(len(part)), part] = -np.inf
        best = top(similarity, k=min(k, len(rows) - (own is not None)))
        places.append(best)
        values.append(np.take_along_axis(similarity, best, axis=1))
    if not places:
        return np.zeros((0, 0), dtype=np.intp), np.zeros((0, 0), dtype=np.float32)
    return np.concatenate(places), np.concatenate(values)
