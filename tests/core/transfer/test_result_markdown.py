"""The result file: what is written reads back, and files written by others are understood."""

import io
import json
import os
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.model import Place
from core.domain.money import CostState
from core.domain.run import Origin, RunRecord, RunState, ShotRecord, ShotState
from core.errors import UnreadableFile
from core.transfer.result_document import ResultAnswer, ResultDocument
from core.transfer.result_markdown import export_run, write_result, zip_of
from core.transfer.result_reading import read_result

NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
PLAIN = """# Multi-Shot Result: small:latest

## Run Information
- **Run ID**: abc-1
- **Timestamp**: 2026-05-03T12:00:00.000Z
- **Engine**: small:latest (Small (Beta)) (small:latest)
- **Execution Time**: 1500ms

## Original Prompt
```
Say hello.
```

## Response
<think>
They want a greeting.
</think>

Hello.

## Metadata
is a heading of mine.

```json
{"not": "the end"}
```


## Metadata
```json
{
  "multishot": true,
  "runs": 1,
  "timestamp": "2026-05-03T11:59:58.000Z",
  "endpoint": "http://localhost:11434",
  "temperature": 0.7,
  "maxTokens": 2048
}
```
"""

AWKWARD = st.sampled_from(
    [
        "\n\n## Metadata\n```json\n",
        '{"runs": 1}',
        "\n```\n",
        "```",
        "`````\n",
        "\n\n## Response\n",
        "\n\n## Response 2\n",
        "<think>\n",
        "\n</think>\n\n",
        "\n## Token Usage\n- **Prompt Tokens**: 1\n- **Completion Tokens**: 2\n- **Total Tokens**: 3\n",
        "\r\n",
        "\n",
        " ",
        "# Multi-Shot Result: x\n",
        "$5 :red[x] ![a](https://example.invalid/a.png)",
    ]
)
texts = st.lists(AWKWARD | st.text(max_size=12), max_size=7).map("".join)
answers = st.builds(ResultAnswer, text=texts, thinking=texts)
counts = st.none() | st.integers(0, 10**6)


@st.composite
def documents(draw: st.DrawFn) -> ResultDocument:
    tokens = draw(st.none() | st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)))
    return ResultDocument(
        engine=draw(st.sampled_from(["gpt-4o-mini", "qwen3:latest", "Sage"])),
        model=draw(st.sampled_from(["gpt-4o-mini", "qwen3:latest", "simulated/sage"])),
        run_id="r-1",
        prompt=draw(texts),
        answers=tuple(draw(st.lists(answers, min_size=1, max_size=4))),
        finished_at=NOON,
        started_at=draw(st.none() | st.just(NOON)),
        execution_ms=draw(counts),
        temperature=draw(st.none() | st.floats(0, 2)),
        max_tokens=draw(counts),
        prompt_tokens=tokens[0] if tokens else None,
        completion_tokens=tokens[1] if tokens else None,
    )


@given(documents())
def test_whatever_an_answer_holds_it_survives_being_written_and_read(document: ResultDocument) -> None:
    assert read_result(write_result(document)) == document


def test_a_file_of_another_hand_is_read_with_its_thinking_apart() -> None:
    found = read_result(PLAIN)
    assert (found.engine, found.model) == ("small:latest", "small:latest")
    assert found.answers[0].thinking == "They want a greeting."
    assert found.answers[0].text.startswith("Hello.\n\n## Metadata\nis a heading of mine.")
    assert found.answers[0].text.endswith('{"not": "the end"}\n```')
    assert found.execution_ms == 1500
    assert (found.temperature, found.max_tokens) == (0.7, 2048)
    assert found.started_at == datetime(2026, 5, 3, 11, 59, 58, tzinfo=UTC)
    assert dict(found.extra) == {"endpoint": "http://localhost:11434"}


def test_a_file_without_metadata_keeps_its_whole_answer() -> None:
    found = read_result(PLAIN.partition("\n\n\n## Metadata")[0] + "\n")
    assert found.temperature is None
    assert found.answers[0].text.endswith('{"not": "the end"}\n```')


