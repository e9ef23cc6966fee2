"""The made-up models behind the port: they stream written answers at a believable pace and never touch a network."""

import asyncio
from collections.abc import AsyncIterator

from core.errors import ModelError, ModelNotFound, UnknownModel
from core.llm.port import ModelRequest, StreamEvent
from core.llm.simulated_script import script

SHORTEST_SLEEP = 0.001


class Simulated:
    """A LanguageModel for the demo and for tests. `speed` divides every wait: 1000 makes a stream take milliseconds."""

    def __init__(self, *, speed: float = 1.0) -> None:
        """Take the speed, which must be above zero."""
        if speed <= 0:
            raise ValueError(f"speed must be above zero, not {speed}")
        self._speed = speed

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """Play the script of this request.

        Waits run against one start time, so that a late wake-up is made good by the next piece. Raises ModelNotFound
        for an unknown name, and the ModelError that the script may hold.
        """
        try:
            steps = script(request)
        except UnknownModel as error:
            raise ModelNotFound(error.message) from error
        loop = asyncio.get_running_loop()
        start = loop.time()
        for step in steps:
            wait = start + step.at / self._speed - loop.time()
            await asyncio.sleep(wait if wait >= SHORTEST_SLEEP else 0)
            if isinstance(step.event, ModelError):
                raise step.event
            yield step.event
