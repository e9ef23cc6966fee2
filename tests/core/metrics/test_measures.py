"""Percentiles, unusual days and versions, from single attempts and from the sums by day."""

import math
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from core.domain.run import AttemptState, Origin
from core.metrics import rollups
from core.metrics.failures import newest_failures
from core.metrics.revisions import changes
from core.metrics.rollups import By, Measured, MeasureFilter, Measures, day_of, in_order
from core.metrics.tally import MOST_OFF, Row, Spread, Tally
from core.metrics.unusual import _at_least, together, unusual_days, with_hours
from core.store import daily_costs, people, tables
from core.store.buckets import Kind, bucket_of, pack, slot_of
from core.store.daily_measures import Cut
from core.store.database import table
from core.store.people import People

RUN, SHOT, ATTEMPT, RUN_TAG = (table(each) for each in (tables.Run, tables.Shot, tables.Attempt, tables.RunTag))
BEGIN = datetime(2026, 10, 1, 8, tzinfo=UTC)


class Book:
    """Writes attempts, each with a run of its own, as they are found after settling."""

    def __init__(self, database):
        self.database, self.written = database, 0
        People(database).add_team("Support")

    def attempt(self, at, *, model="m", team=None, task=None, tag=None, size=100, **values):
        with self.database.write() as connection:
            self.written += 1
            run = connection.execute(
                sa.insert(RUN).values(
                    public_id=f"r{self.written}", origin="page", state="done", created_at=at, visibility="team",
                    strategy="hybrid", team_id=people.team_id(connection, team or ""), task=task,
                )
            ).inserted_primary_key[0]  # fmt: skip
            for each in people.tag_ids(connection, [tag] if tag else []):
                connection.execute(sa.insert(RUN_TAG).values(run_id=run, tag_id=each))
            shot = connection.execute(
                sa.insert(SHOT).values(
                    run_id=run, ordinal=1, model=model, label=model, shot_index=1, place="cloud", state="done",
                    queued_at=at,
                )
            ).inserted_primary_key[0]  # fmt: skip
            row = {
                "shot_id": shot, "run_id": run, "number": 1, "state": AttemptState.DONE, "model": model,
                "place": "cloud", "started_at": at, "ttft_us": 500_000, "total_us": 2_000_000, "output_tokens": 101,
                "cost_state": "free", "request_bytes": size, "response_model": f"{model}-1", "in_flight": 1,
            } | values  # fmt: skip
            key = connection.execute(sa.insert(ATTEMPT).values(row)).inserted_primary_key[0]
            daily_costs.put_in(connection, [key])


def row(day, *, model="m", hour=0, firsts=(), failed=0, revision="v1"):
    """Some answers of one hour with these times to the first word in seconds, and failed attempts."""
    values = [(Kind.FIRST, first * 1e6) for first in firsts]
    number = len(firsts)
    return Row(
        day=day, piece=hour, model=model, place="cloud", revision=revision,
        sums=in_order({"attempts": number + failed, "answers": number, "done": number, "failed": failed}),
        faults={"stalled": failed} if failed else {}, values=values,
    )  # fmt: skip


def measured(*rows):
    return Measured(rows=rows, exact=True)


def test_single_times_give_exact_percentiles():
    spread = Spread([30.0, 10.0, 20.0, 40.0], {})
    assert (spread.exact, spread.count) == (True, 4)
    assert [spread.percentile(share) for share in (0, 0.5, 1)] == [10, 25, 40]
    assert Spread([], {}).percentile(0.5) is None


@pytest.mark.parametrize("seed", range(5))
def test_percentiles_from_buckets_are_off_by_less_than_a_bucket(seed):
    chance = Random(seed)
    values = sorted(chance.lognormvariate(13, chance.uniform(0.05, 1.5)) for _ in range(4001))
    counts = Counter(bucket_of(value) for value in values)
    spread = Spread([], counts)
    assert not spread.exact
    for share in (0.01, 0.5, 0.9, 0.99):
        exact = Spread(values, {}).percentile(share)
        assert abs(math.log(spread.percentile(share) / exact)) <= math.log1p(MOST_OFF) * 1.02


