"""What passes between the engine and the database about shots: waiting, arriving, settled, orphaned."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.domain.model import Place
from core.domain.money import Charge, CostState
from core.domain.run import AttemptState, FinishReason, ShotSettings, ShotState
from core.domain.usage import Usage

NO_USAGE = Usage()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedShot:
    """A shot that waits to be claimed, with what its earlier attempts (before a retry) came to.

    `once` says that one failed attempt is enough: nobody waits for a question of the router's own.
    """

    shot_id: int
    run_id: int
    model: str
    place: Place
    shot_index: int
    settings: ShotSettings
    attempts: int
    cost_before: Decimal
    state_before: CostState
    public_id: str
    once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotProgress:
    """What has newly arrived of a shot: pieces in order (True marks thinking), counted tokens, cost so far in USD."""

    shot_id: int
    run_id: int
    pieces: tuple[tuple[bool, str], ...]
    ttft_us: int | None
    input_tokens: int
    output_tokens: int
    thinking_tokens: int
    cost: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptEnd:
    """How one request ended, with its charges.

    `waits` are the pieces that came after the first: the number of their bucket, how many, and their waits in all (us).
    """

    shot_id: int
    run_id: int
    number: int
    state: AttemptState
    started_at: datetime
    finished_at: datetime
    provider: str = ""
    host: str = ""
    response_model: str = ""
    ttft_us: int | None = None
    total_us: int | None = None
    http_status: int | None = None
    finish_reason: FinishReason | None = None
    error_kind: str = ""
    error_message: str = ""
    error_detail: str = ""
    request_id: str = ""
    request_bytes: int = 0
    in_flight: int = 0
    usage: Usage = NO_USAGE
    usage_known: bool = False
    cost: Decimal | None = None
    cost_state: CostState = CostState.PENDING
    charges: tuple[Charge, ...] = ()
    waits: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotEnd:
    """How a whole shot settled."""

    shot_id: int
    run_id: int
    state: ShotState
    finished_at: datetime
    text: str = ""
    thinking: str = ""
    ttft_us: int | None = None
    total_us: int | None = None
    stream_us: int | None = None
    usage: Usage = NO_USAGE
    cost: Decimal | None = None
    cost_state: CostState = CostState.PENDING
    finish_reason: FinishReason | None = None
    error_kind: str = ""
    error_message: str = ""
    error_next_step: str = ""
    error_detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """A shot whose engine is gone, with what had arrived of it."""

    shot: QueuedShot
    number: int
    started_at: datetime
    text: str
    thinking: str
    ttft_us: int | None
    input_tokens: int
