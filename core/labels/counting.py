"""A large board is counted in a process of its own, so that pages are drawn meanwhile: question in, board out.

The two ends of the pipe are this very program, so what goes through it is Python's own form of the values.
"""

import os
import pickle
import subprocess
import sys

from core.errors import StoreError
from core.labels.board import Board, Leaderboard
from core.settings import ROOT
from core.store.database import Database
from core.store.history_filter import HistoryFilter

LONGEST_SECONDS = 600
AFTER_OTHERS = 5
"""How much nicer than the app: figures may come later than the pages that are waiting for them."""


def count_apart(database: Database, wanted: HistoryFilter, *, by: tuple[str, ...], blind_only: bool) -> Board:
    """Give what `Leaderboard.of` gives, counted by another process. Raises StoreError."""
    asked = database.url.render_as_string(hide_password=False), wanted, by, blind_only
    try:
        done = subprocess.run(
            [sys.executable, "-m", "core.labels.counting"],
            input=pickle.dumps(asked), capture_output=True, cwd=ROOT, timeout=LONGEST_SECONDS, check=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or b""
        raise StoreError(
            "The picks could not be counted.",
            next_step="Open the page again; if it stays so, look at Settings > About.",
            detail=said.decode(errors="replace")[-2_000:] or str(error),
        ) from error
    board: Board = pickle.loads(done.stdout)  # noqa: S301 - written by the same program
    return board


def main() -> None:
    """Answer the one question on standard input."""
    os.nice(AFTER_OTHERS)
    url, wanted, by, blind_only = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by the same program
    database = Database(url)
    try:
        sys.stdout.buffer.write(pickle.dumps(Leaderboard(database).of(wanted, by=by, blind_only=blind_only)))
    finally:
        database.close()


if __name__ == "__main__":
    main()
