"""The days on which something happens in the demo's history: two full months and the current one, ending now."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

WORK_BEGINS, WORK_ENDS = 8, 18
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Times in UTC.

    `price_cut` and `switch` lie in the last full month, `bad_day` in the last ten days, `renewed` 24 days back.
    """

    begins: datetime
    last_month: datetime
    this_month: datetime
    now: datetime
    price_cut: datetime
    storm: datetime
    switch: datetime
    busy: datetime
    unpriced: datetime
    fern_arrives: datetime
    renewed: datetime
    bad_day: datetime
    interrupted: datetime

    def swift_is_cheap(self, at: datetime) -> bool:
        """Tell whether Swift's new price holds."""
        return at >= self.price_cut

    def support_asks_sage(self, at: datetime) -> bool:
        """Tell whether Support has moved from Swift to Sage."""
        return at >= self.switch

    def grand_is_renewed(self, at: datetime) -> bool:
        """Tell whether Grand's new version, which answers sooner, is there."""
        return at >= self.renewed

    def in_busy_week(self, at: datetime) -> bool:
        """Tell whether Marketing's campaign is on."""
        return self.busy <= at < self.busy + 6 * DAY

    def in_storm(self, at: datetime) -> bool:
        """Tell whether Grand breaks off nearly every answer."""
        return self.storm <= at < self.storm + HOUR

    def on_bad_day(self, at: datetime) -> bool:
        """Tell whether Orchard, who serves Sage and Grand, is slow and failing."""
        return self.bad_day <= at < self.bad_day + 3 * HOUR


def story(now: datetime) -> Story:
    """Lay out the story so that it ends at `now`."""
    now = now.astimezone(UTC)
    this_month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    last_month = (this_month - DAY).replace(day=1)
    begins = (last_month - DAY).replace(day=1)
    return Story(
        begins=begins,
        last_month=last_month,
        this_month=this_month,
        now=now,
        price_cut=last_month + 8 * DAY,
        storm=_weekday(last_month + 10 * DAY, 1) + 14 * HOUR,
        switch=_weekday(last_month + 17 * DAY, 0),
        busy=_weekday(last_month + 20 * DAY, 0),
        unpriced=_weekday(last_month + 3 * DAY, 2) + 10 * HOUR,
        fern_arrives=_midnight(now) - 40 * DAY,
        renewed=_midnight(now) - 24 * DAY,
        bad_day=_working_day(_midnight(now) - 6 * DAY) + 9 * HOUR,
        interrupted=_working_day(_midnight(now) - 2 * DAY) + 16 * HOUR,
    )


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _weekday(day: datetime, wanted: int) -> datetime:
    """Give the first day of that weekday (Monday is 0) from this day on."""
    return day + ((wanted - day.weekday()) % 7) * DAY


def _working_day(day: datetime) -> datetime:
    """Give this day, or the Friday before it at a weekend."""
    return day - max(0, day.weekday() - 4) * DAY
