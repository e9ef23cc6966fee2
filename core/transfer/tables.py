"""Reading and writing a table in whatever format: chosen by the file's name, or by how the file begins."""

import gzip
from collections.abc import Iterator, Mapping
from typing import BinaryIO, cast

from core.errors import InputError, UnreadableFile
from core.transfer.rows import Row, Table, TableFormat

ENDINGS = {".csv": TableFormat.CSV, ".tsv": TableFormat.CSV, ".xlsx": TableFormat.XLSX, ".xlsm": TableFormat.XLSX,
           ".jsonl": TableFormat.JSONL, ".ndjson": TableFormat.JSONL, ".parquet": TableFormat.PARQUET}  # fmt: skip
GZIP = b"\x1f\x8b"


def format_of(name: str) -> TableFormat | None:
    """Give the format that a file's name tells, None where it tells none; `.gz` may follow."""
    plain = name.lower().removesuffix(".gz")
    return next((found for ending, found in ENDINGS.items() if plain.endswith(ending)), None)


def read_table(name: str, file: BinaryIO) -> Iterator[Row]:
    """Read the rows of a table. Raises UnreadableFile where it is none that can be read."""
    start = file.read(4)
    file.seek(0)
    if start.startswith(GZIP):
        file = cast(BinaryIO, gzip.GzipFile(fileobj=file))
    try:
        yield from _read(_format(name, start), file)
    except (gzip.BadGzipFile, EOFError) as error:
        raise UnreadableFile("The packed file is damaged.", next_step="Pack it anew.", detail=str(error)) from error


def _format(name: str, start: bytes) -> TableFormat:
    """Give the format; how the file begins is surer than its name."""
    if start == b"PAR1":
        return TableFormat.PARQUET
    if start.startswith(b"PK\x03\x04"):
        return TableFormat.XLSX
    found = format_of(name)
    if found is None:
        raise UnreadableFile(
            f"{name!r} is no table that can be read.", next_step="Give it as CSV, JSONL, Parquet or XLSX."
        )
    return found


def _read(kind: TableFormat, file: BinaryIO) -> Iterator[Row]:
    # Imported one by one, so that none is loaded without need.
    if kind is TableFormat.CSV:
        from core.transfer.csv_rows import read_csv  # noqa: PLC0415

        return read_csv(file)
    if kind is TableFormat.JSONL:
        from core.transfer.jsonl_rows import read_jsonl  # noqa: PLC0415

        return read_jsonl(file)
    if kind is TableFormat.PARQUET:
        from core.transfer.parquet_rows import read_parquet  # noqa: PLC0415

        return read_parquet(file)
    from core.transfer.xlsx_rows import read_xlsx  # noqa: PLC0415

    return read_xlsx(file)


def write_tables(kind: TableFormat, tables: Mapping[str, Table], to: BinaryIO) -> None:
    """Write tables by title: an Excel workbook takes several, any other file one. Raises InputError for more."""
    if kind is TableFormat.XLSX:
        from core.transfer.xlsx_rows import write_xlsx  # noqa: PLC0415

        write_xlsx(tables, to)
        return
    if len(tables) != 1:
        raise InputError(f"A {kind.value} file holds one table.", next_step="Export answers and labels apart.")
    (table,) = tables.values()
    if kind is TableFormat.CSV:
        from core.transfer.csv_rows import write_csv  # noqa: PLC0415

        write_csv(table, to)
    elif kind is TableFormat.JSONL:
        from core.transfer.jsonl_rows import write_jsonl  # noqa: PLC0415

        write_jsonl(table, to)
    else:
        from core.transfer.parquet_rows import write_parquet  # noqa: PLC0415

        write_parquet(table, to)
