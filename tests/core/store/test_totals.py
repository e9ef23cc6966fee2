"""The sums over all attempts equal what the attempts say, whatever happened to them and in which order."""

import bisect
import importlib.util
from collections import Counter

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from core.store import daily_costs, tables, totals
from core.store.database import table
from core.store.metric_tables import ATTEMPT_TOTAL, HISTOGRAMS, TOTAL_KEYS, bucket_columns
from core.store.totals import CHUNK_TOTAL, Pieces
from core.store.upgrade import MIGRATIONS
from tests.random_ledger import Ledger

ATTEMPT = table(tables.Attempt)


def sums(database):
    with database.read() as connection:
        rows = connection.execute(sa.select(ATTEMPT_TOTAL).where(ATTEMPT_TOTAL.c.attempts > 0))
        columns = [column.name for column in ATTEMPT_TOTAL.c if column.name != "first_id"]
        return sorted(tuple(getattr(row, name) for name in columns) for row in rows)


@pytest.fixture(params=range(3))
def ledger(request, database):
    return Ledger(database, request.param).happen()


def test_every_sum_and_every_bucket_is_what_the_attempts_say(database, ledger):
    with database.read() as connection:
        settled = connection.execute(sa.select(ATTEMPT).where(ATTEMPT.c.cost_state != "pending")).all()
        rows = connection.execute(sa.select(ATTEMPT_TOTAL).where(ATTEMPT_TOTAL.c.attempts > 0)).all()
    assert len(settled) > 5
    assert sum(row.attempts for row in rows) == len(settled)
    for row in rows:
        alike = [each for each in settled if all(getattr(each, key) == getattr(row, key) for key in TOTAL_KEYS)]
        assert row.attempts == len(alike)
        assert row.retries == sum(each.number > 1 for each in alike)
        assert row.total_us == sum(each.total_us or 0 for each in alike)
        assert row.output_tokens == sum(each.output_tokens for each in alike)
        for histogram, (column, edges) in HISTOGRAMS.items():
            counted = [
                getattr(each, column)
                for each in alike
                if (getattr(each, column) is not None if column.endswith("_us") else each.input_tokens)
            ]
            wanted = Counter(bisect.bisect_left(edges, value) for value in counted)
            found = [getattr(row, name) for name in bucket_columns(histogram)]
            assert found == [wanted[place] for place in range(len(edges) + 1)]


def test_sums_kept_step_by_step_equal_those_made_anew(database, ledger):
    kept = sums(database)
    daily_costs.rebuild(database)
    assert sums(database) == kept


def test_a_database_of_the_version_before_gets_the_same_sums(database, ledger):
    kept = sums(database)
    (path,) = (MIGRATIONS / "versions").glob("*_metrics.py")
    found = importlib.util.spec_from_file_location("step_metrics", path)
    step = importlib.util.module_from_spec(found)
    found.loader.exec_module(step)
    with database.write() as connection:
        connection.execute(sa.delete(ATTEMPT_TOTAL))
        with Operations.context(MigrationContext.configure(connection)):
            step.fill_totals()
    assert sums(database) == kept


def test_pieces_of_answers_add_up_by_bucket(database):
    def pieces(bucket, chunks, gap_us):
        return Pieces(model="a/b", provider="a", place="cloud", bucket=bucket, chunks=chunks, gap_us=gap_us)

    with database.write() as connection:
        totals.add_pieces(connection, [pieces(0, 3, 30), pieces(2, 1, 50_000), pieces(0, 1, 5)])
    with database.write() as connection:
        totals.add_pieces(connection, [pieces(0, 1, 1)])
        totals.add_pieces(connection, [])
    with database.read() as connection:
        rows = connection.execute(sa.select(CHUNK_TOTAL).order_by(CHUNK_TOTAL.c.bucket)).all()
    assert [tuple(row)[3:] for row in rows] == [(0, 5, 36), (2, 1, 50_000)]
