"""Streams are read right however the network cuts them, and whatever habits a server has."""

import json
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.model import Connection, Place
from core.errors import BrokenAnswer, RateLimited
from core.llm.readers import Reading, read_events, read_lines

LAB = Connection(model="lab/m", adapter_model="hosted_vllm/m", place=Place.LOCAL, provider="lab", host="lab")


def event(**chunk: object) -> bytes:
    return b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n"


def delta(**content: object) -> bytes:
    return event(choices=[{"delta": content}])


async def blocks(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def read(*pieces: bytes, lines: bool = False) -> tuple[str, str, Reading]:
    reading = Reading(connection=LAB)
    reader = read_lines if lines else read_events
    parts = [part async for part in reader(blocks(*pieces), reading)]
    return "".join(thought for thought, _ in parts), "".join(text for _, text in parts), reading


STREAM = (
    b": a comment\n\n"
    + delta(role="assistant", content="")
    + delta(reasoning_content="Hm. ")
    + delta(content="Füße\u2028 & ")
    + delta(content="Schuhe")
    + event(choices=[{"delta": {}, "finish_reason": "stop"}], model="m-1")
    + event(choices=[], usage={"prompt_tokens": 3, "completion_tokens": 4})
    + b"data: [DONE]\n\n"
)


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
async def test_cuts_make_no_difference(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    thinking, text, reading = await read(*(STREAM[start:end] for start, end in pairwise(places)))
    assert (thinking, text) == ("Hm. ", "Füße\u2028 & Schuhe")
    assert reading.reason == "stop"
    assert reading.response_model == "m-1"
    assert reading.usage == {"prompt_tokens": 3, "completion_tokens": 4}


async def test_line_breaks_of_windows_are_understood() -> None:
    _, text, reading = await read(STREAM.replace(b"\n", b"\r\n"))
    assert text == "Füße\u2028 & Schuhe"
    assert reading.reason == "stop"


async def test_what_arrives_together_is_given_together() -> None:
    reading = Reading(connection=LAB)
    parts = [part async for part in read_events(blocks(STREAM), reading)]
    assert parts == [("Hm. ", "Füße\u2028 & Schuhe")]


async def test_an_answer_that_speaks_of_done_goes_on() -> None:
    _, text, _ = await read(delta(content="Write data: [DONE] at the end"), delta(content="."))
    assert text == "Write data: [DONE] at the end."


async def test_a_last_line_without_a_break_counts() -> None:
    _, text, reading = await read(event(choices=[{"delta": {"content": "x"}, "finish_reason": "length"}]).rstrip())
    assert text == "x"
    assert reading.reason == "length"


async def test_a_server_that_does_not_stream_is_understood() -> None:
    whole = {
        "choices": [{"message": {"content": "All at once"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1},
    }
    for body in (json.dumps(whole), json.dumps(whole, indent=2)):
        _, text, reading = await read(body.encode())
        assert text == "All at once"
        assert reading.reason == "stop"


async def test_usage_that_comes_with_every_piece_counts_once_and_last() -> None:
    pieces = [event(choices=[{"delta": {"content": "a"}}], usage={"completion_tokens": n}) for n in (1, 2, 3)]
    *_, reading = await read(*pieces)
    assert reading.usage == {"completion_tokens": 3}


async def test_parts_of_an_answer_may_be_thinking() -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}, {"type": "text", "text": "Yes"}]
    thinking, text, _ = await read(delta(content=parts))
    assert (thinking, text) == ("Hm", "Yes")


async def test_the_other_word_for_thinking_and_a_refusal_are_understood() -> None:
    thinking, text, _ = await read(delta(reasoning="Hm"), delta(refusal="I will not."))
    assert (thinking, text) == ("Hm", "I will not.")


async def test_text_before_an_error_in_the_same_block_is_given_first() -> None:
    reading = Reading(connection=LAB)
    given: list[tuple[str, str]] = []
    with pytest.raises(BrokenAnswer):  # noqa: PT012 - what came before is the point
        async for part in read_events(blocks(delta(content="Dear") + event(error={"message": "boom"})), reading):
            given.append(part)  # noqa: PERF401 - kept one by one, as an error comes in between
    assert given == [("", "Dear")]


async def test_an_error_in_the_stream_with_a_status_is_told_by_it() -> None:
    with pytest.raises(RateLimited):
        await read(event(error={"message": "slow down", "code": 429}))


async def test_a_broken_line_is_quoted_without_the_rest() -> None:
    with pytest.raises(BrokenAnswer) as caught:
        await read(b'data: {"choices": [{\n\n')
    assert caught.value.detail == '{"choices": [{'


@given(st.lists(st.integers(0, 200), max_size=6))
async def test_lines_of_json_are_read_however_they_are_cut(cuts: list[int]) -> None:
    whole = b"".join(
        json.dumps(line).encode() + b"\n"
        for line in (
            {"model": "q", "message": {"content": "", "thinking": "Hm"}, "done": False},
            {"model": "q", "message": {"content": "Hello"}, "done": False},
            {
                "message": {"content": ""},
                "done": True,
                "done_reason": "length",
                "prompt_eval_count": 5,
                "eval_count": 2,
            },
        )
    )
    places = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    pieces = [whole[start:end] for start, end in pairwise(places)]
    thinking, text, reading = await read(*pieces, lines=True)
    assert (thinking, text, reading.reason) == ("Hm", "Hello", "length")
    assert reading.usage == {"prompt_tokens": 5, "completion_tokens": 2}


async def test_an_ollama_that_kept_the_prompt_reports_no_tokens_for_it() -> None:
    *_, reading = await read(b'{"message": {}, "done": true, "eval_count": 2}\n', lines=True)
    assert reading.usage == {"prompt_tokens": 0, "completion_tokens": 2}
