"""Asks a language model what a prompt asks for: seldom, once, behind the page, and the route is made without it.

The question is a run like any other: it is held against the rules and the budgets, made by the engine, charged in the
ledger and listed under where prompts went. What comes back is kept by the prompt's hash and teaches the stand-in.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import monotonic, sleep
from typing import Protocol

from core.costs.estimate import Estimates
from core.domain.model import ModelCard, ModelStatus, Place
from core.domain.route import Classified, ClassSource, Route, RouteRequest
from core.domain.run import Origin, RunPlan, RunRecord, ShotSettings, Visibility
from core.errors import BrokenAnswer, ClaudePrompterError
from core.router.asking import LONGEST_ANSWER, MOST_TASKS, USUAL_TASKS, question, understood, version_of
from core.store.prompt_classes import ClassifierRecord, PromptClasses

LOG = logging.getLogger(__name__)

SURE = 0.7
"""Confidence of the stand-in from which nobody is asked."""

WORTH = 2
"""What the answer could save must be so many times what the question costs."""

TIMEOUT_SECONDS = 8.0
POLL_SECONDS = 0.05
FAILURES = 3
PAUSE = timedelta(minutes=5)
"""After so many failures in a row nobody is asked for a while."""

NEAREST = {Place.LOCAL: 0, Place.PRIVATE: 1, Place.CLOUD: 2}


class Asker(Protocol):
    """Who has runs made."""

    def start(self, plan: RunPlan) -> str:
        """Start a run and give its public id."""
        ...

    def record(self, public_id: str, *, viewer: str = "") -> RunRecord:
        """Give a run as far as it has come."""
        ...

    def cancel(self, public_id: str) -> None:
        """Stop a run."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    request: RouteRequest
    model: str
    tasks: tuple[str, ...]
    sha: str
    version: str


