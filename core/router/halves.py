"""Vectors joined of a head and a tail, kept without saying the same twice: most prompts are short, and both are equal.

The product of q with a row is q_head·head + q_tail·tail. Every row keeps its head; only a row whose tail differs keeps
tail − head as well, so that a search reads half the numbers and is still exact.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Places = NDArray[np.intp]

FIRST_CAPACITY = 64
NONE = -1

TURNED_UP_TO = 32_768
"""So many rows at most have their heads a second time, column by column: a single query reads these far faster."""


class Halves:
    """Rows of an even number of dimensions by place; the caller knows which places are held."""

    def __init__(self, dimensions: int) -> None:
        """Hold nothing yet."""
        self.dimensions = dimensions
        self._cut = dimensions // 2 if dimensions % 2 == 0 else dimensions
        self._heads = np.empty((FIRST_CAPACITY, self._cut), dtype=np.float32)
        self._more = np.empty((FIRST_CAPACITY, dimensions - self._cut), dtype=np.float32)
        self._owner = np.empty(FIRST_CAPACITY, dtype=np.intp)
        self._slots = np.full(FIRST_CAPACITY, NONE, dtype=np.int32)
        self._count = 0
        self._turned: Vectors | None = None

    def nbytes(self, held: int) -> int:
        """Give the bytes of so many rows."""
        turned = 0 if self._turned is None else self._turned.nbytes
        return int(self._heads[:held].nbytes + self._more[: self._count].nbytes + turned)

    def put(self, places: Places, rows: Vectors) -> None:
        """Write rows at their places."""
        self._turned = None
        size = int(places.max(initial=-1)) + 1
        self._heads, self._slots = grown(self._heads, size), grown(self._slots, size, fill=NONE)
        self._heads[places] = rows[:, : self._cut]
        if self._cut == self.dimensions:
            return
        more = rows[:, self._cut :] - rows[:, : self._cut]
        for number in np.flatnonzero((self._slots[places] != NONE) | more.any(axis=1)):
            self._note(int(places[number]), more[number])

    def move(self, place: int, to: int) -> None:
        """Let the row of a place stand at another, in place of what stood there."""
        self._turned = None
        if place != to:
            self._heads[to] = self._heads[place]
            slot = int(self._slots[place])
            self._note(to, None if slot == NONE else self._more[slot].copy())
        self._note(place, None)

    def rows(self, places: Places) -> Vectors:
        """Give whole rows, (n, dimensions)."""
        heads = self._heads[places]
        if self._cut == self.dimensions:
            return heads
        tails, slots = heads.copy(), self._slots[places]
        tails[slots != NONE] += self._more[slots[slots != NONE]]
        return np.hstack([heads, tails])

    def products(self, queries: Vectors, *, held: int) -> Vectors:
        """Give the products of queries (q, dimensions) with the first `held` rows, (q, held)."""
        tails = queries[:, self._cut :]
        both = queries[:, : self._cut] + tails if tails.shape[1] else queries
        # one query alone goes as vector times matrix: a product of matrices would first copy all rows
        found = self._alone(both[0], held)[None] if len(both) == 1 else both @ self._heads[:held].T
        count = self._count
        if count:
            more = self._more[:count]
            found[:, self._owner[:count]] += (more @ tails[0])[None] if len(tails) == 1 else tails @ more.T
        return np.asarray(found, dtype=np.float32)

    def _alone(self, query: Vectors, held: int) -> Vectors:
        if held > TURNED_UP_TO:
            return np.asarray(self._heads[:held] @ query)
        if self._turned is None or self._turned.shape[1] != held:
            self._turned = np.ascontiguousarray(self._heads[:held].T)
        return np.asarray(query @ self._turned)

    def _note(self, place: int, more: Vectors | None) -> None:
        slot = int(self._slots[place])
        if more is not None and more.any():
            if slot == NONE:
                slot, self._count = self._count, self._count + 1
                self._more, self._owner = grown(self._more, self._count), grown(self._owner, self._count)
                self._slots[place], self._owner[slot] = slot, place
            self._more[slot] = more
        elif slot != NONE:
            self._count -= 1
            self._more[slot], self._owner[slot] = self._more[self._count], self._owner[self._count]
            self._slots[self._owner[slot]] = slot
            self._slots[place] = NONE


def grown(values: NDArray[Any], size: int, *, fill: int = 0) -> NDArray[Any]:
    """Give room for so many rows, what is there kept; at least twice as many where there were too few."""
    if size <= len(values):
        return values
    wider = np.full((max(size, 2 * len(values)), *values.shape[1:]), fill, dtype=values.dtype)
    wider[: len(values)] = values
    return wider
