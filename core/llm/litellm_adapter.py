"""Every real model, through litellm: one request a call whatever happens, typed events, the project's own errors."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from time import monotonic
from typing import Any

from core.domain.model import Connection, Place
from core.domain.run import FinishReason
from core.errors import BadAddress, BrokenAnswer, CutStream, ModelError, RequestRefused
from core.llm.fault import classify
from core.llm.litellm_runtime import close_handlers, http_handler, load_litellm, loaded
from core.llm.place import check_resolved, is_ip, is_loopback
from core.llm.port import Finish, ModelRequest, StreamEvent, TextDelta, ThinkingDelta, UsageReport
from core.llm.readers import Reading, read_events, read_lines
from core.llm.thinking import ThinkingSplitter
from core.llm.usage import usage_of

NO_KEY = "no-key"
"""Sent where a server takes no key, because litellm would look for another one if it were given none."""

OLLAMA = "ollama_chat/"
NAMED_BY_TEAM = ("hosted_vllm/", OLLAMA)
CONNECT_SECONDS = 10.0
LOOKUP_SECONDS = 60.0

PLAIN_EVENTS = frozenset(
    {
        "AsyncStream",
        "OpenAIChatCompletionStreamingHandler",
        "OpenRouterChatCompletionStreamingHandler",
        "GroqChatCompletionStreamingHandler",
        "MistralChatResponseIterator",
    }
)
PLAIN_LINES = "OllamaChatCompletionResponseIterator"

FINISHES = {
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "content_filter": FinishReason.CONTENT_FILTER,
    "content_filtered": FinishReason.CONTENT_FILTER,
    "safety": FinishReason.CONTENT_FILTER,
    "refusal": FinishReason.CONTENT_FILTER,
}
FAILED_FINISHES = frozenset({"error", "abort", "malformed_function_call"})


class LiteLLM:
    """Asks any model that litellm can reach. One instance serves one process; every event loop has its connections."""

    def __init__(self) -> None:
        """Import nothing yet."""
        self._looked_up: dict[tuple[str, str], float] = {}

    def warm_up(self) -> None:
        """Import litellm now (3–6 s), so that the first call does not wait for it. Safe from any thread."""
        load_litellm()

    async def aclose(self) -> None:
        """Close the connections that are kept open for the running loop."""
        await close_handlers()

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """Stream the answer; raise a ModelError where there is none, CutStream where it ends without a reason.

        Closing the iterator, or cancelling the task that waits for it, closes the connection to the provider.
        """
        connection = request.connection
        reading = Reading(connection=connection)
        splitter = ThinkingSplitter()
        opened: Any = None
        fault: ModelError | None = None
        try:
            await self._check_name(connection)
            opened = await _open(request)
            async for thought, text in _pieces(opened, reading):
                early, answer = ("", text) if splitter.passes or not text else splitter.feed(text)
                if thought or early:
                    yield ThinkingDelta(thought + early)
                if answer:
                    yield TextDelta(answer)
        except Exception as error:
            if reading.reason is None or isinstance(error, ModelError):
                fault = classify(error, connection, answered=reading.answered)
                fault.__cause__ = error if fault is not error else error.__cause__
        finally:
            if opened is not None:
                with contextlib.suppress(Exception):
                    await opened.aclose()
        for event in _remainder(reading, splitter):
            yield event
        if fault is not None:
            raise fault
        yield _finish(reading, _request_id(opened))

    async def _check_name(self, connection: Connection) -> None:
        """Look up where the name of a server that the team named leads, once a minute. Raises RequestRefused."""
        host = connection.host
        if not connection.adapter_model.startswith(NAMED_BY_TEAM) or is_ip(host) or is_loopback(host):
            return
        # An Ollama inside may hand a model on to ollama.com: the model is outside, the address is not.
        place = Place.PRIVATE if connection.adapter_model.startswith(OLLAMA) else connection.place
        key = (host, place)
        if self._looked_up.get(key, 0.0) > monotonic():
            return
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
        try:
            check_resolved(name, (str(entry[4][0]) for entry in found), place)
        except BadAddress as error:
            raise RequestRefused(error.message, next_step=error.next_step) from error
        self._looked_up[key] = monotonic() + LOOKUP_SECONDS


async def _open(request: ModelRequest) -> Any:
    """Make the one request and give litellm's stream. Raises whatever litellm raises."""
    litellm = loaded() or await asyncio.to_thread(load_litellm)
    import httpx  # noqa: PLC0415 - litellm has it imported already

    connection = request.connection
    messages = [{"role": "system", "content": request.system}] if request.system else []
    messages.append({"role": "user", "content": request.prompt})
    handler = http_handler(litellm)
    own = {"client": handler} if connection.adapter_model.startswith(NAMED_BY_TEAM) else {}
    return await litellm.acompletion(
        model=connection.adapter_model,
        messages=messages,
        temperature=request.temperature,
        max_tokens=request.max_tokens,
        stream=True,
        stream_options={"include_usage": True},
        api_key=connection.key or NO_KEY,
        api_base=connection.api_base,
        timeout=httpx.Timeout(request.timeout, connect=min(request.timeout, CONNECT_SECONDS)),
        max_retries=0,
        num_retries=0,
        drop_params=True,  # some models take no temperature; the default would otherwise fail them
        **own,
    )


