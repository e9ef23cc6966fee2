from dataclasses import replace

import pytest

from core.errors import CutStream, ModelError, ModelNotFound, Unreachable
from core.llm.port import Finish, LanguageModel, ModelRequest, StreamEvent, TextDelta, ThinkingDelta, UsageReport
from core.llm.simulated import Simulated
from core.llm.simulated_answers import written_samples
from core.llm.simulated_models import connection_for
from core.llm.simulated_script import script

FAST: LanguageModel = Simulated(speed=1000)
SAGE = ModelRequest(connection=connection_for("sage"), prompt=written_samples()[0].filled_prompt, seed="a")


async def collect(request: ModelRequest) -> list[StreamEvent]:
    return [event async for event in FAST.stream(request)]


async def test_a_stream_plays_its_script_and_ends_with_usage_and_finish() -> None:
    events = await collect(SAGE)
    assert events == [step.event for step in script(SAGE)]
    assert isinstance(events[-1], Finish)
    assert isinstance(events[-2], UsageReport)


async def test_a_prompt_that_is_no_sample_is_told_that_the_model_is_simulated() -> None:
    events = await collect(replace(SAGE, prompt="What is the capital of France?"))
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert text.startswith("**I am a simulated model and cannot answer this prompt.**")


async def test_a_written_failure_is_raised_and_the_next_attempt_answers() -> None:
    pine = replace(SAGE, connection=connection_for("pine"), shot_index=2)
    with pytest.raises(ModelError, match="simulated") as caught:
        await collect(pine)
    assert caught.value.retryable
    assert isinstance((await collect(replace(pine, attempt_number=2)))[-1], Finish)


async def test_an_unknown_model_is_an_error_of_the_port() -> None:
    nobody = replace(SAGE.connection, model="simulated/oak")
    with pytest.raises(ModelNotFound):
        await collect(replace(SAGE, connection=nobody))


def test_a_speed_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        Simulated(speed=0)


async def test_a_model_out_of_reach_fails_before_its_first_word_and_says_what_to_do() -> None:
    cut = Simulated(speed=1000, why_not=lambda place: "" if place.inside else "The network is cut (simulated).")
    with pytest.raises(Unreachable, match=r"cannot be reached: the network is cut \(simulated\)\.") as caught:
        await anext(cut.stream(SAGE))
    assert "Restore it" in caught.value.next_step
    inside = replace(SAGE, connection=connection_for("fern"))
    assert [event async for event in cut.stream(inside)]


async def test_a_stream_breaks_off_where_its_model_goes_out_of_reach() -> None:
    why = [""]
    slow = Simulated(speed=0.5, why_not=lambda _place: why[0]).stream(SAGE)
    assert isinstance(await anext(slow), ThinkingDelta)
    why[0] = "The network is cut (simulated)."
    with pytest.raises(CutStream, match=r"broke off: the network is cut \(simulated\)"):
        async for _ in slow:
            pass
