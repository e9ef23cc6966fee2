"""A server that speaks Ollama's protocol on loopback, well or badly by the model's name.

`python -m tests.servers.ollama_server --port 11434` starts it by hand.
"""

import argparse
import asyncio
import json
from functools import lru_cache

from tests.servers.http import LoopbackServer, Recorded, Reply, chunk, play_forever
from tests.servers.openai_server import count_tokens
from tests.servers.play import Encoded, Turns, play
from tests.servers.scripts import SCRIPTS, Script, script_for

CLOUD_MODEL = "gpt-oss:120b-cloud"


class OllamaServer(LoopbackServer):
    """Answers /api/tags, /api/show, /api/version and /api/chat."""

    def __init__(self, *, port: int = 0, models: tuple[str, ...] = (), keep: bool = True) -> None:
        super().__init__(port=port, keep=keep)
        self.models = models or (*(f"{name}:latest" for name in SCRIPTS), CLOUD_MODEL)
        self._turns = Turns()

    @property
    def chats(self) -> list[Recorded]:
        """Give the requests for an answer, in the order they came."""
        return [request for request in self.requests if request.path == "/api/chat"]

    async def answer(self, request: Recorded, reply: Reply) -> None:
        """Answer one request as the protocol wants it."""
        if request.path == "/api/tags":
            reply.whole(200, {"models": [_tag(name) for name in self.models]})
        elif request.path == "/api/show":
            reply.whole(200, _show(request.model))
        elif request.path == "/api/version":
            reply.whole(200, {"version": "0.13.0"})
        elif request.path == "/api/chat":
            await self._chat(request, reply)
        else:
            reply.whole(404, {"error": "404 page not found"})

    async def _chat(self, request: Recorded, reply: Reply) -> None:
        asked = request.json
        model = str(asked.get("model", ""))
        script = script_for(model)
        if script is None:
            reply.whole(404, {"error": f"model '{model}' not found"})
            return
        prompt = json.dumps(asked.get("messages"))
        if refusal := self._turns.refusal(script, model=model, prompt=prompt):
            reply.whole(refusal.status, {"error": refusal.message}, refusal.headers)
            return
        await play(script, encode(script, model, count_tokens(prompt)), reply)


@lru_cache(maxsize=256)
def encode(script: Script, model: str, prompt_tokens: int) -> Encoded:
    """Encode a script as lines of JSON, once for all requests alike."""
    pieces = [_line(model, {"role": "assistant", "content": "", "thinking": piece}) for piece in script.thinking]
    pieces += [_line(model, {"role": "assistant", "content": piece}) for piece in script.pieces]
    return Encoded(
        content_type="application/x-ndjson",
        opening=_line(model, {"role": "assistant", "content": ""}),
        pieces=pieces,
        closing=_closing(script, model, prompt_tokens),
        broken=_broken(script),
    )


def _closing(script: Script, model: str, prompt_tokens: int) -> bytes:
    last: dict[str, object] = {"done": True, "done_reason": script.finish, "total_duration": 1_000_000_000}
    if script.usage:
        last |= {"prompt_eval_count": prompt_tokens, "eval_count": len(script.pieces) + len(script.thinking)}
    return _line(model, {"role": "assistant", "content": ""}, last)


def _broken(script: Script) -> bytes:
    if script.ending == "bad-json":
        return chunk(b'{"model": "bad-json", "mess\n')
    if script.ending == "error-event":
        return chunk(b'{"error": "The engine was overloaded."}\n')
    return b""


def _line(model: str, message: dict[str, str], more: dict[str, object] | None = None) -> bytes:
    payload = {"model": model, "created_at": "2026-01-01T00:00:00Z", "message": message, "done": False, **(more or {})}
    return chunk(json.dumps(payload).encode() + b"\n")


def _tag(name: str) -> dict[str, object]:
    details = {"format": "gguf", "family": "qwen3", "parameter_size": "8.2B", "quantization_level": "Q4_K_M"}
    tag: dict[str, object] = {
        "name": name,
        "model": name,
        "size": 5_000_000_000,
        "digest": "0" * 64,
        "details": details,
    }
    if name == CLOUD_MODEL:
        tag |= {"remote_model": "gpt-oss:120b", "remote_host": "https://ollama.com:443", "size": 384}
    return tag


def _show(name: str) -> dict[str, object]:
    return {
        "details": {"family": "qwen3"},
        "model_info": {"general.architecture": "qwen3", "qwen3.context_length": 40960},
        "capabilities": ["completion", "tools", "thinking"],
        "model": name,
    }


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    asyncio.run(play_forever(OllamaServer(port=parser.parse_args().port, keep=False)))


if __name__ == "__main__":
    main()
