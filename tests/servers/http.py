"""The least HTTP/1.1 server that streams: keep-alive, chunked answers, and a record of what was asked.

It does nothing but parse, call and write, so that a benchmark measures its client.
"""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self

REASONS = {200: "OK", 307: "Temporary Redirect", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}


@dataclass(slots=True)
class Recorded:
    """One request as it came in. `gone` is set when the client left before the answer was complete."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    finished: bool = False
    gone: threading.Event = field(default_factory=threading.Event)

    @property
    def json(self) -> dict[str, Any]:
        """Give the body as JSON, empty where there is none."""
        return json.loads(self.body) if self.body else {}

    @property
    def model(self) -> str:
        """Give the model that was asked for."""
        return str(self.json.get("model", ""))


class Reply:
    """Where a handler writes its answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @property
    def gone(self) -> bool:
        """Tell whether the client has closed its side."""
        return self._reader.at_eof() or self._writer.is_closing()

    def whole(self, status: int, payload: object, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """Write a whole answer as JSON."""
        body = json.dumps(payload).encode()
        self._head(status, (("content-type", "application/json"), ("content-length", str(len(body))), *headers))
        self._writer.write(body)

    def file(self, data: bytes, headers: tuple[tuple[str, str], ...] = (), *, head_only: bool = False) -> None:
        """Write a whole file, or only its head."""
        size = ("content-length", str(len(data)))
        self._head(200, (("content-type", "application/octet-stream"), size, *headers))
        if not head_only:
            self._writer.write(data)

    def begin(self, content_type: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """Write the head of a streamed answer."""
        self._head(200, (("content-type", content_type), ("transfer-encoding", "chunked"), *headers))

    async def send(self, encoded: bytes) -> None:
        """Write one piece that `chunk` has made; waits where the client reads too slowly."""
        self._writer.write(encoded)
        if self._writer.transport.get_write_buffer_size() > 65536:
            await self._writer.drain()

    def end(self) -> None:
        """End a streamed answer as HTTP wants it."""
        self._writer.write(b"0\r\n\r\n")

    def abort(self) -> None:
        """Break the connection in the middle of an answer."""
        self._writer.transport.abort()

    async def flush(self) -> None:
        """Wait until what was written has left."""
        await self._writer.drain()

    async def wait_until_gone(self) -> None:
        """Say nothing until the client gives up."""
        await self._reader.read()

    def _head(self, status: int, headers: tuple[tuple[str, str], ...]) -> None:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        self._writer.write(f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}\r\n{lines}\r\n".encode())


Handler = Callable[[Recorded, Reply], Awaitable[None]]


def chunk(data: bytes) -> bytes:
    """Encode one piece for a chunked answer."""
    return b"%x\r\n%b\r\n" % (len(data), data)


class LoopbackServer:
    """A server on 127.0.0.1 that hands each request to its handler and keeps a record of it."""

    def __init__(self, *, port: int = 0, keep: bool = True) -> None:
        self.port = port
        self.requests: list[Recorded] = []
        self._keep = keep
        self._server: asyncio.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def answer(self, request: Recorded, reply: Reply) -> None:
        """Answer one request; each protocol writes its own."""
        raise NotImplementedError

    @property
    def address(self) -> str:
        """Give the address without a path."""
        return f"http://127.0.0.1:{self.port}"

    async def listen(self) -> None:
        """Begin to listen, on a free port unless one was given."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=2**20)
        self.port = self._server.sockets[0].getsockname()[1]

    async def serve_forever(self) -> None:
        """Listen until cancelled."""
        await self.listen()
        assert self._server is not None
        await self._server.serve_forever()

    def start(self) -> Self:
        """Listen in a thread of its own; returns when the port is open."""
        ready = threading.Event()

        def run() -> None:
            self._loop = asyncio.new_event_loop()
            self._loop.run_until_complete(self.listen())
            ready.set()
            self._loop.run_forever()
            self._loop.run_until_complete(self._close())
            self._loop.close()

        self._thread = threading.Thread(target=run, name=f"{type(self).__name__}", daemon=True)
        self._thread.start()
        ready.wait()
        return self

    def stop(self) -> None:
        """Close the port and every connection."""
        if self._thread is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=10)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in tuple(self._open):
            writer.transport.abort()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while not writer.is_closing():
                request = await _read(reader)
                if self._keep:
                    self.requests.append(request)
                await self._answer_one(request, Reply(reader, writer))
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer_one(self, request: Recorded, reply: Reply) -> None:
        try:
            await self.answer(request, reply)
            await reply.flush()
            request.finished = not reply.gone
        finally:
            if not request.finished:
                request.gone.set()


async def _read(reader: asyncio.StreamReader) -> Recorded:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {}
    for line in filter(None, lines):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Recorded(method=method, path=path, headers=headers, body=body)


async def play_forever(server: LoopbackServer) -> None:
    """Serve until the process is told to end, saying the address first."""
    await server.listen()
    print(f"listening on {server.address}", flush=True)  # noqa: T201 — how a parent process learns the port
    await asyncio.Event().wait()