def test_a_tally_of_packed_and_single_rows_counts_both():
    packed = Row(
        day=1, piece=0, model="m", place="cloud", revision="", sums=in_order({"attempts": 2}), faults={},
        packed=pack({slot_of(Kind.WHOLE, bucket_of(2e6)): 2, slot_of(Kind.IN_FLIGHT, 3): 2}),
    )  # fmt: skip
    single = Row(
        day=1, piece=0, model="m", place="cloud", revision="", sums=in_order({"attempts": 1}), faults={"cut": 1},
        values=((Kind.WHOLE, 2e6), (Kind.IN_FLIGHT, 3)),
    )  # fmt: skip
    both = Tally.of([packed, single])
    assert (both.attempts, both.spread(Kind.WHOLE).count, both.in_flight(), both.faults) == (3, 3, {3: 3}, {"cut": 1})
    assert both.spread(Kind.WHOLE).percentile(0.5) == pytest.approx(2e6, rel=MOST_OFF)


def test_shots_that_a_retry_healed_are_not_lost():
    tally = Tally(attempts=7, answers=5, done=3, stopped=1, failed=3)
    assert (tally.retries, tally.lost, tally.lost_share) == (2, 1, 0.2)


def test_sums_and_attempts_answer_alike(database, monkeypatch):
    book, chance = Book(database), Random(1)
    for number in range(40):
        book.attempt(
            BEGIN + timedelta(hours=5 * number), model=chance.choice("ab"), team=chance.choice(("Support", None)),
            size=chance.choice((100, 9000)), total_us=chance.randint(10**6, 10**7), in_flight=number % 4,
        )  # fmt: skip
    book.attempt(BEGIN, state=AttemptState.FAILED, error_kind="stalled", number=2, ttft_us=None, response_model="")
    measures = Measures(database)
    for wanted, cut in (
        (MeasureFilter(), Cut.ALL),
        (MeasureFilter(), Cut.HOUR),
        (MeasureFilter(teams=("Support",)), Cut.ALL),
        (MeasureFilter(teams=("",)), Cut.TEAM),
        (MeasureFilter(lengths=(3,), models=("a",)), Cut.ALL),
        (MeasureFilter(since=date(2026, 10, 3), until=date(2026, 10, 5)), Cut.LENGTH),
    ):
        monkeypatch.setattr(rollups, "EXACT_UP_TO", 1000)
        single = measures.read(wanted, cut=cut)
        monkeypatch.setattr(rollups, "EXACT_UP_TO", -1)
        summed = measures.read(wanted, cut=cut)
        assert (single.exact, summed.exact) == (True, False)
        groups = (By.MODEL, By.DAY, By.REVISION, *((By.PIECE,) if cut is not Cut.ALL else ()))
        ones, others = single.by(*groups), summed.by(*groups)
        assert list(ones) == list(others) != []
        for key, one in ones.items():
            other = others[key]
            assert (one.attempts, one.lost, one.faults, one.in_flight()) == (
                other.attempts, other.lost, other.faults, other.in_flight(),
            )  # fmt: skip
            assert one.spread(Kind.TOKEN).count == other.spread(Kind.TOKEN).count
            if one.spread(Kind.WHOLE).count:
                assert other.spread(Kind.WHOLE).percentile(1) == pytest.approx(
                    one.spread(Kind.WHOLE).percentile(1), rel=MOST_OFF
                )


def test_a_tag_a_task_or_two_things_at_once_are_read_from_the_newest_attempts(sqlite_database, monkeypatch):
    book = Book(sqlite_database)
    for number in range(6):
        at = BEGIN + timedelta(hours=number)
        book.attempt(at, team="Support", task="reply" if number % 2 else None, tag="vip" if number < 2 else None)
    measures = Measures(sqlite_database)
    monkeypatch.setattr(rollups, "EXACT_UP_TO", -1)
    assert measures.read(MeasureFilter(tags=("vip",))).whole().attempts == 2
    assert measures.read(MeasureFilter(tasks=("reply",))).whole().attempts == 3
    assert measures.read(MeasureFilter(teams=("Support",), lengths=(0,))).whole().attempts == 6
    monkeypatch.setattr(rollups, "NEWEST", 2)
    some = measures.read(MeasureFilter(tasks=("reply", "")))
    assert (some.newest, some.whole().attempts) == (2, 2)


def test_answers_that_came_from_another_tool_are_measured_too(sqlite_database):
    with sqlite_database.write() as connection:
        run = connection.execute(
            sa.insert(RUN).values(
                public_id="old", origin=Origin.IMPORT, state="done", created_at=BEGIN, visibility="team",
                strategy="hybrid",
            )
        ).inserted_primary_key[0]  # fmt: skip
        connection.execute(
            sa.insert(SHOT).values(
                run_id=run, ordinal=1, model="old/model", label="model", shot_index=1, place="cloud", state="done",
                queued_at=BEGIN, total_us=5_000_000, cost_state="unpriced",
            )
        )  # fmt: skip
    tally = Measures(sqlite_database).read(MeasureFilter()).whole()
    assert (tally.answers, tally.spread(Kind.WHOLE).percentile(0.5), tally.unpriced) == (1, 5e6, 1)
    assert Measures(sqlite_database).read(MeasureFilter(since=date(2026, 10, 2))).rows == ()


