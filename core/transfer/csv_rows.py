"""CSV, out and in: UTF-8 with or without a byte order mark, comma, semicolon or tab, read line by line.

A file is never taken into memory whole, and a line that never ends is given up at `LONGEST_ROW`.
"""

import csv
import io
import json
from collections.abc import Iterator
from itertools import count
from typing import Any, BinaryIO

from core.transfer.rows import (
    HEADER,
    LONGEST_ROW,
    BadRow,
    GoodRow,
    Kind,
    Row,
    Table,
    checked_header,
    plain,
    tidy_header,
)
from core.transfer.spreadsheet_text import as_meant, harmless

BOM = b"\xef\xbb\xbf"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
DELIMITERS = ",;\t"

csv.field_size_limit(LONGEST_ROW)


def write_csv(table: Table, to: BinaryIO) -> None:
    """Write a table. It begins with a byte order mark, by which spreadsheets know that it is UTF-8."""
    to.write(BOM)
    text = io.TextIOWrapper(to, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.name for column in table.columns])
    for row in table.rows:
        writer.writerow([_cell(value, column.kind) for value, column in zip(row, table.columns, strict=True)])
    text.flush()
    text.detach()


def _cell(value: Any, kind: Kind) -> Any:
    if kind is Kind.TEXT:
        return harmless(value)
    if kind is Kind.TEXTS:
        return harmless(joined(value))
    if kind is Kind.YES_NO:
        return "" if value is None else "yes" if value else "no"
    return plain(value, kind)


def joined(texts: tuple[str, ...]) -> str:
    """Give several texts in one cell: with semicolons, or as JSON where one holds a semicolon itself."""
    if any(";" in text or text.startswith("[") or text != text.strip() or not text for text in texts):
        return json.dumps(list(texts), ensure_ascii=False)
    return "; ".join(texts)


class _TooLong(Exception):
    """A line is longer than any row may be."""


class _Lines:
    """The lines of a file as text; a line that is no UTF-8 raises, and the next one can be read after it."""

    def __init__(self, file: BinaryIO, first: bytes) -> None:
        self._file = file
        self._first: bytes | None = first

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line, self._first = (self._file.readline(LONGEST_ROW + 1) if self._first is None else self._first), None
        if not line:
            raise StopIteration
        if len(line) > LONGEST_ROW:
            raise _TooLong
        return line.decode("utf-8")


def read_csv(file: BinaryIO) -> Iterator[Row]:
    """Read rows by column name. What is wrong with the header is a bad row 1, after which nothing comes."""
    start = file.readline(LONGEST_ROW + 1)
    if start.startswith(UTF_16):
        yield BadRow(number=HEADER, reason="The file is UTF-16; save it as CSV in UTF-8.")
        return
    start = start.removeprefix(BOM)
    names: list[str] = []
    for number, cells in _records(csv.reader(_Lines(file, start), delimiter=_delimiter(start), strict=True)):
        if isinstance(cells, BadRow):
            yield cells
            if not names:
                return
        elif not names:
            names = [tidy_header(cell) for cell in cells]
            wrong = checked_header(names)
            if wrong:
                yield BadRow(number=HEADER, reason=wrong)
                return
        elif cells:
            yield _row(number, names, cells)
    if not names:
        yield BadRow(number=HEADER, reason="The file is empty.")


def _records(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str] | BadRow]]:
    """Give the cells of each row with its number, or what is wrong with it."""
    for number in count(HEADER):
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except _TooLong:
            yield number, BadRow(number=number, reason=_too_long(number))
            return
        except (UnicodeDecodeError, csv.Error) as error:
            yield number, BadRow(number=number, reason=_reason(error))


def _row(number: int, names: list[str], cells: list[str]) -> Row:
    if len(cells) != len(names):
        return BadRow(number=number, reason=f"It has {len(cells)} cells where the header has {len(names)}.")
    return GoodRow(
        number=number, values={name: as_meant(cell) for name, cell in zip(names, cells, strict=True) if name}
    )


def _delimiter(header: bytes) -> str:
    """Give the delimiter that stands most often in the header."""
    return max(DELIMITERS, key=lambda sign: (header.count(sign.encode()), sign == ","))


def _reason(error: UnicodeDecodeError | csv.Error) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"It is no text in UTF-8 (byte 0x{error.object[error.start]:02x}); save the file as UTF-8."
    if "field larger" in str(error):
        return "A cell has no end; a quotation mark may be missing."
    return f"It is no CSV: {error}."


def _too_long(number: int) -> str:
    return f"Line {number} is longer than {LONGEST_ROW // 1_000_000} MB; nothing after it was read."
