"""Dates as people write them in letters: "12 March"."""

from datetime import datetime, timedelta
from random import Random

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def day_words(moment: datetime) -> str:
    """Give a day as words without its year."""
    return f"{moment.day} {MONTHS[moment.month - 1]}"


def days_after(moment: datetime, chance: Random, count: int) -> list[str]:
    """Give that many days after a moment, in order, each in words."""
    offsets = sorted(chance.sample(range(3, 60), count))
    return [day_words(moment + timedelta(days=offset)) for offset in offsets]


def months_before(moment: datetime, count: int) -> list[str]:
    """Give the names of the last full months before a moment, oldest first."""
    return [MONTHS[(moment.month - 2 - back) % 12] for back in range(count)][::-1]
