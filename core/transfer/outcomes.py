"""Outcomes made elsewhere: a prompt, a model and how good its answer was; each row checked before anything is kept."""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from core.domain.model import Place
from core.transfer.rows import MOST_ROWS, BadRow, GoodRow
from core.transfer.tables import read_table

NEEDED = ("prompt", "model", "quality")
KNOWN = (*NEEDED, "task", "cost_usd", "created_at", "tags", "answer", "thinking", "place", "run", "shot", "state")
LONGEST_PROMPT = 2_000_000
LONGEST_NAME = 200
LARGEST_COST = Decimal(1_000_000)
FIRST_SHOWN = 10
BAD_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One row of an outcomes file.

    `quality` is in [0, 1], None where the row has only an answer. `cost` is what the source says it cost in USD, None
    where it says nothing or zero, which may mean either. `run` is the id of the run it comes from, where it names one.
    """

    number: int
    prompt: str
    model: str
    quality: float | None
    task: str = ""
    cost: Decimal | None = None
    created_at: datetime | None = None
    tags: tuple[str, ...] = ()
    answer: str = ""
    thinking: str = ""
    place: Place = Place.CLOUD
    run: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomesPreview:
    """What an import of a file would bring: its first rows, and the bad ones by number and reason (up to a hundred).

    `models` are its names with how many rows each has, the most frequent first. `ignored` are columns that mean nothing
    here. `unanswered` rows of an export hold neither an answer nor a quality and are passed over.
    """

    name: str
    rows: int
    prompts: int
    models: tuple[tuple[str, int], ...]
    first: tuple[Outcome, ...]
    bad: tuple[BadRow, ...]
    bad_rows: int
    unanswered: int
    ignored: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Tell whether every row can be imported."""
        return self.rows > 0 and not self.bad_rows


class Unanswered:
    """A row of an export whose shot has no answer: there is nothing to import."""


def preview_outcomes(name: str, file: BinaryIO) -> OutcomesPreview:
    """Look through a file without keeping anything. Raises UnreadableFile where it is no table."""
    first: list[Outcome] = []
    bad: list[BadRow] = []
    models: Counter[str] = Counter()
    prompts: set[int] = set()
    columns: dict[str, None] = {}
    bad_rows = unanswered = 0
    for found in read_outcomes(name, file, columns):
        if isinstance(found, BadRow):
            bad_rows += 1
            bad += [found] * (len(bad) < BAD_SHOWN)
        elif isinstance(found, Unanswered):
            unanswered += 1
        else:
            models[found.model] += 1
            prompts.add(hash(found.prompt))
            first += [found] * (len(first) < FIRST_SHOWN)
    return OutcomesPreview(
        name=name,
        rows=models.total(),
        prompts=len(prompts),
        models=tuple(models.most_common()),
        first=tuple(first),
        bad=tuple(bad),
        bad_rows=bad_rows,
        unanswered=unanswered,
        ignored=tuple(column for column in columns if column and column not in KNOWN),
    )


def read_outcomes(
    name: str, file: BinaryIO, columns: dict[str, None] | None = None
) -> Iterator[Outcome | BadRow | Unanswered]:
    """Read a file row by row; names of columns are added to `columns`. Raises UnreadableFile where it is no table."""
    file.seek(0)
    seen = {} if columns is None else columns
    for count, row in enumerate(read_table(name, file), start=1):
        if count > MOST_ROWS:
            yield BadRow(number=row.number, reason=f"More than {MOST_ROWS:,} rows; nothing after it was read.")
            return
        if isinstance(row, BadRow):
            yield row
            continue
        seen.update(dict.fromkeys(row.values))
        try:
            yield _outcome(row)
        except _Wrong as wrong:
            yield BadRow(number=row.number, reason=str(wrong))


class _Wrong(Exception):
    """What a row says cannot be used."""


def _outcome(row: GoodRow) -> Outcome | Unanswered:
    values = row.values
    quality = _quality(values.get("quality"))
    answer = _text(values, "answer")
    if quality is None and not answer:
        if _text(values, "state"):
            return Unanswered()
        raise _Wrong("It has no quality.")
    prompt = _text(values, "prompt")
    if not prompt.strip():
        raise _Wrong("It has no prompt.")
    if len(prompt) > LONGEST_PROMPT:
        raise _Wrong(f"Its prompt has {len(prompt):,} characters; {LONGEST_PROMPT:,} are taken.")
    return Outcome(
        number=row.number,
        prompt=prompt,
        model=_name(values, "model", needed=True),
        quality=quality,
        task=_name(values, "task"),
        cost=_cost(values.get("cost_usd")),
        created_at=_moment(values.get("created_at")),
        tags=_tags(values.get("tags")),
        answer=answer,
        thinking=_text(values, "thinking"),
        place=_place(_text(values, "place")),
        run=_name(values, "run"),
    )


def _text(values: Mapping[str, Any], column: str) -> str:
    value = values.get(column)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise _Wrong(f"Its {column} is no text.")


def _name(values: Mapping[str, Any], column: str, *, needed: bool = False) -> str:
    name = " ".join(_text(values, column).split())
    if needed and not name:
        raise _Wrong(f"It has no {column}.")
    if len(name) > LONGEST_NAME:
        raise _Wrong(f"Its {column} is longer than {LONGEST_NAME} characters.")
    return name


def _number(value: Any, column: str, read: Callable[[str], Any]) -> Any:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise _Wrong(f"Its {column} is no number.")
    written = str(value).strip()
    try:
        return read(written)
    except (ValueError, InvalidOperation, OverflowError):
        hint = "; write it with a point" if "," in written else ""
        raise _Wrong(f"Its {column} ({written[:40]!r}) is no number{hint}.") from None


def _quality(value: Any) -> float | None:
    found: float | None = _number(value, "quality", float)
    if found is None:
        return None
    if math.isnan(found):
        raise _Wrong("Its quality is no number (NaN).")
    if not 0 <= found <= 1:
        raise _Wrong(f"Its quality ({found:g}) is not between 0 and 1.")
    return found


def _cost(value: Any) -> Decimal | None:
    found: Decimal | None = _number(value, "cost_usd", Decimal)
    if found is None or found == 0:
        return None
    if not found.is_finite() or not 0 < found < LARGEST_COST:
        raise _Wrong(f"Its cost_usd ({str(found)[:40]}) is no sum of money.")
    return found


def _moment(value: Any) -> datetime | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    found = value
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value.strip())
        except ValueError:
            raise _Wrong(f"Its created_at ({value[:40]!r}) is no time; write it like 2026-11-12T14:02:00Z.") from None
    elif isinstance(value, date) and not isinstance(value, datetime):
        found = datetime.combine(value, time())
    if not isinstance(found, datetime):
        raise _Wrong("Its created_at is no time.")
    try:
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except OverflowError:
        raise _Wrong("Its created_at is out of range.") from None


def _tags(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = _listed(value.strip())
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _Wrong("Its tags are no texts.")
    found = tuple(dict.fromkeys(tag for tag in (" ".join(each.split()) for each in value) if tag))
    if any(len(tag) > LONGEST_NAME // 2 for tag in found):
        raise _Wrong(f"A tag of it is longer than {LONGEST_NAME // 2} characters.")
    return found


def _listed(written: str) -> Any:
    if written.startswith("["):
        try:
            return json.loads(written)
        except ValueError:
            pass
    return written.split(";")


def _place(written: str) -> Place:
    return Place(written) if written in list(Place) else Place.CLOUD
