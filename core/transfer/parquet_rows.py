"""Parquet, out and in, through pyarrow, which is loaded only here."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO

from core.errors import UnreadableFile
from core.store.columns import storable
from core.transfer.rows import HEADER, MOST_ROWS, BadRow, GoodRow, Kind, Row, Table, checked_header, tidy_header

ROWS_AT_ONCE = 2_000


def write_parquet(table: Table, to: BinaryIO) -> None:
    """Write a table: money as a decimal of 12 places, times in UTC to the microsecond."""
    import pyarrow as pa  # noqa: PLC0415 - 100 MB that only an export needs
    import pyarrow.parquet as pq  # noqa: PLC0415

    kinds = {
        Kind.TEXT: pa.large_string(),
        Kind.TEXTS: pa.list_(pa.string()),
        Kind.WHOLE: pa.int64(),
        Kind.NUMBER: pa.float64(),
        Kind.MONEY: pa.decimal128(38, 12),
        Kind.TIME: pa.timestamp("us", tz="UTC"),
        Kind.YES_NO: pa.bool_(),
    }
    schema = pa.schema([(column.name, kinds[column.kind]) for column in table.columns])
    rows = iter(table.rows)
    with pq.ParquetWriter(to, schema, compression="zstd") as writer:
        while part := list(islice(rows, ROWS_AT_ONCE)):
            columns = [
                pa.array([_value(row[place], column.kind) for row in part], type=kinds[column.kind])
                for place, column in enumerate(table.columns)
            ]
            writer.write_table(pa.table(columns, schema=schema))


def _value(value: Any, kind: Kind) -> Any:
    if kind is Kind.TEXT:
        return storable(value)
    return [storable(each) for each in value] if kind is Kind.TEXTS else value


def read_parquet(file: BinaryIO) -> Iterator[Row]:
    """Read rows by column name, counted from 1. Raises UnreadableFile where the file is no Parquet."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        source = pq.ParquetFile(file)
        names = [tidy_header(name) for name in source.schema_arrow.names]
        if source.metadata.num_rows > MOST_ROWS:
            raise UnreadableFile(f"The file has more than {MOST_ROWS:,} rows.", next_step="Import it in parts.")
        wrong = checked_header(names)
        if wrong:
            yield BadRow(number=HEADER, reason=wrong)
            return
        number = 0
        for batch in source.iter_batches(batch_size=ROWS_AT_ONCE):
            columns = [column.to_pylist() for column in batch.columns]
            for cells in zip(*columns, strict=True):
                number += 1
                yield GoodRow(number=number, values=dict(zip(names, cells, strict=True)))
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            "The file cannot be read as Parquet.", next_step="Write it anew, or as CSV or JSONL.", detail=str(error)
        ) from error
