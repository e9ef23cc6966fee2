"""The meaning of texts as vectors: the port, and the client of the child process that holds torch."""

import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

from core.errors import EmbeddingFailed
from core.inference import PACKAGED, PACKAGED_SHA256, BrokenFrame, read_frame, write_frame
from core.settings import ROOT

START_SECONDS = 120.0
REPLY_SECONDS = 120.0
BATCH = 128

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
_Frame = tuple[dict[str, Any], bytes]


class Embeddings(Protocol):
    """Turns texts into vectors. `name` and `version` together say which vectors may be compared."""

    @property
    def name(self) -> str:
        """Name of the model."""

    @property
    def version(self) -> str:
        """Which weights: a hash, the same for the same vectors."""

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """Give (n, 2, d) float32: head and tail, each of length one. Raises EmbeddingFailed."""


class Embedder:
    """Embeddings from `python -m core.inference`: started at the first call, started anew once where it dies."""

    def __init__(
        self,
        model: str = PACKAGED,
        *,
        start_seconds: float = START_SECONDS,
        reply_seconds: float = REPLY_SECONDS,
        program: Sequence[str] = (),
    ) -> None:
        """Start nothing yet. `program` replaces the child's command line, for tests."""
        self._program = tuple(program) or (sys.executable, "-m", "core.inference", "--model", model)
        self._model = model
        self._start_seconds = start_seconds
        self._reply_seconds = reply_seconds
        self._lock = threading.Lock()  # one conversation at a time on the pipes
        self._child: _Child | None = None
        # The packaged weights have one version only, and the child refuses any other.
        self._version = PACKAGED_SHA256 if model == PACKAGED and not program else ""
        self._used = monotonic()

    @property
    def name(self) -> str:
        """Name of the model, as asked for."""
        return self._model

    @property
    def version(self) -> str:
        """SHA-256 of the weights, as the child read them; starts the child when it is not yet known."""
        if not self._version:
            self.warm()
        return self._version

    def warm(self) -> None:
        """Start the child and wait until it is ready. Raises EmbeddingFailed."""
        with self._lock:
            self._running()

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """Give (n, 2, d) float32, in batches of like length. Raises EmbeddingFailed when a second start failed too."""
        import numpy as np  # noqa: PLC0415 - with the first text, not with the pages

        if not texts:
            return np.zeros((0, 2, 0), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        batches = [[texts[row] for row in order[start : start + BATCH]] for start in range(0, len(order), BATCH)]
        with self._lock:
            parts = [self._ask(batch) for batch in batches]
        sorted_vectors = np.concatenate(parts)
        vectors = np.empty_like(sorted_vectors)
        vectors[order] = sorted_vectors
        return vectors

    def rest(self, *, after: float) -> None:
        """End the child where nobody has used it for so many seconds; the next text starts it again."""
        if self._child is not None and monotonic() - self._used > after and self._lock.acquire(blocking=False):
            try:
                self._drop()
            finally:
                self._lock.release()

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._drop()

    def _ask(self, texts: list[str]) -> "Vectors":
        for last_chance in (False, True):
            try:
                return self._running().embed(texts, seconds=self._reply_seconds)
            except _ChildLost as lost:
                self._drop()
                if last_chance:
                    raise EmbeddingFailed("The meaning of the text could not be read.", detail=str(lost)) from lost
        raise AssertionError  # the loop returns or raises

    def _running(self) -> "_Child":
        self._used = monotonic()
        if self._child is None:
            child = _Child(self._program)
            try:
                self._version = child.greet(seconds=self._start_seconds)
            except _ChildLost as lost:
                child.end()
                raise EmbeddingFailed("The embedding model could not be loaded.", detail=str(lost)) from lost
            self._child = child
        return self._child

    def _drop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()


class _ChildLost(Exception):
    """The child died, hung or broke the protocol."""


class _Child:
    """One process and the thread that reads what it says."""

    def __init__(self, program: Sequence[str]) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in end()
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, cwd=ROOT
        )
        self._frames: queue.Queue[_Frame | None] = queue.Queue()
        self._numbers = count(1)
        self._reader = threading.Thread(target=self._read, name="inference-reader", daemon=True)
        self._reader.start()

    def greet(self, *, seconds: float) -> str:
        header, _ = self._next(monotonic() + seconds)
        if "version" not in header:
            raise _ChildLost(f"{header.get('error', 'no greeting')}: {header.get('detail', '')}")
        return str(header["version"])

    def embed(self, texts: list[str], *, seconds: float) -> "Vectors":
        number = next(self._numbers)
        deadline = monotonic() + seconds
        try:
            write_frame(cast(BinaryIO, self._process.stdin), {"id": number, "op": "embed", "texts": texts})
        except OSError as error:
            raise _ChildLost(self._last_words() or str(error)) from error
        while True:
            header, payload = self._next(deadline)
            if header.get("id") == number:
                break
        if "error" in header:
            raise EmbeddingFailed(
                "The meaning of the text could not be read.", detail=f"{header['error']}: {header.get('detail', '')}"
            )
        import numpy as np  # noqa: PLC0415

        return np.frombuffer(payload, dtype=np.float32).reshape(header["shape"])

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join(timeout=5)
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                cast(BinaryIO, pipe).close()
            except OSError:
                continue  # what was still unwritten has no reader any more
        self._errors.close()

    def _next(self, deadline: float) -> _Frame:
        try:
            frame = self._frames.get(timeout=max(0.0, deadline - monotonic()))
        except queue.Empty:
            raise _ChildLost("no answer in time") from None
        if frame is None:
            raise _ChildLost(self._last_words() or "the process ended")
        return frame

    def _read(self) -> None:
        try:
            while (frame := read_frame(cast(BinaryIO, self._process.stdout))) is not None:
                self._frames.put(frame)
        except (BrokenFrame, OSError, ValueError):
            pass  # told below: nothing more can be understood
        self._frames.put(None)

    def _last_words(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""
