from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from core.domain.workspace import Workspace
from core.router.hashing import HashingEmbedder
from core.router.history import data_version, judged_runs
from core.router.holding_out import hold_out
from core.router.lessons import Held, read_held, write_held
from core.router.replay import KEEPS, replay
from core.router.replay_view import Replay, Sure
from core.router.replays import Replays, held_path
from core.router.sweeping import best_single, multiple_of
from core.settings import Settings
from core.store.database import Database
from core.store.history_filter import HistoryFilter
from core.store.upgrade import upgrade
from tests.core.router.judged import NOON, judge_runs, office


def empty(folder: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{folder / 'team.db'}")
    upgrade(database)
    yield database
    database.close()


def held_of(database: Database) -> Held:
    return hold_out(judged_runs(database), HashingEmbedder(), version=data_version(database))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """One database is enough here: what differs between them is read in test_history."""
    yield from empty(tmp_path)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    for database in empty(tmp_path_factory.mktemp("office")):
        office(database, 160)
        return held_of(database)
    raise AssertionError


@pytest.fixture(scope="module")
def found(held: Held) -> Replay:
    replayed = replay(held, np.arange(len(held.run_ids)))
    assert replayed is not None
    return replayed


def test_it_asks_the_cheap_model_where_that_is_good_enough_and_says_what_that_saves(found: Replay) -> None:
    at_95 = found.at(95)
    assert found.baseline == "dear"
    assert found.baseline_cost == Decimal("3.2")
    assert 0.2 < at_95.saved.value < 0.75
    assert at_95.saved.low <= at_95.saved.value <= at_95.saved.high
    assert at_95.kept.value > 0.9
    assert at_95.cost == pytest.approx(found.baseline_cost * Decimal(1 - at_95.saved.value), rel=Decimal("0.001"))
    assert at_95.faster is not None
    assert at_95.faster > 0
    assert sum(share for _, share in at_95.mix) == pytest.approx(1)


def test_the_table_says_where_the_cheap_model_does_and_where_it_loses(found: Replay) -> None:
    lines = {line.task: line for line in found.at(95).tasks}
    assert (lines["verse"].asks, lines["verse"].sure) == ("cheap", Sure.YES)
    assert (lines["sums"].asks, lines["sums"].sure, lines["sums"].rival) == ("dear", Sure.LOSES, "cheap")
    assert sum(line.judged for line in lines.values()) == 160


def test_runs_that_would_have_got_a_worse_answer_are_counted_and_named(found: Replay) -> None:
    at_90 = found.at(90)
    assert at_90.worse == len(at_90.worse_runs) > 0
    assert {each.better for each in at_90.worse_runs} == {"dear"}
    assert at_90.worse_runs[0].better_cost == Decimal("0.02")


def test_asking_to_keep_more_never_costs_less(found: Replay) -> None:
    assert [each.keep for each in found.settings] == list(KEEPS)
    prices = [each.price for each in found.settings]
    assert prices == sorted(prices, reverse=True)


def test_auto_beats_its_own_mix_dealt_by_lot_and_never_the_perfect_choice(found: Replay) -> None:
    controls = {dot.name: dot for dot in found.controls}
    best = max(point.quality.value for point in found.curve)
    assert controls["shuffled"].quality < best <= controls["oracle"].quality
    assert found.pair is not None
    assert (found.pair.strong, found.pair.weak) == ("dear", "cheap")
    assert found.pair.apgr is not None
    assert found.pair.apgr > 0.6
    assert sum(each.count for each in found.calibration.bins) == 320


def test_no_prompt_is_decided_by_its_own_pick(database: Database) -> None:
    said = [{"dear": float(number % 2), "cheap": float(1 - number % 2)} for number in range(60)]
    judge_runs(database, said, prompts=[f"{number:04} {number * 7919:x}" for number in range(60)])
    judge_runs(
        database,
        said,
        prompts=[f"{number:04} {number * 7919:X} " for number in range(60)],
        start=NOON + timedelta(days=1),
    )
    held = held_of(database)
    assert len(held.predicted) == 60
    # which is better is drawn by no rule that a prompt shows, so that only its own pick could tell
    right = (held.predicted.argmax(axis=1) == held.quality[:60].argmax(axis=1)).mean()
    assert right < 0.75


def test_models_without_a_price_are_left_out_and_free_ones_are_not(database: Database) -> None:
    judge_runs(
        database, [{"dear": 1.0, "own": 1.0, "unknown": 1.0}] * 60, prompts=[f"word{number}" for number in range(60)]
    )
    found = replay(held_of(database), np.arange(60))
    assert found is not None
    assert {dot.name for dot in found.models} == {"dear", "own"}
    assert found.at(98).mix == (("own", 1.0),)
    assert found.at(98).saved.value == 1.0 if found.baseline == "dear" else found.baseline_cost == 0


def test_runs_without_the_best_model_are_left_out_and_counted(database: Database) -> None:
    judge_runs(database, [{"dear": 1.0, "cheap": 0.0}] * 50 + [{"cheap": 1.0, "own": 0.0}] * 20)
    found = replay(held_of(database), np.arange(70))
    assert found is not None
    assert (found.runs, found.left_out) == (50, 20)


def test_the_best_single_model_is_found_by_differences_on_the_same_prompts() -> None:
    # the third was asked hard things only, where it beat the second by as much as the second beats the first
    quality = np.array([[0.8, 0.9, np.nan]] * 20 + [[np.nan, 0.3, 0.4]] * 20)
    assert best_single(quality, ~np.isnan(quality)) == 2
    assert best_single(quality[:5], ~np.isnan(quality[:5])) is None


def test_a_lucky_bump_of_the_curve_is_not_taken_for_a_setting() -> None:
    quality = np.ones(82)
    quality[10:] = 0.5
    quality[50] = 1.0
    assert multiple_of(0.98, np.linspace(1, 0, 82), quality, 1.0) == 9
    assert multiple_of(0.98, np.linspace(1, 0, 82), quality, 2.0) == 0


def test_what_was_learned_is_the_same_after_a_file(held: Held, tmp_path: Path) -> None:
    write_held(held, tmp_path / "deep" / "held.npz")
    again = read_held(tmp_path / "deep" / "held.npz")
    assert again is not None
    assert again.version == held.version
    assert again.predicted.tolist() == held.predicted.tolist()
    (tmp_path / "broken.npz").write_bytes(b"no archive")
    assert read_held(tmp_path / "broken.npz") is None
    assert read_held(tmp_path / "absent.npz") is None


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CLAUDEPROMPTER_DATA", str(tmp_path))
    return Settings(_env_file=None)


def test_below_forty_picks_it_is_still_learning(database: Database, settings: Settings) -> None:
    office(database, 11)
    replays = Replays(database, settings, Workspace.TEAM)
    state = replays.learning()
    assert (state.state, state.picks, state.needed) == ("early", 11, 40)
    assert replays.of(HistoryFilter()) is None
    assert replays.price(98) is None


def test_a_filter_replays_only_its_runs_and_what_the_viewer_may_see(database: Database, settings: Settings) -> None:
    office(database, 60)
    judge_runs(
        database, [{"dear": 1.0, "cheap": 1.0}] * 5, person="Ben", visibility="me", start=NOON + timedelta(days=2)
    )
    write_held(held_of(database), held_path(settings, Workspace.TEAM))
    replays = Replays(database, settings, Workspace.TEAM)
    assert replays.learning().state == "ready"
    whole, part = replays.of(HistoryFilter()), replays.of(HistoryFilter(until=NOON + timedelta(minutes=30)))
    assert whole is not None
    assert part is not None
    assert (whole.runs, part.runs) == (60, 30)
    assert replays.of(HistoryFilter()) is whole
    mine = replays.of(HistoryFilter(viewer="Ben"))
    assert mine is not None
    assert mine.runs == 65
    assert replays.of(HistoryFilter(tasks=("none such",))) is None


def test_learning_goes_on_in_a_process_of_its_own_and_the_page_finds_what_it_wrote(
    database: Database, settings: Settings
) -> None:
    office(database, 48)
    replays = Replays(database, settings, Workspace.TEAM, embedding="hashing")
    assert replays.learning().state == "first"
    assert replays.of(HistoryFilter()) is None
    assert replays.wait(120)
    assert replays.learning().state == "ready"
    found = replays.of(HistoryFilter())
    assert found is not None
    assert found.runs == 48
    assert replays.price(98) == found.at(98).price


def test_where_learning_fails_the_page_says_so_and_where_to_look(database: Database, settings: Settings) -> None:
    office(database, 48)
    replays = Replays(database, settings, Workspace.TEAM, embedding="/no/such/model")
    assert replays.learning().state == "first"
    assert replays.wait(120)
    state = replays.learning()
    assert state.state == "failed"
    assert "learn-team.log" in state.next_step
