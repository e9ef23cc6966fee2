"""What is read of the database at most twice a minute, because a route is made many times in between."""

import threading
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final, Generic, TypeVar

from core.errors import StoreError

FRESH_SECONDS: Final = 30.0

T = TypeVar("T")


class Lately(Generic[T]):
    """Something by model's name. Safe for many threads; what was read last stands where it cannot be read now."""

    def __init__(self, read: Callable[[], Mapping[str, T]]) -> None:
        """Keep who reads it; nothing is read before the first question."""
        self._read = read
        self._known: Mapping[str, T] = {}
        self._read_at = float("-inf")
        self._lock = threading.Lock()

    def __call__(self) -> Mapping[str, T]:
        """Give it as it was read, half a minute ago at most where that was possible. Never raises StoreError."""
        with self._lock:
            if monotonic() - self._read_at > FRESH_SECONDS:
                try:
                    self._known = self._read()
                except StoreError:
                    return self._known  # a route is made all the same; asked again the next time
                self._read_at = monotonic()
            return self._known
