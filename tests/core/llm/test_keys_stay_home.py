"""No key reaches a host that it is not for: tried in a process that was started with the keys of many providers."""

import json
import os
import subprocess
import sys
from pathlib import Path

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


def test_the_environments_keys_reach_no_server_they_are_not_for() -> None:
    with OpenAIServer() as openai, OllamaServer() as ollama:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, openai.base_url, ollama.address],
            cwd=ROOT,
            env={**os.environ, **PLANTED, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout.splitlines()[-1])
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
