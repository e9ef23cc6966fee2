"""Where prompts went, as a table for a security team: one row a request, without the text of any prompt."""

import io
from collections.abc import Iterable
from typing import Any, Final

from core.store.departures import COLUMNS
from core.transfer.csv_rows import write_csv
from core.transfer.rows import Column, Kind, Table

NUMBERS: Final = ("bytes",)


def departures_csv(rows: Iterable[dict[str, Any]], *, simulated: bool = False) -> bytes:
    """Give departures as CSV that no spreadsheet runs; those of the demo say that they are simulated."""
    names = (*COLUMNS, "simulated") if simulated else COLUMNS
    columns = tuple(Column(name=name, kind=Kind.WHOLE if name in NUMBERS else Kind.TEXT) for name in names)
    cells = (tuple({**row, "simulated": "yes"}[name] for name in names) for row in rows)
    out = io.BytesIO()
    write_csv(Table(columns=columns, rows=cells), out)
    return out.getvalue()
