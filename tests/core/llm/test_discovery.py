"""What is reachable is found, and why something is not is said in plain words."""

import socket

import pytest

from core.domain.model import Capability, Place
from core.llm.discovery import look_at_ollama, look_at_openai, look_at_well_known
from tests.servers.http import LoopbackServer, Recorded, Reply
from tests.servers.ollama_server import CLOUD_MODEL, OllamaServer
from tests.servers.openai_server import OpenAIServer


class Answers(LoopbackServer):
    """Gives the same answer to everything."""

    def __init__(self, status: int, payload: object, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__()
        self._answer = (status, payload, headers)

    async def answer(self, request: Recorded, reply: Reply) -> None:
        reply.whole(*self._answer)


class Silent(LoopbackServer):
    """Says nothing."""

    async def answer(self, request: Recorded, reply: Reply) -> None:
        await reply.wait_until_gone()


async def test_an_openai_compatible_server_lists_its_models_with_their_context() -> None:
    with OpenAIServer(models=("qwen3", "org/llama")) as server:
        found = await look_at_openai(server.base_url, place=Place.LOCAL)
    assert found.up
    assert [(model.name, model.context_tokens) for model in found.models] == [("qwen3", 32768), ("org/llama", 32768)]


async def test_a_key_is_sent_to_the_server_it_is_for_and_a_wrong_one_is_told() -> None:
    with OpenAIServer(key="right") as server:
        assert (await look_at_openai(server.base_url, place=Place.LOCAL, key="right")).up
        assert (await look_at_openai(server.base_url, place=Place.LOCAL)).reason == "It does not accept the key."
        assert [request.headers.get("authorization") for request in server.requests] == ["Bearer right", None]


async def test_ollama_lists_its_models_with_context_and_abilities_and_tells_remote_ones() -> None:
    with OllamaServer(models=("good:latest", CLOUD_MODEL)) as server:
        found = await look_at_ollama(server.address, place=Place.LOCAL)
    local, remote = found.models
    assert (local.name, local.context_tokens, local.remote) == ("good:latest", 40960, False)
    assert local.capabilities == {Capability.THINKING, Capability.TOOLS}
    assert remote.remote


async def test_a_closed_port_a_silent_server_and_a_stranger_are_told_apart() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = await look_at_openai(f"http://127.0.0.1:{taken.getsockname()[1]}/v1", place=Place.LOCAL)
    with Silent() as silent, Answers(200, {"hello": "world"}) as stranger, Answers(500, {}) as broken:
        reasons = [
            closed.reason,
            *[(await look_at_openai(s.address, place=Place.LOCAL)).reason for s in (silent, stranger, broken)],
            (await look_at_ollama(stranger.address, place=Place.LOCAL)).reason,
        ]
    assert reasons == [
        "Nothing listens there.",
        "It does not answer in time.",
        "It answers, but not with a list of models.",
        "It answers with status 500.",
        "It answers, but not as Ollama does.",
    ]


async def test_a_redirect_is_not_followed() -> None:
    with OpenAIServer() as target:
        headers = (("location", f"{target.base_url}/models"),)
        with Answers(307, {}, headers) as server:
            found = await look_at_openai(server.address, place=Place.LOCAL, key="secret")
        assert not found.up
        assert target.requests == []


@pytest.mark.parametrize("url", ["http://169.254.169.254/v1", "ftp://lab", "http://10.0.0.1/v1"])
async def test_an_address_that_may_not_be_called_is_not_called(url: str) -> None:
    assert not (await look_at_openai(url, place=Place.CLOUD)).up


async def test_servers_at_well_known_ports_are_found_but_not_those_already_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with OpenAIServer(models=("a",)) as one, OpenAIServer(models=("b",)) as two:
        known = (("LM Studio", one.base_url), ("vLLM", two.base_url), ("llamafile", "http://127.0.0.1:9/v1"))
        monkeypatch.setattr("core.llm.discovery.WELL_KNOWN", known)
        found = await look_at_well_known([two.base_url.replace("127.0.0.1", "localhost")])
    assert [(label, [model.name for model in seen.models]) for label, seen in found] == [("LM Studio", ["a"])]
