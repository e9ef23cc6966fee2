"""Before and after a model's new version: its name for itself in its answers changed on some day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from core.metrics.rollups import By, Measured, day_of
from core.metrics.tally import Row, Tally
from core.store.daily_measures import SUMS

DONE: Final = SUMS.index("done")
FEWEST_ANSWERS: Final = 10
"""Answers that both versions must have given for the two to be set beside each other."""

DAYS: Final = 30
"""How far before and after the change is looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One model's step from a version to the next, first seen on a UTC day.

    `before` and `after` hold all attempts of up to 30 days on either side, by day: a failed attempt names no version.
    """

    model: str
    old: str
    new: str
    day: date
    before: Tally
    after: Tally


def changes(measured: Measured) -> tuple[Change, ...]:
    """Give every change of version that both sides have enough answers to, the newest first."""
    versions: dict[str, dict[str, list[Row]]] = {}
    for row in measured.rows:
        if row.revision:
            versions.setdefault(row.model, {}).setdefault(row.revision, []).append(row)
    days = measured.by(By.MODEL)
    found = [
        change
        for model, own in versions.items()
        if len(own) > 1
        for change in _of_model(model, own, days[model,].rows)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda change: (-change.day.toordinal(), change.model)))


def _of_model(model: str, versions: dict[str, list[Row]], rows: list[Row]) -> Iterator[Change]:
    first = {version: min(row.day for row in own) for version, own in versions.items()}
    answers = {version: sum(row.sums[DONE] for row in own) for version, own in versions.items()}
    order = sorted(
        (version for version in versions if answers[version] >= FEWEST_ANSWERS), key=lambda each: first[each]
    )
    for old, new in pairwise(order):
        day = first[new]
        yield Change(
            model=model, old=old, new=new, day=day_of(day),
            before=Tally.of(row for row in rows if day - DAYS <= row.day < day and row.revision != new),
            after=Tally.of(row for row in rows if day <= row.day < day + DAYS and row.revision != old),
        )  # fmt: skip
