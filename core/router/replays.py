"""The service behind the Router page: replays of past runs by period and filter, and how far learning is.

What takes seconds (reading, embedding, fitting) is done by `python -m core learn` in a process of its own and kept in a
file; what a page asks for is computed from that file in well under a second, and remembered. Nothing heavy is imported
before the first question.
"""

import hashlib
import os
import subprocess
import sys
import threading
from collections import Counter, OrderedDict
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from core.domain.workspace import Workspace
from core.router.replay_view import Learning, Replay, TaskLine
from core.settings import ROOT, Settings
from core.store.database import Database
from core.store.history_filter import HistoryFilter

if TYPE_CHECKING:
    from core.router.lessons import Held

NEEDED = 40
"""Judged runs below which a replay would show noise."""

LOOK_SECONDS = 3.0
PAUSE_SECONDS = 60.0
REMEMBERED = 32


def blend_path(settings: Settings, workspace: Workspace) -> Path:
    """Give where the fitted blend of a workspace is kept, beside its lessons."""
    return held_path(settings, workspace).with_suffix(".fit")


def held_path(settings: Settings, workspace: Workspace) -> Path:
    """Give where a workspace's lessons are kept: beside the data, one file a database."""
    database = hashlib.sha256(settings.url_of(workspace).encode()).hexdigest()[:12]
    return settings.data_dir / "cache" / f"lessons-{workspace}-{database}.npz"


class Replays:
    """Replays of one workspace. Safe for many threads."""

    def __init__(self, database: Database, settings: Settings, workspace: Workspace, *, embedding: str = "") -> None:
        """Read nothing yet. `embedding` is handed to `core learn`; empty for the packaged model."""
        self._database = database
        self._command = ["learn", "--workspace", str(workspace), "--embedding", embedding]
        self._path = held_path(settings, workspace)
        self._log = settings.data_dir / f"learn-{workspace}.log"
        self._lock = threading.Lock()
        self._held: tuple[int, Held | None] | None = None
        self._known: OrderedDict[tuple[str, HistoryFilter], Replay | None] = OrderedDict()
        self._looked: tuple[float, int, str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = float("-inf")
        self._failed = False

    def learning(self) -> Learning:
        """Tell how far learning is, and start to learn where there is something new. Raises StoreError."""
        picks, version = self._look()
        held = self._read()
        if picks < NEEDED:
            return Learning(state="early", picks=picks, needed=NEEDED)
        fresh = held is not None and held.version == version
        working = not fresh and self._learn(first=held is None)
        if held is not None:
            return Learning(state="renewing" if working else "ready", picks=picks, needed=NEEDED)
        if working or not self._failed:
            return Learning(state="first", picks=picks, needed=NEEDED)
        return Learning(
            state="failed",
            picks=picks,
            needed=NEEDED,
            message="Past runs could not be learned from.",
            next_step=f"It is tried again by itself; what went wrong is written in {self._log}.",
        )

    def lessons(self, *, least: int = NEEDED) -> "Held | None":
        """Give what was learned last, and start to learn where there are at least so many judged runs and new ones.

        Raises StoreError.
        """
        picks, version = self._look()
        held = self._read()
        if picks >= least and (held is None or held.version != version):
            self._learn(first=held is None)
        return held

    def working(self) -> bool:
        """Tell whether learning is going on, started from here."""
        process = self._process
        return process is not None and process.poll() is None

    def forget(self) -> None:
        """Put away what was learned, so that it is learned anew."""
        self._path.unlink(missing_ok=True)

    def of(self, wanted: HistoryFilter) -> Replay | None:
        """Give the replay of the runs that a filter lets through; None while there is none, or nothing to compare.

        Computed once for each filter and version of the data. Raises StoreError.
        """
        held = self._read()
        if held is None:
            return None
        key = (held.version, wanted)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        from core.router.replay import replay  # noqa: PLC0415 - numpy, and only here
        from core.router.seen_runs import places_of  # noqa: PLC0415

        found = replay(held, places_of(self._database, held.run_ids, wanted))
        with self._lock:
            self._known[key] = found
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return found

    def kind_of(self, run_ids: Sequence[int], keep: float) -> tuple[str, TaskLine] | None:
        """Give the best single model and the line of the kind that most of these runs are of, at so many in 100.

        None while nothing is learned of them, or where kinds of prompts are not told apart. Raises StoreError.
        """
        held, found = self._read(), self.of(HistoryFilter())
        if held is None or found is None:
            return None
        wanted = set(run_ids)
        kinds = Counter(str(task) for run, task in zip(held.run_ids.tolist(), held.tasks, strict=True) if run in wanted)
        most = kinds.most_common(1)[0][0] if kinds else ""
        line = next((each for each in found.at(keep).tasks if each.task and each.task == most), None)
        return None if line is None else (found.baseline, line)

    def price(self, keep: float) -> float | None:
        """Give λ (quality per USD) that keeps so many in 100 over all past runs; None while that is not known."""
        found = self.of(HistoryFilter())
        return None if found is None else found.at(keep).price

    def wait(self, seconds: float) -> bool:
        """Wait until learning that was started has ended, for tests and the shell; tells whether it has."""
        process = self._process
        if process is None:
            return True
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _look(self) -> tuple[int, str]:
        from core.router.history import count_judged, data_version  # noqa: PLC0415

        with self._lock:
            if self._looked is not None and monotonic() - self._looked[0] < LOOK_SECONDS:
                return self._looked[1:]
        version = data_version(self._database)
        with self._lock:
            known = self._looked
        picks = known[1] if known is not None and known[2] == version else count_judged(self._database)
        with self._lock:
            self._looked = (monotonic(), picks, version)
        return picks, version

    def _read(self) -> "Held | None":
        try:
            stamp = self._path.stat().st_mtime_ns
        except OSError:
            return None
        with self._lock:
            if self._held is None or self._held[0] != stamp:
                from core.router.lessons import read_held  # noqa: PLC0415

                self._held = (stamp, read_held(self._path))
            return self._held[1]

    def _learn(self, *, first: bool) -> bool:
        """Start learning unless it is going on or has just ended; tells whether it is going on."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return True
            if self._process is not None:
                self._failed = self._process.returncode != 0
                self._process, self._ended = None, monotonic()
            if monotonic() - self._ended < PAUSE_SECONDS and not (first and not self._failed):
                return False
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                    [sys.executable, "-m", "core", *self._command],
                    cwd=ROOT,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env={**os.environ, "OMP_NUM_THREADS": "1"},
                )
            return True
