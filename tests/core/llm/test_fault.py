"""An error is told by its cause and by the provider's words, whatever class a library gives it."""

import socket
from datetime import UTC, datetime

import httpx
import pytest

from core.domain.model import Connection, Place
from core.errors import (
    AccessDenied,
    BrokenAnswer,
    ContextTooLong,
    CutStream,
    ModelError,
    NoCredit,
    ProviderFault,
    RateLimited,
    RequestRefused,
    Stalled,
    Unreachable,
    WrongKey,
)
from core.llm.fault import classify
from core.llm.meaning import from_status, retry_after

CLOUD = Connection(
    model="openai/gpt-4o-mini",
    adapter_model="openai/gpt-4o-mini",
    place=Place.CLOUD,
    provider="openai",
    host="api.openai.com",
    key="0123456789-own-key",
)


class LibraryError(Exception):
    """An error as litellm raises them: a status of its own making, and the answer's headers beside it."""

    def __init__(self, words: str, status: int | None = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(words)
        if status is not None:
            self.status_code = status
        self.litellm_response_headers = headers or {}


def caused(error: Exception, *causes: Exception) -> Exception:
    chain = [error, *causes]
    for outer, inner in zip(chain, causes, strict=False):
        outer.__context__ = inner
    return error


@pytest.mark.parametrize(
    ("cause", "word"),
    [
        (socket.gaierror(-2, "Name or service not known"), "no network"),
        (ConnectionRefusedError(111, "Connection refused"), "nothing listens"),
        (httpx.ConnectTimeout("slow"), "no connection"),
        (httpx.ConnectError("dead"), "no connection"),
    ],
)
def test_no_network_is_unreachable_although_it_is_called_status_500(cause: Exception, word: str) -> None:
    found = classify(caused(LibraryError("InternalServerError", 500), httpx.ConnectError("x"), cause), CLOUD)
    assert type(found) is Unreachable
    assert found.retryable
    if not isinstance(cause, httpx.ConnectTimeout | httpx.ConnectError):
        assert word in found.message


def test_an_unfamiliar_401_is_a_wrong_key() -> None:
    assert type(classify(LibraryError("BadRequestError: who are you", 401), CLOUD)) is WrongKey


def test_the_status_of_the_real_answer_counts_before_the_one_made_up_for_it() -> None:
    response = httpx.Response(403, request=httpx.Request("POST", "https://api.openai.com"))
    real = httpx.HTTPStatusError("no", request=response.request, response=response)
    assert type(classify(caused(LibraryError("APIConnectionError", 500), real), CLOUD)) is AccessDenied


def test_silence_is_a_stall() -> None:
    assert type(classify(caused(LibraryError("Timeout", 408), httpx.ReadTimeout("x")), CLOUD)) is Stalled
    assert type(classify(TimeoutError(), CLOUD)) is Stalled


def test_a_broken_connection_is_a_cut_only_where_text_had_come() -> None:
    broken = caused(LibraryError("x", 500), httpx.RemoteProtocolError("peer closed"))
    assert type(classify(broken, CLOUD, answered=True)) is CutStream
    assert type(classify(broken, CLOUD)) is Unreachable


def test_what_nobody_knows_is_a_broken_answer() -> None:
    found = classify(ValueError("what is this"), CLOUD)
    assert type(found) is BrokenAnswer
    assert found.detail == "what is this"


def test_an_error_of_our_own_stays_what_it_is() -> None:
    own = RequestRefused("No.")
    assert classify(own, CLOUD) is own
    assert classify(caused(LibraryError("x", 500), own), CLOUD) is own


def test_the_key_is_never_in_the_detail() -> None:
    found = classify(LibraryError("bad key 0123456789-own-key, or sk-abcdefgh12345678", 401), CLOUD)
    assert "own-key" not in found.detail
    assert "abcdefgh" not in found.detail


def test_the_wait_comes_from_the_headers() -> None:
    found = classify(LibraryError("RateLimitError", 429, {"Retry-After": "7"}), CLOUD)
    assert type(found) is RateLimited
    assert found.retry_after == 7.0


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (429, "You exceeded your current quota, please check your plan", NoCredit),
        (400, "Your credit balance is too low to access the Anthropic API", NoCredit),
        (400, "API key not valid. Please pass a valid API key.", WrongKey),
        (400, "prompt is too long: 210000 tokens > 200000 maximum", ContextTooLong),
        (500, "the request exceeds the available context size", ContextTooLong),
        (409, "conflict", ProviderFault),
        (529, "overloaded_error", ProviderFault),
        (418, "teapot", RequestRefused),
        (408, "slow", Stalled),
    ],
)
def test_a_status_means_what_the_words_say(status: int, words: str, kind: type[ModelError]) -> None:
    found = from_status(status, words, CLOUD)
    assert type(found) is kind
    assert found.http_status == status


NOW = datetime(2026, 11, 12, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2"}, 2.0),
        ({"Retry-After": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"llm_provider-retry-after": "3"}, 3.0),
        ({"retry-after": "Thu, 12 Nov 2026 10:00:30 GMT"}, 30.0),
        ({"retry-after": "Thu, 12 Nov 2026 09:00:00 GMT"}, 0.0),
        ({"retry-after": "-4"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_a_wait_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, now=lambda: NOW) == seconds
