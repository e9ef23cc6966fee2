"""The nearest past prompts by meaning: one index in memory, which grows and shrinks as runs come and go."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.router.halves import Halves
from core.router.sketch import AT_ONCE, LEARNED_ROWS, Sketch

Vectors = NDArray[np.float32]
Places = NDArray[np.intp]

BLOCK = 512

EXACT_UP_TO = 250_000
"""More rows are searched by the sketch alone, and only the best of it compared in full: nearly always the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The nearest first: their keys, and cosine similarities from -1 to 1 of head and tail taken together."""

    keys: tuple[Hashable, ...]
    similarity: NDArray[np.float32]


def joined(vectors: Vectors) -> Vectors:
    """Join head and tail, (n, 2, d), to one vector of length one, (n, 2·d): its dot product is the mean of the two."""
    return np.asarray(vectors.reshape(len(vectors), -1) / np.sqrt(vectors.shape[1] or 1), dtype=np.float32)


class NeighbourIndex:
    """Nearest neighbours by cosine: exact up to `exact_up_to` rows, from there on nearly so.

    Not safe for writers in several threads at once.
    """

    def __init__(self, dimensions: int, *, exact_up_to: int = EXACT_UP_TO) -> None:
        """Hold nothing yet."""
        self._halves = Halves(dimensions)
        self._keys: list[Hashable] = []
        self._place: dict[Hashable, int] = {}
        self._exact_up_to = exact_up_to
        self._sketch: Sketch | None = None

    def __len__(self) -> int:
        """Give how many are held."""
        return len(self._keys)

    @property
    def nbytes(self) -> int:
        """Bytes of the vectors and what helps to search them."""
        return self._halves.nbytes(len(self)) + (0 if self._sketch is None else self._sketch.nbytes)

    def vectors(self) -> Vectors:
        """Give a copy of all that is held, whole, (n, dimensions), by place."""
        return self._halves.rows(np.arange(len(self)))

    def __contains__(self, key: Hashable) -> bool:
        """Tell whether a key is held."""
        return key in self._place

    def add(self, keys: Sequence[Hashable], vectors: Vectors) -> None:
        """Add rows of length one, (n, dimensions); a key that is held already gets the new vector."""
        if vectors.shape != (len(keys), self._halves.dimensions):
            raise ValueError(f"vectors are {vectors.shape}, not {(len(keys), self._halves.dimensions)}")
        places = np.empty(len(keys), dtype=np.intp)
        for number, key in enumerate(keys):
            places[number] = self._place.setdefault(key, len(self._keys))
            if places[number] == len(self._keys):
                self._keys.append(key)
        self._halves.put(places, vectors)
        if self._sketch is not None:
            self._sketch.put(places, vectors)

    def remove(self, keys: Sequence[Hashable]) -> None:
        """Forget rows: the last one takes the place that falls free. Raises KeyError for a key that is not held."""
        for key in keys:
            place, last = self._place.pop(key), self._keys.pop()
            self._halves.move(len(self._keys), place)
            if last != key:
                self._keys[place] = last
                self._place[last] = place
                if self._sketch is not None:
                    self._sketch.put(np.array([place]), self._halves.rows(np.array([place])))

    def nearest(self, vector: Vectors, *, k: int) -> Neighbours:
        """Give the `k` nearest to one vector of length one; fewer where fewer are held."""
        places, similarity = self.nearest_many(np.asarray(vector, dtype=np.float32)[None], k=k)
        return Neighbours(keys=tuple(self._keys[place] for place in places[0]), similarity=similarity[0])

    def nearest_many(self, vectors: Vectors, *, k: int, own: Places | None = None) -> tuple[Places, Vectors]:
        """Give places and similarities of the nearest of many, each (n, min(k, held)), nearest first.

        A place is the row's number, in the order they were added as long as none was removed. `own` names for each
        query the place that is the query itself, which is passed over.
        """
        held = len(self)
        if held > self._exact_up_to and own is None:
            found = [self._likely(vector, k=k) for vector in vectors]
            return np.stack([places for places, _ in found]), np.stack([values for _, values in found])
        places, values = [], []
        for start in range(0, len(vectors), BLOCK):
            similarity = self._halves.products(vectors[start : start + BLOCK], held=held)
            if own is not None:
                part = own[start : start + BLOCK]
                similarity[np.arange(len(part)), part] = -np.inf
            best = top(similarity, k=min(k, held - (own is not None)))
            places.append(best)
            values.append(np.take_along_axis(similarity, best, axis=1))
        if not places:
            return np.zeros((0, 0), dtype=np.intp), np.zeros((0, 0), dtype=np.float32)
        return np.concatenate(places), np.concatenate(values)

    def _likely(self, vector: Vectors, *, k: int) -> tuple[Places, Vectors]:
        able = self._sketched().likely(vector, held=len(self), k=k)
        similarity = self._halves.rows(able) @ vector
        best = top(similarity[None], k=k)[0]
        return able[best], similarity[best]

    def _sketched(self) -> Sketch:
        if self._sketch is None:
            every = np.arange(len(self))
            self._sketch = Sketch(self._halves.rows(every[:: max(1, len(every) // LEARNED_ROWS)]))
            for start in range(0, len(every), AT_ONCE):
                part = every[start : start + AT_ONCE]
                self._sketch.put(part, self._halves.rows(part))
        return self._sketch


def top(similarity: Vectors, *, k: int) -> Places:
    """Give for each row the places of its `k` largest values, (n, min(k, m)), largest first and ties in order."""
    k = min(k, similarity.shape[1])
    if k < similarity.shape[1]:
        places = np.sort(np.argpartition(-similarity, k - 1, axis=1)[:, :k], axis=1)
    else:
        places = np.broadcast_to(np.arange(k), (len(similarity), k))
    order = np.argsort(-np.take_along_axis(similarity, places, axis=1), axis=1, kind="stable")
    return np.take_along_axis(places, order, axis=1)
