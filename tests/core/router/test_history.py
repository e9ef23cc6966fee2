from datetime import timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from core.router.history import count_judged, data_version, judged_runs
from core.store import tables
from core.store.database import Database, table
from tests.core.router.judged import NOON, judge_runs


def test_each_run_is_a_row_with_quality_cost_and_time(database: Database) -> None:
    judge_runs(database, [{"dear": 1.0, "cheap": 0.0}, {"dear": 1.0, "own": 1.0}], tasks=["sums", None])
    found = judged_runs(database)
    assert found.models == ("cheap", "dear", "own")
    assert found.quality[0, :2].tolist() == [0.0, 1.0]
    assert np.isnan(found.quality[0, 2])
    assert found.cost[1, 1:].tolist() == [0.02, 0.0]
    assert found.seconds[0, :2].tolist() == [1.0, 3.0]
    assert found.tasks == ("sums", "")


def test_a_run_with_one_judged_model_or_in_the_bin_teaches_nothing(database: Database) -> None:
    runs = judge_runs(database, [{"dear": 1.0}, {"dear": 1.0, "cheap": 0.0}, {"dear": 0.0, "cheap": 1.0}])
    before = data_version(database)
    with database.write() as connection:
        connection.execute(
            sa.update(table(tables.Run)).where(table(tables.Run).c.id == runs[1]).values(deleted_at=NOON)
        )
    assert data_version(database) != before
    assert judged_runs(database).run_ids.tolist() == [runs[2]]
    assert count_judged(database) == 1


def test_the_same_prompt_is_one_lesson_whatever_its_spacing_and_case(database: Database) -> None:
    judge_runs(
        database, [{"dear": 1.0, "cheap": 0.0}, {"dear": 0.0, "cheap": 0.0}], prompts=["Say hello", "say   HELLO "]
    )
    found = judged_runs(database)
    assert found.prompt.tolist() == [0, 0]
    lessons = found.by_prompt(now=NOON + timedelta(minutes=1))
    assert lessons.outcomes.quality[0].tolist() == pytest.approx([0.0, 0.5], abs=1e-4)
    assert lessons.weight[0] == pytest.approx(2.0, abs=1e-3)


def test_a_loser_among_three_was_only_compared_with_the_winner(database: Database) -> None:
    runs = judge_runs(database, [{"dear": 1.0, "cheap": 0.0, "own": 0.0}])
    quality, shot = table(tables.ShotQuality), table(tables.Shot)
    with database.write() as connection:
        losers = sa.select(shot.c.id).where(shot.c.run_id == runs[0], shot.c.model != "dear")
        connection.execute(sa.update(quality).where(quality.c.shot_id.in_(losers)).values(weight=0.5))
    assert judged_runs(database).quality[0].tolist() == [0.25, 1.0, 0.25]


def test_what_only_a_machine_judged_counts_half_and_old_runs_fade(database: Database) -> None:
    judge_runs(database, [{"dear": 1.0, "cheap": 0.0}], weight=0.5)
    found = judged_runs(database)
    assert found.weight.tolist() == [0.5]
    assert found.by_prompt(now=NOON + timedelta(days=365)).weight[0] == pytest.approx(0.25)


def test_an_earlier_revision_of_a_model_is_kept_apart(database: Database) -> None:
    judge_runs(database, [{"dear": 0.0, "cheap": 1.0}], prompts=["old"], revision="may")
    judge_runs(
        database, [{"dear": 1.0, "cheap": 0.0}], prompts=["new"], revision="june", start=NOON + timedelta(days=1)
    )
    found = judged_runs(database)
    assert found.models[: found.current] == ("cheap", "dear")
    assert found.models[found.current :] == ("cheap @ cheap-may", "dear @ dear-may")
    assert np.isnan(found.quality[0, :2]).all()


def test_a_price_nobody_knows_is_not_nothing(database: Database) -> None:
    judge_runs(database, [{"own": 1.0, "unknown": 1.0}])
    assert judged_runs(database).cost[0, 0] == 0.0
    assert np.isnan(judged_runs(database).cost[0, 1])


def test_an_empty_workspace_has_nothing_to_learn_from(database: Database) -> None:
    assert len(judged_runs(database)) == 0
    assert count_judged(database) == 0
