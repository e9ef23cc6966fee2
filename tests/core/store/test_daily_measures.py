"""What was measured adds up to what the attempts say, whatever happened to them and in which order."""

from random import Random

import pytest
import sqlalchemy as sa

from core.domain.run import AttemptState
from core.store import daily_measures, tables
from core.store.buckets import BUCKETS, FIRST_EDGE_US, WIDTH, Kind, bucket_of, edges_us, pack, unpack
from core.store.daily_measures import MEASURES, Cut
from core.store.database import table
from core.store.upgrade import add_beside
from tests.random_ledger import Ledger

ATTEMPT = table(tables.Attempt)


def measures(database):
    with database.read() as connection:
        rows = connection.execute(sa.select(MEASURES)).mappings()
        return sorted((dict(row) for row in rows), key=lambda row: tuple(row[name] for name in daily_measures.KEYS))


@pytest.fixture(params=range(3))
def ledger(request, database):
    return Ledger(database, request.param).happen()


def test_measures_kept_step_by_step_equal_those_made_anew(database, ledger):
    kept = measures(database)
    assert kept
    daily_measures.rebuild(database)
    assert measures(database) == kept


def test_each_cut_holds_every_settled_attempt_once(database, ledger):
    with database.read() as connection:
        settled = connection.execute(sa.select(ATTEMPT).where(ATTEMPT.c.cost_state != "pending")).all()
    for cut in Cut:
        rows = [row for row in measures(database) if row["cut"] == cut]
        assert sum(row["attempts"] for row in rows) == len(settled)
        assert sum(row["failed"] for row in rows) == sum(each.state == AttemptState.FAILED for each in settled)
        assert sum(row["amount"] for row in rows) == sum(each.cost or 0 for each in settled)
        whole = [
            count
            for row in rows
            for slot, count in unpack(row["times"]).items()
            if slot // BUCKETS == Kind.WHOLE
        ]  # fmt: skip
        assert sum(whole) == sum(bool(each.total_us) and each.state == AttemptState.DONE for each in settled) > 0


def test_a_database_whose_attempts_are_older_than_the_sums_gets_them(database, ledger):
    kept = measures(database)
    with database.write() as connection:
        connection.execute(sa.delete(MEASURES))
        add_beside(connection)
    assert measures(database) == kept


def test_every_duration_lies_in_its_bucket():
    chance = Random(4)
    values = [10 ** chance.uniform(0, 9.3) for _ in range(3000)] + [10_000 * 2**k for k in range(-10, 14)]
    for value in values:
        lower, upper = edges_us(bucket_of(value))
        assert lower * (1 - 1e-9) <= value <= upper * (1 + 1e-9)
        assert bucket_of(value) == 0 or upper / lower == pytest.approx(1 + WIDTH)
    assert bucket_of(0) == bucket_of(FIRST_EDGE_US) == 0
    assert bucket_of(1e15) == BUCKETS - 1


def test_the_buckets_of_the_conventions_are_edges_of_ours():
    for k in range(14):
        edge = 10_000 * 2**k
        assert bucket_of(edge) + 1 == bucket_of(edge * 1.001)


def test_counts_come_back_from_their_bytes():
    counts = {1023: 4_000_000_000, 0: 1, 257: 12, 300: 0}
    assert unpack(pack(counts)) == {0: 1, 257: 12, 1023: 4_000_000_000}
    assert unpack(b"") == {}
