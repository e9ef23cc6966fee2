"""A server that speaks Anthropic's protocol on loopback, well or badly by the model's name."""

import json
from functools import lru_cache

from tests.servers.http import LoopbackServer, Recorded, Reply, chunk
from tests.servers.play import Encoded, Turns, play
from tests.servers.scripts import Script, script_for

REASONS = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}
WROTE = {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200}


class AnthropicServer(LoopbackServer):
    """Answers /v1/messages. Every prompt counts 10 tokens, 600 more from a cache and 300 written to one."""

    def __init__(self) -> None:
        super().__init__()
        self._turns = Turns()

    async def answer(self, request: Recorded, reply: Reply) -> None:
        """Answer one request as the protocol wants it."""
        script = script_for(request.model)
        if script is None or not request.path.endswith("/v1/messages"):
            reply.whole(404, {"type": "error", "error": {"type": "not_found_error", "message": "No such model."}})
            return
        prompt = json.dumps(request.json.get("messages"))
        if refusal := self._turns.refusal(script, model=request.model, prompt=prompt):
            error = {"type": refusal.kind, "message": refusal.message}
            reply.whole(refusal.status, {"type": "error", "error": error}, refusal.headers)
            return
        await play(script, encode(script, request.model), reply, headers=(("request-id", "req_1"),))


@lru_cache(maxsize=64)
def encode(script: Script, model: str) -> Encoded:
    """Encode a script as Anthropic's named events."""
    used = {"input_tokens": 10, "cache_read_input_tokens": 600, "cache_creation_input_tokens": 300}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": []}
    start = {"message": {**message, "usage": {**used, "cache_creation": WROTE, "output_tokens": 1}}}
    pieces = _block(0, "thinking", script.thinking) if script.thinking else []
    pieces += _block(1, "text", script.pieces)
    return Encoded(
        content_type="text/event-stream",
        opening=_event("message_start", start),
        pieces=pieces,
        closing=_closing(script),
        broken=_broken(script),
    )


def _block(index: int, kind: str, pieces: tuple[str, ...]) -> list[bytes]:
    opening = {"index": index, "content_block": {"type": kind, kind: ""}}
    deltas = [{"index": index, "delta": {"type": f"{kind}_delta", kind: piece}} for piece in pieces]
    return [
        _event("content_block_start", opening),
        *(_event("content_block_delta", delta) for delta in deltas),
        _event("content_block_stop", {"index": index}),
    ]


def _closing(script: Script) -> bytes:
    count = len(script.pieces) + len(script.thinking)
    last = {"delta": {"stop_reason": REASONS[script.finish], "stop_sequence": None}, "usage": {"output_tokens": count}}
    return _event("message_delta", last) + _event("message_stop", {})


def _broken(script: Script) -> bytes:
    if script.ending == "error-event":
        return _event("error", {"error": {"type": "overloaded_error", "message": "Overloaded"}})
    return b""


def _event(name: str, payload: dict[str, object]) -> bytes:
    return chunk(f"event: {name}\ndata: {json.dumps({'type': name, **payload})}\n\n".encode())
