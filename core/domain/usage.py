"""What an attempt used: tokens by class, as the provider counted them or as they were estimated."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Token counts of one attempt.

    `input_tokens` includes the cached and cache-written ones, `output_tokens` includes the thinking ones, as litellm
    reports them. `reported_cost` is what the provider itself says the call cost, in USD, where it says so.
    `estimated` is true where the counts are ours (a cancelled or cut stream, a server that reports none).
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    thinking_tokens: int = 0
    reported_cost: Decimal | None = None
    estimated: bool = False
