"""What the router decided for one prompt, and all that it rests on: the receipt of Auto's choice."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from core.domain.model import Place, PriceState
from core.domain.run import ShotSettings, Strategy


class Rule(StrEnum):
    """What may speak in a route, in the order in which it is asked."""

    INSIDE = "inside"
    BUDGET = "budget"
    UP = "up"
    VALUE = "value"


class Basis(StrEnum):
    """What a choice rests on.

    `EVIDENCE`: enough similar judged runs. `LEARNING`: too few, so that a cheaper model is asked beside the best.
    `PRIOR`: the best single model, by the team's picks or its price. `NOTHING`: no model may be asked.
    """

    EVIDENCE = "evidence"
    LEARNING = "learning"
    PRIOR = "prior"
    NOTHING = "nothing"


class ClassSource(StrEnum):
    """Who said what a prompt asks for: a language model now or earlier, the learned stand-in, or nobody."""

    LLM = "llm"
    CACHE = "cache"
    LEARNED = "learned"
    NONE = "none"


USUAL_SETTINGS = ShotSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRequest:
    """What is to be routed. `models` are the ones to choose from; empty means all that are connected.

    `shots` of each chosen model will be asked, which counts against budgets; a route's own figures are of one answer.

    `keep` is the share of the best model's quality to keep, None for the workspace's setting. `may_ask` lets a language
    model be asked, behind the page, what an undecided prompt asks for.
    """

    prompt: str
    settings: ShotSettings = USUAL_SETTINGS
    models: tuple[str, ...] = ()
    shots: int = 1
    strategy: Strategy = Strategy.HYBRID
    person: str = ""
    team: str = ""
    project: str = ""
    tags: tuple[str, ...] = ()
    parent_public_id: str | None = None
    keep: float | None = None
    may_ask: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model that may be asked, as the router sees it on this prompt; figures are of one answer.

    `quality`, `low` and `high` are in [0, 1] (about a 90 % interval). `picks` are the judged runs in which the model
    took part, `similar` those among them that are like this prompt, `won_or_tied` how many of these it won or tied.
    `cost` is USD, None where no price is known, exactly 0 where it is free. `more_picks` is about how many more judged
    runs like this would change the choice, were the truth at the favourable end of the interval; None where none would.
    A model without picks of its own is not `proven`; one that no setting of the slider would choose is `dominated`.
    """

    model: str
    label: str
    place: Place
    quality: float
    low: float
    high: float
    picks: int = 0
    similar: int = 0
    won_or_tied: int = 0
    cost: Decimal | None = None
    price_state: PriceState = PriceState.UNPRICED
    seconds: float | None = None
    more_picks: int | None = None
    proven: bool = False
    dominated: bool = False
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A model that a rule took away, with the reason in words."""

    model: str
    label: str
    place: Place
    rule: Rule
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSpoke:
    """A rule that had something to say. `name` is which of its parts ("e-mail addresses", "project People matters")."""

    rule: Rule
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """What a prompt asks for: features, never a model's name. `confidence` in [0, 1], None where nobody said."""

    task: str = ""
    difficulty: str = ""
    needs: tuple[str, ...] = ()
    confidence: float | None = None
    source: ClassSource = ClassSource.NONE


UNCLASSIFIED = Classified()


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A past judged run like this one. `winner` is the label of who won, "tie" or "none"; `first_line` for showing."""

    run: str
    first_line: str
    similarity: float
    winner: str
    judged_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenger:
    """One extra answer, to keep learning: from which model, and with which probability it was drawn."""

    model: str
    label: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The router's decision for one prompt.

    `choice` is one model, or two while it learns, or none (`basis` NOTHING; then `reason` says what happened and
    `next_step` what to do). `instead` is what a person asked in its place. `candidates` stand best worth first.
    Costs are USD of one answer of each chosen model; `saving` is against always asking `baseline`. `pinned` says that
    the prompt must stay inside. `asking` says that a language model is being asked about the prompt, `unread` that what
    was learned could not be asked in time: propose again in a second and it counts. `took_ms` is how long it took.
    """

    public_id: str
    prompt_sha256: str
    strategy: Strategy
    basis: Basis
    choice: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    removed: tuple[Removed, ...] = ()
    rules: tuple[RuleSpoke, ...] = ()
    classified: Classified = UNCLASSIFIED
    neighbours: tuple[Neighbour, ...] = ()
    similar: int = 0
    enough: bool = False
    reason: str = ""
    next_step: str = ""
    runner_up: str | None = None
    baseline: str | None = None
    baseline_cost: Decimal | None = None
    expected_cost: Decimal | None = None
    expected_seconds: float | None = None
    saving: Decimal | None = None
    times_cheaper: float | None = None
    challenger: Challenger | None = None
    keep: float = 1.0
    pinned: bool = False
    instead: tuple[str, ...] = ()
    asking: bool = False
    unread: bool = False
    created_at: datetime
    took_ms: float = 0.0

    @property
    def asked(self) -> tuple[str, ...]:
        """Give the models that are asked: the choice or what a person put in its place, and the challenger."""
        if self.instead:
            return self.instead
        extra = (self.challenger.model,) if self.challenger and self.challenger.model not in self.choice else ()
        return self.choice + extra

    @property
    def overridden(self) -> bool:
        """Tell whether a person chose otherwise."""
        return bool(self.instead) and set(self.instead) != set(self.choice)

    def candidate(self, model: str | None) -> Candidate | None:
        """Give what is known of one model here, None where it was no candidate."""
        return next((each for each in self.candidates if each.model == model), None)
