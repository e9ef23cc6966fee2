"""Counts of tokens are read in the shapes that providers and litellm give them."""

from decimal import Decimal

from core.domain.usage import Usage
from core.llm.usage import usage_of


def test_a_claude_cache_write_keeps_its_length_of_life() -> None:
    counts = {
        "prompt_tokens": 1000,
        "completion_tokens": 50,
        "prompt_tokens_details": {
            "cached_tokens": 600,
            "cache_creation_tokens": 300,
            "cache_creation_token_details": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
        },
    }
    assert usage_of(counts, "anthropic") == Usage(
        input_tokens=1000,
        output_tokens=50,
        cached_input_tokens=600,
        cache_write_5m_tokens=100,
        cache_write_1h_tokens=200,
    )


def test_a_cache_write_without_a_length_of_life_is_the_short_one() -> None:
    usage = usage_of({"prompt_tokens": 9, "cache_creation_input_tokens": 4}, "anthropic")
    assert (usage.cache_write_5m_tokens, usage.cache_write_1h_tokens) == (4, 0)


def test_thinking_is_counted_apart_and_deepseek_is_understood() -> None:
    counts = {
        "prompt_tokens": 5,
        "completion_tokens": 9,
        "prompt_cache_hit_tokens": 2,
        "completion_tokens_details": {"reasoning_tokens": 7},
    }
    usage = usage_of(counts, "deepseek")
    assert (usage.thinking_tokens, usage.cached_input_tokens) == (7, 2)


def test_a_cost_is_believed_only_of_who_reports_true_ones() -> None:
    assert usage_of({"cost": 0.00014}, "openrouter").reported_cost == Decimal("0.00014")
    assert usage_of({"cost": 0.00014}, "openai").reported_cost is None
    assert usage_of({"cost": "what"}, "openrouter").reported_cost is None


def test_nothing_and_nonsense_count_as_none() -> None:
    assert usage_of({}, "lab") == Usage()
    assert usage_of({"prompt_tokens": None, "completion_tokens": -3, "prompt_tokens_details": []}, "lab") == Usage()
