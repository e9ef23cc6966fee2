"""A model that says what it is told: for tests, and for trying a page without waiting."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

from core.errors import CutStream, ModelError
from core.llm.port import Finish, ModelRequest, StreamEvent

Step = StreamEvent | ModelError | float
"""An event to give, an error to raise, or seconds to wait."""


class Scripted:
    """Plays a script of steps for each request and remembers the requests.

    A script that ends without a Finish is a stream that was cut.
    """

    def __init__(self, script: Callable[[ModelRequest], Iterable[Step]]) -> None:
        """Ask `script` for the steps of each request as it comes."""
        self._script = script
        self.requests: list[ModelRequest] = []
        self.open = 0
        self.most_open = 0

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """Play the steps; raise the errors among them."""
        self.requests.append(request)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            for step in self._script(request):
                if isinstance(step, ModelError):
                    raise step
                if isinstance(step, float):
                    await asyncio.sleep(step)
                    continue
                yield step
                if isinstance(step, Finish):
                    return
            raise CutStream("The stream ended without saying why.")
        finally:
            self.open -= 1
