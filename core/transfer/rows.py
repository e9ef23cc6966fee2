"""Tables as they pass in and out: columns with a kind, rows one by one, and bad rows named by number and reason."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class TableFormat(StrEnum):
    """The files a table can be written to and read from."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"
    PARQUET = "parquet"


class Kind(StrEnum):
    """What a column holds. Texts and lists of texts are never missing; any other value may be None."""

    TEXT = "text"
    TEXTS = "texts"
    WHOLE = "whole"
    NUMBER = "number"
    MONEY = "money"
    TIME = "time"
    YES_NO = "yes_no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table to write."""

    name: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table to write; `rows` hold a value for each column and are gone through once."""

    columns: tuple[Column, ...]
    rows: Iterable[Sequence[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodRow:
    """A row as it was read, by column name. `number` counts as a spreadsheet does: the header is row 1 where one is."""

    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that cannot be used, with the reason in a plain sentence."""

    number: int
    reason: str


Row = GoodRow | BadRow

LONGEST_ROW = 10_000_000
"""Bytes; a longer line is no table."""
MOST_ROWS = 1_000_000
HEADER = 1


def plain(value: Any, kind: Kind) -> Any:
    """Give a value as text formats write it: a text, a number, True or False, or None where it is missing.

    Times are ISO 8601 in UTC, money is decimal digits: a JSON number would be read as a float.
    """
    if value is None:
        return None
    if kind is Kind.TIME:
        return iso(value)
    if kind is Kind.MONEY:
        return digits(value)
    return value


def iso(moment: datetime) -> str:
    """Give a time in ISO 8601, in UTC."""
    return moment.astimezone(UTC).isoformat()


def digits(amount: Decimal) -> str:
    """Give a sum in decimal digits, without an exponent."""
    return f"{amount:f}"


def checked_header(names: Sequence[str]) -> str | None:
    """Give what is wrong with the names of a header, None where nothing is."""
    if not any(names):
        return "The first row names no column."
    twice = [name for name in dict.fromkeys(names) if name and names.count(name) > 1]
    if twice:
        return f"The column {twice[0]!r} stands there {names.count(twice[0])} times."
    return None


def tidy_header(written: Any) -> str:
    """Give a column's name as it is looked for: lower case, underscores for spaces."""
    return "_".join(str(written if written is not None else "").strip().lower().split())
