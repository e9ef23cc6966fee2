"""What one result file holds, and the few marks that its reader and its writer must agree on.

A result file is one model's answers to one prompt as Markdown: the form of the record that the product grew from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

METADATA_HEAD = "\n\n## Metadata\n```json\n"
FORM_KEYS = ("multishot", "runs", "timestamp", "temperature", "maxTokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultAnswer:
    """One answer, its thinking apart, and what else is known of it (state, times in milliseconds, tokens, cost)."""

    text: str
    thinking: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultDocument:
    """All that one file says: the prompt, one model's answers, and the settings they were asked with.

    `engine` is the model's short name and `model` its full one. Token counts are None where the file gives none.
    `extra` holds metadata that this form does not know.
    """

    engine: str
    model: str
    run_id: str
    prompt: str
    answers: tuple[ResultAnswer, ...]
    finished_at: datetime
    started_at: datetime | None = None
    execution_ms: int | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def heading(number: int) -> str:
    """Give the line above the n-th answer; the first has no number, as in a file of one."""
    return "## Response\n" if number == 1 else f"## Response {number}\n"


def thinking_block(thinking: str) -> str:
    """Give the block that stands in front of an answer whose thinking is known."""
    return f"<think>\n{thinking}\n</think>\n\n" if thinking else ""


def stamp(moment: datetime) -> str:
    """Give a time the way these files write it: UTC with milliseconds and a Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
