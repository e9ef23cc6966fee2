"""Small open models inside the app: no server and no network. A child process holds torch and writes.

The child is started at the first request and ends when nobody has asked for a while, which gives its memory back.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from core.domain.run import FinishReason
from core.domain.usage import Usage
from core.errors import BrokenAnswer, ContextTooLong, CutStream, ModelError, ModelNotFound, ProviderFault
from core.inference.frames import LENGTH, BrokenFrame, decoded, encoded
from core.llm.port import Finish, ModelRequest, StreamEvent, TextDelta, ThinkingDelta, UsageReport
from core.llm.thinking import ThinkingSplitter
from core.settings import ROOT

PROVIDER = "local"
"""Begins the names of these models: `local/Qwen/Qwen3-0.6B`."""

IDLE_SECONDS = 600.0
START_SECONDS = 60.0
PROGRAM = (sys.executable, "-m", "core.inference", "--write")

_Frame = dict[str, Any]


class Embedded:
    """A LanguageModel over `python -m core.inference --write`. A connection's `adapter_model` is the model's folder."""

    def __init__(self, *, program: Sequence[str] = PROGRAM, idle_seconds: float = IDLE_SECONDS) -> None:
        """Start nothing yet. `program` replaces the child's command line, for tests."""
        self._program = tuple(program)
        self._idle_seconds = idle_seconds
        self._child: _Child | None = None
        self._starting = asyncio.Lock()
        self._idle: asyncio.TimerHandle | None = None

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """Stream the answer. Raises ModelNotFound, ContextTooLong, ProviderFault, BrokenAnswer, CutStream."""
        folder = request.connection.adapter_model
        if not (Path(folder) / "config.json").is_file():
            raise ModelNotFound(
                f"{request.connection.model} is not on this machine any more.",
                next_step="Fetch it again under Settings, Models and keys.",
            )
        child = await self._running()
        splitter = ThinkingSplitter()
        async with contextlib.aclosing(child.write(_asked(request))) as frames:
            async for frame in frames:
                if "text" in frame:
                    for event in _pieces(*splitter.feed(str(frame["text"]))):
                        yield event
                elif "error" in frame:
                    raise _fault(frame, request)
                else:
                    for event in _pieces(*splitter.finish()):
                        yield event
                    for event in _ending(frame, request):
                        yield event
        self._sleep_later()

    async def close(self) -> None:
        """End the child."""
        if self._idle is not None:
            self._idle.cancel()
        child, self._child = self._child, None
        if child is not None:
            await child.end()

    async def _running(self) -> "_Child":
        async with self._starting:
            if self._idle is not None:
                self._idle.cancel()
            if self._child is None or not self._child.alive:
                self._child = await _Child.start(self._program)
            return self._child

    def _sleep_later(self) -> None:
        loop = asyncio.get_running_loop()
        if self._idle is not None:
            self._idle.cancel()
        self._idle = loop.call_later(self._idle_seconds, self._sleep)

    def _sleep(self) -> None:
        if self._child is not None and not self._child.busy:
            self._child.kill()
            self._child = None


class _Child:
    """One process on this loop: what it says goes to whoever asked."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._asked: dict[int, asyncio.Queue[_Frame | None]] = {}
        self._numbers = count(1)
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, program: Sequence[str]) -> "_Child":
        try:
            process = await asyncio.create_subprocess_exec(
                *program, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT
            )
        except OSError as error:
            raise ProviderFault("The process for models inside the app does not start.", detail=str(error)) from error
        return cls(process)

    @property
    def alive(self) -> bool:
        return self._process.returncode is None and not self._reading.done()

    @property
    def busy(self) -> bool:
        return bool(self._asked)

    async def write(self, header: _Frame) -> AsyncGenerator[_Frame, None]:
        """Give the frames of one answer, the last one included; ask the child to stop where nobody reads on."""
        number = next(self._numbers)
        frames: asyncio.Queue[_Frame | None] = asyncio.Queue()
        self._asked[number] = frames
        ended = False
        try:
            self._send({**header, "id": number, "op": "write"})
            while not ended:
                frame = await frames.get()
                if frame is None:
                    ended = True
                    raise ProviderFault("The process for models inside the app ended.", detail=self._last_words())
                ended = "text" not in frame
                yield frame
        finally:
            self._asked.pop(number, None)
            if not ended:
                self._send({"id": number, "op": "cancel"})

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def end(self) -> None:
        self.kill()
        await self._process.wait()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    def _send(self, header: _Frame) -> None:
        pipe = self._process.stdin
        if pipe is not None and not pipe.is_closing():
            pipe.write(encoded(header))

    async def _read(self) -> None:
        try:
            while True:
                await self._next()
        except (asyncio.IncompleteReadError, BrokenFrame, ConnectionError):
            pass  # told to all who wait: nothing more will come
        finally:
            self.kill()
            for waiting in self._asked.values():
                waiting.put_nowait(None)

    async def _next(self) -> None:
        pipe = self._process.stdout
        assert pipe is not None  # noqa: S101 - it was asked for at the start
        (length,) = LENGTH.unpack(await pipe.readexactly(LENGTH.size))
        header, size = decoded(await pipe.readexactly(length))
        await pipe.readexactly(size)
        waiting = self._asked.get(int(header.get("id", 0)))
        if waiting is not None:
            waiting.put_nowait(header)

    def _last_words(self) -> str:
        code = self._process.returncode
        return "" if code is None else f"exit status {code}"


def _asked(request: ModelRequest) -> _Frame:
    return {
        "folder": request.connection.adapter_model,
        "system": request.system,
        "prompt": request.prompt,
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
        "seed": f"{request.seed}/{request.attempt_number}",
    }


def _pieces(thinking: str, answer: str) -> tuple[StreamEvent, ...]:
    parts: list[StreamEvent] = []
    if thinking:
        parts.append(ThinkingDelta(thinking))
    if answer:
        parts.append(TextDelta(answer))
    return tuple(parts)


def _ending(frame: _Frame, request: ModelRequest) -> tuple[StreamEvent, ...]:
    if frame["finish"] == "cancelled":
        raise CutStream("The answer was stopped.")
    usage = Usage(input_tokens=int(frame["input_tokens"]), output_tokens=int(frame["output_tokens"]))
    reason = FinishReason.LENGTH if frame["finish"] == "length" else FinishReason.STOP
    name = request.connection.model.removeprefix(f"{PROVIDER}/")
    return UsageReport(usage), Finish(reason=reason, response_model=name)


def _fault(frame: _Frame, request: ModelRequest) -> ModelError:
    kind, detail, name = str(frame["error"]), str(frame.get("detail", "")), request.connection.model
    if kind == "context":
        return ContextTooLong(f"The prompt does not fit {name}: {detail}.")
    if kind in ("OSError", "FileNotFoundError", "SafetensorError", "JSONDecodeError"):
        return ModelNotFound(f"The files of {name} cannot be read.", detail=detail)
    if kind in ("MemoryError", "OutOfMemoryError"):
        return ProviderFault(f"This machine has too little memory for {name}.", detail=detail)
    return BrokenAnswer(f"{name} could not write an answer.", detail=f"{kind}: {detail}")
