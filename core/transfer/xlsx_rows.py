"""Excel workbooks, out and in, through openpyxl, which is loaded only here.

Texts are written as texts whatever they look like. What XML cannot hold is written the way Excel does (`_x0007_`,
ECMA-376 Part 1, 22.9.2.19). A cell holds 32,767 characters; the rest of a longer text stands in a sheet of its own,
from where reading puts it back.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from core.errors import InputError, UnreadableFile
from core.store.columns import storable
from core.transfer.csv_rows import joined
from core.transfer.rows import (
    HEADER,
    MOST_ROWS,
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

REST = "Rest of long texts"
IN_A_CELL = 32_000
ROWS_IN_A_SHEET = 1_048_576
LARGEST_UNPACKED = 1_000_000_000
MOST_COLUMNS = 500

_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def write_xlsx(sheets: Mapping[str, Table], to: BinaryIO) -> None:
    """Write tables as sheets. Raises InputError where a table has more rows than a sheet."""
    from openpyxl import Workbook  # noqa: PLC0415 - only an export needs it

    book = Workbook(write_only=True)
    rests: list[tuple[str, int, str, str]] = []
    for title, table in sheets.items():
        sheet = book.create_sheet(title)
        sheet.append([column.name for column in table.columns])
        for number, row in enumerate(table.rows, start=HEADER + 1):
            if number > ROWS_IN_A_SHEET:
                raise InputError(f"A sheet has {ROWS_IN_A_SHEET:,} rows; this is more.", next_step="Export it as CSV.")
            cells = []
            for column, value in zip(table.columns, row, strict=True):
                written = _value(value, column.kind)
                if isinstance(written, str):
                    first, *more = _pieces(written)
                    rests += [(title, number, column.name, piece) for piece in more]
                    cells.append(_text(sheet, first))
                else:
                    cells.append(written)
            sheet.append(cells)
    if rests:
        sheet = book.create_sheet(REST)
        sheet.append(["sheet", "row", "column", "text"])
        for title, number, name, piece in rests:
            sheet.append([_text(sheet, title), number, _text(sheet, name), _text(sheet, piece)])
    book.save(to)


def _value(value: Any, kind: Kind) -> Any:
    if kind is Kind.TEXT:
        return harmless(storable(value))
    if kind is Kind.TEXTS:
        return harmless(storable(joined(value)))
    return value if kind in (Kind.MONEY, Kind.YES_NO) else plain(value, kind)


def _pieces(text: str) -> list[str]:
    whole = _ESCAPED.sub(lambda sign: f"_x{ord(sign[0]):04X}_", text)
    return [whole[start : start + IN_A_CELL] for start in range(0, len(whole), IN_A_CELL)] or [""]


def _text(sheet: Any, text: str) -> Any:
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"  # else a text such as #REF! or =1+1 would be an error or a formula
    return cell


def read_xlsx(file: BinaryIO) -> Iterator[Row]:
    """Read the rows of the first sheet by column name. Raises UnreadableFile where the file is no workbook."""
    from openpyxl import load_workbook  # noqa: PLC0415

    _check_size(file)
    try:
        book = load_workbook(file, read_only=True)
        first = book.worksheets[0]
        rests = _rests(book, first.title)
        yield from _rows(first, rests)
    except UnreadableFile:
        raise
    except Exception as error:  # openpyxl raises whatever its parser stumbles over
        raise UnreadableFile(
            "The file cannot be read as an Excel workbook.", next_step="Save it anew, or as CSV.", detail=repr(error)
        ) from error


def _rows(sheet: Any, rests: Mapping[tuple[int, str], str]) -> Iterator[Row]:
    names: list[str] = []
    for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), start=HEADER):
        if number > MOST_ROWS:
            yield BadRow(number=number, reason=f"More than {MOST_ROWS:,} rows; nothing after it was read.")
            return
        if not names:
            names = [tidy_header(cell.value) for cell in cells]
            wrong = checked_header(names)
            if wrong:
                yield BadRow(number=HEADER, reason=wrong)
                return
        elif any(cell.value is not None for cell in cells):
            yield _row(number, names, cells, rests)
    if not names:
        yield BadRow(number=HEADER, reason="The first sheet is empty.")


def _row(number: int, names: list[str], cells: Any, rests: Mapping[tuple[int, str], str]) -> Row:
    values: dict[str, Any] = {}
    for place, cell in enumerate(cells):
        name = names[place] if place < len(names) else ""
        if cell.value is None:
            continue
        if not name:
            return BadRow(number=number, reason=f"Cell {place + 1} stands under no name.")
        if cell.data_type in ("f", "e"):
            what = "a formula" if cell.data_type == "f" else "an error"
            return BadRow(number=number, reason=f"{name!r} holds {what}; save the values alone.")
        value = cell.value
        values[name] = as_meant(_unescaped(value + rests.get((number, name), ""))) if isinstance(value, str) else value
    return GoodRow(number=number, values=values)


def _rests(book: Any, title: str) -> dict[tuple[int, str], str]:
    found: dict[tuple[int, str], str] = {}
    if REST not in book.sheetnames or title == REST:
        return found
    for sheet, row, column, text in book[REST].iter_rows(min_row=HEADER + 1, max_col=4, values_only=True):
        if sheet == title and isinstance(row, int):
            key = (row, tidy_header(column))
            found[key] = found.get(key, "") + str(text)
    return found


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda code: chr(int(code[1], 16)), text)


def _check_size(file: BinaryIO) -> None:
    """Refuse a small file that unpacks to a huge one."""
    try:
        with zipfile.ZipFile(file) as packed:
            size = sum(part.file_size for part in packed.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UnreadableFile("The file is no Excel workbook.", next_step="Save it anew, or as CSV.") from error
    if size > LARGEST_UNPACKED:
        raise UnreadableFile("The workbook is too large.", next_step="Import it in parts, or as CSV.")
    file.seek(0)
