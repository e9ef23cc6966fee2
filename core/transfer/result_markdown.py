"""Writing a run as result files: one Markdown file per model, in the form of the record that the product grew from.

A file of one plain answer is exactly of that form. Several shots of a model stand in one file under numbered headings,
and what was measured of each stands in the metadata.
"""

import io
import json
import re
import zipfile
from itertools import groupby
from typing import Any

from core.domain.money import CostState
from core.domain.run import RunRecord, ShotRecord, ShotState
from core.errors import UnreadableFile
from core.transfer.result_document import METADATA_HEAD, ResultAnswer, ResultDocument, heading, stamp, thinking_block
from core.transfer.result_reading import read_result

UNSAFE_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')


def export_run(record: RunRecord) -> dict[str, str]:
    """Give a run as result files, name to text: one per model, in the order of the run."""
    documents = [_document(record, tuple(shots)) for _, shots in groupby(record.shots, key=lambda shot: shot.model)]
    engines = [document.engine for document in documents]
    names = [each.engine if engines.count(each.engine) == 1 else each.model for each in documents]
    return {
        f"{UNSAFE_IN_NAMES.sub('-', name)}-result.md": write_result(document)
        for name, document in zip(names, documents, strict=True)
    }


def zip_of(files: dict[str, str]) -> bytes:
    """Pack text files into one zip; the same files always give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text.encode("utf-8"), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def write_result(document: ResultDocument) -> str:
    """Give the file's text; `read_result` gives an equal document back."""
    plain = _compose(document, lengths=False)
    if len(document.answers) == 1 and _reads_back(plain, document):
        return plain
    return _compose(document, lengths=True)


def _reads_back(text: str, document: ResultDocument) -> bool:
    try:
        return read_result(text) == document
    except UnreadableFile:
        return False


def _compose(document: ResultDocument, *, lengths: bool) -> str:
    longest = max((len(run) for run in re.findall(r"`+", document.prompt)), default=0)
    fence = "`" * max(3, longest + 1)
    facts = {
        "Run ID": document.run_id,
        "Timestamp": stamp(document.finished_at),
        "Engine": f"{document.engine} ({document.model})",
    }
    if document.execution_ms is not None:
        facts["Execution Time"] = f"{document.execution_ms}ms"
    listed = "\n".join(f"- **{name}**: {value}" for name, value in facts.items())
    usage = ""
    if document.prompt_tokens is not None and document.completion_tokens is not None:
        usage = (
            f"\n## Token Usage\n- **Prompt Tokens**: {document.prompt_tokens}\n"
            f"- **Completion Tokens**: {document.completion_tokens}\n"
            f"- **Total Tokens**: {document.prompt_tokens + document.completion_tokens}\n"
        )
    return (
        f"# Multi-Shot Result: {document.engine}\n\n## Run Information\n{listed}\n\n"
        f"## Original Prompt\n{fence}\n{document.prompt}\n{fence}\n\n{_written_answers(document.answers)}\n\n{usage}"
        f"{METADATA_HEAD}{json.dumps(_metadata(document, lengths=lengths), indent=2, ensure_ascii=False)}\n```\n"
    )


def _written_answers(answers: tuple[ResultAnswer, ...]) -> str:
    return "\n\n".join(f"{heading(number)}{_written(answer)}" for number, answer in enumerate(answers, start=1))


def _written(answer: ResultAnswer) -> str:
    return f"{thinking_block(answer.thinking)}{answer.text}"


def _metadata(document: ResultDocument, *, lengths: bool) -> dict[str, Any]:
    known: dict[str, Any] = {"multishot": True, "runs": len(document.answers)}
    if document.started_at is not None:
        known["timestamp"] = stamp(document.started_at)
    known |= document.extra
    if document.temperature is not None:
        known["temperature"] = document.temperature
    if document.max_tokens is not None:
        known["maxTokens"] = document.max_tokens
    shots = []
    for number, answer in enumerate(document.answers, start=1):
        sizes = {"length": len(answer.text), "thinkingLength": len(answer.thinking)} if lengths else {}
        shots.append({"shot": number, **sizes, **answer.facts})
    if lengths or any(answer.facts for answer in document.answers):
        known["shots"] = shots
    return known


def _document(record: RunRecord, shots: tuple[ShotRecord, ...]) -> ResultDocument:
    first = shots[0]
    times = [shot.total_ms for shot in shots if shot.total_ms is not None]
    counted = any(shot.input_tokens or shot.output_tokens for shot in shots)
    answers = tuple(
        ResultAnswer(text=shot.text, thinking=shot.thinking, facts=_facts(shot, several=len(shots) > 1))
        for shot in shots
    )
    return ResultDocument(
        engine=first.label or first.model,
        model=first.model,
        run_id=record.source_id or record.public_id,
        prompt=record.prompt,
        answers=answers,
        finished_at=record.finished_at or record.created_at,
        started_at=record.created_at,
        execution_ms=round(max(times)) if times else None,
        temperature=first.settings.temperature,
        max_tokens=first.settings.max_tokens,
        prompt_tokens=sum(shot.input_tokens for shot in shots) if counted else None,
        completion_tokens=sum(shot.output_tokens for shot in shots) if counted else None,
        extra={
            key: value for key, value in (("system", first.settings.system), ("simulated", record.simulated)) if value
        },
    )


def _facts(shot: ShotRecord, *, several: bool) -> dict[str, Any]:
    """Give what the form has no place for; nothing at all for one plain answer without cost or first-token time."""
    known: dict[str, Any] = {}
    if several:
        known |= {"executionTime": _rounded(shot.total_ms)}
        known |= {"promptTokens": shot.input_tokens, "completionTokens": shot.output_tokens}
    known |= {
        "state": None if shot.state is ShotState.DONE else shot.state.value,
        "firstToken": _rounded(shot.ttft_ms),
        "thinkingTokens": shot.thinking_tokens or None,
        "cost": None if shot.cost is None else f"{shot.cost:f}",
        "costState": None if shot.cost_state in (CostState.UNPRICED, CostState.PENDING) else shot.cost_state.value,
        "finish": None if shot.finish_reason is None else shot.finish_reason.value,
        "error": shot.error_message or None,
    }
    return {key: value for key, value in known.items() if value is not None}


def _rounded(milliseconds: float | None) -> int | None:
    return None if milliseconds is None else round(milliseconds)
