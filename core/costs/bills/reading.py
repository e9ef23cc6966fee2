"""A bill from a file, whosever form it has: told by what is in it, not by its name."""

import gzip
import io
import json
import zlib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.costs.bills.focus_bill import focus_lines, focus_parquet_lines
from core.costs.bills.lines import BilledLine, together
from core.costs.bills.shapes import SHAPES, shape_of
from core.errors import UnreadableFile

LARGEST_BYTES = 200_000_000
PARQUET = b"PAR1"
GZIP = b"\x1f\x8b"


def read_bill(path: Path) -> tuple[BilledLine, ...]:
    """Give the lines of a bill in a file. Raises UnreadableFile, naming what is wrong and where."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise UnreadableFile(f"{path.name} is larger than 200 MB.", next_step="Export a shorter period.")
        data = path.read_bytes()
    except OSError as error:
        raise _no_text(path.name, error) from error
    return bill_of_bytes(data, path.name)


def bill_of_bytes(data: bytes, name: str) -> tuple[BilledLine, ...]:
    """Give the lines of a bill as it was uploaded: JSON, CSV or Parquet, CSV and JSON also packed by gzip.

    Raises UnreadableFile, naming what is wrong and where.
    """
    if data.startswith(PARQUET):
        return together(focus_parquet_lines(io.BytesIO(data)))
    try:
        text = _unpacked(data).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise _no_text(name, error) from error
    return bill_lines(text)


def _unpacked(data: bytes) -> bytes:
    """Unpack a gzip file, but never more than a bill may be large."""
    if not data.startswith(GZIP):
        return data
    with gzip.open(io.BytesIO(data)) as file:
        found = file.read(LARGEST_BYTES + 1)
    if len(found) > LARGEST_BYTES:
        raise UnreadableFile("The bill is larger than 200 MB unpacked.", next_step="Export a shorter period.")
    return found


def _no_text(name: str, error: Exception) -> UnreadableFile:
    return UnreadableFile(
        f"{name} cannot be read as text.", next_step="Check the path; the file must be UTF-8.", detail=str(error)
    )


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
