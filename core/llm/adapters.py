"""The one port in front of all the adapters: who answers is told by the connection's provider."""

from collections.abc import AsyncIterator

from core.llm.port import LanguageModel, ModelRequest, StreamEvent

SIMULATED = "simulated"


class Models:
    """Hands each request to the simulated models or to the real ones."""

    def __init__(self, *, real: LanguageModel, simulated: LanguageModel) -> None:
        """Keep both; neither is asked before `stream`."""
        self._real = real
        self._simulated = simulated

    def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """Stream the answer of whoever serves the request's model; raises what it raises."""
        simulated = request.connection.provider == SIMULATED
        return (self._simulated if simulated else self._real).stream(request)
