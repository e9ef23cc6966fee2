from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.store.database import Database
from core.store.history import History
from core.store.history_filter import HistoryFilter, Order
from core.store.recent import Recent, bounds

Plant = Callable[..., Any]
NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)


@pytest.fixture
def priced(database: Database, plant: Plant) -> Database:
    """Four runs, oldest first: cheap, dear, without a price, as dear as the second."""
    for number, costs in enumerate([("0.1", "0.1"), ("2", "0.5"), (None, None), ("1.5", "1")]):
        plant(
            f"Run {number}",
            public_id=f"r{number}",
            created_at=NOON + timedelta(hours=number),
            costs=tuple(None if cost is None else Decimal(cost) for cost in costs),
        )
    return database


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order.NEWEST, ["r3", "r2", "r1", "r0"]),
        (Order.OLDEST, ["r0", "r1", "r2", "r3"]),
        (Order.DEAREST, ["r3", "r1", "r0", "r2"]),
    ],
)
def test_list_pages_ids_and_neighbours_follow_one_order(priced: Database, order: Order, expected: list[str]) -> None:
    history, wanted = History(priced), HistoryFilter(order=order)
    assert [row.public_id for row in history.page(wanted).rows] == expected
    assert list(history.ids(wanted)) == expected
    seen, after = [], None
    while True:
        page = history.page(wanted, after=after, limit=1)
        seen += [row.public_id for row in page.rows]
        after = page.next
        if after is None:
            break
    assert seen == expected
    for place, name in enumerate(expected):
        beside = history.neighbours(name, wanted)
        assert beside.newer == (expected[place - 1] if place else None)
        assert beside.older == (expected[place + 1] if place + 1 < len(expected) else None)


def test_a_recent_stretch_moves_with_the_calendar(database: Database, plant: Plant) -> None:
    now = datetime.now(UTC)
    plant("Now", public_id="now", created_at=now)
    plant("Old", public_id="old", created_at=now - timedelta(days=45))
    names = [row.public_id for row in History(database).page(HistoryFilter(recent=Recent.LAST_30_DAYS)).rows]
    assert names == ["now"]


@pytest.mark.parametrize(
    ("recent", "since", "until"),
    [
        (Recent.TODAY, "2026-05-02T22:00", None),
        (Recent.YESTERDAY, "2026-05-01T22:00", "2026-05-02T22:00"),
        (Recent.LAST_7_DAYS, "2026-04-26T22:00", None),
        (Recent.LAST_30_DAYS, "2026-04-03T22:00", None),
        (Recent.THIS_MONTH, "2026-04-30T22:00", None),
        (Recent.LAST_MONTH, "2026-03-31T22:00", "2026-04-30T22:00"),
    ],
)
def test_days_begin_at_the_readers_own_midnight(recent: Recent, since: str, until: str | None) -> None:
    def utc(written: str) -> datetime:
        return datetime.fromisoformat(written).replace(tzinfo=UTC)

    found = bounds(recent, now=datetime(2026, 5, 3, 12, 0, tzinfo=UTC), zone="Europe/Berlin")
    assert found == (utc(since), until and utc(until))


def test_a_zone_nobody_knows_is_taken_for_utc() -> None:
    since, _ = bounds(Recent.TODAY, now=NOON, zone="../etc")
    assert since == datetime(2026, 11, 12, tzinfo=UTC)
