import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError, UnreadableFile
from core.transfer.rows import LONGEST_ROW, BadRow, Column, GoodRow, Kind, Table, TableFormat
from core.transfer.spreadsheet_text import as_meant, harmless
from core.transfer.tables import read_table, write_tables
from core.transfer.xlsx_rows import IN_A_CELL

FORMATS = list(TableFormat)
DANGEROUS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1", "'=1", "''@", "=", "-")
COLUMNS = (Column(name="prompt"), Column(name="answer"))
TEXTS = st.text(max_size=80) | st.sampled_from(DANGEROUS) | st.text("=+-@'\t\r\n\x00_x0041,;\"#N/A!_", max_size=20)


def written(kind: TableFormat, *rows: tuple[Any, ...], columns: tuple[Column, ...] = COLUMNS) -> bytes:
    to = io.BytesIO()
    write_tables(kind, {"Answers": Table(columns=columns, rows=rows)}, to)
    return to.getvalue()


def read(name: str, data: bytes) -> list[Any]:
    return list(read_table(name, io.BytesIO(data)))


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=120, deadline=None)
@given(rows=st.lists(st.tuples(TEXTS.filter(bool), TEXTS), max_size=4))
def test_any_text_comes_back_from_every_format_as_it_was(kind: TableFormat, rows: list[tuple[str, str]]) -> None:
    back = read(f"x.{kind}", written(kind, *rows))
    found = [(row.values["prompt"], row.values.get("answer", "")) for row in back]
    assert found == [tuple(part.replace("\x00", "\ufffd") if kind != "csv" else part for part in row) for row in rows]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_text_longer_than_a_cell_comes_back_whole(kind: TableFormat) -> None:
    long = "\x07".join(f"_x0041_ word{number}" for number in range(9_000))
    assert len(long) > 3 * IN_A_CELL
    (row,) = read(f"x.{kind}", written(kind, (long, "end")))
    assert (row.values["prompt"], row.values["answer"]) == (long, "end")


@given(TEXTS)
def test_no_cell_can_run_and_the_text_comes_back(text: str) -> None:
    safe = harmless(text)
    assert not safe or safe[0] not in "=+-@\t\r\n＝＋－＠"
    assert as_meant(safe) == text


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_spreadsheet_sees_a_formula(text: str) -> None:
    cells = next(csv.reader(io.StringIO(written(TableFormat.CSV, (text, "")).decode("utf-8-sig").split("\r\n", 1)[1])))
    assert cells[0].startswith("'")
    book = openpyxl.load_workbook(io.BytesIO(written(TableFormat.XLSX, (text, "#REF!"))))
    first, second = book["Answers"][2]
    assert (first.data_type, second.data_type) == ("s", "s")
    assert str(first.value).startswith("'")


def test_numbers_money_and_times_keep_their_value() -> None:
    moment = datetime(2026, 11, 12, 14, 2, 3, 456789, tzinfo=UTC)
    columns = (
        Column(name="tags", kind=Kind.TEXTS),
        Column(name="tokens", kind=Kind.WHOLE),
        Column(name="quality", kind=Kind.NUMBER),
        Column(name="cost", kind=Kind.MONEY),
        Column(name="at", kind=Kind.TIME),
        Column(name="blind", kind=Kind.YES_NO),
    )
    values = (("a", "b; c"), 2**40, 0.1 + 0.2, Decimal("0.000000000001"), moment, True)
    by_format = {kind: read(f"x.{kind}", written(kind, values, columns=columns))[0].values for kind in FORMATS}
    names = [column.name for column in columns]
    assert by_format[TableFormat.PARQUET] == dict(zip(names, (["a", "b; c"], *values[1:]), strict=True))
    assert by_format[TableFormat.JSONL] == {
        "tags": ["a", "b; c"],
        "tokens": 2**40,
        "quality": 0.1 + 0.2,
        "cost": "0.000000000001",
        "at": "2026-11-12T14:02:03.456789+00:00",
        "blind": True,
    }
    assert by_format[TableFormat.CSV]["cost"] == "0.000000000001"
    assert float(by_format[TableFormat.CSV]["quality"]) == 0.1 + 0.2
    assert by_format[TableFormat.XLSX]["cost"] == pytest.approx(1e-12)
    assert by_format[TableFormat.XLSX]["tokens"] == 2**40
    assert by_format[TableFormat.XLSX]["tags"] == '["a", "b; c"]'


def test_what_is_missing_stays_missing() -> None:
    kinds = (Kind.WHOLE, Kind.NUMBER, Kind.MONEY, Kind.TIME, Kind.YES_NO)
    columns = tuple(Column(name=kind, kind=kind) for kind in kinds)
    for kind in FORMATS:
        rows = read(f"x.{kind}", written(kind, (None,) * 5, (7, None, None, None, None), columns=columns))
        assert rows[-1].values["whole"] in (7, "7")
        assert all(not value for name, value in rows[-1].values.items() if name != "whole")


def test_answers_and_labels_fit_one_workbook_but_no_other_file() -> None:
    both = {title: Table(columns=COLUMNS, rows=[(title, "")]) for title in ("Answers", "Labels")}
    to = io.BytesIO()
    write_tables(TableFormat.XLSX, both, to)
    assert openpyxl.load_workbook(to).sheetnames == ["Answers", "Labels"]
    assert [row.values["prompt"] for row in read("x.xlsx", to.getvalue())] == ["Answers"]
    with pytest.raises(InputError, match="one table"):
        write_tables(TableFormat.CSV, both, io.BytesIO())


