"""Keeps one engine process alive for a workspace, from the web process.

The engine is started in a session of its own, so that Ctrl-C in the terminal does not cut streams; it ends by itself
when its parent is gone and nothing is left to do.
"""

import os
import subprocess
import sys
import threading
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Literal

from core.domain.workspace import Workspace
from core.errors import ClaudePrompterError
from core.runs.tenure import JOB, owner_is_gone
from core.settings import ROOT
from core.store.database import Database
from core.store.leases import Leases

LOOK_SECONDS = 1.0
LONGEST_PAUSE = 30.0

EngineState = Literal["starting", "ready", "down"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStatus:
    """Whether runs are being carried out; the texts are for people, empty where all is well."""

    state: EngineState
    message: str = ""
    next_step: str = ""


class EngineKeeper:
    """Starts the engine of one workspace where none runs, and again where it dies."""

    def __init__(self, database: Database, workspace: Workspace, *, log_dir: Path, log_to_output: bool = False) -> None:
        """Start nothing yet. An engine's log goes to a file, or to this process's own output for a log collector."""
        self._workspace = workspace
        self._leases = Leases(database)
        self._log = log_dir / f"engine-{workspace}.log"
        self._log_to_output = log_to_output
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()  # one thread at a time starts a process
        self._watcher: threading.Thread | None = None
        self._closed = threading.Event()
        self._began = monotonic()

    def ensure(self) -> None:
        """See to it that an engine runs, now and from now on."""
        with self._lock:
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="engine-keeper", daemon=True)
                self._watcher.start()

    def status(self) -> EngineStatus:
        """Tell how the engine is getting on."""
        try:
            lease = self._leases.read(JOB)
        except ClaudePrompterError as error:
            return EngineStatus(state="down", message=error.message, next_step=error.next_step)
        if lease is not None and lease.live(datetime.now(UTC)) and not owner_is_gone(lease):
            if lease.status == "ready":
                return EngineStatus(state="ready")
            return EngineStatus(state="starting", message="The engine is starting; runs wait until it is up.")
        if self._watcher is not None and monotonic() - self._began < LONGEST_PAUSE:
            return EngineStatus(state="starting", message="The engine is starting; runs wait until it is up.")
        return EngineStatus(
            state="down",
            message="The engine that asks the models is not running.",
            next_step=f"It is started again by itself; if it stays down, see {self._log_words}. Nothing is lost.",
        )

    @property
    def _log_words(self) -> str:
        return "the app's own output" if self._log_to_output else str(self._log)

    def stop(self) -> None:
        """End the engine this keeper started, and start no more: for tests and for a clean shutdown."""
        self._closed.set()
        if self._watcher is not None:
            self._watcher.join(timeout=5)
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=15)

    def _watch(self) -> None:
        pause = LOOK_SECONDS
        while not self._closed.is_set():
            try:
                needed = self._needed()
            except ClaudePrompterError:
                needed = False
            if needed:
                self._began = monotonic()
                self._start()
                pause = min(pause * 2, LONGEST_PAUSE)
            elif self._process is not None and monotonic() - self._began > LONGEST_PAUSE:
                pause = LOOK_SECONDS
            self._closed.wait(pause if needed else LOOK_SECONDS)

    def _needed(self) -> bool:
        if self._process is not None and self._process.poll() is None:
            return False
        lease = self._leases.read(JOB)
        return lease is None or not lease.live(datetime.now(UTC)) or owner_is_gone(lease)

    def _start(self) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with nullcontext() if self._log_to_output else self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [
                    sys.executable,
                    "-m",
                    "core",
                    "engine",
                    "--workspace",
                    str(self._workspace),
                    "--parent",
                    str(os.getpid()),
                ],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
