"""What can answer: models, where they run, and whether they are up."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class Place(StrEnum):
    """Where a model runs. A prompt that must stay inside may go to `LOCAL` and `PRIVATE` only."""

    LOCAL = "local"
    PRIVATE = "private"
    CLOUD = "cloud"

    @property
    def inside(self) -> bool:
        """Tell whether a prompt sent there stays on this machine or the team's own network."""
        return self is not Place.CLOUD


class PriceState(StrEnum):
    """Whether a model's price is known, declared free, or unknown (which is never the same as free)."""

    PRICED = "priced"
    FREE = "free"
    UNPRICED = "unpriced"


class ModelStatus(StrEnum):
    """Whether a model can be asked now."""

    UP = "up"
    PAUSED = "paused"
    NO_KEY = "no_key"
    DOWN = "down"
    UNKNOWN = "unknown"


class Capability(StrEnum):
    """What a model is known to be able to do."""

    THINKING = "thinking"
    VISION = "vision"
    TOOLS = "tools"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """All that is known of one model: what it is called, where it runs, what it takes and costs, and whether it is up.

    `name` is litellm's name (`openai/gpt-4o-mini`), `<endpoint>/<model>` on a server the team named, or
    `simulated/<name>` in the demo. Prices are USD per million tokens. `median_seconds` is of the whole answer.
    """

    name: str
    label: str
    place: Place
    provider: str
    host: str = ""
    endpoint: str | None = None
    context_tokens: int | None = None
    max_output_tokens: int | None = None
    capabilities: frozenset[Capability] = frozenset()
    price_state: PriceState = PriceState.UNPRICED
    input_price: Decimal | None = None
    output_price: Decimal | None = None
    status: ModelStatus = ModelStatus.UNKNOWN
    status_reason: str = ""
    median_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How to reach a model: litellm's own name for it, the address, and the key for that one host.

    The key never shows in a repr, so that it cannot reach a log by accident. `needs_key` is false for servers
    that take none. `api_base` is None where litellm knows the provider's only address.
    """

    model: str
    adapter_model: str
    place: Place
    provider: str
    host: str
    api_base: str | None = None
    key: str | None = field(default=None, repr=False)
    needs_key: bool = False
