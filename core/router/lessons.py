"""What is kept between learning and looking: each judged run with what was predicted of it by other prompts alone.

One file of plain arrays, written whole. Learning takes seconds and scikit-learn; looking takes neither.
"""

import os
import tempfile
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.router.layers import Floats, Rows

FORMAT = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Judged runs, oldest first, and predictions from folds that held their prompt out.

    (runs,): `run_ids`, `public_ids`, `at`, `tasks` (said or told by the stand-in), `prompt` (place among the prompts).
    (runs, models): `quality`, `cost` in USD, `seconds`, NaN where unknown.
    (prompts, models): `predicted`, `expected_cost`.
    (prompts,): `fold`, `texts` (their beginnings). `xy` (prompts, 2) is the map. `version` says of which data.
    """

    version: str
    models: NDArray[np.str_]
    run_ids: Rows
    public_ids: NDArray[np.str_]
    at: Floats
    tasks: NDArray[np.str_]
    prompt: Rows
    quality: Floats
    cost: Floats
    seconds: Floats
    predicted: Floats
    expected_cost: Floats
    fold: Rows
    texts: NDArray[np.str_]
    xy: Floats


def write_held(held: Held, path: Path) -> None:
    """Write the file, replacing what is there. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".npz")
    parts: dict[str, Any] = {each.name: getattr(held, each.name) for each in fields(held)}
    with os.fdopen(handle, "wb") as file:
        np.savez_compressed(file, format=np.array(FORMAT), **parts)
    Path(name).replace(path)


def read_held(path: Path) -> Held | None:
    """Read the file; None where there is none, or one that this version cannot read."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            if str(kept["format"]) != FORMAT:
                return None
            parts = {each.name: kept[each.name] for each in fields(Held)}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    return Held(**{**parts, "version": str(parts["version"])})
