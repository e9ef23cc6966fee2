"""Boards of very many picks: counted beside the page that asks, kept for a while, shown old until they are new."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock, Thread
from time import monotonic, thread_time
from typing import Generic, TypeVar

KEPT_SECONDS = 120.0
PATIENCE = 30.0
"""A board is kept at least this many times as long as it took to count, so that counting never fills a processor."""

MOST_KEPT = 32

Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept(Generic[Kind]):
    found: Kind
    until: float


class KeptBoards(Generic[Kind]):
    """What takes seconds to count, by what was asked for. Nobody waits for it: whoever asks again later gets it."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._kept: dict[Hashable, _Kept[Kind]] = {}
        self._failed: dict[Hashable, Exception] = {}
        self._under_way: set[Hashable] = set()
        self._lock, self._one_at_a_time = Lock(), Lock()

    def fresh(self, key: Hashable) -> Kind | None:
        """Give what was counted a short while ago, None where it has to be counted anew."""
        with self._lock:
            kept = self._kept.get(key)
            return kept.found if kept is not None and monotonic() < kept.until else None

    def get(self, key: Hashable, count: Callable[[], Kind]) -> tuple[Kind | None, bool]:
        """Give what was last counted, if anything, and whether it is new enough; else begin to count in a thread.

        Raises what the last count raised, once; the next call begins anew.
        """
        with self._lock:
            if (failure := self._failed.pop(key, None)) is not None:
                raise failure
            kept = self._kept.get(key)
            if kept is not None and monotonic() < kept.until:
                return kept.found, True
            if key not in self._under_way:
                self._under_way.add(key)
                # A daemon, so that nobody who stops the app waits for figures that nobody will see.
                Thread(target=self._count, args=(key, count), name="board", daemon=True).start()
            return (None if kept is None else kept.found), False

    def _count(self, key: Hashable, count: Callable[[], Kind]) -> None:
        try:
            with self._one_at_a_time:
                began = thread_time()
                found = count()
                took = thread_time() - began
        except Exception as error:  # handed on to whoever asks next
            with self._lock:
                self._failed[key] = error
                self._under_way.discard(key)
            return
        with self._lock:
            self._kept.pop(key, None)
            while len(self._kept) >= MOST_KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = _Kept(found=found, until=monotonic() + max(KEPT_SECONDS, PATIENCE * took))
            self._under_way.discard(key)
