"""One call makes one request, at every provider of the table, by whichever of its ways litellm reaches it."""

import pytest

from core.errors import ModelError, Unreachable
from core.llm.litellm_adapter import LiteLLM
from core.llm.providers import known_providers
from tests.servers.asking import ask, connection_to
from tests.servers.http import LoopbackServer, Recorded, Reply
from tests.servers.openai_server import OpenAIServer

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.filterwarnings("ignore"),  # litellm imports a provider's part at its first call, with warnings
]

PROVIDERS = [provider.id for provider in known_providers()]


class HangsUp(LoopbackServer):
    """Reads a request and closes the connection without a word."""

    async def answer(self, request: Recorded, reply: Reply) -> None:
        reply.abort()


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_failure_is_asked_for_once(
    litellm_adapter: LiteLLM, openai_server: OpenAIServer, provider: str
) -> None:
    before = len(openai_server.requests)
    connection = connection_to(openai_server.base_url, f"{provider}/fail-always", provider=provider, key="sk-test")
    heard = await ask(litellm_adapter, connection)
    assert isinstance(heard.error, ModelError)
    assert len(openai_server.requests) == before + 1


@pytest.mark.parametrize("provider", ["hosted_vllm", "openai", "ollama_chat", "sambanova", "xai", "anthropic"])
async def test_a_lost_connection_is_not_asked_for_again(litellm_adapter: LiteLLM, provider: str) -> None:
    with HangsUp() as server:
        heard = await ask(litellm_adapter, connection_to(server.address, f"{provider}/m", provider=provider))
        assert type(heard.error) is Unreachable
        assert len(server.requests) == 1
