"""Reads a provider's own count of tokens, in OpenAI's shape, which litellm uses for every provider."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from core.domain.usage import Usage

REPORTS_COST = frozenset({"openrouter"})
"""Who says truly what a call cost. litellm writes a cost of its own making into the same field for all others."""


def usage_of(counts: Mapping[str, Any], provider: str) -> Usage:
    """Give the usage; what is not there counts as none.

    `prompt_tokens` includes what was cached and what was written to a cache. Where the length of life of a cache write
    is not said it is five minutes, Anthropic's default. DeepSeek's own word for cached tokens is understood.
    """
    inputs = _part(counts, "prompt_tokens_details")
    outputs = _part(counts, "completion_tokens_details")
    lives = _part(inputs, "cache_creation_token_details")
    written = _count(inputs, "cache_creation_tokens") or _count(counts, "cache_creation_input_tokens")
    long_lived = _count(lives, "ephemeral_1h_input_tokens")
    short_lived = _count(lives, "ephemeral_5m_input_tokens") or max(0, written - long_lived)
    cached = (
        _count(inputs, "cached_tokens")
        or _count(counts, "cache_read_input_tokens")
        or _count(counts, "prompt_cache_hit_tokens")
    )
    return Usage(
        input_tokens=_count(counts, "prompt_tokens"),
        output_tokens=_count(counts, "completion_tokens"),
        cached_input_tokens=cached,
        cache_write_5m_tokens=short_lived,
        cache_write_1h_tokens=long_lived,
        thinking_tokens=_count(outputs, "reasoning_tokens"),
        reported_cost=_cost(counts.get("cost")) if provider in REPORTS_COST else None,
    )


def _part(counts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = counts.get(name)
    return part if isinstance(part, Mapping) else {}


def _count(counts: Mapping[str, Any], name: str) -> int:
    value = counts.get(name)
    return max(0, int(value)) if isinstance(value, int | float) else 0


def _cost(value: Any) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None
