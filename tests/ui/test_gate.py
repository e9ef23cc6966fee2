"""The gate: headers on every response, and nobody but this machine until sign-in is set up."""

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from pages.ui import gate


async def page(request):
    return PlainTextResponse("the page")


def client(host="127.0.0.1", port=8501, caller="127.0.0.1"):
    app = Starlette(routes=[Route("/", page)], middleware=[Middleware(gate.SecurityHeaders), Middleware(gate.Gate)])
    return TestClient(app, base_url=f"http://{host}:{port}", client=(caller, 50000))


@pytest.fixture
def listening(monkeypatch):
    def listen(address, *, headers=None):
        options = {"server.address": address, "server.trustedUserHeaders": headers or {}}
        monkeypatch.setattr(st, "get_option", options.get)
        monkeypatch.setattr(gate, "oidc_configured", lambda: False)

    return listen


def test_this_machine_is_served_with_every_security_header(listening):
    listening("127.0.0.1")
    answer = client().get("/")
    assert answer.text == "the page"
    assert {name: answer.headers[name] for name in gate.HEADERS} == gate.HEADERS


def test_an_error_page_carries_the_headers_too(listening):
    listening("127.0.0.1")
    answer = client().get("/nowhere")
    assert answer.status_code == 404
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("address", ["0.0.0.0", "", None, "192.168.1.5", "example.test", "::"])
def test_a_server_beyond_this_machine_refuses_everybody_and_says_how_to_switch_sign_in_on(listening, address):
    listening(address)
    answer = client().get("/")
    assert answer.status_code == 503
    assert "[auth]" in answer.text
    assert "the page" not in answer.text


def test_another_machine_is_refused_whatever_the_settings_say(listening):
    listening("127.0.0.1")
    assert client(caller="10.0.0.7").get("/").status_code == 503


def test_a_foreign_host_name_that_points_here_is_refused(listening):
    listening("127.0.0.1")
    assert client(host="rebound.example").get("/").status_code == 503


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_every_name_of_this_machine_is_served(listening, host):
    listening("localhost")
    assert client(host=host).get("/").status_code == 200


def test_a_trusted_proxy_opens_the_network(listening):
    listening("0.0.0.0", headers={"X-Forwarded-Email": "email"})
    assert client(host="prompts.example", caller="10.0.0.7").get("/").status_code == 200


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "LOCALHOST", "app.localhost", "::ffff:127.0.0.1"]
)
def test_names_that_can_only_mean_this_machine(name):
    assert gate.is_loopback(name)


@pytest.mark.parametrize(
    "name", ["", "0.0.0.0", "::", "localhost.example", "169.254.1.1", "10.0.0.1", "127.0.0.1.example"]
)
def test_names_that_may_mean_another_machine(name):
    assert not gate.is_loopback(name)