async def _pieces(opened: Any, reading: Reading) -> AsyncIterator[tuple[str, str]]:
    """Give the pieces of the answer: read as bytes where the protocol is plain, else from litellm's own objects."""
    source = opened.completion_stream
    kind = type(source).__name__
    response = getattr(source, "http_response", None) or getattr(source, "response", None)
    read = read_lines if kind == PLAIN_LINES else read_events if kind in PLAIN_EVENTS else None
    if response is None or read is None:
        async for piece in _read_objects(opened, reading):
            yield piece
        return
    async with contextlib.aclosing(response.aiter_bytes()) as blocks:
        async for piece in read(blocks, reading):
            yield piece


async def _read_objects(opened: Any, reading: Reading) -> AsyncIterator[tuple[str, str]]:
    """Read litellm's stream. What the provider itself said is told from what litellm adds at the end."""
    async for chunk in opened:
        choices = chunk.choices
        if not choices:
            continue
        delta = choices[0].delta
        thinking, answer = getattr(delta, "reasoning_content", None) or "", delta.content or ""
        if thinking or answer:
            reading.answered = reading.answered or bool(answer)
            yield thinking, answer
        reading.response_model = reading.response_model or chunk.model or ""
    reading.reason = opened.received_finish_reason or opened.intermittent_finish_reason
    for chunk in reversed(opened.chunks):
        usage = getattr(chunk, "usage", None)
        if usage is not None:
            reading.usage = usage.model_dump()
            break


def _remainder(reading: Reading, splitter: ThinkingSplitter) -> Iterator[StreamEvent]:
    """Give what is still held of the answer, and the usage where the provider told it."""
    thinking, answer = splitter.finish()
    if thinking:
        yield ThinkingDelta(thinking)
    if answer:
        yield TextDelta(answer)
    if reading.usage is not None:
        yield UsageReport(usage_of(reading.usage, reading.connection.provider))


def _finish(reading: Reading, request_id: str) -> Finish:
    """Give the last event. Raises CutStream where the provider gave no reason, BrokenAnswer where it gave a bad one."""
    host = reading.connection.host or reading.connection.provider
    if reading.reason is None:
        raise CutStream(f"{host} ended the answer without saying that it was done.")
    if reading.reason in FAILED_FINISHES:
        raise BrokenAnswer(f"{host} failed in the middle of the answer.", detail=reading.reason)
    reason = FINISHES.get(reading.reason, FinishReason.STOP)
    return Finish(reason=reason, response_model=reading.response_model, request_id=request_id)


def _request_id(opened: Any) -> str:
    """Give the provider's own id of the request, for asking them about it."""
    headers = (getattr(opened, "_hidden_params", None) or {}).get("additional_headers") or {}
    return str(headers.get("llm_provider-x-request-id") or headers.get("llm_provider-request-id") or "")