@pytest.mark.parametrize(
    ("data", "number", "reason"),
    [
        (b"", 1, "empty"),
        (b"\n\n", 1, "names no column"),
        (b"prompt,model,prompt\nx,y,z\n", 1, "'prompt' stands there 2 times"),
        (b"prompt, PROMPT \nx,y\n", 1, "'prompt' stands there 2 times"),
        ("prompt,model\n".encode("utf-16"), 1, "UTF-16"),
        (b"prompt,model\nfine,a\nnot \x92 fine,b\nfine,c\n", 3, "no text in UTF-8 (byte 0x92)"),
        (b"prompt,model\na,b,c\n", 2, "3 cells where the header has 2"),
        (b"prompt,model\na\n", 2, "1 cells"),
        (b'prompt,model\n"never closed,b\nc,d\n', 2, "no CSV"),
        (b'prompt,model\n"a"b,c\n', 2, "no CSV"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_broken_csv_names_the_row_and_the_reason(data: bytes, number: int, reason: str) -> None:
    (bad,) = [row for row in read("x.csv", data) if isinstance(row, BadRow)]
    assert bad.number == number
    assert reason in bad.reason


def test_rows_around_a_bad_one_are_read() -> None:
    rows = read("x.csv", b'\xef\xbb\xbfPrompt;The Model\r\nfine;a\r\n\r\nbad \xff;b\r\n"two\nlines";c\r\n')
    assert [(row.number, isinstance(row, BadRow)) for row in rows] == [(2, False), (4, True), (5, False)]
    assert rows[0].values == {"prompt": "fine", "the_model": "a"}
    assert rows[2].values["prompt"] == "two\nlines"


class Endless(io.RawIOBase):
    """A file of one line that goes on for a gigabyte, which remembers how much of it was asked for."""

    def __init__(self, start: bytes, size: int = 1_000_000_000) -> None:
        self.start, self.left, self.given = start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        assert (offset, whence) == (0, 0)
        self.given = 0
        return 0

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), self.left)
        start = self.start[self.given : self.given + count]
        buffer[:count] = start + b"x" * (count - len(start))
        self.given += count
        self.left -= count
        return count


@pytest.mark.parametrize(
    ("name", "start", "row"), [("x.csv", b"prompt,model\n", 2), ("x.csv", b"", 1), ("x.jsonl", b'{"prompt": "', 1)]
)
def test_a_line_of_a_gigabyte_is_given_up_early(name: str, start: bytes, row: int) -> None:
    endless = Endless(start)
    rows: Iterator[Any] = read_table(name, io.BufferedReader(endless))  # type: ignore[arg-type]
    bad = next(rows)
    assert (bad.number, "longer than 10 MB" in bad.reason) == (row, True)
    assert endless.given < 3 * LONGEST_ROW


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "no JSON"),
        (b"[1]", "no JSON object"),
        (b'"text"', "no JSON object"),
        (b'{"quality": NaN}', "NaN is no number"),
        (b'{"quality": -Infinity}', "-Infinity is no number"),
        (b'{"prompt": 1, "Prompt": 2}', "stands there twice"),
        (b"\xff", "no text in UTF-8"),
        (b"[" * 100_000, "no JSON"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "no JSON"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_broken_line_of_json_names_itself_and_the_next_is_read(line: bytes, reason: str) -> None:
    good, bad, after = read("x.jsonl", b'\xef\xbb\xbf{"a": 1}\n' + line + b'\n\n{"a": 2}')
    assert (good, after) == (GoodRow(number=1, values={"a": 1}), GoodRow(number=4, values={"a": 2}))
    assert bad.number == 2
    assert reason in bad.reason


def workbook(*rows: tuple[Any, ...]) -> bytes:
    book, to = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(to)
    return to.getvalue()


def test_a_workbook_with_formulas_or_errors_names_the_cells() -> None:
    rows = read(
        "x.xlsx", workbook(("prompt", "quality"), ("a", "=1+1"), ("b", "#DIV/0!"), (), ("c", 0.5), ("d", 1, "extra"))
    )
    assert [(row.number, getattr(row, "reason", "")) for row in rows] == [
        (2, "'quality' holds a formula; save the values alone."),
        (3, "'quality' holds an error; save the values alone."),
        (5, ""),
        (6, "Cell 3 stands under no name."),
    ]
    assert rows[2].values == {"prompt": "c", "quality": 0.5}
    (header,) = read("x.xlsx", workbook(("prompt", "prompt"), ("a", "b")))
    assert "2 times" in header.reason


def test_parquet_is_counted_from_its_first_row() -> None:
    to = io.BytesIO()
    pq.write_table(pa.table({"Prompt": ["a", None], "when": [timedelta(1), None]}), to)
    assert [(row.number, row.values["prompt"]) for row in read("any name", to.getvalue())] == [(1, "a"), (2, None)]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.parquet", b"PAR1 and nothing more"),
        ("x.parquet", b"something else"),
        ("x.xlsx", b"PK\x03\x04 and nothing more"),
        ("x.xlsx", b"prompt,model"),
        ("x.csv.gz", b"\x1f\x8b and nothing more"),
        ("x.pdf", b"%PDF"),
    ],
)
def test_what_is_no_table_says_what_to_do(name: str, data: bytes) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read(name, data)
    assert refused.value.next_step


def test_json_keeps_separators_inside_its_lines() -> None:
    data = written(TableFormat.JSONL, ("a\u2028b\x85c\nd", "e"))
    assert data.count(b"\n") == 1
    assert json.loads(data)["prompt"] == "a\u2028b\x85c\nd"
