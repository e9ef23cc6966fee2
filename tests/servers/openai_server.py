"""A server that speaks the OpenAI chat protocol on loopback, well or badly by the model's name.

In a test: `with OpenAIServer() as server: server.base_url`. By hand or for a benchmark:
`python -m tests.servers.openai_server --port 8000 --chunks 200 --chunk-delay 0.005`.
"""

import argparse
import asyncio
import itertools
import json
from functools import lru_cache

from tests.servers.http import LoopbackServer, Recorded, Reply, chunk, play_forever
from tests.servers.play import Encoded, Turns, play
from tests.servers.scripts import SCRIPTS, Refusal, Script, script_for


class OpenAIServer(LoopbackServer):
    """Answers /v1/models and /v1/chat/completions; `key`, where given, is asked of every request.

    `default` answers for every model that no script is named after.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        key: str = "",
        default: Script | None = None,
        models: tuple[str, ...] = (),
        keep: bool = True,
    ) -> None:
        super().__init__(port=port, keep=keep)
        self.key = key
        self.models = models or tuple(SCRIPTS)
        self._default = default
        self._turns = Turns()
        self._numbers = itertools.count(1)

    @property
    def base_url(self) -> str:
        """Give the address as a client wants it."""
        return f"{self.address}/v1"

    @property
    def chats(self) -> list[Recorded]:
        """Give the requests for an answer, in the order they came."""
        return [request for request in self.requests if request.path.endswith("/chat/completions")]

    async def answer(self, request: Recorded, reply: Reply) -> None:
        """Answer one request as the protocol wants it."""
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            _refuse(reply, Refusal(status=401, message="Incorrect API key provided."))
        elif request.path.split("?")[0].endswith("/models"):
            models = [
                {"id": name, "object": "model", "owned_by": "tests", "max_model_len": 32768} for name in self.models
            ]
            reply.whole(200, {"object": "list", "data": models})
        elif request.path.endswith("/chat/completions"):
            await self._chat(request, reply)
        else:
            _refuse(reply, Refusal(status=404, message=f"Nothing is served at {request.path}."))

    async def _chat(self, request: Recorded, reply: Reply) -> None:
        asked = request.json
        model = str(asked.get("model", ""))
        script = script_for(model) or self._default
        if script is None:
            _refuse(reply, Refusal(status=404, message=f"The model `{model}` does not exist.", code="model_not_found"))
            return
        prompt = json.dumps(asked.get("messages"))
        if refusal := self._turns.refusal(script, model=model, prompt=prompt):
            _refuse(reply, refusal)
            return
        wants_usage = bool((asked.get("stream_options") or {}).get("include_usage"))
        headers = (("x-request-id", f"req-{next(self._numbers)}"),)
        if not asked.get("stream"):
            reply.whole(200, _whole(script, model=model, prompt_tokens=count_tokens(prompt)), headers)
            return
        encoded = encode(script, model, count_tokens(prompt), wants_usage)
        await play(script, encoded, reply, headers=headers)


def count_tokens(text: str) -> int:
    """Count as the test servers do: four characters a token."""
    return max(1, len(text) // 4)


@lru_cache(maxsize=256)
def encode(script: Script, model: str, prompt_tokens: int, wants_usage: bool) -> Encoded:
    """Encode a script as server-sent events, once for all requests alike."""
    pieces = [_delta(model, {"reasoning_content": piece}) for piece in script.thinking]
    pieces += [_delta(model, {"content": piece}) for piece in script.pieces]
    closing = _event({**_frame(model), "choices": [{"index": 0, "delta": {}, "finish_reason": script.finish}]})
    if script.usage and wants_usage:
        closing += _event({**_frame(model), "choices": [], "usage": _usage(script, prompt_tokens)})
    return Encoded(
        content_type="text/event-stream",
        opening=_delta(model, {"role": "assistant", "content": ""}),
        pieces=pieces,
        closing=closing + chunk(b"data: [DONE]\n\n"),
        broken=_broken(script),
    )


def _broken(script: Script) -> bytes:
    if script.ending == "bad-json":
        return chunk(b'data: {"id": "chatcmpl-1", "choices": [{"index": 0, "del\n\n')
    if script.ending == "error-event":
        return _event({"error": {"message": "The engine was overloaded.", "type": "server_error", "code": 500}})
    return chunk(b"data: [DONE]\n\n") if script.ending == "cut-after-done" else b""


def _usage(script: Script, prompt_tokens: int) -> dict[str, object]:
    completion = len(script.pieces) + len(script.thinking)
    usage: dict[str, object] = {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion,
        "total_tokens": prompt_tokens + completion,
        "prompt_tokens_details": {"cached_tokens": script.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": len(script.thinking)},
    }
    return usage if script.cost is None else usage | {"cost": script.cost}


def _whole(script: Script, *, model: str, prompt_tokens: int) -> dict[str, object]:
    message = {"role": "assistant", "content": script.text, "reasoning_content": "".join(script.thinking) or None}
    choices = [{"index": 0, "message": message, "finish_reason": script.finish}]
    return {**_frame(model), "object": "chat.completion", "choices": choices, "usage": _usage(script, prompt_tokens)}


def _frame(model: str) -> dict[str, object]:
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": f"{model}-2026"}


def _delta(model: str, delta: dict[str, str]) -> bytes:
    return _event({**_frame(model), "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})


def _event(payload: dict[str, object]) -> bytes:
    return chunk(b"data: " + json.dumps(payload).encode() + b"\n\n")


def _refuse(reply: Reply, refusal: Refusal) -> None:
    error = {"message": refusal.message, "type": refusal.kind, "code": refusal.code, "param": None}
    reply.whole(refusal.status, {"error": error}, refusal.headers)


def main() -> None:
    """Serve until ended; every model name that is no script's streams as the options say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--chunks", type=int, default=100, help="pieces of each answer")
    parser.add_argument("--chunk-delay", type=float, default=0.0, help="seconds between two pieces")
    parser.add_argument("--first-delay", type=float, default=0.0, help="seconds before the first piece")
    parser.add_argument("--models", default="", help="names to list, comma-separated; else those of the scripts")
    parser.add_argument("--key", default="", help="ask this key of every request")
    options = parser.parse_args()
    default = Script(
        pieces=tuple(f"word{number % 10} " for number in range(options.chunks)),
        delay=options.chunk_delay,
        first_delay=options.first_delay,
    )
    models = tuple(filter(None, options.models.split(",")))
    server = OpenAIServer(port=options.port, key=options.key, default=default, models=models, keep=False)
    asyncio.run(play_forever(server))


if __name__ == "__main__":
    main()
