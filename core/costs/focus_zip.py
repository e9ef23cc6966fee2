"""The FOCUS export of a period as one zip: the rows, what has no price beside them, and the description of both."""

import io
import tempfile
import zipfile
from datetime import date
from pathlib import Path

from core.costs.focus import write_focus
from core.store.database import Database


def focus_zip(database: Database, *, first: date, last: date, name: str) -> bytes:
    """Give the zip of the days from `first` to `last`, both in. Raises OSError, and StoreError and its kinds."""
    out = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        report = write_focus(database, Path(folder) / f"{name}.csv", first=first, last=last)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in report.files:
                archive.write(path, path.name)
    return out.getvalue()
