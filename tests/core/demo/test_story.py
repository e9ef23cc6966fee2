from datetime import UTC, datetime, timedelta

import pytest

from core.demo.history import History
from core.demo.story import story

ENDS = [
    datetime(2026, 11, 19, 15, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 0, 0, tzinfo=UTC),
    datetime(2027, 1, 1, 3, 0, tzinfo=UTC),
    datetime(2027, 3, 31, 23, 59, tzinfo=UTC),
    datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
]


@pytest.mark.parametrize("now", ENDS, ids=str)
def test_the_story_has_two_full_months_and_ends_now(now: datetime) -> None:
    tale = story(now)
    assert tale.begins < tale.last_month < tale.this_month <= now
    assert (tale.last_month - tale.begins).days in (28, 29, 30, 31)
    assert (tale.this_month - tale.last_month).days in (28, 29, 30, 31)


@pytest.mark.parametrize("now", ENDS, ids=str)
def test_what_changes_the_bill_happens_in_the_last_full_month(now: datetime) -> None:
    tale = story(now)
    for moment in (tale.unpriced, tale.price_cut, tale.storm, tale.switch, tale.busy):
        assert tale.last_month <= moment < tale.this_month


@pytest.mark.parametrize("now", ENDS, ids=str)
def test_the_bad_day_is_a_recent_working_day(now: datetime) -> None:
    tale = story(now)
    assert now - timedelta(days=10) < tale.bad_day < now
    assert tale.bad_day.weekday() < 5


@pytest.mark.parametrize("now", ENDS, ids=str)
def test_no_run_lies_in_the_future_and_the_last_one_is_minutes_old(now: datetime) -> None:
    plan = History(now=now).plan
    assert plan == sorted(plan, key=lambda run: run.at)
    assert timedelta(minutes=5) < now - plan[-1].at < timedelta(minutes=30)
    assert plan[0].at >= story(now).begins
    assert 1400 < len(plan) < 2600
    assert [run.index for run in plan] == list(range(len(plan)))


def test_the_same_seed_and_end_give_the_same_history_and_another_seed_another_one() -> None:
    now = ENDS[0]
    one, same, other = History(now=now), History(now=now), History(now=now, seed=8)
    assert one.plan == same.plan
    assert one.plan != other.plan
    first, second = one.newest_first(), same.newest_first()
    for _ in range(25):
        assert next(first) == next(second)


def test_a_run_comes_out_the_same_whenever_it_is_made() -> None:
    history = History(now=ENDS[0])
    made = history.newest_first()
    newest, before = next(made), next(made)
    assert history.newest_first() is not made
    again = history.newest_first()
    assert (next(again), next(again)) == (newest, before)
