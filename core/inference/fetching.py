"""Fetches a model from the hub, or tells how large it is. HF_ENDPOINT says where the hub is.

Only safetensors weights, tokenizer and configuration are taken, never code or pickles. Frames: `{"size", "revision"}`
first, then `{"received"}` as the bytes come, then `{"folder", "context_tokens"}`, or `{"error", "detail"}`. A fetch
that was broken off goes on where it stopped.
"""

import json
import os
import shutil
from pathlib import Path
from threading import Event, Thread
from typing import Any, BinaryIO

from core.inference.frames import write_frame

WANTED = (
    "*.safetensors",
    "*.safetensors.index.json",
    "*.json",
    "*.jinja",
    "merges.txt",
    "vocab.txt",
    "tokenizer.model",
)
UNWANTED = ("*/*", ".*")
EVERY_SECONDS = 0.25
SPARE_BYTES = 512 * 1024 * 1024
"""Room that must be left on the disk."""


def fetch(hub_id: str, into: Path | None, replies: BinaryIO) -> int:
    """Fetch a model into a folder, or only tell its size where none is given; give the exit status."""
    os.environ.update(HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_XET="1", HF_HUB_DISABLE_PROGRESS_BARS="1")
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - half a second that other children need not pay

    choice: dict[str, Any] = {"allow_patterns": list(WANTED), "ignore_patterns": list(UNWANTED), "token": False}
    try:
        files = snapshot_download(hub_id, dry_run=True, **choice)
        _check_weights(hub_id, [file.filename for file in files])
        size = sum(int(file.file_size or 0) for file in files)
        revision = files[0].commit_hash
        write_frame(replies, {"size": size, "revision": revision})
        if into is None:
            return 0
        _check_room(into, size)
        done = Event()
        teller = Thread(target=_tell, args=(into, size, replies, done), daemon=True)
        teller.start()
        try:
            snapshot_download(hub_id, revision=revision, local_dir=into, **choice)
        finally:
            done.set()
            teller.join()
        write_frame(replies, {"folder": str(into), "context_tokens": context_of(into)})
    except Exception as error:
        cause = error.__cause__ or error  # the hub's library tells of a failed look in a general way
        write_frame(replies, {"error": type(cause).__name__, "detail": str(cause)})
        return 1
    return 0


def context_of(folder: Path) -> int | None:
    """Give how many tokens a model of a folder reads at most. Raises OSError, ValueError where it holds no model."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if not any(folder.glob("*.safetensors")):
        raise ValueError(f"{folder} holds no safetensors weights.")
    found = config.get("max_position_embeddings")
    return int(found) if isinstance(found, int) else None


def _check_weights(hub_id: str, names: list[str]) -> None:
    if not any(name.endswith(".safetensors") for name in names):
        raise FileNotFoundError(f"{hub_id} has no safetensors weights.")


def _check_room(into: Path, size: int) -> None:
    into.mkdir(parents=True, exist_ok=True)
    missing = size - _bytes_in(into) + SPARE_BYTES - shutil.disk_usage(into).free
    if missing > 0:
        raise OSError(f"{missing / 1e9:.1f} GB more room is needed in {into}.")


def _tell(into: Path, size: int, replies: BinaryIO, done: Event) -> None:
    last = -1
    while not done.wait(EVERY_SECONDS):
        received = min(_bytes_in(into), size)
        if received != last:
            write_frame(replies, {"received": received})
            last = received


def _bytes_in(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        try:
            total += file.stat().st_size if file.is_file() else 0
        except OSError:  # it was moved to its place in this moment
            continue
    return total
