"""The made-up models behind the port: they stream written answers at a believable pace and never touch a network."""

import asyncio
from collections.abc import AsyncIterator, Callable

from core.domain.model import Place
from core.errors import CutStream, ModelError, ModelNotFound, UnknownModel, Unreachable
from core.llm.port import ModelRequest, StreamEvent
from core.llm.simulated_script import script

SHORTEST_SLEEP = 0.001
LOOK_SECONDS = 0.5
"""How often a stream looks whether its model is still within reach."""

RESTORE = "Restore it under Router, Rules, or ask a model that is within reach."


class Simulated:
    """A LanguageModel for the demo and for tests. `speed` divides every wait: 1000 makes a stream take milliseconds."""

    def __init__(self, *, speed: float = 1.0, why_not: Callable[[Place], str] | None = None) -> None:
        """Take the speed, which must be above zero, and who says why a place is out of reach ("" where it is not)."""
        if speed <= 0:
            raise ValueError(f"speed must be above zero, not {speed}")
        self._speed = speed
        self._why_not = why_not

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """Play the script of this request.

        Waits run against one start time, so that a late wake-up is made good by the next piece. Raises ModelNotFound
        for an unknown name, Unreachable and CutStream where its place is out of reach at the start or later, and the
        ModelError that the script may hold.
        """
        try:
            steps = script(request)
        except UnknownModel as error:
            raise ModelNotFound(error.message) from error
        loop = asyncio.get_running_loop()
        start = looked = loop.time()
        if why := await self._reason(request):
            raise Unreachable(f"{request.connection.host} cannot be reached: {_within(why)}", next_step=RESTORE)
        for step in steps:
            wait = start + step.at / self._speed - loop.time()
            await asyncio.sleep(wait if wait >= SHORTEST_SLEEP else 0)
            if loop.time() - looked > LOOK_SECONDS:
                looked = loop.time()
                if why := await self._reason(request):
                    raise CutStream(f"{request.connection.host} broke off: {_within(why)}", next_step=RESTORE)
            if isinstance(step.event, ModelError):
                raise step.event
            yield step.event

    async def _reason(self, request: ModelRequest) -> str:
        if self._why_not is None:
            return ""
        return await asyncio.to_thread(self._why_not, request.connection.place)


def _within(sentence: str) -> str:
    """Give a sentence as it stands after a colon."""
    return f"{sentence[:1].lower()}{sentence[1:]}"
