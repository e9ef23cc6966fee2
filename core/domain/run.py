"""Runs, shots and attempts: what is asked, what is going on, and what came back."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from core.domain.model import Place
from core.domain.money import CostState

if TYPE_CHECKING:
    from core.domain.route import Route


class Strategy(StrEnum):
    """Which places a run may use; hybrid is the default."""

    HYBRID = "hybrid"
    OFFLINE = "offline"
    ONLINE = "online"


class Visibility(StrEnum):
    """Who sees a run. Its cost always counts for everyone.

    `ASIDE` is a run that stands in no list, such as a question to an AI judge; its link opens it for who asked.
    """

    TEAM = "team"
    ME = "me"
    ASIDE = "aside"


class Origin(StrEnum):
    """Where a run was started; `JUDGE` is a question to an AI judge about the answers of another run.

    `TEST` is the one call of a connection test.
    """

    PAGE = "page"
    SHELL = "shell"
    DEMO = "demo"
    IMPORT = "import"
    ROUTER = "router"
    JUDGE = "judge"
    TEST = "test"


class RunState(StrEnum):
    """How a whole run stands. `DONE` means settled with at least one answer."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def settled(self) -> bool:
        """Tell whether nothing more will happen unless somebody asks for it."""
        return self not in (RunState.QUEUED, RunState.RUNNING)


class ShotState(StrEnum):
    """How one shot stands. `TRUNCATED` is an answer that was cut: at the length limit or by a broken stream."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    TRUNCATED = "truncated"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def settled(self) -> bool:
        """Tell whether nothing more will happen to the shot by itself."""
        return self not in (ShotState.QUEUED, ShotState.RUNNING)

    @property
    def answered(self) -> bool:
        """Tell whether the shot holds an answer that can be picked."""
        return self in (ShotState.DONE, ShotState.TRUNCATED)


class AttemptState(StrEnum):
    """How one request ended."""

    RUNNING = "running"
    DONE = "done"
    TRUNCATED = "truncated"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class FinishReason(StrEnum):
    """Why a model stopped. `CUT` is a stream that ended without a word."""

    STOP = "stop"
    LENGTH = "length"
    CONTENT_FILTER = "content_filter"
    CUT = "cut"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotSettings:
    """What may be set for a shot. The defaults are those of the founding record."""

    temperature: float = 0.7
    max_tokens: int = 4000
    system: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """One prompt, as it will be sent: immutable once the run is started.

    `prompt` is the text with every variable filled in; `template` and `variables` say how it was made.
    `settings` hold for all models but those in `per_model`. `shown_estimate` is the sum in USD that the Run button
    showed, `consented` that the person agreed to more. `public_id` may be given so that a double press makes one run.
    `auto` is the router's decision, where the router chose the models.
    `carried_shot_id` is a past answer to the same prompt that comes along at no cost, to be judged beside the new ones.
    """

    prompt: str
    models: tuple[str, ...]
    shots_per_model: int = 1
    settings: ShotSettings = ShotSettings()
    per_model: tuple[tuple[str, ShotSettings], ...] = ()
    template: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    strategy: Strategy = Strategy.HYBRID
    visibility: Visibility = Visibility.TEAM
    blind: bool = False
    origin: Origin = Origin.PAGE
    person: str = ""
    team: str = ""
    project: str = ""
    tags: tuple[str, ...] = ()
    parent_public_id: str | None = None
    shown_estimate: Decimal | None = None
    consented: bool = False
    public_id: str | None = None
    auto: "Route | None" = None
    carried_shot_id: int | None = None

    def settings_for(self, model: str) -> ShotSettings:
        """Give the settings of one model: its own where it has some, else those of the run."""
        return dict(self.per_model).get(model, self.settings)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One HTTP request made for a shot, with its own latency and cost. Durations are in milliseconds."""

    id: int
    number: int
    state: AttemptState
    model: str
    response_model: str = ""
    provider: str = ""
    host: str = ""
    place: Place = Place.CLOUD
    started_at: datetime
    ttft_ms: float | None = None
    total_ms: float | None = None
    http_status: int | None = None
    finish_reason: FinishReason | None = None
    error_kind: str = ""
    error_message: str = ""
    error_detail: str = ""
    request_id: str = ""
    request_bytes: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    thinking_tokens: int = 0
    cached_input_tokens: int = 0
    usage_known: bool = False
    cost: Decimal | None = None
    cost_state: CostState = CostState.PENDING


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotRecord:
    """One answer of one model within a run, as far as it has come.

    Times are milliseconds from the start of the successful (or last) attempt; `total_ms` of a settled shot counts from
    its first attempt. `cost` is in USD and covers all attempts; it is an estimate until `cost_state` says otherwise.
    """

    id: int
    ordinal: int
    model: str
    label: str
    shot_index: int
    place: Place
    state: ShotState
    text: str = ""
    thinking: str = ""
    ttft_ms: float | None = None
    total_ms: float | None = None
    tokens_per_second: float | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    thinking_tokens: int = 0
    cost: Decimal | None = None
    cost_state: CostState = CostState.PENDING
    finish_reason: FinishReason | None = None
    error_kind: str = ""
    error_message: str = ""
    error_next_step: str = ""
    error_detail: str = ""
    attempts: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    settings: ShotSettings = ShotSettings()
    version: int = 0
    source_shot_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run with its shots, read whole. `cost` sums the priced shots in USD; `unpriced_shots` are not in it.

    `task` is what an imported outcome called the kind of prompt, empty where nobody said.
    """

    id: int
    public_id: str
    state: RunState
    origin: Origin
    prompt: str
    template: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    models: tuple[str, ...] = ()
    shots_per_model: int = 1
    settings: ShotSettings = ShotSettings()
    per_model: tuple[tuple[str, ShotSettings], ...] = ()
    strategy: Strategy = Strategy.HYBRID
    visibility: Visibility = Visibility.TEAM
    blind: bool = False
    person: str = ""
    team: str = ""
    project: str = ""
    tags: tuple[str, ...] = ()
    created_at: datetime
    finished_at: datetime | None = None
    shots: tuple[ShotRecord, ...] = ()
    cost: Decimal = Decimal(0)
    unpriced_shots: int = 0
    version: int = 0
    source_id: str | None = None
    parent_public_id: str | None = None
    simulated: bool = False
    warnings: tuple[str, ...] = field(default=())
    task: str = ""
