"""Who may scrape: this machine without sign-in, and with it whoever has the token."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.testclient import TestClient

from core.llm import environment
from pages.ui import gate, scrape


@pytest.fixture
def ask(monkeypatch):
    def answer(*, sign_in, token="", headers=None, host="127.0.0.1", caller="127.0.0.1"):
        monkeypatch.setattr(gate, "sign_in_configured", lambda: sign_in)
        monkeypatch.setattr(gate.st, "get_option", {"server.address": "127.0.0.1"}.get)
        monkeypatch.setattr(scrape, "_page", lambda *_: (200, b"figures", "text/plain"))
        known = {"CLAUDEPROMPTER_METRICS_TOKEN": token} if token else {}
        monkeypatch.setattr(environment, "environment", lambda: known)
        app = Starlette(routes=[Route("/metrics", scrape.metrics)], middleware=[Middleware(gate.Gate)])
        client = TestClient(app, base_url=f"http://{host}:8501", client=(caller, 50000))
        return client.get("/metrics", headers=headers or {})

    return answer


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_without_sign_in_this_machine_may_scrape_and_no_other(ask):
    assert ask(sign_in=False).text == "figures"
    assert ask(sign_in=False, caller="10.0.0.7").status_code == 503
    assert ask(sign_in=False, host="example.test").status_code == 503


def test_with_sign_in_nobody_may_scrape_until_a_token_is_set_and_then_who_has_it(ask):
    refused = ask(sign_in=True)
    assert refused.status_code == 401
    assert "CLAUDEPROMPTER_METRICS_TOKEN" in refused.text
    assert ask(sign_in=True, headers=bearer("")).status_code == 401
    assert ask(sign_in=True, token="s3cret", headers=bearer("wrong")).status_code == 401
    assert ask(sign_in=True, token="s3cret", headers={"Authorization": "s3cret"}).status_code == 401
    assert ask(sign_in=True, token="s3cret", headers=bearer("s3cret"), caller="10.0.0.7").text == "figures"


def test_a_token_that_is_set_is_asked_for_without_sign_in_too(ask):
    assert ask(sign_in=False, token="s3cret").status_code == 401
    assert ask(sign_in=False, token="s3cret", headers=bearer("s3cret")).text == "figures"
