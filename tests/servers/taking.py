"""A loopback server that takes what is posted to it, and answers with the status it is told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Posted:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Taker:
    """What was posted so far, and how it is answered. While `hangs` is set nothing is answered at all."""

    url: str = ""
    status: int = 200
    posts: list[Posted] = field(default_factory=list)
    hangs: threading.Event = field(default_factory=threading.Event)
    leave: threading.Event = field(default_factory=threading.Event)


@contextmanager
def taking(port: int = 0) -> Iterator[Taker]:
    """Run the server until the block ends."""
    taker = Taker()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            taker.posts.append(Posted(self.path, {key.lower(): value for key, value in self.headers.items()}, body))
            if taker.hangs.is_set():
                taker.leave.wait(30)
                return
            self.send_response(taker.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Answer)
    server.daemon_threads = True
    taker.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield taker
    taker.leave.set()
    server.shutdown()
    server.server_close()
