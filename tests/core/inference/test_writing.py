"""A model inside the app answers like any other: streamed, counted, stopped, and with faults that say what to do."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
import pytest_asyncio

from core.domain.model import Connection, Place
from core.domain.run import FinishReason
from core.errors import ContextTooLong, ModelNotFound, ProviderFault
from core.llm.embedded import PROVIDER, Embedded
from core.llm.port import Finish, ModelRequest, StreamEvent, TextDelta, UsageReport


@pytest_asyncio.fixture
async def embedded() -> AsyncIterator[Embedded]:
    model = Embedded()
    yield model
    await model.close()


def asking(folder: Path, prompt: str = "Hi", *, tokens: int = 12, seed: str = "a", heat: float = 0.8) -> ModelRequest:
    connection = Connection(
        model="local/tiny/random", adapter_model=str(folder), place=Place.LOCAL, provider=PROVIDER, host=""
    )
    return ModelRequest(connection=connection, prompt=prompt, max_tokens=tokens, seed=seed, temperature=heat)


async def heard(model: Embedded, request: ModelRequest) -> list[StreamEvent]:
    return [event async for event in model.stream(request)]


def text_of(events: list[StreamEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def killed_at_the_first_word(model: Embedded, request: ModelRequest) -> None:
    async with aclosing(model.stream(request)) as events:  # type: ignore[type-var]
        async for _ in events:
            child = model._child
            if child is not None:
                child.kill()


async def test_an_answer_is_streamed_and_counted_and_says_how_it_ended(embedded: Embedded, tiny_model: Path) -> None:
    events = await heard(embedded, asking(tiny_model, seed="b"))
    usage = next(event.usage for event in events if isinstance(event, UsageReport))
    assert usage.input_tokens == len("Hi\n")
    assert 0 < usage.output_tokens <= 12
    assert not usage.estimated
    end = events[-1]
    assert isinstance(end, Finish)
    assert end.response_model == "tiny/random"
    assert end.reason is (FinishReason.LENGTH if usage.output_tokens == 12 else FinishReason.STOP)
    assert text_of(events)


async def test_the_same_seed_gives_the_same_answer_and_another_seed_another(
    embedded: Embedded, tiny_model: Path
) -> None:
    first, again, other = [
        text_of(await heard(embedded, asking(tiny_model, tokens=30, seed=seed))) for seed in ("a", "a", "b")
    ]
    assert first == again
    assert first != other


async def test_an_answer_nobody_reads_on_is_stopped_so_that_the_next_one_need_not_wait_for_it(
    embedded: Embedded, tiny_model: Path
) -> None:
    async with aclosing(embedded.stream(asking(tiny_model, tokens=110, seed="c"))) as stream:  # type: ignore[type-var]
        async for _ in stream:
            break
    assert text_of(await heard(embedded, asking(tiny_model, heat=0.0)))


async def test_a_prompt_that_fills_the_context_is_refused_and_says_so(embedded: Embedded, tiny_model: Path) -> None:
    with pytest.raises(ContextTooLong, match="does not fit"):
        await heard(embedded, asking(tiny_model, "x" * 200))


async def test_a_model_that_is_gone_or_damaged_is_not_found(
    embedded: Embedded, tiny_model: Path, tmp_path: Path
) -> None:
    with pytest.raises(ModelNotFound, match="not on this machine"):
        await heard(embedded, asking(tmp_path / "gone"))
    damaged = tmp_path / "damaged"
    shutil.copytree(tiny_model, damaged)
    (damaged / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelNotFound, match="cannot be read"):
        await heard(embedded, asking(damaged))


async def test_a_process_that_dies_fails_its_answer_alone_and_the_next_one_starts_another(
    embedded: Embedded, tiny_model: Path
) -> None:
    with pytest.raises(ProviderFault, match="ended"):
        await killed_at_the_first_word(embedded, asking(tiny_model, tokens=110))
    assert text_of(await heard(embedded, asking(tiny_model)))


async def test_nobody_asking_for_a_while_gives_the_memory_back(tiny_model: Path) -> None:
    embedded = Embedded(idle_seconds=0.05)
    await heard(embedded, asking(tiny_model))
    await asyncio.sleep(0.3)
    assert embedded._child is None
    await embedded.close()
