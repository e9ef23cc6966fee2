"""The worker that reads prompts and answers beside pages and engine, so that nobody waits for it.

It gives prompts their vectors, for search and router, and compares the several answers of a model. It runs in a thread
of the web process and asks the child process that holds the model (core.inference), a few texts at a time, and none
while a run is going. Where there is nothing to do, the child ends after a while and gives back its memory. What cannot
be loaded is tried again ever more rarely, and said in Settings, About.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from core.errors import ClaudePrompterError, EmbeddingFailed

AT_ONCE: Final = 16
"""Prompts embedded together: a search by meaning that comes meanwhile waits for no more."""
FIRST_SECONDS: Final = 60.0
"""How long the first pages and runs of a process are left alone."""
LOOK_SECONDS: Final = 20.0
PAUSE_SECONDS: Final = 2.0
"""How long a run that goes is left alone before looking again."""
BREATH_SECONDS: Final = 0.2
"""Between two portions, so that one core stays free for pages."""
REST_AFTER: Final = 600.0
LONGEST_WAIT: Final = 3600.0

logger = logging.getLogger(__name__)

State = Literal["waiting", "working", "ready", "off"]


class Source(Protocol):
    """What is caught up: the vectors of prompts, or how the answers of each run agree."""

    def catch_up(self, *, most: int, above: int, below: int | None) -> int | None:
        """Read some runs between two keys, the newest first; give the lowest key of these, None where none is left."""

    def newest_run(self) -> int:
        """Give the highest key of a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUpStatus:
    """How the worker is getting on; the texts are for people, empty where all is well."""

    state: State
    message: str = ""
    next_step: str = ""
    detail: str = ""


class CatchingUp:
    """Keeps what is read of one workspace's runs up to date, from one thread; the first source comes first."""

    def __init__(
        self,
        *sources: Source,
        wanted: bool = True,
        busy: Callable[[], bool] = lambda: False,
        rest: Callable[[], None] = lambda: None,
        first: float = FIRST_SECONDS,
        look: float = LOOK_SECONDS,
        breath: float = BREATH_SECONDS,
    ) -> None:
        """`busy` tells if a run is going, `rest` is called where nothing is to do; not `wanted`, it never starts."""
        self._passes = [_Pass(source) for source in sources]
        self._wanted = wanted
        self._busy = busy
        self._rest = rest
        self._first, self._look, self._breath = first, look, breath
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()
        self._status = CatchUpStatus(state="waiting")

    def ensure(self) -> None:
        """See to it that the worker runs, now and from now on, where it shall."""
        with self._lock:
            if not self._wanted:
                self._status = CatchUpStatus(
                    state="off",
                    message="The meaning of prompts is not read by itself.",
                    next_step="It is switched off by CLAUDEPROMPTER_READ_MEANING; a search by meaning still works.",
                )
                return
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="catching-up", daemon=True)
                self._thread.start()

    def status(self) -> CatchUpStatus:
        """Tell how the worker is getting on."""
        return self._status

    def stop(self) -> None:
        """End the worker; for tests and for a clean shutdown."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _work(self) -> None:
        wait, failures = self._first, 0
        while not self._closed.wait(wait):
            try:
                wait, failures = self._round(), 0
            except EmbeddingFailed as error:
                failures += 1
                wait = min(LONGEST_WAIT, self._look * 2**failures)
                self._status = CatchUpStatus(
                    state="off",
                    message="The model that reads the meaning of prompts cannot be used; search by words goes on.",
                    next_step="It is tried again by itself.",
                    detail=error.detail or error.message,
                )
            except ClaudePrompterError:
                wait = self._look  # a database that is busy or away: Health says so by itself
            except Exception:
                logger.exception("The meaning of prompts could not be read")
                wait = LONGEST_WAIT

    def _round(self) -> float:
        """Do a portion of the first source that has one, and give how long to wait before the next."""
        for each in self._passes:
            if not each.has_more():
                continue
            if self._busy():
                return PAUSE_SECONDS
            self._status = CatchUpStatus(state="working")
            if each.portion():
                return self._breath
        self._status = CatchUpStatus(state="ready")
        self._rest()
        return self._look


class _Pass:
    """One way through a source's runs from the newest down; later ones begin a new one, above all that were done."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._done, self._top, self._below = 0, 0, 0

    def has_more(self) -> bool:
        """Tell whether a way is begun, or runs have come since the last one."""
        if not self._below:
            self._top = self._source.newest_run()
            self._below = self._top + 1 if self._top > self._done else 0
        return self._below > 0

    def portion(self) -> bool:
        """Do some, and tell whether there was anything; at the end, note how far all is done."""
        lowest = self._source.catch_up(most=AT_ONCE, above=self._done, below=self._below)
        if lowest is None:
            self._done, self._below = self._top, 0
            return False
        self._below = lowest
        return True
