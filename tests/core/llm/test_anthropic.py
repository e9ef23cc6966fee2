"""Claude's own protocol, which is read through litellm's objects."""

from collections.abc import Callable, Iterator

import pytest

from core.domain.model import Connection
from core.domain.run import FinishReason
from core.domain.usage import Usage
from core.errors import CutStream, ProviderFault, RateLimited, Stalled, WrongKey
from core.llm.litellm_adapter import LiteLLM
from tests.servers.anthropic_server import AnthropicServer
from tests.servers.asking import ask, connection_to
from tests.servers.scripts import ANSWER, HALF, THOUGHTS

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.filterwarnings("ignore"),  # litellm's own objects warn when made and read; it silences this elsewhere
]


@pytest.fixture(scope="module")
def server() -> Iterator[AnthropicServer]:
    with AnthropicServer() as server:
        yield server


@pytest.fixture
def to(server: AnthropicServer) -> Callable[[str], Connection]:
    return lambda model: connection_to(server.address, f"anthropic/{model}", provider="anthropic", key="sk-ant-own")


async def test_an_answer_comes_with_thinking_apart_and_every_kind_of_token_counted(
    litellm_adapter: LiteLLM, to: Callable[[str], Connection], server: AnthropicServer
) -> None:
    heard = await ask(litellm_adapter, to("reasoning"))
    assert heard.error is None
    assert (heard.thinking, heard.text) == ("".join(THOUGHTS), ANSWER)
    assert heard.finish is not None
    assert heard.finish.reason is FinishReason.STOP
    usage = heard.usage
    assert isinstance(usage, Usage)
    assert (usage.input_tokens, usage.cached_input_tokens) == (910, 600)
    assert (usage.cache_write_5m_tokens, usage.cache_write_1h_tokens) == (100, 200)
    assert usage.output_tokens == 25
    assert usage.reported_cost is None
    assert server.requests[-1].headers["x-api-key"] == "sk-ant-own"


async def test_the_length_limit_is_told(litellm_adapter: LiteLLM, to: Callable[[str], Connection]) -> None:
    heard = await ask(litellm_adapter, to("length"))
    assert heard.finish is not None
    assert heard.finish.reason is FinishReason.LENGTH


@pytest.mark.parametrize("model", ["cut", "abort"])
async def test_a_cut_stream_is_never_called_done(
    litellm_adapter: LiteLLM, to: Callable[[str], Connection], model: str
) -> None:
    heard = await ask(litellm_adapter, to(model))
    assert type(heard.error) is CutStream
    assert heard.text == "".join(HALF)


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("status-401", WrongKey),
        ("rate-limit-always", RateLimited),
        ("fail-always", ProviderFault),
        ("stall-inside", Stalled),
    ],
)
async def test_faults_are_told_by_their_kind_after_one_request(
    litellm_adapter: LiteLLM, to: Callable[[str], Connection], server: AnthropicServer, model: str, kind: type
) -> None:
    before = len(server.requests)
    heard = await ask(litellm_adapter, to(model), patience=0.4)
    assert type(heard.error) is kind
    assert len(server.requests) == before + 1


async def test_an_error_event_keeps_the_text_and_can_be_tried_again(
    litellm_adapter: LiteLLM, to: Callable[[str], Connection]
) -> None:
    heard = await ask(litellm_adapter, to("error-event"))
    assert heard.error is not None
    assert heard.error.retryable
    assert heard.text == "".join(HALF)
