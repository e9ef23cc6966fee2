"""`python -m core.inference`: read the meaning of texts, `write` with a small model, or `fetch` one."""

import argparse
import os
import sys
from pathlib import Path
from typing import BinaryIO

from core.inference.frames import write_frame
from core.inference.meaning import PACKAGED, SentenceModel, serve


def main() -> None:
    """Do what the command line says, on the pipes that this process was started with."""
    parser = argparse.ArgumentParser(prog="python -m core.inference")
    parser.add_argument("--model", default=PACKAGED, help="The embedding model: the packaged one, or a folder.")
    parser.add_argument("--write", action="store_true", help="Write answers instead, with the models asked for.")
    parser.add_argument("--fetch", metavar="HUB_ID", help="Fetch a model from the hub instead.")
    parser.add_argument("--into", type=Path, help="The folder that a model is fetched into; without it only its size.")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    chosen = parser.parse_args()
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not break the frames
    if chosen.fetch:
        from core.inference.fetching import fetch  # noqa: PLC0415 - each process loads only what it is for

        sys.exit(fetch(chosen.fetch, chosen.into, replies))
    if chosen.write:
        from core.inference.writing import Desk  # noqa: PLC0415

        Desk(replies, threads=chosen.threads).serve(sys.stdin.buffer)
    else:
        _read_meaning(chosen.model, replies, threads=chosen.threads)


def _read_meaning(name: str, replies: BinaryIO, *, threads: int) -> None:
    try:
        model = SentenceModel(name, threads=threads)
    except Exception as error:
        write_frame(replies, {"error": type(error).__name__, "detail": str(error)})
        sys.exit(1)
    write_frame(replies, {"model": name, "version": model.version, "dimensions": model.dimensions})
    serve(sys.stdin.buffer, replies, model)


if __name__ == "__main__":
    main()
