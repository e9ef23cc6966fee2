"""Vectors kept by the hash of their text, so that no text is embedded twice with the same weights."""

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from core.router.embedding import Embeddings
from core.router.neighbours import Vectors

SPARE_BATCH = 512


class VectorCache(Protocol):
    """Keeps vectors by key; what it forgets is computed anew."""

    def get(self, keys: Sequence[str]) -> dict[str, Vectors]:
        """Give those that are known, each (2, d)."""

    def put(self, vectors: Mapping[str, Vectors]) -> None:
        """Keep more."""


def key_of(text: str, *, name: str, version: str) -> str:
    """Give the key of a text under one model and version: a SHA-256 in hexadecimal."""
    parts = (name, version, hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class MemoryVectors:
    """A cache that lasts as long as the process."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.known: dict[str, Vectors] = {}

    def get(self, keys: Sequence[str]) -> dict[str, Vectors]:
        """Give those that are known."""
        return {key: self.known[key] for key in keys if key in self.known}

    def put(self, vectors: Mapping[str, Vectors]) -> None:
        """Keep more."""
        self.known.update(vectors)


class FileVectors(MemoryVectors):
    """A cache in one `.npz` file, read once and replaced whole; a file that cannot be read counts as empty."""

    def __init__(self, path: Path) -> None:
        """Read what the file holds."""
        super().__init__()
        self._path = path
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                self.known = dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            self.known = {}

    def put(self, vectors: Mapping[str, Vectors]) -> None:
        """Keep more, in memory and in the file. Raises OSError when it cannot be written."""
        super().put(vectors)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._path.parent, suffix=".npz")
        with os.fdopen(handle, "wb") as file:
            np.savez(file, keys=np.array(list(self.known)), vectors=np.stack(list(self.known.values())))
        Path(name).replace(self._path)


class CachedEmbeddings:
    """Embeddings that ask the cache first and fill it."""

    def __init__(self, source: Embeddings, cache: VectorCache) -> None:
        """Put `cache` in front of `source`."""
        self._source = source
        self._cache = cache

    @property
    def name(self) -> str:
        """Name of the source."""
        return self._source.name

    @property
    def version(self) -> str:
        """Version of the source."""
        return self._source.version

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Give (n, 2, d) float32. What is missing is embedded in batches, each kept as it comes."""
        keys = [key_of(text, name=self.name, version=self.version) for text in texts]
        known = self._cache.get(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        names = sorted(missing, key=lambda key: len(missing[key]))
        for start in range(0, len(names), SPARE_BATCH):
            part = names[start : start + SPARE_BATCH]
            made = dict(zip(part, self._source.embed([missing[key] for key in part]), strict=True))
            self._cache.put(made)
            known.update(made)
        return np.stack([known[key] for key in keys]) if keys else np.zeros((0, 2, 0), dtype=np.float32)
