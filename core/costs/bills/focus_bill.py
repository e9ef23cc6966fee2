"""Reading a bill in FOCUS form (1.0 and later), as AWS, Azure and Google export it: only what is about models.

A file may be CSV or Parquet; in Parquet, lines are counted as in a CSV file, from 2 on.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO, TextIO

from core.costs.bills.lines import BilledLine, BillSource
from core.domain.money import TokenClass
from core.errors import UnreadableFile

NEEDED = ("BilledCost", "BillingCurrency", "ChargePeriodStart", "ProviderName")
CATEGORY = "AI and Machine Learning"
NO_CHARGES = ("Tax", "Credit")
"""Categories that are no price of a token; the review speaks of costs before tax and discount."""

PROVIDERS = {"aws": "bedrock", "amazon web services": "bedrock", "microsoft": "azure", "google": "vertex_ai",
             "google cloud": "vertex_ai"}  # fmt: skip
CLASSES = (
    (re.compile(r"cach.*writ.*1\s*h", re.IGNORECASE), TokenClass.CACHE_WRITE_1H),
    (re.compile(r"cach.*writ", re.IGNORECASE), TokenClass.CACHE_WRITE_5M),
    (re.compile(r"cach", re.IGNORECASE), TokenClass.CACHED_INPUT),
    (re.compile(r"reasoning", re.IGNORECASE), TokenClass.REASONING),
    (re.compile(r"out(put|p)?\b", re.IGNORECASE), TokenClass.OUTPUT),
    (re.compile(r"in(put|p)?\b|prompt", re.IGNORECASE), TokenClass.INPUT),
)
TOKENS = re.compile(r"^\s*(\d*)\s*(k|m)?\s*tokens?\s*$", re.IGNORECASE)
SCALE = {"": 1, "k": 1_000, "m": 1_000_000}


def focus_lines(file: TextIO) -> Iterator[BilledLine]:
    """Give the lines of a FOCUS file that are about models; others (storage, tax) are left out.

    Raises UnreadableFile, naming the line of the file.
    """
    reader = csv.DictReader(file)
    return _lines(reader.fieldnames or (), reader)


def focus_parquet_lines(file: BinaryIO) -> Iterator[BilledLine]:
    """Give the same of a FOCUS file in Parquet. Raises UnreadableFile."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - slow, and few bills are Parquet
    from pyarrow.lib import ArrowException  # noqa: PLC0415

    try:
        book = pq.ParquetFile(file)
        names = book.schema_arrow.names
        rows = (
            {name: _as_text(value) for name, value in row.items()}
            for batch in book.iter_batches()
            for row in batch.to_pylist()
        )
        yield from _lines(names, rows)
    except (ArrowException, OSError) as error:
        raise UnreadableFile(
            "The bill is no Parquet file that can be read.",
            next_step="Nothing was changed. Export the bill again.",
            detail=str(error),
        ) from error


def _lines(names: Iterable[str], rows: Iterable[Mapping[str, str]]) -> Iterator[BilledLine]:
    missing = [name for name in NEEDED if name not in set(names)]
    if missing:
        raise UnreadableFile(
            f"The file is no FOCUS bill: it has no column {', '.join(missing)}.",
            next_step="Export the bill in FOCUS form, with its head.",
        )
    for number, row in enumerate(rows, start=2):
        category = row.get("ServiceCategory")
        if (category and category != CATEGORY) or row.get("ChargeCategory") in NO_CHARGES:
            continue
        yield _line(row, number)


def _as_text(value: Any) -> str:
    """Give a Parquet value as CSV would write it; a float by its shortest digits."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


def _line(row: Mapping[str, str], number: int) -> BilledLine:
    meter = row.get("SkuMeter") or row.get("ChargeDescription") or ""
    named = (row["ProviderName"] or "").strip()
    token_class = next((found for pattern, found in CLASSES if pattern.search(meter)), None)
    names = ("ResourceId", "SkuId", "SkuMeter", "SkuPriceId", "SubAccountId", "ChargeCategory", "ChargeClass",
             "ChargeDescription", "InvoiceId")  # fmt: skip
    return BilledLine(
        source=BillSource.FOCUS,
        provider=PROVIDERS.get(named.lower(), re.sub(r"[^a-z0-9]+", "_", named.lower()).strip("_")),
        day=_day(row["ChargePeriodStart"], number),
        model=row.get("ResourceId") or row.get("SkuId") or "",
        token_class=token_class,
        quantity=_tokens(row, number) if token_class else None,
        amount=_money(row["BilledCost"], "BilledCost", number),
        currency=(row["BillingCurrency"] or "USD").upper(),
        what=row.get("ChargeDescription") or meter,
        key=tuple(row.get(name) or "" for name in names),
        raw={name: value for name, value in row.items() if value and name},
    )


def _tokens(row: Mapping[str, str], number: int) -> int | None:
    found = TOKENS.match(row.get("ConsumedUnit") or row.get("PricingUnit") or "")
    text = row.get("ConsumedQuantity") or row.get("PricingQuantity")
    if not found or not text:
        return None
    scale = int(found[1] or 1) * SCALE[(found[2] or "").lower()]
    return int(_money(text, "ConsumedQuantity", number) * scale)


def _money(text: str, column: str, number: int) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise _wrong(number, f"{column} is no number: {text!r}")
    return amount


def _day(text: str, number: int) -> date:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _wrong(number, f"ChargePeriodStart is no time: {text!r}") from None
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()


def _wrong(number: int, why: str) -> UnreadableFile:
    return UnreadableFile(
        f"The bill cannot be read: line {number}, {why}.", next_step="Nothing was changed. Export the bill again."
    )
