from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.demo.data import JOB, DemoData
from core.demo.filling import PERSON
from core.demo.rows import ATTEMPT, CHARGE, RUN, RUN_TAG, SHOT, VERDICT
from core.domain.run import RunPlan
from core.domain.verdict import VerdictKind
from core.llm.simulated_models import simulated_cards
from core.settings import Settings
from core.store.database import Database
from core.store.leases import Leases
from core.store.run_writes import insert_run
from core.store.upgrade import upgrade
from core.store.verdicts import Verdicts

NOW = datetime(2026, 11, 19, 15, 30, tzinfo=UTC)


class Recording(DemoData):
    """Counts the children it would have started."""

    children = 0

    def _start_child(self) -> None:
        self.children += 1


@pytest.fixture(autouse=True)
def few_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.demo.planning.RUNS_A_DAY", 2)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'demo.db'}")
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture
def demo(database: Database, tmp_path: Path) -> Recording:
    return Recording(database, Settings(data_dir=tmp_path))


def count(database: Database, *where: sa.ColumnElement[bool]) -> int:
    with database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(RUN).where(*where)).scalar_one())


def visitors_run(database: Database, public_id: str = "visitor") -> int:
    plan = RunPlan(prompt="Hello", models=("simulated/sage",), person="Vera")
    card = next(card for card in simulated_cards() if card.name == "simulated/sage")
    with database.write() as connection:
        return insert_run(connection, plan, [card], public_id=public_id, estimate=None, now=NOW)


def everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.read() as connection:
        return {
            each.name: [tuple(row) for row in connection.execute(sa.select(each).order_by(*each.primary_key))]
            for each in (RUN, SHOT, ATTEMPT, VERDICT, RUN_TAG)
        }


def test_at_first_there_is_nothing_and_then_all_of_it(demo: DemoData, database: Database) -> None:
    assert demo.state().state == "absent"
    assert demo.fill(now=NOW)
    state = demo.state()
    assert (state.state, state.done, state.ends) == ("ready", state.total, NOW)
    assert count(database) == state.total > 50


def test_two_databases_get_the_very_same_history(demo: DemoData, database: Database, tmp_path: Path) -> None:
    demo.fill(now=NOW)
    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    upgrade(other)
    DemoData(other, Settings(data_dir=tmp_path)).fill(now=NOW)
    assert everything(database) == everything(other)
    other.close()


def test_what_a_visitor_ran_before_and_meanwhile_stays(demo: DemoData, database: Database) -> None:
    early = visitors_run(database, "early")
    demo.fill(now=NOW)
    late = visitors_run(database, "late")
    assert count(database, RUN.c.origin != "demo") == 2
    with database.read() as connection:
        lowest, highest = connection.execute(
            sa.select(sa.func.min(RUN.c.id), sa.func.max(RUN.c.id)).where(RUN.c.origin == "demo")
        ).one()
    assert early < lowest < highest < late


def test_filling_again_replaces_the_history_and_keeps_the_visitors_runs(demo: DemoData, database: Database) -> None:
    demo.fill(now=NOW)
    visitors_run(database)
    total = demo.state().total
    demo.fill(now=NOW)
    assert count(database, RUN.c.origin == "demo") == total
    assert count(database, RUN.c.public_id == "visitor") == 1


def test_reset_takes_visitors_runs_too_and_never_gives_a_key_twice(demo: DemoData, database: Database) -> None:
    demo.fill(now=NOW)
    key = visitors_run(database)
    assert demo.reset(now=NOW)
    assert count(database, RUN.c.public_id == "visitor") == 0
    assert count(database) == demo.state().total
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.min(RUN.c.id))).scalar_one() > key
        assert connection.execute(sa.text("PRAGMA foreign_key_check")).first() is None
        assert connection.execute(sa.text("PRAGMA foreign_keys")).scalar_one() == 1
        orphans = sa.select(CHARGE.c.id).where(CHARGE.c.attempt_id.not_in(sa.select(ATTEMPT.c.id)))
        assert connection.execute(orphans).first() is None


def test_only_one_process_makes_the_history(demo: DemoData, database: Database, tmp_path: Path) -> None:
    Leases(database).take(JOB, "somebody else", seconds=60, now=datetime.now(UTC), status="making")
    assert demo.state().state == "making"
    assert not demo.fill(now=NOW)
    assert count(database) == 0


def test_a_maker_that_died_is_replaced(demo: DemoData, database: Database) -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    Leases(database).take(JOB, "died", seconds=15, now=long_ago, status="making")
    assert demo.state().state == "absent"
    assert demo.fill_if_needed(now=NOW)


def test_a_child_is_started_once_and_only_where_nothing_is_there(demo: Recording) -> None:
    demo.ensure()
    demo.ensure()
    assert demo.children == 1
    demo.fill()
    demo.ensure()
    assert demo.children == 1
    assert not demo.fill_if_needed()


def test_a_history_of_an_earlier_day_is_made_anew_unless_somebody_judged_it(demo: DemoData, database: Database) -> None:
    demo.fill(now=NOW)
    tomorrow = NOW + timedelta(days=1)
    assert demo.fill_if_needed(now=tomorrow)
    assert demo.state().ends == tomorrow
    _judge_one(database)
    assert not demo.fill_if_needed(now=tomorrow + timedelta(days=1))


def _judge_one(database: Database) -> None:
    with database.read() as connection:
        public_id = connection.execute(
            sa.select(RUN.c.public_id)
            .where(RUN.c.state == "done", RUN.c.id.in_(sa.select(SHOT.c.run_id).where(SHOT.c.state == "done")))
            .limit(1)
        ).scalar_one()
        ordinal = connection.execute(
            sa.select(SHOT.c.ordinal)
            .join(RUN, RUN.c.id == SHOT.c.run_id)
            .where(RUN.c.public_id == public_id, SHOT.c.state == "done")
            .limit(1)
        ).scalar_one()
    Verdicts(database).give(public_id, person="Vera", kind=VerdictKind.GOOD, compared=[ordinal])
    with database.read() as connection:
        assert connection.execute(sa.select(PERSON.c.id).where(PERSON.c.name == "Vera")).first()