def test_a_file_saved_on_windows_reads_the_same() -> None:
    assert read_result(PLAIN.replace("\n", "\r\n")) == read_result(PLAIN)


def test_a_length_that_no_longer_fits_an_edited_file_is_not_believed() -> None:
    written = write_result(
        ResultDocument(
            engine="Sage",
            model="simulated/sage",
            run_id="r",
            prompt="p",
            answers=(ResultAnswer(text="<think>\nall of it is the answer</think>"),),
            finished_at=NOON,
        )
    )
    assert '"length"' in written
    edited = read_result(written.replace("all of it is", "a person has since lengthened"))
    assert "a person has since lengthened" in edited.answers[0].thinking + edited.answers[0].text


@pytest.mark.parametrize("text", ["", "# Notes\n\nHello.", PLAIN.replace("## Response", "## Answer")])
def test_a_file_of_another_form_is_refused_with_what_is_missing(text: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_result(text)
    assert refused.value.next_step


def test_a_time_that_is_none_is_named() -> None:
    with pytest.raises(UnreadableFile, match="Timestamp"):
        read_result(PLAIN.replace("2026-05-03T12:00:00.000Z", "yesterday"))


def _shot(ordinal: int, model: str, shot_index: int, **changes: object) -> ShotRecord:
    shot = ShotRecord(
        id=ordinal,
        ordinal=ordinal,
        model=model,
        label=model.partition("/")[2],
        shot_index=shot_index,
        place=Place.CLOUD,
        state=ShotState.DONE,
        text=f"answer {ordinal}",
        ttft_ms=600.4,
        total_ms=3100.6,
        input_tokens=96,
        output_tokens=214,
        cost=Decimal("0.0019"),
        cost_state=CostState.PRICED,
    )
    return replace(shot, **changes)  # type: ignore[arg-type]


def _run(*shots: ShotRecord, **changes: object) -> RunRecord:
    run = RunRecord(
        id=1,
        public_id="abcdefgh12345678",
        state=RunState.DONE,
        origin=Origin.PAGE,
        prompt="Which one?",
        created_at=NOON,
        finished_at=NOON,
        shots=shots,
    )
    return replace(run, **changes)  # type: ignore[arg-type]


def test_a_run_gives_one_file_per_model_with_every_shot_in_it() -> None:
    files = export_run(_run(_shot(1, "a/sage", 1), _shot(2, "a/sage", 2), _shot(3, "b/swift:latest", 1)))
    assert list(files) == ["sage-result.md", "swift-latest-result.md"]
    read = read_result(files["sage-result.md"])
    assert [answer.text for answer in read.answers] == ["answer 1", "answer 2"]
    assert read.answers[0].facts["cost"] == "0.0019"
    assert read.execution_ms == 3101


def test_two_models_of_one_name_keep_files_of_their_own() -> None:
    files = export_run(_run(_shot(1, "a/sage", 1), _shot(2, "b/sage", 1)))
    assert list(files) == ["a-sage-result.md", "b-sage-result.md"]


def test_a_failed_shot_says_so_in_its_file() -> None:
    failed = _shot(1, "a/sage", 1, state=ShotState.FAILED, text="", error_message="No answer for 20 s.", cost=None)
    facts = read_result(export_run(_run(failed))["sage-result.md"]).answers[0].facts
    assert facts["state"] == "failed"
    assert facts["error"] == "No answer for 20 s."


def test_the_zip_holds_the_files_and_is_the_same_each_time() -> None:
    files = {"a-result.md": "one", "b-result.md": "zwei ü"}
    packed = zip_of(files)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == files
    assert packed == zip_of(files)


@pytest.mark.record
def test_the_founding_record_is_read_and_written_again_to_the_letter() -> None:
    path = os.environ.get("CLAUDEPROMPTER_FOUNDING_DOCUMENT")
    if not path:
        pytest.skip("CLAUDEPROMPTER_FOUNDING_DOCUMENT names no file: the founding record was not tried")
    text = Path(path).read_text(encoding="utf-8")
    found = read_result(text)
    assert found.engine == "gpt-4o-mini"
    assert json.dumps(found.temperature) == "0.7"
    assert write_result(found) == text
