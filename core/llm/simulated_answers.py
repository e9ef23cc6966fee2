"""The written answers of the demo: which sample a prompt is, and what each made-up model says to it.

They are files under `data/demo`, written by people, one for each sample. A prompt counts as a sample when it reads like
its template with any values in the places of its {{variables}}; those values then stand in the answers too.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.domain.run import FinishReason
from core.llm.simulated_models import DEMO_FILES

SHOTS = 3
VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFault:
    """A failure that is part of the show: `kind` is that of a ModelError, `after` seconds from the attempt's start."""

    kind: str
    after: float
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenAnswer:
    """What one model says in one shot. `fault` strikes on the first attempt only."""

    text: str
    thinking: str = ""
    finish: FinishReason = FinishReason.STOP
    fault: WrittenFault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One sample prompt with its answers by model (short name) and shot (1 to 3)."""

    slug: str
    title: str
    task: str
    prompt: str
    variables: tuple[tuple[str, str], ...]
    answers: Mapping[tuple[str, int], WrittenAnswer]

    @property
    def filled_prompt(self) -> str:
        """Give the prompt with the usual value of each variable."""
        return fill(self.prompt, dict(self.variables))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in the places of {{variables}}; a variable without a value stays as it is."""
    return VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)


@cache
def written_samples(folder: Path = DEMO_FILES / "samples") -> tuple[Sample, ...]:
    """Read every sample, in the order in which pages offer them."""
    entries = []
    for path in folder.glob("*.toml"):
        with path.open("rb") as file:
            entry = tomllib.load(file)
        entries.append((entry["position"], _sample(path.stem, entry)))
    return tuple(sample for _, sample in sorted(entries, key=lambda pair: pair[0]))


def sample_of(prompt: str) -> tuple[Sample, dict[str, str]] | None:
    """Find the sample that a prompt is, with the values of its variables; None for any other prompt."""
    words = _squeezed(prompt)
    for sample in written_samples():
        found = _pattern(sample.prompt).fullmatch(words)
        if found:
            return sample, found.groupdict()
    return None


def written_answer(prompt: str, model: str, shot_index: int) -> WrittenAnswer:
    """Give what a model (short name) says: the sample's answer, or words that say that it cannot answer.

    There are three shots of each; a fourth says what the first said.
    """
    shot = (shot_index - 1) % SHOTS + 1
    found = sample_of(prompt)
    if found is None:
        return _placeholders()[model, shot]
    sample, values = found
    answer = sample.answers[model, shot]
    return WrittenAnswer(
        text=fill(answer.text, values),
        thinking=fill(answer.thinking, values),
        finish=answer.finish,
        fault=answer.fault,
    )


@cache
def _placeholders(path: Path = DEMO_FILES / "other_prompts.toml") -> Mapping[tuple[str, int], WrittenAnswer]:
    with path.open("rb") as file:
        return _answers(tomllib.load(file))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = VARIABLE.split(_squeezed(template))
    seen: set[str] = set()
    pieces = []
    for place, part in enumerate(parts):
        if place % 2 == 0:
            pieces.append(re.escape(part))
        else:
            pieces.append(f"(?P={part})" if part in seen else f"(?P<{part}>.{{1,200}}?)")
            seen.add(part)
    return re.compile("".join(pieces), re.IGNORECASE)


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _sample(slug: str, entry: Mapping[str, Any]) -> Sample:
    return Sample(
        slug=slug,
        title=entry["title"],
        task=entry["task"],
        prompt=entry["prompt"].strip(),
        variables=tuple(entry.get("variables", {}).items()),
        answers=_answers(entry),
    )


def _answers(entry: Mapping[str, Any]) -> dict[tuple[str, int], WrittenAnswer]:
    faults = {
        (fault["model"], fault["shot"]): WrittenFault(
            kind=fault["kind"], after=fault["after"], message=fault["message"]
        )
        for fault in entry.get("fault", ())
    }
    answers: dict[tuple[str, int], WrittenAnswer] = {}
    for written in entry["answer"]:
        fields = {
            "text": written["text"].strip(),
            "thinking": written.get("thinking", "").strip(),
            "finish": FinishReason(written.get("finish", "stop")),
        }
        shots = written["shot"] if isinstance(written["shot"], list) else [written["shot"]]
        for shot in shots:  # several numbers: those shots give the very same answer
            key = (written["model"], shot)
            answers[key] = WrittenAnswer(**fields, fault=faults.get(key))
    return answers
