"""A run of the demo's history as it will stand in the tables, before it has keys."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from core.demo.planning import PlannedRun
from core.domain.run import RunState
from core.llm.simulated_models import SimulatedModel
from core.store.shot_records import AttemptEnd, ShotEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is asked: the prompt, and the template and variables of which it was made where it was made so."""

    prompt: str
    template: str = ""
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeShot:
    """One shot with its attempts, already priced."""

    ordinal: int
    shot_index: int
    model: SimulatedModel
    queued_at: datetime
    end: ShotEnd
    attempts: tuple[AttemptEnd, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MadePick:
    """One person's word: on a shot (by ordinal) or on all that were compared."""

    person: str
    kind: str
    ordinal: int | None
    compared: tuple[int, ...]
    blind: bool
    note: str
    at: datetime


@dataclass(slots=True, kw_only=True)
class MadeRun:
    """A run with everything that belongs to it."""

    plan: PlannedRun
    words: Words
    public_id: str
    state: RunState
    blind: bool
    max_tokens: int
    estimate: Decimal
    shots: tuple[MadeShot, ...]
    picks: tuple[MadePick, ...] = ()
    project: str = ""
    tags: tuple[str, ...] = field(default=())

    @property
    def cost(self) -> Decimal:
        """Give what the run cost in USD; shots without a price are not in it."""
        return sum((shot.end.cost for shot in self.shots if shot.end.cost is not None), Decimal(0))

    @property
    def finished_at(self) -> datetime:
        """Give when its last shot was over."""
        return max(shot.end.finished_at for shot in self.shots)
