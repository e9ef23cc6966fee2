"""JSON Lines, out and in: one object a line, in UTF-8."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from core.store.columns import storable
from core.transfer.csv_rows import BOM, UTF_16
from core.transfer.rows import LONGEST_ROW, BadRow, GoodRow, Kind, Row, Table, plain, tidy_header


def write_jsonl(table: Table, to: BinaryIO) -> None:
    """Write a table; what is missing in a row is left out."""
    for row in table.rows:
        found = {
            column.name: _value(value, column.kind)
            for column, value in zip(table.columns, row, strict=True)
            if value is not None
        }
        to.write(json.dumps(found, ensure_ascii=False).encode() + b"\n")


def _value(value: Any, kind: Kind) -> Any:
    if kind is Kind.TEXT:
        return storable(value)
    return [storable(each) for each in value] if kind is Kind.TEXTS else plain(value, kind)


def read_jsonl(file: BinaryIO) -> Iterator[Row]:
    """Read rows by name; a line is counted from 1, and one that is too long is passed over."""
    number = 0
    while line := file.readline(LONGEST_ROW + 1):
        number += 1
        if number == 1:
            if line.startswith(UTF_16):
                yield BadRow(number=1, reason="The file is UTF-16; save it as UTF-8.")
                return
            line = line.removeprefix(BOM)
        if len(line) > LONGEST_ROW:
            yield BadRow(number=number, reason=f"It is longer than {LONGEST_ROW // 1_000_000} MB.")
            _pass_over(file)
        elif line.strip():
            yield _row(number, line)


def _pass_over(file: BinaryIO) -> None:
    while part := file.readline(LONGEST_ROW):
        if part.endswith(b"\n"):
            return


def _row(number: int, line: bytes) -> Row:
    try:
        value = json.loads(line.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        return BadRow(number=number, reason=f"It is no text in UTF-8 (byte 0x{error.object[error.start]:02x}).")
    except (ValueError, RecursionError) as error:
        return BadRow(number=number, reason=f"It is no JSON: {error or 'too deep'}.")
    if not isinstance(value, dict):
        return BadRow(number=number, reason="It is no JSON object with names and values.")
    return GoodRow(number=number, values=value)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [tidy_header(name) for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{name!r} stands there twice")
    return {name: value for name, (_, value) in zip(names, pairs, strict=True)}


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")
