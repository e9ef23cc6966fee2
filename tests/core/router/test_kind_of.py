"""What Auto makes of one kind of prompt: the line that stands under the end of a queue."""

import numpy as np
import pytest

from core.domain.workspace import Workspace
from core.router.hashing import HashingEmbedder
from core.router.history import data_version, judged_runs
from core.router.holding_out import hold_out
from core.router.lessons import read_held, write_held
from core.router.replays import Replays, held_path
from core.settings import Settings
from core.store.database import Database
from tests.core.router.judged import office


@pytest.fixture
def replays(sqlite_database: Database, settings: Settings) -> Replays:
    office(sqlite_database, 120)
    held = hold_out(judged_runs(sqlite_database), HashingEmbedder(), version=data_version(sqlite_database))
    write_held(held, held_path(settings, Workspace.TEAM))
    return Replays(sqlite_database, settings, Workspace.TEAM)


def test_the_line_is_that_of_the_kind_most_of_the_runs_are_of(replays: Replays, settings: Settings) -> None:
    held = read_held(held_path(settings, Workspace.TEAM))
    assert held is not None
    kinds, counts = np.unique(held.tasks, return_counts=True)
    assert len(kinds) > 1
    for kind in kinds[counts >= 10]:
        of_it = held.run_ids[held.tasks == kind]
        other = held.run_ids[held.tasks != kind][:1]
        found = replays.kind_of([*of_it.tolist(), *other.tolist()], 98.0)
        assert found is not None
        best, line = found
        assert (line.task, best) == (str(kind), "dear")


def test_of_runs_that_nothing_was_learned_from_nothing_is_said(replays: Replays) -> None:
    assert replays.kind_of([], 98.0) is None
    assert replays.kind_of([10**9], 98.0) is None


def test_before_anything_is_learned_nothing_is_said(sqlite_database: Database, settings: Settings) -> None:
    assert Replays(sqlite_database, settings, Workspace.TEAM).kind_of([1], 98.0) is None
