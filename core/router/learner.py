"""Reads prompts by what was learned, without ever keeping a page waiting: loading and fitting go on behind.

What was learned is fitted by `core learn` in a process of its own (core/router/replays.py), loaded here by a thread,
and looked for anew as picks arrive. Meanings come from the child process that embeds; a prompt's meaning that does not
come in time is remembered when it does.
"""

import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from contextlib import suppress
from dataclasses import replace
from time import monotonic, sleep
from typing import TYPE_CHECKING

from core.domain.model import ModelCard
from core.domain.route import Classified, RouteRequest
from core.errors import ClaudePrompterError
from core.router.reading import Reader, Reading
from core.store.vectors import Likeness

if TYPE_CHECKING:
    from core.router.learned import Learned
    from core.router.lexical import Floats

LOG = logging.getLogger(__name__)

PATIENCE_SECONDS = 0.25
"""What a page waits for a meaning. A warm child takes a few hundredths of a second."""

LOOK_SECONDS = 5.0
REMEMBERED = 256

Load = Callable[["Learned | None"], "Learned | None"]
"""Gives what is learned by now, or the very same object where nothing is new. Slow; raises ClaudePrompterError."""


class LearnedReader:
    """A Reader that knows prompts. Safe for many threads; nothing is started before the first question."""

    def __init__(
        self,
        *,
        prior: Reader,
        load: Load,
        meaning: Callable[[str], Likeness],
        price: Callable[[float], float | None],
        said: Callable[[str, Sequence[str]], Classified | None] = lambda _sha, _tasks: None,
        learning: Callable[[], bool] = lambda: False,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        """`prior` speaks where nothing is learned; `price` gives λ for a share in [0, 1]; `said` what an LLM said.

        `learning` tells whether something is being learned at this moment.
        """
        self._prior = prior
        self._load = load
        self._meaning = meaning
        self._price = price
        self._said = said
        self._learning = learning
        self._patience = patience
        self._learned: Learned | None = None
        self._prices: dict[float, float | None] = {}
        self._wanted: set[float] = set()
        self._looked = False
        self._looked_at = float("-inf")
        self._looking: Future[None] | None = None
        self._meanings: OrderedDict[str, Future[Floats]] = OrderedDict()
        self._lock = threading.Lock()
        self._workers: ThreadPoolExecutor | None = None

    def read(self, request: RouteRequest, cards: Sequence[ModelCard], *, keep: float) -> Reading:
        """Give what is believed of these models on this prompt, in a quarter of a second; never raises."""
        prior = self._prior.read(request, cards, keep=keep)
        self._look(keep)
        learned = self._learned
        if learned is None:
            known = self._looked and not self._learning()
            return self._with_said(prior, request) if known else replace(prior, ready=False)
        meaning = self._meaning_in_time(request.prompt)
        if meaning is None:
            return replace(prior, ready=False, best_single=learned.best_single)
        try:
            return learned.read(
                meaning,
                request.prompt,
                cards,
                said=self._said(sha_of(request.prompt), learned.tasks),
                price=self._price_in_time(keep),
            )
        except Exception:
            LOG.exception("What was learned could not be asked")
            return replace(prior, ready=False)

    @property
    def tasks(self) -> tuple[str, ...]:
        """Give the kinds of prompt that were learned."""
        return self._learned.tasks if self._learned is not None else ()

    def _with_said(self, prior: Reading, request: RouteRequest) -> Reading:
        try:
            said = self._said(sha_of(request.prompt), ())
        except ClaudePrompterError:
            said = None
        return prior if said is None else replace(prior, classified=said)

    def representative(self, count: int) -> tuple[str, ...]:
        """Give the public ids of past judged runs that differ most in what they ask; none before any was learned."""
        return self._learned.representative(count) if self._learned is not None else ()

    def wait(self, seconds: float = 60.0) -> bool:
        """Wait until what is known by now is loaded, for the shell and tests; tells whether anything was learned.

        Where learning itself has only begun, this waits for it too.
        """
        end = monotonic() + seconds
        with suppress(NotInTime):
            self._ask("warm").exception(seconds)  # the child that reads meanings takes seconds to start
        while True:
            self._look(next(iter(self._wanted), 1.0))
            looking = self._looking
            with suppress(NotInTime):
                if looking is not None:
                    looking.exception(max(0.0, end - monotonic()))
            if self._learned is not None or not self._learning() or monotonic() > end:
                return self._learned is not None
            sleep(0.5)
            self._looked_at = float("-inf")

    def warm(self, text: str = "warm") -> None:
        """Have the child started and a first meaning read, in the background."""
        self._ask(text)

    def _look(self, keep: float) -> None:
        """See in the background whether there is something new, every few seconds at most."""
        with self._lock:
            new = keep not in self._wanted
            self._wanted.add(keep)
            busy = self._looking is not None and not self._looking.done()
            if busy or (not new and monotonic() - self._looked_at < LOOK_SECONDS):
                return
            self._looked_at = monotonic()
            self._looking = self._pool().submit(self._renew)

    def _renew(self) -> None:
        try:
            fresh = self._load(self._learned)
            if fresh is not None:
                self._prices = {keep: self._price(keep) for keep in list(self._wanted)}
                self._learned = fresh
            self._looked = True
        except ClaudePrompterError:
            LOG.warning("What was learned could not be read", exc_info=True)
        except Exception:
            LOG.exception("What was learned could not be read")

    def _price_in_time(self, keep: float) -> float | None:
        if keep not in self._prices:
            try:
                self._prices[keep] = self._pool().submit(self._price, keep).result(self._patience)
            except (NotInTime, ClaudePrompterError):
                return None
        return self._prices[keep]

    def _meaning_in_time(self, text: str) -> "Floats | None":
        try:
            return self._ask(text).result(self._patience)
        except (NotInTime, ClaudePrompterError):
            return None
        except Exception:
            LOG.exception("A meaning could not be read")
            return None

    def _ask(self, text: str) -> "Future[Floats]":
        key = sha_of(text)
        with self._lock:
            known = self._meanings.get(key)
            if known is None or (known.done() and known.exception() is not None):
                known = self._meanings[key] = self._pool().submit(self._read_meaning, text)
            self._meanings.move_to_end(key)
            while len(self._meanings) > REMEMBERED:
                self._meanings.popitem(last=False)
            return known

    def _read_meaning(self, text: str) -> "Floats":
        import numpy as np  # noqa: PLC0415 - not before somebody asks

        from core.router.neighbours import joined  # noqa: PLC0415

        like = self._meaning(text)
        halves = np.stack([np.frombuffer(half, dtype="<f4") for half in (like.head, like.tail)])[None]
        return joined(halves.astype(np.float32)).astype(np.float64)

    def _pool(self) -> ThreadPoolExecutor:
        if self._workers is None:
            self._workers = ThreadPoolExecutor(max_workers=3, thread_name_prefix="router")
        return self._workers


def sha_of(text: str) -> str:
    """Give the SHA-256 under which runs keep their prompt."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
