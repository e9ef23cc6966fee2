"""Reading a result file, whoever wrote it.

An answer may hold code fences, headings or a "## Metadata" of its own. So the file's own parts are found from its two
ends; where even that could mistake an answer's text for a part of the form, the writer put lengths in characters into
the metadata, and these decide.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from core.errors import UnreadableFile
from core.transfer.result_document import (
    FORM_KEYS,
    METADATA_HEAD,
    ResultAnswer,
    ResultDocument,
    heading,
    thinking_block,
)

HEAD = re.compile(
    r"\A\ufeff?\s*# Multi-Shot Result: (?P<title>[^\n]*)\n+"
    r"## Run Information\n(?P<facts>(?:- \*\*[^\n]*\n)+)\n*"
    r"## Original Prompt\n(?P<fence>`{3,})[^\n]*\n",
)
FACT = re.compile(r"- \*\*(?P<name>[^*]+)\*\*: ?(?P<value>[^\n]*)")
USAGE = re.compile(
    r"\n## Token Usage\n"
    r"- \*\*Prompt Tokens\*\*: (?P<prompt>\d+)\n- \*\*Completion Tokens\*\*: (?P<completion>\d+)\n"
    r"- \*\*Total Tokens\*\*: \d+\s*\Z",
)
THINKING = re.compile(r"\A\s*<think>\n?(?P<thinking>.*?)\n?</think>\n{0,2}", re.DOTALL)


def read_result(text: str) -> ResultDocument:
    """Read a file of this form, whoever wrote it. Raises UnreadableFile saying which part is missing."""
    if text.partition("\n")[0].endswith("\r"):
        text = text.replace("\r\n", "\n")
    head = HEAD.match(text)
    if head is None:
        raise UnreadableFile(
            "This is no multi-shot result: its head is not of the expected form.",
            next_step='The file begins with "# Multi-Shot Result: …", "## Run Information" and "## Original Prompt".',
        )
    prompt, body = _split_prompt(text, head)
    facts = {match["name"].strip(): match["value"].strip() for match in FACT.finditer(head["facts"])}
    body, metadata = _split_metadata(body)
    answers, body_usage = _answers(body, metadata)
    engine, model = _engine(facts.get("Engine", ""), head["title"].strip())
    return ResultDocument(
        engine=engine,
        model=model,
        run_id=facts.get("Run ID", ""),
        prompt=prompt,
        answers=answers,
        finished_at=_time(facts.get("Timestamp", ""), name="Timestamp"),
        started_at=_time(str(metadata["timestamp"]), name="timestamp") if metadata.get("timestamp") else None,
        execution_ms=_milliseconds(facts.get("Execution Time", "")),
        temperature=_number(metadata.get("temperature")),
        max_tokens=_whole(metadata.get("maxTokens")),
        prompt_tokens=body_usage[0],
        completion_tokens=body_usage[1],
        extra={key: value for key, value in metadata.items() if key not in (*FORM_KEYS, "shots")},
    )


def _split_prompt(text: str, head: re.Match[str]) -> tuple[str, str]:
    end = text.find(f"\n{head['fence']}\n\n## Response", head.end() - 1)
    if end < 0:
        raise UnreadableFile(
            "This multi-shot result has no response.",
            next_step='After the prompt a section "## Response" is expected.',
        )
    body = text.index("## Response", end)
    return text[head.end() : end], text[body:]


def _split_metadata(body: str) -> tuple[str, dict[str, Any]]:
    for cut in _ends_with_metadata(body):
        tail = body[cut + len(METADATA_HEAD) :].rstrip()
        if not tail.endswith("```"):
            continue
        try:
            metadata = json.loads(tail[:-3])
        except ValueError:
            continue
        if isinstance(metadata, dict):
            return body[:cut], metadata
    return body, {}


def _ends_with_metadata(body: str) -> Iterator[int]:
    cut = body.rfind(METADATA_HEAD)
    while cut >= 0:
        yield cut
        cut = body.rfind(METADATA_HEAD, 0, cut)


def _answers(body: str, metadata: Mapping[str, Any]) -> tuple[tuple[ResultAnswer, ...], tuple[int | None, int | None]]:
    shots = [shot for shot in metadata.get("shots", ()) if isinstance(shot, dict)]
    measured = _by_length(body, shots)
    if measured is not None:
        answers, rest = measured
        return answers, _usage(rest)
    usage = USAGE.search(body)
    inner = body[: usage.start()] if usage else body
    text = inner.removeprefix("## Response").removeprefix("\n")
    text = text[:-2] if text.endswith("\n\n") else text.rstrip("\n")
    facts = _facts(shots[0]) if len(shots) == 1 else {}
    return (replace(_taken_apart(text), facts=facts),), _usage(body)


def _by_length(body: str, shots: list[dict[str, Any]]) -> tuple[tuple[ResultAnswer, ...], str] | None:
    """Cut answers by their written lengths; None where a length is missing or no longer fits (an edited file)."""
    if not shots:
        return None
    answers, at = [], 0
    for number, shot in enumerate(shots, start=1):
        length, thinking_length = shot.get("length"), shot.get("thinkingLength", 0)
        line = heading(number) if number == 1 else f"\n\n{heading(number)}"
        if not isinstance(length, int) or not isinstance(thinking_length, int) or not body.startswith(line, at):
            return None
        at += len(line)
        opening = len("<think>\n") if thinking_length else 0
        thinking = body[at + opening : at + opening + thinking_length]
        block = thinking_block(thinking)
        if not body.startswith(block, at):
            return None
        at += len(block)
        if at + length > len(body):
            return None
        answers.append(ResultAnswer(text=body[at : at + length], thinking=thinking, facts=_facts(shot)))
        at += length
    rest = body[at:]
    return (tuple(answers), rest) if rest.startswith("\n\n") and not USAGE.sub("", rest).strip() else None


def _facts(shot: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in shot.items() if key not in ("shot", "length", "thinkingLength")}


def _taken_apart(text: str) -> ResultAnswer:
    match = THINKING.match(text)
    if match is None:
        return ResultAnswer(text=text)
    return ResultAnswer(text=text[match.end() :], thinking=match["thinking"])


def _usage(rest: str) -> tuple[int | None, int | None]:
    match = USAGE.search(rest)
    return (int(match["prompt"]), int(match["completion"])) if match else (None, None)


def _engine(written: str, title: str) -> tuple[str, str]:
    """Take `engine (model)` apart; the engine may hold brackets and colons of its own."""
    match = re.fullmatch(r"(?P<engine>.*) \((?P<model>[^()]+)\)", written)
    return (title or match["engine"], match["model"]) if match else (title or written, written or title)


def _time(written: str, *, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise UnreadableFile(
            f"The file's {name} ({written!r}) is no time.", next_step="Write it like 2025-08-07T19:59:52.119Z."
        ) from error
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _milliseconds(written: str) -> int | None:
    match = re.fullmatch(r"(\d+)(?:\.\d+)? ?ms", written)
    return int(match[1]) if match else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
