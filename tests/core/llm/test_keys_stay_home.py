"""No key reaches a host that it is not for: tried in a process that was started with the keys of many providers."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.servers.ollama_server import OllamaServer
from tests.servers.openai_server import OpenAIServer

ROOT = Path(__file__).resolve().parents[3]
PLANTED = {
    "OPENAI_API_KEY": "sk-planted-openai-000000",
    "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
    "OPENAI_API_BASE": "http://127.0.0.1:9/v1",
    "ANTHROPIC_API_KEY": "sk-ant-planted-0000000",
    "HOSTED_VLLM_API_KEY": "planted-vllm-000000",
    "OLLAMA_API_KEY": "planted-ollama-00000",
    "GROQ_API_KEY": "gsk_planted_groq_00000",
    "OPENROUTER_API_KEY": "sk-or-planted-0000000",
    "TOGETHER_AI_TOKEN": "planted-together-000",
    "AWS_SECRET_ACCESS_KEY": "planted-aws-00000000",
    "HF_TOKEN": "hf_planted_00000000",
}
PROGRAM = """
import asyncio, json, os, sys
from core.llm.environment import environment, is_secret
from core.llm.litellm_adapter import LiteLLM
from tests.servers.asking import ask, connection_to

async def main(openai, ollama):
    adapter = LiteLLM()
    adapter.warm_up()
    asked = [("hosted_vllm/good", openai, None), ("openai/good", openai, None), ("groq/good", openai, None)]
    asked += [("openrouter/good", openai, "sk-for-this-host-only"), ("ollama_chat/good", ollama, None)]
    heard = [await ask(adapter, connection_to(url, model, key=key)) for model, url, key in asked]
    await adapter.aclose()
    left = [name for name in os.environ if is_secret(name)]
    kept = environment()["OPENAI_API_KEY"]
    print(json.dumps({"texts": [one.text for one in heard], "left": left, "kept": kept}))

asyncio.run(main(*sys.argv[1:]))
"""


LOOKUPS = """
import asyncio, json, socket
from core.domain.model import Connection, Place
from core.llm.litellm_adapter import LiteLLM
from core.llm.providers import known_providers
from tests.servers.asking import ask

asked = []

def lookup(host, *_, **__):
    asked.append(host if isinstance(host, str) else host.decode())
    raise socket.gaierror(-2, "no network in this test")

async def main():
    adapter = LiteLLM()
    adapter.warm_up()
    socket.getaddrinfo = lookup
    found = {}
    for provider in known_providers():
        if provider.host:
            asked.clear()
            name = f"{provider.id}/some-model"
            heard = await ask(adapter, Connection(
                model=name, adapter_model=name, place=Place.CLOUD, provider=provider.id, host=provider.host, key="sk-x",
            ))
            found[provider.id] = [provider.host, sorted(set(asked)), type(heard.error).__name__]
    await adapter.aclose()
    print(json.dumps(found))

asyncio.run(main())
"""


def run(program: str, *arguments: str, planted: dict[str, str] | None = None) -> Any:
    """Run a program in a process of its own and give the JSON of its last line."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env={**os.environ, **(planted or {}), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_pasted_key_goes_to_the_host_that_the_table_names_and_no_network_is_told_as_such() -> None:
    found = run(LOOKUPS)
    assert len(found) >= 20
    for provider, (host, asked, error) in found.items():
        assert asked == [host], provider
        assert error == "Unreachable", provider


def test_the_environments_keys_reach_no_server_they_are_not_for() -> None:
    with OpenAIServer() as openai, OllamaServer() as ollama:
        said = run(PROGRAM, openai.base_url, ollama.address, planted=PLANTED)
        requests = [*openai.chats, *ollama.chats]
    assert len(requests) == 5
    assert all(said["texts"])
    authorizations = [request.headers.get("authorization") for request in requests]
    assert authorizations.count("Bearer sk-for-this-host-only") == 1
    assert set(authorizations) == {"Bearer no-key", "Bearer sk-for-this-host-only"}
    everything = "".join(f"{request.headers}{request.body!r}" for request in requests)
    assert not [key for key in PLANTED.values() if key in everything]
    assert said["left"] == []
    assert said["kept"] == PLANTED["OPENAI_API_KEY"]
