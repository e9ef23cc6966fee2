"""Playing a script: what every protocol has in common, with the encoding handed in."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.servers.http import Reply
from tests.servers.scripts import Refusal, Script


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A script in a protocol's own bytes: `pieces` one chunk each, then what `ending` and `closing` stand for.

    `closing` is the regular end (finish reason, usage); `broken` is what an irregular end says instead.
    """

    content_type: str
    opening: bytes
    pieces: Sequence[bytes]
    closing: bytes
    broken: bytes


class Turns:
    """Counts the requests of each model and prompt, so that a script can refuse the first ones."""

    def __init__(self) -> None:
        self._seen: Counter[tuple[str, str]] = Counter()

    def refusal(self, script: Script, *, model: str, prompt: str) -> Refusal | None:
        """Give the refusal that is due for this request, or None where it is answered."""
        turn = self._seen[model, prompt]
        self._seen[model, prompt] += 1
        if script.refuse_always is not None:
            return script.refuse_always
        return script.refusals[turn] if turn < len(script.refusals) else None


async def play(script: Script, encoded: Encoded, reply: Reply, *, headers: tuple[tuple[str, str], ...] = ()) -> None:
    """Stream a script to the client, at its pace, to its good or bad end."""
    if script.stall_after == 0:
        await reply.wait_until_gone()
        return
    if script.first_delay:
        await asyncio.sleep(script.first_delay)
    reply.begin(encoded.content_type, headers)
    await reply.send(encoded.opening)
    for number, piece in enumerate(encoded.pieces):
        if script.stall_after == number:
            await reply.wait_until_gone()
            return
        if script.delay:
            await asyncio.sleep(script.delay)
            if reply.gone:
                return
        await reply.send(piece)
    await _end(script, encoded, reply)


async def _end(script: Script, encoded: Encoded, reply: Reply) -> None:
    if script.ending == "abort":
        await reply.flush()
        await asyncio.sleep(0.05)
        reply.abort()
        return
    if script.ending == "finish":
        await reply.send(encoded.closing)
    elif encoded.broken:
        await reply.send(encoded.broken)
    reply.end()
