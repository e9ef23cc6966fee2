"""Asking a model in a test and keeping all that came."""

import asyncio
import contextlib
from dataclasses import dataclass, field

from core.domain.model import Connection, Place
from core.domain.usage import Usage
from core.errors import ModelError
from core.llm.port import Finish, LanguageModel, ModelRequest, StreamEvent, TextDelta, ThinkingDelta, UsageReport


@dataclass
class Heard:
    """All the events of one request, and the error that ended it where one did."""

    events: list[StreamEvent] = field(default_factory=list)
    error: ModelError | None = None

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def thinking(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, ThinkingDelta))

    @property
    def usage(self) -> Usage | None:
        return next((event.usage for event in self.events if isinstance(event, UsageReport)), None)

    @property
    def finish(self) -> Finish | None:
        return next((event for event in self.events if isinstance(event, Finish)), None)


async def ask(model: LanguageModel, connection: Connection, *, prompt: str = "Hello", patience: float = 2.0) -> Heard:
    """Ask once and listen to the end; fails the test where neither an end nor an error comes within ten seconds."""
    heard = Heard()
    request = ModelRequest(connection=connection, prompt=prompt, system="Be kind.", timeout=patience)
    async with asyncio.timeout(10), contextlib.aclosing(model.stream(request)) as stream:
        try:
            async for event in stream:
                heard.events.append(event)
        except ModelError as error:
            heard.error = error
    return heard


def connection_to(base_url: str, adapter_model: str, *, provider: str = "lab", key: str | None = None) -> Connection:
    """Give a connection to a server of the tests."""
    return Connection(
        model=f"lab/{adapter_model.partition('/')[2]}",
        adapter_model=adapter_model,
        place=Place.LOCAL,
        provider=provider,
        host=base_url.split("/")[2],
        api_base=base_url,
        key=key,
    )
