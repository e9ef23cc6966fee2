"""Stretches of time that move with the calendar, such as "the last seven days": what a saved view means every day."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class Recent(StrEnum):
    """A stretch of time up to now, or the whole day or month before."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    LAST_7_DAYS = "last 7 days"
    LAST_30_DAYS = "last 30 days"
    THIS_MONTH = "this month"
    LAST_MONTH = "last month"


def bounds(recent: Recent, *, now: datetime, zone: str = "UTC") -> tuple[datetime, datetime | None]:
    """Give from when on (included) and until when (not included), in UTC; None where it goes on.

    Days begin at midnight of the time zone `zone`; an unknown one is taken for UTC.
    """
    where = _zone(zone)
    today = now.astimezone(where).date()
    month = today.replace(day=1)
    begins: dict[Recent, tuple[date, date | None]] = {
        Recent.TODAY: (today, None),
        Recent.YESTERDAY: (today - timedelta(days=1), today),
        Recent.LAST_7_DAYS: (today - timedelta(days=6), None),
        Recent.LAST_30_DAYS: (today - timedelta(days=29), None),
        Recent.THIS_MONTH: (month, None),
        Recent.LAST_MONTH: ((month - timedelta(days=1)).replace(day=1), month),
    }
    first, after = begins[recent]
    return _midnight(first, where), None if after is None else _midnight(after, where)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
