"""What every server may expect of the adapter, and every caller: the same for each protocol and each way of reading."""

import asyncio
import contextlib
import socket
from collections.abc import Callable

import pytest

from core.domain.model import Connection, Place
from core.domain.run import FinishReason
from core.errors import (
    AccessDenied,
    BrokenAnswer,
    ContentRefused,
    ContextTooLong,
    CutStream,
    ModelError,
    ModelNotFound,
    NoCredit,
    ProviderFault,
    RateLimited,
    RequestRefused,
    Stalled,
    Unreachable,
    WrongKey,
)
from core.llm.litellm_adapter import LiteLLM
from core.llm.port import ModelRequest, TextDelta
from tests.servers.asking import Heard, ask, connection_to
from tests.servers.http import Recorded
from tests.servers.ollama_server import OllamaServer
from tests.servers.openai_server import OpenAIServer
from tests.servers.scripts import ANSWER, HALF, SCRIPTS, THOUGHTS

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.filterwarnings("ignore"),  # litellm's own objects warn when made and read; it silences this elsewhere
]

Connect = Callable[[str], Connection]

PLAIN = ("hosted_vllm", "openai", "openrouter", "groq", "ollama_chat")
"""Read as bytes; `xai` is read through litellm's own objects, which hide some faults."""


@pytest.fixture(params=[*PLAIN, "xai"])
def prefix(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(prefix: str, openai_server: OpenAIServer, ollama_server: OllamaServer) -> OpenAIServer | OllamaServer:
    return ollama_server if prefix == "ollama_chat" else openai_server


@pytest.fixture
def to(prefix: str, server: OpenAIServer | OllamaServer) -> Connect:
    base = server.base_url if isinstance(server, OpenAIServer) else server.address
    return lambda model: connection_to(base, f"{prefix}/{model}", provider=prefix)


def chats(server: OpenAIServer | OllamaServer, model: str) -> list[Recorded]:
    return [request for request in server.chats if request.model == model]


async def test_an_answer_comes_whole_with_usage_and_a_reason(litellm_adapter: LiteLLM, to: Connect) -> None:
    heard = await ask(litellm_adapter, to("good"))
    assert heard.error is None
    assert heard.text == ANSWER
    assert heard.usage is not None
    assert heard.usage.output_tokens == len(SCRIPTS["good"].pieces)
    assert heard.usage.input_tokens > 0
    assert heard.usage.reported_cost is None
    assert heard.finish is not None
    assert heard.finish.reason is FinishReason.STOP
    assert heard.events[-1] is heard.finish


async def test_prompt_system_text_and_settings_are_sent_as_they_are(
    litellm_adapter: LiteLLM, to: Connect, server: OpenAIServer | OllamaServer, prefix: str
) -> None:
    await ask(litellm_adapter, to("good"), prompt="Say {{this}} as typed")
    sent = server.chats[-1].json
    said = [(message["role"], message["content"]) for message in sent["messages"]]
    assert said == [("system", "Be kind."), ("user", "Say {{this}} as typed")]
    settings = sent["options"] if prefix == "ollama_chat" else sent
    assert settings["temperature"] == 0.7
    assert (settings.get("num_predict") or settings.get("max_tokens") or settings["max_completion_tokens"]) == 4000
    assert sent["stream"] is True


@pytest.mark.parametrize(
    ("model", "kind", "status"),
    [
        ("status-400", RequestRefused, 400),
        ("status-401", WrongKey, 401),
        ("status-402", NoCredit, 402),
        ("status-403", AccessDenied, 403),
        ("status-404", ModelNotFound, 404),
        ("status-422", RequestRefused, 422),
        ("status-503", ProviderFault, 503),
        ("rate-limit-always", RateLimited, 429),
        ("no-credit", NoCredit, 429),
        ("fail-always", ProviderFault, 500),
        ("context-too-long", ContextTooLong, 400),
        ("content-refused", ContentRefused, 400),
    ],
)
async def test_a_refusal_is_told_by_its_kind_after_one_request(
    litellm_adapter: LiteLLM,
    to: Connect,
    server: OpenAIServer | OllamaServer,
    model: str,
    kind: type[ModelError],
    status: int,
) -> None:
    before = len(chats(server, model))
    heard = await ask(litellm_adapter, to(model))
    assert type(heard.error) is kind
    assert heard.error.http_status == status
    assert heard.error.next_step
    assert heard.events == []
    assert len(chats(server, model)) == before + 1


async def test_the_providers_words_are_kept_without_the_key_in_them(litellm_adapter: LiteLLM, to: Connect) -> None:
    heard = await ask(litellm_adapter, to("status-401"))
    assert heard.error is not None
    assert "Incorrect API key provided" in heard.error.detail
    assert "abcdefghijklmnop" not in heard.error.detail


async def test_a_rate_limit_says_how_long_to_wait(litellm_adapter: LiteLLM, to: Connect) -> None:
    heard = await ask(litellm_adapter, to("rate-limit-always"))
    assert heard.error is not None
    assert heard.error.retry_after == pytest.approx(0.2)


async def test_a_failure_that_heals_needs_a_second_call_of_the_engine(litellm_adapter: LiteLLM, to: Connect) -> None:
    prompt = f"heal for {to('x').adapter_model}"
    first = await ask(litellm_adapter, to("fail-once"), prompt=prompt)
    second = await ask(litellm_adapter, to("fail-once"), prompt=prompt)
    assert isinstance(first.error, ProviderFault)
    assert second.text == ANSWER


async def test_a_closed_port_is_unreachable_whatever_the_library_calls_it(
    litellm_adapter: LiteLLM, prefix: str
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        heard = await ask(litellm_adapter, connection_to(address, f"{prefix}/good", provider=prefix))
    assert type(heard.error) is Unreachable
    assert "nothing listens" in heard.error.message


async def test_silence_before_the_first_word_is_a_stall(
    litellm_adapter: LiteLLM, to: Connect, server: OpenAIServer | OllamaServer
) -> None:
    before = len(chats(server, "stall-first"))
    heard = await ask(litellm_adapter, to("stall-first"), patience=0.3)
    assert type(heard.error) is Stalled
    assert len(chats(server, "stall-first")) == before + 1


async def test_silence_inside_is_a_stall_and_keeps_what_came(litellm_adapter: LiteLLM, to: Connect) -> None:
    heard = await ask(litellm_adapter, to("stall-inside"), patience=0.3)
    assert type(heard.error) is Stalled
    assert heard.text == "".join(HALF)


async def test_a_cut_stream_is_never_called_done(litellm_adapter: LiteLLM, to: Connect) -> None:
    heard = await ask(litellm_adapter, to("cut"))
    assert type(heard.error) is CutStream
    assert heard.text == "".join(HALF)
    assert heard.finish is None


async def test_a_stream_that_says_done_without_a_reason_is_cut_too(
    litellm_adapter: LiteLLM, to: Connect, prefix: str
) -> None:
    if prefix == "xai":
        pytest.skip("read through litellm's objects, which make up a reason at [DONE]")
    heard = await ask(litellm_adapter, to("cut-after-done"))
    assert type(heard.error) is CutStream
    assert heard.text == "".join(HALF)


async def test_a_connection_broken_inside_the_answer_is_a_cut_that_keeps_the_text(
    litellm_adapter: LiteLLM, to: Connect
) -> None:
    heard = await ask(litellm_adapter, to("abort"))
    assert type(heard.error) is CutStream
    assert heard.text == "".join(HALF)


async def test_no_json_in_the_stream_is_an_error_and_keeps_the_text(
    litellm_adapter: LiteLLM, to: Connect, prefix: str
) -> None:
    heard = await ask(litellm_adapter, to("bad-json"))
    assert type(heard.error) is (CutStream if prefix == "xai" else BrokenAnswer)
    assert heard.text == "".join(HALF)


async def test_an_error_event_inside_the_stream_is_an_error_and_keeps_the_text(
    litellm_adapter: LiteLLM, to: Connect
) -> None:
    heard = await ask(litellm_adapter, to("error-event"))
    assert isinstance(heard.error, BrokenAnswer | ProviderFault)
    assert "overloaded" in heard.error.detail
    assert heard.error.retryable
    assert heard.text == "".join(HALF)


async def test_no_usage_is_no_report_rather_than_a_made_up_one(litellm_adapter: LiteLLM, to: Connect) -> None:
    heard = await ask(litellm_adapter, to("no-usage"))
    assert heard.text == ANSWER
    assert heard.usage is None


async def test_thinking_comes_apart_from_the_answer(litellm_adapter: LiteLLM, to: Connect) -> None:
    heard = await ask(litellm_adapter, to("reasoning"))
    assert heard.thinking == "".join(THOUGHTS)
    assert heard.text == ANSWER


async def test_thinking_written_into_the_answer_is_parted_from_it(litellm_adapter: LiteLLM, to: Connect) -> None:
    heard = await ask(litellm_adapter, to("think-tags"))
    assert heard.thinking == "".join(THOUGHTS)
    assert heard.text == ANSWER


@pytest.mark.parametrize(
    ("model", "reason"), [("length", FinishReason.LENGTH), ("filtered", FinishReason.CONTENT_FILTER)]
)
async def test_an_early_end_says_why(litellm_adapter: LiteLLM, to: Connect, model: str, reason: FinishReason) -> None:
    heard = await ask(litellm_adapter, to(model))
    assert heard.text == "".join(HALF)
    assert heard.finish is not None
    assert heard.finish.reason is reason


async def test_an_empty_answer_is_an_answer(litellm_adapter: LiteLLM, to: Connect) -> None:
    heard = await ask(litellm_adapter, to("empty"))
    assert heard.error is None
    assert heard.text == ""
    assert heard.finish is not None


@pytest.mark.parametrize("model", ["same", "large"])
async def test_an_answer_that_repeats_itself_comes_whole(litellm_adapter: LiteLLM, to: Connect, model: str) -> None:
    heard = await ask(litellm_adapter, to(model))
    assert heard.error is None
    assert heard.text == SCRIPTS[model].text


async def test_ten_thousand_tiny_pieces_come_whole(litellm_adapter: LiteLLM, to: Connect, prefix: str) -> None:
    if prefix == "xai":
        pytest.skip("litellm's own objects need seconds for it")
    heard = await ask(litellm_adapter, to("tiny"))
    assert heard.text == SCRIPTS["tiny"].text


async def test_no_delta_is_ever_empty(litellm_adapter: LiteLLM, to: Connect) -> None:
    for model in ("good", "reasoning", "think-tags"):
        heard = await ask(litellm_adapter, to(model))
        assert all(event.text for event in heard.events if isinstance(event, TextDelta))


async def test_a_redirect_is_not_followed_from_a_server_that_the_team_named(
    litellm_adapter: LiteLLM, openai_server: OpenAIServer, ollama_server: OllamaServer
) -> None:
    for connection in (
        connection_to(openai_server.base_url, "hosted_vllm/redirect", key="sk-only-for-one-host"),
        connection_to(ollama_server.address, "ollama_chat/redirect"),
    ):
        heard = await ask(litellm_adapter, connection)
        assert type(heard.error) is RequestRefused


async def test_giving_up_closes_the_connection_at_once(
    litellm_adapter: LiteLLM, to: Connect, server: OpenAIServer | OllamaServer
) -> None:
    started = asyncio.Event()

    async def listen() -> None:
        stream = litellm_adapter.stream(ModelRequest(connection=to("stall-inside"), prompt="Hello"))
        async with contextlib.aclosing(stream) as events:
            async for _ in events:
                started.set()

    task = asyncio.create_task(listen())
    async with asyncio.timeout(5):
        await started.wait()
        request = chats(server, "stall-inside")[-1]
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(request.gone.wait, 3)


async def test_the_cost_is_taken_from_a_provider_that_reports_it(
    litellm_adapter: LiteLLM, openai_server: OpenAIServer
) -> None:
    async def heard(prefix: str) -> Heard:
        connection = connection_to(openai_server.base_url, f"{prefix}/reports-cost", provider=prefix)
        return await ask(litellm_adapter, connection)

    reporting, other = await heard("openrouter"), await heard("groq")
    assert reporting.usage is not None
    assert str(reporting.usage.reported_cost) == "0.00123"
    assert other.usage is not None
    assert other.usage.reported_cost is None


async def test_cached_tokens_are_counted(litellm_adapter: LiteLLM, openai_server: OpenAIServer) -> None:
    heard = await ask(litellm_adapter, connection_to(openai_server.base_url, "hosted_vllm/cached"))
    assert heard.usage is not None
    assert heard.usage.cached_input_tokens == 3


async def test_the_end_tells_the_models_own_name_and_the_requests_id(
    litellm_adapter: LiteLLM, openai_server: OpenAIServer
) -> None:
    heard = await ask(litellm_adapter, connection_to(openai_server.base_url, "hosted_vllm/good"))
    assert heard.finish is not None
    assert heard.finish.response_model == "good-2026"
    assert heard.finish.request_id.startswith("req-")


async def test_twenty_answers_stream_at_once(litellm_adapter: LiteLLM, openai_server: OpenAIServer) -> None:
    connection = connection_to(openai_server.base_url, "hosted_vllm/stream-20-5")
    answers = await asyncio.gather(*(ask(litellm_adapter, connection, prompt=f"{n}") for n in range(20)))
    assert {answer.error for answer in answers} == {None}
    assert {len(answer.text.split()) for answer in answers} == {20}


async def test_a_public_name_that_leads_inside_is_not_called(
    litellm_adapter: LiteLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()

    async def lookup(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 0))]

    monkeypatch.setattr(loop, "getaddrinfo", lookup)
    connection = Connection(
        model="lab/m",
        adapter_model="hosted_vllm/m",
        place=Place.CLOUD,
        provider="lab",
        host="models.example",
        api_base="http://models.example/v1",
    )
    heard = await ask(litellm_adapter, connection)
    assert type(heard.error) is RequestRefused
    assert "169.254.169.254" in heard.error.message
