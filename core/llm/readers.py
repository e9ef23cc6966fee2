"""Reading a stream of bytes where the protocol is plain: OpenAI's server-sent events and Ollama's lines of JSON.

litellm builds several objects for each piece of an answer (about 0.5 ms, measured); these protocols need one
`json.loads`. It also fills in a finish reason, an estimate of the usage and an end of stream where the provider sent
none, so that what really came can be told only here. Pieces that arrive together are given together.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from core.domain.model import Connection
from core.errors import BrokenAnswer, ModelError
from core.llm.meaning import from_status
from core.llm.redact import redact

DONE = b"[DONE]"
STRAY = (b"{", b" ", b"}", b"]", b'"')
SECONDS_FOR_A_CLEAN_END = 0.5


@dataclass(slots=True)
class Reading:
    """What a reader has learnt when the stream is over. `reason` is None where the provider gave none."""

    connection: Connection
    reason: str | None = None
    usage: dict[str, Any] | None = None
    response_model: str = ""
    answered: bool = False
    done: bool = False
    stray: bytes = b""
    thinking: list[str] = field(default_factory=list)
    answer: list[str] = field(default_factory=list)

    def take(self) -> tuple[str, str]:
        """Give the thinking and the answer gathered since the last time."""
        pieces = "".join(self.thinking), "".join(self.answer)
        if self.thinking:
            self.thinking.clear()
        if self.answer:
            self.answer.clear()
            self.answered = True
        return pieces


async def read_events(blocks: AsyncIterator[bytes], reading: Reading) -> AsyncIterator[tuple[str, str]]:
    """Give (thinking, answer) for each block of OpenAI's server-sent events; what else it says goes to `reading`.

    Raises BrokenAnswer for what is no JSON, and the provider's own error where one comes within the stream, both
    after what came before.
    """
    rest = b""
    fault: ModelError | None = None
    async for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        try:
            for line in lines:
                _take_event(line, reading)
        except ModelError as error:
            fault = error
        if reading.answer or reading.thinking:
            yield reading.take()
        if fault is not None:
            raise fault
        if reading.done:
            await _drain(blocks)
            return
    _take_event(rest, reading)
    if reading.stray.strip():
        _take_chunk(reading.stray, reading)  # a server that answers whole although it was asked to stream
    yield reading.take()


async def read_lines(blocks: AsyncIterator[bytes], reading: Reading) -> AsyncIterator[tuple[str, str]]:
    """Give (thinking, answer) for each block of Ollama's lines of JSON; otherwise as `read_events`."""
    rest = b""
    fault: ModelError | None = None
    async for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        try:
            for line in filter(None, lines):
                _take_line(line, reading)
        except ModelError as error:
            fault = error
        if reading.answer or reading.thinking:
            yield reading.take()
        if fault is not None:
            raise fault
    if rest.strip():
        _take_line(rest, reading)
    yield reading.take()


def _take_event(line: bytes, reading: Reading) -> None:
    if line.startswith(b"data:"):
        data = line[5:].strip()
        if data == DONE:
            reading.done = True
        elif data:
            _take_chunk(data, reading)
    elif line[:1] in STRAY:
        reading.stray += line


def _take_chunk(data: bytes, reading: Reading) -> None:
    chunk = _json(data, reading.connection)
    choices = chunk.get("choices")
    if choices:
        choice = choices[0]
        delta = choice.get("delta") or choice.get("message") or {}
        if text := delta.get("content") or delta.get("refusal"):
            if isinstance(text, str):
                reading.answer.append(text)
            else:
                _take_parts(text, reading)
        if thought := delta.get("reasoning_content") or delta.get("reasoning"):
            reading.thinking.append(str(thought))
        if reason := choice.get("finish_reason"):
            reading.reason = reason
    if usage := chunk.get("usage"):
        reading.usage = usage
    if not reading.response_model:
        reading.response_model = chunk.get("model") or ""
    if chunk.get("error"):
        raise _told(chunk["error"], reading.connection)


def _take_line(line: bytes, reading: Reading) -> None:
    chunk = _json(line, reading.connection)
    message = chunk.get("message") or {}
    if text := message.get("content"):
        reading.answer.append(text)
    if thought := message.get("thinking"):
        reading.thinking.append(thought)
    if chunk.get("done"):
        reading.reason = chunk.get("done_reason") or "stop"
        if "eval_count" in chunk:
            reading.usage = {
                "prompt_tokens": chunk.get("prompt_eval_count") or 0,
                "completion_tokens": chunk["eval_count"],
            }
    if not reading.response_model:
        reading.response_model = chunk.get("model") or ""
    if chunk.get("error"):
        raise _told(chunk["error"], reading.connection)


def _json(data: bytes, connection: Connection) -> dict[str, Any]:
    host = connection.host or connection.provider
    try:
        chunk = json.loads(data)
    except ValueError as error:
        words = redact(data[:300].decode(errors="replace"), connection.key)
        raise BrokenAnswer(f"{host} sent something that is no JSON.", detail=words) from error
    if not isinstance(chunk, dict):
        raise BrokenAnswer(f"{host} sent something unexpected.", detail=redact(repr(chunk)[:300], connection.key))
    return chunk


def _told(error: Any, connection: Connection) -> ModelError:
    """Give the error that a provider told within the stream: by its code where that says whose fault it is."""
    code = error.get("code") if isinstance(error, dict) else None
    words = str(error.get("message") or error) if isinstance(error, dict) else str(error)
    status = int(code) if isinstance(code, int) or (isinstance(code, str) and code.isdigit()) else 0
    if 400 <= status < 500:
        return from_status(status, words, connection)
    host = connection.host or connection.provider
    return BrokenAnswer(f"{host} failed in the middle of the answer.", detail=redact(words, connection.key))


def _take_parts(parts: Any, reading: Reading) -> None:
    """Take content that comes as a list of parts, some of them thinking, as Mistral's does."""
    for part in parts if isinstance(parts, list) else ():
        if part.get("type") == "thinking":
            reading.thinking += [str(inner.get("text") or "") for inner in part.get("thinking") or ()]
        else:
            reading.answer.append(str(part.get("text") or ""))


async def _drain(blocks: AsyncIterator[bytes]) -> None:
    """Read the little that follows the end, so that the connection can be used again; do not wait for more."""
    try:
        async with asyncio.timeout(SECONDS_FOR_A_CLEAN_END):
            async for _ in blocks:
                pass
    except TimeoutError:
        return
