"""The one port in front of all the adapters: who answers is told by the connection's provider."""

from collections.abc import AsyncIterator

from core.llm.embedded import PROVIDER as LOCAL
from core.llm.port import LanguageModel, ModelRequest, StreamEvent

SIMULATED = "simulated"


class Models:
    """Hands each request to the simulated models, to those inside the app, or to the real ones elsewhere."""

    def __init__(self, *, real: LanguageModel, simulated: LanguageModel, embedded: LanguageModel | None = None) -> None:
        """Keep them; none is asked before `stream`."""
        self._real = real
        self._by_provider = {SIMULATED: simulated, LOCAL: embedded or real}

    def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """Stream the answer of whoever serves the request's model; raises what it raises."""
        return self._by_provider.get(request.connection.provider, self._real).stream(request)
