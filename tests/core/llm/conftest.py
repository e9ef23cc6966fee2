"""What tests of models share: the misbehaving servers and litellm, each started once: importing it takes seconds."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from core.llm.litellm_adapter import LiteLLM
from tests.servers.ollama_server import OllamaServer
from tests.servers.openai_server import OpenAIServer


@pytest.fixture(scope="session")
def openai_server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture(scope="session")
def ollama_server() -> Iterator[OllamaServer]:
    with OllamaServer() as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def litellm_adapter() -> AsyncIterator[LiteLLM]:
    adapter = LiteLLM()
    adapter.warm_up()
    yield adapter
    await adapter.aclose()
