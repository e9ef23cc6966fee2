"""Outcomes: a known quality of each model on each prompt, made elsewhere, as a table of prompts × models."""

import csv
import gzip
import io
import math
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import UnreadableFile

Floats = NDArray[np.float64]

NEEDED = ("prompt", "model", "quality")
LONGEST_FIELD = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Qualities in [0, 1] and costs in USD, both (prompts, models), NaN where unknown; `tasks` are "" where unknown."""

    prompts: tuple[str, ...]
    models: tuple[str, ...]
    quality: Floats
    cost: Floats
    tasks: tuple[str, ...]

    def rows(self, chosen: NDArray[np.intp]) -> "Outcomes":
        """Give the part with these prompts, in this order."""
        return Outcomes(
            prompts=tuple(self.prompts[row] for row in chosen),
            models=self.models,
            quality=self.quality[chosen],
            cost=self.cost[chosen],
            tasks=tuple(self.tasks[row] for row in chosen),
        )


def same_prompt(text: str) -> str:
    """Give the form in which two prompts count as one: same letters whatever the case, spacing or Unicode form."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def read_outcomes(path: Path) -> Outcomes:
    """Read a CSV, plain or gzipped: prompt, model, quality, and where known cost_usd and task.

    Prompts that count as the same are one row, and repeats of a pair are averaged. A cost of 0 or none is unknown.
    Raises UnreadableFile naming the line.
    """
    with _opened(path) as text:
        reader = csv.DictReader(text, strict=True)
        missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
        if missing:
            raise UnreadableFile(
                f"{path.name} has no column {', '.join(missing)}.",
                next_step="The first line names the columns: prompt, model, quality, and cost_usd and task if known.",
            )
        return collect(_numbered(reader, path.name))


@contextmanager
def _opened(path: Path) -> Iterator[io.TextIOBase]:
    limit = csv.field_size_limit(LONGEST_FIELD)
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            with io.TextIOWrapper(gzip.GzipFile(fileobj=raw) if zipped else raw, "utf-8-sig", newline="") as text:
                yield text
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(
            f"{path.name} cannot be read as a table of outcomes.",
            next_step="Give a CSV file in UTF-8, plain or gzipped.",
            detail=str(error),
        ) from error
    finally:
        csv.field_size_limit(limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One line: how good one model's answer to one prompt was; cost None where unknown."""

    prompt: str
    model: str
    quality: float
    cost: float | None = None
    task: str = ""


def _numbered(reader: "csv.DictReader[str]", name: str) -> Iterator[Outcome]:
    for row in reader:
        try:
            yield _outcome(row)
        except ValueError as error:
            raise UnreadableFile(
                f"Line {reader.line_num} of {name} holds no outcome: {error}.",
                next_step="Correct the line: quality is a number from 0 to 1, cost_usd a number or empty.",
            ) from error


def _outcome(row: Mapping[str, str | None]) -> Outcome:
    prompt, model = (row["prompt"] or "").strip(), (row["model"] or "").strip()
    if not prompt or not model:
        raise ValueError("prompt or model is empty")
    quality = float(row["quality"] or "nan")
    if not 0 <= quality <= 1:
        raise ValueError(f"quality {row['quality']!r} is not from 0 to 1")
    cost = float(row.get("cost_usd") or 0)
    if not (cost >= 0 and math.isfinite(cost)):
        raise ValueError(f"cost_usd {row.get('cost_usd')!r} is no cost")
    return Outcome(prompt=prompt, model=model, quality=quality, cost=cost or None, task=(row.get("task") or "").strip())


def collect(outcomes: Iterable[Outcome]) -> Outcomes:
    """Put single outcomes into a table, prompts and models in a settled order. Raises UnreadableFile when empty."""
    first: dict[str, Outcome] = {}
    seen: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        key = same_prompt(outcome.prompt)
        first.setdefault(key, outcome)
        seen[key, outcome.model].append(outcome)
    if not first:
        raise UnreadableFile("The table of outcomes has no rows.", next_step="Give a file with at least one outcome.")
    keys, models = sorted(first), sorted({model for _, model in seen})
    row_of, column_of = {key: row for row, key in enumerate(keys)}, {name: col for col, name in enumerate(models)}
    quality, cost = (np.full((len(keys), len(models)), np.nan) for _ in range(2))
    for (key, model), several in seen.items():
        place = row_of[key], column_of[model]
        quality[place] = np.mean([outcome.quality for outcome in several])
        costs = [outcome.cost for outcome in several if outcome.cost is not None]
        cost[place] = np.mean(costs) if costs else np.nan
    return Outcomes(
        prompts=tuple(first[key].prompt for key in keys),
        models=tuple(models),
        quality=quality,
        cost=cost,
        tasks=tuple(first[key].task for key in keys),
    )
