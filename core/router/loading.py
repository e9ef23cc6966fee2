"""Loads what `core learn` has fitted; imported with the services, so that it carries nothing heavy itself."""

from pathlib import Path
from typing import TYPE_CHECKING

from core.router.replays import Replays

if TYPE_CHECKING:
    from core.router.learned import Learned

FEWEST = 5
"""Judged runs from which something can be said at all."""


class LessonsLoader:
    """Gives what is learned by now. Slow the first time: it brings scikit-learn."""

    def __init__(self, replays: Replays, path: Path, *, embedding: str) -> None:
        """`replays` has the lessons and learns anew where there is something new, `path` holds the fitted blend."""
        self._replays = replays
        self._path = path
        self._embedding = embedding

    def load(self, known: "Learned | None") -> "Learned | None":
        """Give what is learned; `known` itself where that is still the newest. Raises StoreError."""
        held = self._replays.lessons(least=FEWEST)
        if held is None or (known is not None and known.held.version == held.version):
            return known
        from core.router.learned import Learned, read_blend  # noqa: PLC0415 - numpy and scikit-learn, in the background

        found = read_blend(self._path, embedding=self._embedding)
        if found is None:
            self._replays.forget()  # another version of the app or a library wrote it: learn anew
            self._replays.lessons(least=FEWEST)
            return known
        version, blend = found
        return Learned.of(blend, held) if version == held.version else known

    def price(self, keep: float) -> float | None:
        """Give λ (quality per USD) that keeps a share of the best model's quality, None while nobody can tell."""
        return self._replays.price(100 * keep)
