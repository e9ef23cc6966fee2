"""Secrets never stay in a text that somebody may read."""

import pytest

from core.llm.redact import redact


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Incorrect API key provided: sk-proj-abcDEF1234567890.", "abcDEF1234567890"),
        ("Incorrect API key provided: sk-pro***********7890.", "7890"),
        ("sk-ant-api03-xyz_123456789", "xyz_123456789"),
        ("header Authorization: Bearer abcdefgh12345", "abcdefgh12345"),
        ('{"api_key": "0123456789abcdef"}', "0123456789abcdef"),
        ("https://x.example/v1?key=AIzaSyD-1234567890abc&alt=sse", "AIzaSyD"),
        ("https://x.example/v1?key=plain1234567&alt=sse", "plain1234567"),
        ("AKIAIOSFODNN7EXAMPLE was denied", "AKIAIOSFODNN7EXAMPLE"),
        ("gsk_abcdefghijkl123", "abcdefghijkl123"),
        ("token=eyJhbGciOi.eyJzdWIiOiIx.abc", "eyJzdWIiOiIx"),
        ("http://anna:hunter2@lab/v1 refused", "hunter2"),
        ("x-api-key: 9f8e7d6c5b4a", "9f8e7d6c5b4a"),
    ],
)
def test_a_secret_is_hidden(text: str, secret: str) -> None:
    assert secret not in redact(text)
    assert "[hidden]" in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "This model's maximum context length is 4096 tokens.",
        "Rate limit reached for requests per min. Limit: 3.",
        "The model `gpt-4o-mini-2024-07-18` does not exist.",
        "Ask risk-averse people to task-switch.",
    ],
)
def test_plain_words_stay(text: str) -> None:
    assert redact(text) == text


def test_the_key_of_the_call_is_hidden_whatever_it_looks_like() -> None:
    assert redact("the key 0a1b2c3d is unknown", "0a1b2c3d") == "the key [hidden] is unknown"
    assert redact("no key here", None) == "no key here"


def test_a_long_text_is_shortened() -> None:
    assert len(redact("x " * 5000)) == 2001
