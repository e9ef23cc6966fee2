"""Embeddings kept in the workspace's database: each prompt is embedded once, for search and router alike."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.router.embedding import Embeddings
from core.store.vectors import Likeness, PromptVectors

if TYPE_CHECKING:
    from core.router.embedding import Vectors

EMBEDDED_AT_ONCE = 256


class StoredEmbeddings:
    """Embeddings that ask the database first and keep there what they had to compute."""

    def __init__(self, source: Embeddings, vectors: PromptVectors) -> None:
        """Put `vectors` in front of `source`."""
        self._source = source
        self._vectors = vectors

    @property
    def name(self) -> str:
        """Name of the source."""
        return self._source.name

    @property
    def version(self) -> str:
        """Version of the source."""
        return self._source.version

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """Give (n, 2, d) float32: head and tail, each of length one. Raises EmbeddingFailed, StoreError."""
        import numpy as np  # noqa: PLC0415 - with the first text, not with the pages

        if not texts:
            return np.zeros((0, 2, 0), dtype=np.float32)
        hashes = [hash_of(text) for text in texts]
        known = self._vectors.known(hashes, model=self.name, version=self.version)
        missing = {sha: text for sha, text in zip(hashes, texts, strict=True) if sha not in known}
        found = known | self._made(missing)
        return np.stack([found[sha] for sha in hashes])

    def catch_up(self, *, most: int = EMBEDDED_AT_ONCE, above: int = 0, below: int | None = None) -> int | None:
        """Embed prompts that have no vector yet, the newest first; give the key of the lowest run of these, if any.

        Only runs with keys `above` one and `below` one are looked at. To be called by whoever has time, with what it
        gave as the next `below`, until it gives None. Raises EmbeddingFailed, StoreError.
        """
        missing = self._vectors.missing(model=self.name, version=self.version, limit=most, above=above, below=below)
        self._made({each.sha256: each.prompt for each in missing})
        return missing[-1].run_id if missing else None

    def newest_run(self) -> int:
        """Give the highest key of a run, 0 where there is none. Raises StoreError."""
        return self._vectors.newest_run()

    def behind(self) -> int:
        """Give how many of the newest prompts are not embedded yet. Raises EmbeddingFailed, StoreError."""
        return self._vectors.behind(model=self.name, version=self.version)

    def like(self, text: str, *, least: float = 0.25) -> Likeness:
        """Give what History compares with to find prompts that mean the same; `text` itself is not kept.

        Raises EmbeddingFailed.
        """
        head, tail = self._source.embed([text])[0].astype("<f4")
        return Likeness(model=self.name, version=self.version, head=head.tobytes(), tail=tail.tobytes(), least=least)

    def _made(self, texts: dict[str, str]) -> "dict[str, Vectors]":
        made: dict[str, Vectors] = {}
        hashes = list(texts)
        for start in range(0, len(hashes), EMBEDDED_AT_ONCE):
            part = hashes[start : start + EMBEDDED_AT_ONCE]
            new = dict(zip(part, self._source.embed([texts[sha] for sha in part]), strict=True))
            self._vectors.keep(new, model=self.name, version=self.version)
            made |= new
        return made


def hash_of(text: str) -> str:
    """Give the SHA-256 under which runs keep their prompt."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
