"""Embeddings without a model: words hashed to signed places. For tests, and where the embedding model is missing."""

import hashlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.router.embedding import Vectors

_WORD = re.compile(r"\w+")


class HashingEmbedder:
    """Texts that share words are near each other; head and tail are the same. The same text gives the same vector."""

    def __init__(self, dimensions: int = 64) -> None:
        """Choose how many places words are hashed to."""
        self._dimensions = dimensions

    @property
    def name(self) -> str:
        """Name of the method."""
        return "hashing"

    @property
    def version(self) -> str:
        """What the vectors depend on."""
        return f"1-{self._dimensions}"

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """Give (n, 2, dimensions) float32 of length one; a text without words points along the first axis."""
        import numpy as np  # noqa: PLC0415 - with the first text, not with the pages

        return (
            np.stack([self._row(text) for text in texts]) if texts else np.zeros((0, 2, self._dimensions), np.float32)
        )

    def _row(self, text: str) -> "Vectors":
        import numpy as np  # noqa: PLC0415

        vector = np.zeros(self._dimensions, dtype=np.float32)
        for word in _WORD.findall(text.casefold()):
            digest = hashlib.blake2b(word.encode(errors="surrogatepass"), digest_size=8).digest()
            vector[int.from_bytes(digest[:4]) % self._dimensions] += 1 if digest[4] & 1 else -1
        length = float(np.linalg.norm(vector))
        if length == 0:
            vector[0], length = 1.0, 1.0
        return np.stack([vector / length] * 2)