class Classifier:
    """The classifier of one workspace. Safe for many threads; nothing is started before the first question."""

    def __init__(
        self,
        classes: PromptClasses,
        runs: Asker,
        estimates: Estimates,
        *,
        answering: Callable[[], bool] = lambda: True,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        """Keep who answers, and where answers are kept. Nobody is asked unless `answering`: an engine is there."""
        self._answering = answering
        self._classes = classes
        self._runs = runs
        self._estimates = estimates
        self._timeout = timeout
        self._going: set[str] = set()
        self._lock = threading.Lock()
        self._worker: ThreadPoolExecutor | None = None

    def said(self, sha: str, tasks: Sequence[str] = ()) -> Classified | None:
        """Give what was said of a prompt when it was asked about, None where nothing usable was. Raises StoreError."""
        return self._classes.known(sha, version_of(tasks_to_tell(tasks)))

    def record(self) -> ClassifierRecord:
        """Give how asking has gone, and how often answers agreed with what people or a file say. Raises StoreError."""
        return self._classes.record()

    def consider(
        self, request: RouteRequest, route: Route, cards: Sequence[ModelCard], *, tasks: Sequence[str] = ()
    ) -> bool:
        """Ask about a prompt behind the page where that helps and pays; tells whether an answer is on its way.

        `cards` are the models that the rules let be asked. Raises StoreError.
        """
        sha = route.prompt_sha256
        if sha in self._going:
            return True
        told = tasks_to_tell(tasks)
        if _decided(route) or not request.prompt.strip() or not self._answering():
            return False
        model = self._who(request, route, cards, told)
        if model is None or self._classes.failures_in_a_row(since=datetime.now(UTC) - PAUSE) >= FAILURES:
            return False
        asked = _Question(request=request, model=model, tasks=told, sha=sha, version=version_of(told))
        if not self._classes.begin(sha, asked.version, model=model, at=datetime.now(UTC)):
            return False
        with self._lock:
            self._going.add(sha)
            self._worker = self._worker or ThreadPoolExecutor(max_workers=2, thread_name_prefix="classifier")
            self._worker.submit(self._ask, asked)
        return True

    def wait(self, seconds: float = 30.0) -> None:
        """Wait until no question is open, for tests and the shell."""
        end = monotonic() + seconds
        while self._going and monotonic() < end:
            sleep(POLL_SECONDS)

    def _who(self, request: RouteRequest, route: Route, cards: Sequence[ModelCard], tasks: Sequence[str]) -> str | None:
        """Give the cheapest model, the nearest first, where the question costs less than the answer could save."""
        system, text = question(request.prompt, tasks)
        up = [card for card in cards if card.status in (ModelStatus.UP, ModelStatus.UNKNOWN)]
        settings = ShotSettings(temperature=0.0, max_tokens=LONGEST_ANSWER, system=system)
        costs = {
            each.model: each.worst_case
            for each in self._estimates.of(prompt=text, models=up, shots=1, settings=settings).per_model
            if not each.over_context
        }
        able = [(NEAREST[card.place], costs[card.name], card.name) for card in up if costs.get(card.name) is not None]
        if not able:
            return None
        _, cost, name = min((place, cost or Decimal(0), name) for place, cost, name in able)
        return name if not cost or cost * WORTH <= _at_stake(route) else None

    def _ask(self, asked: _Question) -> None:
        found, problem = None, ""
        try:
            found = understood(self._answer(asked), asked.tasks)
        except ClaudePrompterError as error:
            problem = error.message
        except Exception as error:
            LOG.exception("A prompt's kind could not be asked for")
            problem = repr(error)
        try:
            self._classes.settle(asked.sha, asked.version, found, problem=problem, at=datetime.now(UTC))
        except ClaudePrompterError:
            LOG.warning("What was said of a prompt could not be kept", exc_info=True)
        finally:
            with self._lock:
                self._going.discard(asked.sha)

    def _answer(self, asked: _Question) -> str:
        """Have one run made and give its answer. Raises what starting raises, and BrokenAnswer for none in time."""
        request = asked.request
        system, text = question(request.prompt, asked.tasks)
        run = self._runs.start(
            RunPlan(
                prompt=text,
                models=(asked.model,),
                settings=ShotSettings(temperature=0.0, max_tokens=LONGEST_ANSWER, system=system),
                strategy=request.strategy,
                visibility=Visibility.ME,
                origin=Origin.ROUTER,
                person=request.person,
                team=request.team,
                project=request.project,
                tags=request.tags,
                parent_public_id=request.parent_public_id,
                consented=True,
            )
        )
        self._classes.asked_by(asked.sha, asked.version, run)
        end = monotonic() + self._timeout
        while monotonic() < end:
            made = self._runs.record(run, viewer=request.person)
            if made.state.settled:
                if made.shots and made.shots[0].state.answered:
                    return made.shots[0].text
                raise BrokenAnswer(made.shots[0].error_message if made.shots else "No answer came.")
            sleep(POLL_SECONDS)
        self._runs.cancel(run)
        raise BrokenAnswer(f"No answer for {self._timeout:.0f} s.")


def tasks_to_tell(tasks: Sequence[str]) -> tuple[str, ...]:
    """Give the kinds to choose from: the workspace's own where it has some, else the usual ones."""
    return tuple(tasks) if 2 <= len(tasks) <= MOST_TASKS else USUAL_TASKS


def _decided(route: Route) -> bool:
    said = route.classified
    if said.source in (ClassSource.LLM, ClassSource.CACHE) or len(route.candidates) < 2:
        return True
    return route.enough and said.confidence is not None and said.confidence >= SURE


def _at_stake(route: Route) -> Decimal:
    """Give what the right answer could save on this prompt: the best single model's cost less the cheapest one's."""
    costs = [each.cost for each in route.candidates if each.cost is not None]
    if not costs or route.baseline_cost is None:
        return Decimal(0)
    return max(Decimal(0), route.baseline_cost - min(costs))
