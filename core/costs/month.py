"""UTC months, and the one that the Costs page opens on."""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

FIRST_DAYS = 7
"""During a month's first seven days the page opens on the month before."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Month:
    """A UTC month; `number` is 202610 for October 2026."""

    year: int
    month: int

    @property
    def number(self) -> int:
        """Give it as one number that sorts."""
        return self.year * 100 + self.month

    @property
    def first(self) -> date:
        """Give its first day."""
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        """Give its last day."""
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    @property
    def before(self) -> "Month":
        """Give the month before it."""
        return month_of_day(self.first - timedelta(days=1))

    @property
    def after(self) -> "Month":
        """Give the month after it."""
        return month_of_day(self.last + timedelta(days=1))

    @property
    def label(self) -> str:
        """Give its name on the page: October 2026."""
        return f"{self.first:%B} {self.year}"


def month_of_day(day: date) -> Month:
    """Give the month of a day."""
    return Month(year=day.year, month=day.month)


def month_of_number(number: int) -> Month:
    """Give the month of 202610."""
    return Month(year=number // 100, month=number % 100)


def this_month(now: datetime) -> Month:
    """Give the UTC month of a moment."""
    return month_of_day(now.astimezone(UTC).date())


def opening_month(now: datetime) -> Month:
    """Give the month the page opens on: the last full one during a month's first seven days, else this one."""
    today = now.astimezone(UTC).date()
    this = month_of_day(today)
    return this.before if today.day <= FIRST_DAYS else this


def against(month: Month, now: datetime) -> tuple[date, date]:
    """Give the days (both in) that a month is held against: all of the month before.

    While the month lasts these are as many days of it as have begun, because half a month against a whole one always
    looks like a saving.
    """
    before, today = month.before, now.astimezone(UTC).date()
    if month_of_day(today) != month or today == month.last:
        return before.first, before.last
    return before.first, min(before.last, before.first + timedelta(days=today.day - 1))


def against_words(month: Month, now: datetime) -> str:
    """Give what a month is held against: September, or 1 to 25 October."""
    first, until = against(month, now)
    return f"{first:%B}" if until == month.before.last else f"1 to {until.day} {first:%B}"
