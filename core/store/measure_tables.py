"""The table of what was measured: how attempts went and how long they took, added up by day.

It holds what the attempts hold and nothing of its own: it can be thrown away and made anew.
"""

from decimal import Decimal
from typing import Any

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field

from core.store.cost_tables import count, part, slot
from core.store.fields import Table, any_json, money


def packed() -> Any:
    """Give counts by bucket, as `buckets.pack` makes them."""
    return Field(default=b"", sa_column=Column(LargeBinary, nullable=False))


class DailyMeasure(Table, table=True):
    """Settled attempts of one UTC day (`day` since 1970, by the attempt's start), cut in one of several ways.

    `cut` says how (`core.store.daily_measures.Cut`) and `piece` which one it is: the hour of the day, the key of a
    team or project (0 for none), or the band of the prompt's length. Every attempt is in each cut once, so one cut is a
    whole. `revision` is the model's name for itself in its answer, empty where none came. `answers` counts first
    attempts, `runs` those of a model's first shot in a run; `faults` counts failed attempts by kind of error.
    """

    __tablename__ = "daily_measure"

    cut: str = part()
    day: int = slot()
    piece: int = slot()
    model: str = part()
    place: str = part()
    revision: str = part()
    attempts: int = count()
    answers: int = count()
    runs: int = count()
    done: int = count()
    truncated: int = count()
    failed: int = count()
    stopped: int = count()
    priced: int = count()
    free: int = count()
    unpriced: int = count()
    input_tokens: int = count()
    output_tokens: int = count()
    amount: Decimal = money(nullable=False)
    faults: Any = any_json()
    times: bytes = packed()
