"""A bill from a file, whosever form it has: told by what is in it, not by its name."""

import io
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.costs.bills.focus_bill import focus_lines
from core.costs.bills.lines import BilledLine, together
from core.costs.bills.shapes import SHAPES, shape_of
from core.errors import UnreadableFile

LARGEST_BYTES = 200_000_000


def read_bill(path: Path) -> tuple[BilledLine, ...]:
    """Give the lines of a bill in a file. Raises UnreadableFile, naming what is wrong and where."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise UnreadableFile(f"{path.name} is larger than 200 MB.", next_step="Export a shorter period.")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            f"{path.name} cannot be read as text.",
            next_step="Check the path; the file must be UTF-8.",
            detail=str(error),
        ) from error
    return bill_lines(text)


def bill_lines(text: str) -> tuple[BilledLine, ...]:
    """Give the lines of a bill: JSON of OpenAI, Anthropic or OpenRouter (one page or a list of pages), or FOCUS CSV.

    Raises UnreadableFile.
    """
    if not text.lstrip().startswith(("{", "[")):
        return together(focus_lines(io.StringIO(text, newline="")))
    try:
        found = json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        raise UnreadableFile(
            f"The bill is no JSON: line {error.lineno}, column {error.colno}, {error.msg}.",
            next_step="Nothing was changed. Fetch the bill again.",
        ) from error
    return pages_lines(found if isinstance(found, list) else [found])


def pages_lines(pages: list[Any]) -> tuple[BilledLine, ...]:
    """Give the lines of pages as an API gave them, with its decimals kept. Raises UnreadableFile."""
    lines: list[BilledLine] = []
    for page in pages:
        if isinstance(page, Mapping) and page.get("data") == []:
            continue
        source = shape_of(page)
        if source is None:
            raise UnreadableFile(
                "The file is no bill that is known here.",
                next_step="Give OpenAI's costs, Anthropic's cost report, OpenRouter's activity, or a FOCUS file.",
            )
        lines += SHAPES[source](page)
    return together(lines)
