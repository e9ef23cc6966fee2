"""The guard in tests/conftest.py that keeps every test off the network; it must itself be seen to work."""

import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["pytester"]

GUARD = Path(__file__).resolve().parents[2] / "conftest.py"

GUARDED = """
    import socket
    from contextlib import suppress

    def test_reaches_out():
        with suppress(BaseException):
            socket.create_connection(({host!r}, 443), timeout=1)
"""


class Quiet(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_words: Any) -> None:
        """Say nothing."""


def test_this_machine_may_be_reached() -> None:
    server = HTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.handle_request, daemon=True).start()
    with urllib.request.urlopen(f"http://localhost:{server.server_port}/", timeout=5) as answer:
        assert answer.status == 204
    server.server_close()


@pytest.mark.parametrize("host", ["93.184.215.14", "example.org", "169.254.169.254", "2001:db8::1"])
def test_a_test_that_reaches_out_fails_even_if_it_hides_the_error(host: str, pytester: pytest.Pytester) -> None:
    pytester.makeconftest(GUARD.read_text())
    pytester.makepyfile(GUARDED.format(host=host))
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-o", "asyncio_default_fixture_loop_scope=function")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([f"*reached for the network*{host}*"])