def quiet(day, chance, **values):
    return row(day, firsts=[chance.lognormvariate(-0.5, 0.3) for _ in range(20)], **values)


def test_a_slow_and_failing_day_is_found_with_its_hours():
    chance = Random(2)
    days = [quiet(day, chance, hour=hour) for day in range(100, 130) for hour in (8, 14)]
    bad = [row(130, hour=9, firsts=[4.0] * 8, failed=6), row(130, hour=10, firsts=[5.0] * 8, failed=5)]
    later = quiet(130, chance, hour=15)
    found = with_hours(unusual_days(measured(*days, *bad, later)), measured(*bad, later))
    assert [(each.day, each.slow, each.failing, each.failed, each.hours) for each in found] == [
        (day_of(130), True, True, 11, (9, 11))
    ]
    assert found[0].usual_us == pytest.approx(0.9e6, rel=0.3)


def test_ordinary_days_are_rarely_called_unusual():
    called = 0
    for seed in range(20):
        chance = Random(seed)
        days = [quiet(day, chance, failed=int(chance.random() < 0.1)) for day in range(60)]
        called += len(unusual_days(measured(*days)))
    assert called <= 6  # of 1,200 days


def test_a_model_with_a_few_days_is_not_judged():
    chance = Random(3)
    assert unusual_days(measured(*(quiet(day, chance) for day in range(5)), row(5, firsts=[60.0] * 20))) == ()


def test_models_that_suffered_on_one_day_are_told_of_together():
    chance = Random(4)
    days = [quiet(day, chance, model=model) for day in range(20) for model in ("a", "b")]
    bad = [row(20, model=model, firsts=[9.0] * 20) for model in ("a", "b")]
    (together_,) = together(unusual_days(measured(*days, *bad)))
    assert [each.model for each in together_] == ["a", "b"]


def test_a_new_version_is_set_beside_the_one_before_it():
    days = [row(day, firsts=[0.4] * 5, revision="v1") for day in range(10)]
    days += [row(day, firsts=[0.2] * 5, failed=1, revision="v2") for day in range(10, 16)]
    days += [row(12, failed=2, revision=""), row(3, firsts=[9.0], revision="odd")]
    (change,) = changes(measured(*days))
    assert (change.old, change.new, change.day) == ("v1", "v2", day_of(10))
    assert change.before.spread(Kind.FIRST).percentile(0.5) == pytest.approx(0.4e6)
    assert change.after.spread(Kind.FIRST).percentile(0.5) == pytest.approx(0.2e6)
    assert change.after.failed == 8


def test_the_newest_failures_come_with_their_runs(sqlite_database):
    book = Book(sqlite_database)
    book.attempt(BEGIN, state=AttemptState.FAILED, error_kind="stalled", error_message="It stopped.")
    book.attempt(BEGIN + timedelta(hours=1), state=AttemptState.FAILED, error_kind="cut", model="other")
    book.attempt(BEGIN + timedelta(hours=2))
    found = newest_failures(sqlite_database, MeasureFilter())
    assert [(each.run, each.kind) for each in found] == [("r2", "cut"), ("r1", "stalled")]
    assert newest_failures(sqlite_database, MeasureFilter(), kind="cut") == found[:1]
    assert newest_failures(sqlite_database, MeasureFilter(until=BEGIN.date())) == ()
    (only,) = newest_failures(sqlite_database, MeasureFilter(models=("m",)))
    assert (only.message, only.at) == ("It stopped.", BEGIN)


def test_weeks_begin_on_mondays():
    days = measured(*(row(number, firsts=[1.0]) for number in range(20_000, 20_014)))
    weeks = [day_of(day) for (day,) in days.weekly().by(By.DAY)]
    assert {day.weekday() for day in weeks} == {0}
    assert len(weeks) == 3
    assert weeks[0] <= day_of(20_000) < weeks[1]


@given(of=st.integers(1, 3_000), share=st.floats(0.0001, 0.6), above=st.floats(0, 1))
def test_the_chance_of_so_many_failures_is_that_of_the_whole_sum(of, share, above):
    number = min(of, math.ceil(of * share + above * 6 * math.sqrt(of * share)))
    whole = float(binom.sf(number - 1, of, share))
    assert _at_least(number, of, share) == pytest.approx(whole, rel=1e-6)
