from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.run import FinishReason
from core.domain.usage import Usage
from core.errors import ModelError
from core.llm.port import Finish, ModelRequest, TextDelta, ThinkingDelta, UsageReport
from core.llm.simulated_answers import written_answer, written_samples
from core.llm.simulated_models import connection_for, simulated_models, simulated_prices
from core.llm.simulated_script import Step, script, token_count

PROMPT = written_samples()[0].filled_prompt


def request(model: str, shot: int = 1, attempt: int = 1, prompt: str = PROMPT, **changes: object) -> ModelRequest:
    asked = ModelRequest(
        connection=connection_for(model),
        prompt=prompt,
        seed=f"run-1/{model}/{shot}",
        shot_index=shot,
        attempt_number=attempt,
    )
    return replace(asked, **changes)  # type: ignore[arg-type]


def text_of(steps: tuple[Step, ...]) -> str:
    return "".join(step.event.text for step in steps if isinstance(step.event, TextDelta))


def usage_of(steps: tuple[Step, ...]) -> Usage:
    (usage,) = (step.event.usage for step in steps if isinstance(step.event, UsageReport))
    return usage


def cost(model: str, shot: int) -> Decimal:
    usage = usage_of(script(request(model, shot, attempt=2)))
    by_class = {price.token_class.value: price.per_unit for price in simulated_prices(model) or ()}
    return usage.input_tokens * by_class["input"] + usage.output_tokens * by_class["output"]


def test_the_same_request_gives_the_same_script_and_another_seed_another_pace() -> None:
    assert script(request("sage")) == script(request("sage"))
    assert script(request("sage")) != script(request("sage", seed="run-2"))
    assert text_of(script(request("sage"))) == text_of(script(request("sage", seed="run-2")))


@pytest.mark.parametrize("model", [model.name for model in simulated_models()])
@pytest.mark.parametrize("shot", [1, 2, 3])
def test_the_pieces_add_up_to_the_written_answer_and_its_tokens(model: str, shot: int) -> None:
    for sample in written_samples():
        asked = request(model, shot, attempt=2, prompt=sample.filled_prompt)
        written, steps = written_answer(asked.prompt, model, shot), script(asked)
        thinking = "".join(step.event.text for step in steps if isinstance(step.event, ThinkingDelta))
        assert text_of(steps) == written.text
        assert thinking == written.thinking
        assert usage_of(steps) == Usage(
            input_tokens=token_count(asked.prompt),
            output_tokens=token_count(written.thinking + written.text),
            thinking_tokens=token_count(written.thinking),
        )


def test_times_never_run_backwards_and_the_finish_comes_last() -> None:
    steps = script(request("grand"))
    times = [step.at for step in steps]
    assert times == sorted(times)
    assert times[0] > 0
    assert isinstance(steps[-1].event, Finish)
    assert isinstance(steps[-2].event, UsageReport)


def test_one_shot_of_pine_fails_at_first_and_a_second_attempt_heals_it() -> None:
    (failure,) = script(request("pine", shot=2, attempt=1))
    assert isinstance(failure.event, ModelError)
    assert failure.event.retryable
    healed = script(request("pine", shot=2, attempt=2))
    assert isinstance(healed[-1].event, Finish)
    assert text_of(healed)


def test_the_first_sample_takes_about_six_seconds_with_swift_first() -> None:
    longest_wait_before_a_retry = 1.0
    ends = {}
    for model in ("sage", "swift", "pine"):
        for shot in (1, 2):
            steps = script(request(model, shot))
            ends[model, shot] = steps[-1].at
            if isinstance(steps[-1].event, ModelError):
                ends[model, shot] += longest_wait_before_a_retry + script(request(model, shot, attempt=2))[-1].at
    assert 5 <= max(ends.values()) <= 7
    assert max(ends["swift", 1], ends["swift", 2]) < min(end for (model, _), end in ends.items() if model != "swift")


def test_swift_costs_nineteen_times_less_than_sage_and_the_first_run_four_tenths_of_a_cent() -> None:
    assert round(cost("sage", 1) / cost("swift", 1)) == 19
    whole = sum(cost(model, shot) for model in ("sage", "swift") for shot in (1, 2))
    assert round(whole, 3) == Decimal("0.004")
    assert cost("grand", 1) > 5 * cost("sage", 1)


def test_an_answer_longer_than_allowed_is_cut_and_says_so() -> None:
    steps = script(request("grand", max_tokens=150))
    usage, last = usage_of(steps), steps[-1].event
    assert isinstance(last, Finish)
    assert last.reason is FinishReason.LENGTH
    assert usage.output_tokens == 150
    assert written_answer(PROMPT, "grand", 1).text.startswith(text_of(steps))


def test_what_thinking_uses_up_is_gone_for_the_answer() -> None:
    thinking = token_count(written_answer(PROMPT, "grand", 1).thinking)
    steps = script(request("grand", max_tokens=thinking - 10))
    assert text_of(steps) == ""
    assert usage_of(steps).thinking_tokens == usage_of(steps).output_tokens


def test_instructions_count_as_input() -> None:
    assert usage_of(script(request("swift", system="Be brief."))).input_tokens == token_count("Be brief." + PROMPT)


def test_no_piece_is_empty_and_most_are_one_to_three_tokens() -> None:
    pieces = [step.event.text for step in script(request("sage", 2)) if isinstance(step.event, TextDelta)]
    assert all(pieces)
    assert len(pieces) > usage_of(script(request("sage", 2))).output_tokens / 5
