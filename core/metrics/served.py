"""A small server that answers scrapes and nothing else, in threads of its own."""

import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from core.errors import ClaudePrompterError, InputError
from core.metrics.families import Family
from core.metrics.prometheus import Exposition


def serve(families: Callable[[], Iterable[Family]], *, address: str, port: int) -> ThreadingHTTPServer:
    """Begin to answer `GET /metrics` and give the server; `shutdown()` ends it.

    Raises InputError where nobody can listen there.
    """
    exposition = Exposition(families)

    class Answer(BaseHTTPRequestHandler):
        """One scrape."""

        def do_GET(self) -> None:
            """Give the figures, or say why there are none."""
            if self.path.partition("?")[0] != "/metrics":
                self._send(404, b"Metrics are at /metrics.\n", "text/plain; charset=utf-8")
                return
            try:
                page, content_type = exposition.text(self.headers.get("Accept", ""))
                self._send(200, page, content_type)
            except ClaudePrompterError as error:
                self._send(503, f"{error.message} {error.next_step}\n".encode(), "text/plain; charset=utf-8")

        def _send(self, status: int, body: bytes, content_type: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has there
            """Say nothing: a line a scrape helps nobody."""

    try:
        server = ThreadingHTTPServer((address, port), Answer)
    except OSError as error:
        raise InputError(
            f"Nothing can be served at {address}:{port}.",
            next_step="Choose another --port, or end what listens there.",
            detail=str(error),
        ) from error
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="serve-metrics", daemon=True).start()
    return server
