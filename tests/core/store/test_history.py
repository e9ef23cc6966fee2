from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from core.domain.model import Place
from core.domain.run import RunState, ShotState, Visibility
from core.errors import InputError, NotFound
from core.store import tables
from core.store.database import Database, table
from core.store.history import History
from core.store.history_filter import HistoryFilter
from core.store.many_runs import ManyRuns
from core.store.people import People, person_id

Plant = Callable[..., Any]
NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)


def pick(database: Database, run: Any, person: str, kind: str, ordinal: int | None = None, **values: Any) -> None:
    with database.write() as connection:
        connection.execute(
            table(tables.VerdictRow)
            .insert()
            .values(
                {
                    "run_id": run.id,
                    "person_id": person_id(connection, person),
                    "kind": kind,
                    "shot_id": run.shots.get(ordinal),
                    "compared": [],
                    "created_at": NOON,
                }
                | values
            )
        )


def found(database: Database, **wanted: Any) -> list[str]:
    return [row.public_id for row in History(database).page(HistoryFilter(**wanted)).rows]


def test_an_empty_history_is_empty(database: Database) -> None:
    page = History(database).page(HistoryFilter())
    assert (page.rows, page.total_runs, page.total_cost, page.judged, page.next) == ((), 0, Decimal(0), 0, None)


def test_a_line_says_who_asked_what_and_what_came_back(database: Database, plant: Plant) -> None:
    project = People(database).add_project("Spring")
    run = plant(
        "A customer\nwrites:   " + "x" * 300,
        project_id=project.id,
        models=("simulated/sage", "simulated/sage", "simulated/swift", "simulated/pine", "simulated/fern"),
        states=(ShotState.DONE, ShotState.DONE, ShotState.FAILED, ShotState.DONE, ShotState.DONE),
        costs=(Decimal("0.001"), Decimal("0.0000005"), Decimal("0.002"), Decimal(0), None),
        cost_states=("priced", "priced", "estimated", "free", "unpriced"),
    )
    pick(database, run, "Anna", "winner", 1)
    (row,) = History(database).page(HistoryFilter()).rows
    assert (row.public_id, row.created_at, row.person, row.project) == (run.public_id, NOON, "Anna", "Spring")
    assert row.prompt.startswith("A customer writes: xxx")
    assert len(row.prompt) <= 160
    assert row.models == ("Sage", "Swift", "Pine", "Fern")
    assert (row.shots, row.failed, row.winner) == (5, 1, "Sage")
    assert (row.cost, row.cost_is_estimate, row.unpriced, row.free) == (Decimal("0.0030005"), True, 1, 1)
    assert (row.state, row.visibility) == (RunState.DONE, Visibility.TEAM)


def test_the_newest_run_comes_first_whenever_it_was_written_down(database: Database, plant: Plant) -> None:
    plant(public_id="today", created_at=NOON)
    plant(public_id="imported from last year", created_at=NOON - timedelta(days=365))
    plant(public_id="this morning", created_at=NOON - timedelta(hours=3))
    assert found(database) == ["today", "this morning", "imported from last year"]


def test_pages_follow_each_other_without_gap_or_repeat(database: Database, plant: Plant) -> None:
    for number in range(7):
        plant(public_id=f"r{number}", created_at=NOON + timedelta(seconds=number // 3))
    history, seen, cursor = History(database), [], None
    while True:
        page = history.page(HistoryFilter(), after=cursor, limit=3)
        seen.append([row.public_id for row in page.rows])
        assert (page.total_runs, page.total_cost) == (7, Decimal("0.014"))
        cursor = page.next
        if cursor is None:
            break
        plant(public_id=f"new {len(seen)}", created_at=NOON + timedelta(days=1), deleted_at=NOON)
    assert seen == [["r6", "r5", "r4"], ["r3", "r2", "r1"], ["r0"]]


def test_past_the_end_the_sums_are_still_right(database: Database, plant: Plant) -> None:
    plant(created_at=NOON)
    plant(created_at=NOON - timedelta(hours=1))
    cursor = History(database).page(HistoryFilter(), limit=1).next
    assert cursor is not None
    with database.write() as connection:
        connection.execute(sa.text("UPDATE run SET created_at = (SELECT max(created_at) FROM run)"))
    page = History(database).page(HistoryFilter(), after=type(cursor)(created_at=NOON - timedelta(days=9), id=1))
    assert (page.rows, page.total_runs, page.next) == ((), 2, None)


def test_filters_by_model_state_person_project_and_time(database: Database, plant: Plant) -> None:
    spring = People(database).add_project("Spring")
    plant(public_id="sage", models=("simulated/sage",), person="Anna", created_at=NOON)
    plant(public_id="swift", models=("simulated/swift",), person="Ben", created_at=NOON + timedelta(hours=1))
    plant(
        public_id="both",
        person="",
        state=RunState.FAILED,
        project_id=spring.id,
        created_at=NOON + timedelta(hours=2),
    )
    assert found(database, models=("simulated/sage",)) == ["both", "sage"]
    assert found(database, models=("simulated/sage", "simulated/swift")) == ["both", "swift", "sage"]
    assert found(database, states=(RunState.FAILED, RunState.CANCELLED)) == ["both"]
    assert found(database, persons=("Ben",)) == ["swift"]
    assert found(database, persons=("Ben", "")) == ["both", "swift"]
    assert found(database, persons=("",)) == ["both"]
    assert found(database, projects=("Spring",)) == ["both"]
    assert found(database, projects=("",)) == ["swift", "sage"]
    assert found(database, since=NOON + timedelta(hours=1)) == ["both", "swift"]
    assert found(database, until=NOON + timedelta(hours=1)) == ["sage"]


def test_filters_by_team_tag_place_and_task(database: Database, plant: Plant) -> None:
    team = People(database).add_team("Marketing")
    plant(public_id="a", places=("cloud", "local"), team_id=team.id, task="reply", created_at=NOON)
    plant(public_id="b", places=("private", "private"), created_at=NOON + timedelta(hours=1))
    plant(public_id="c", created_at=NOON + timedelta(hours=2))
    ManyRuns(database).tag(["a", "b"], ["complaint"], by="Anna")
    ManyRuns(database).tag(["b"], ["urgent"], by="Anna")
    assert found(database, teams=("Marketing",)) == ["a"]
    assert found(database, teams=("",)) == ["c", "b"]
    assert found(database, tags=("complaint",)) == ["b", "a"]
    assert found(database, tags=("urgent", "")) == ["c", "b"]
    assert found(database, tags=("no such tag",)) == []
    assert found(database, places=(Place.LOCAL, Place.PRIVATE)) == ["b", "a"]
    assert found(database, places=(Place.CLOUD,)) == ["c", "a"]
    assert found(database, tasks=("reply",)) == ["a"]
    assert found(database, tasks=("reply", "")) == ["c", "b", "a"]


def test_filters_by_what_a_run_cost_where_that_is_known(database: Database, plant: Plant) -> None:
    plant(public_id="cheap", costs=(Decimal("0.001"), None), created_at=NOON)
    plant(public_id="dear", costs=(Decimal("0.02"), Decimal("0.03")), created_at=NOON + timedelta(hours=1))
    plant(public_id="free", costs=(Decimal(0), Decimal(0)), created_at=NOON + timedelta(hours=2))
    plant(public_id="unknown", costs=(None, None), created_at=NOON + timedelta(hours=3))
    assert found(database, cost_from=Decimal("0.001")) == ["dear", "cheap"]
    assert found(database, cost_to=Decimal("0.001")) == ["free", "cheap"]
    assert found(database, cost_from=Decimal("0.05"), cost_to=Decimal("0.05")) == ["dear"]
    assert found(database, cost_from=Decimal("0.050000000001")) == []


def test_filters_by_the_newest_pick(database: Database, plant: Plant) -> None:
    runs = {name: plant(public_id=name, created_at=NOON + timedelta(hours=n)) for n, name in enumerate("abcde")}
    pick(database, runs["a"], "Anna", "winner", 1)
    pick(database, runs["b"], "Anna", "winner", 1)
    pick(database, runs["b"], "Ben", "winner", 2)
    pick(database, runs["c"], "Anna", "tie")
    pick(database, runs["d"], "Anna", "none")
    pick(database, runs["e"], "Anna", "winner", 1, undone_at=NOON)
    assert found(database, winners=("simulated/sage",)) == ["a"]
    assert found(database, winners=("simulated/swift",)) == ["b"]
    assert found(database, winners=("tie",)) == ["c"]
    assert found(database, winners=("none", "simulated/sage")) == ["d", "a"]


def test_all_runs_of_a_view_can_be_named(database: Database, plant: Plant) -> None:
    for number in range(5):
        plant(public_id=f"r{number}", created_at=NOON + timedelta(hours=number), person="Anna" if number else "Ben")
    history = History(database)
    assert history.ids(HistoryFilter(persons=("Anna",))) == ("r4", "r3", "r2", "r1")
    assert history.ids(HistoryFilter(), most=2) == ("r4", "r3")


def test_the_sums_are_those_of_the_filtered_runs(database: Database, plant: Plant) -> None:
    one = plant(person="Anna", costs=(Decimal("0.01"), None), cost_states=("priced", "unpriced"))
    plant(person="Ben", costs=(Decimal("0.02"), Decimal("0.03")))
    for person in ("Anna", "Ben"):
        pick(database, one, person, "winner", 1)
    everything = History(database).page(HistoryFilter())
    assert (everything.total_runs, everything.total_cost, everything.unpriced_shots, everything.judged) == (
        2,
        Decimal("0.06"),
        1,
        1,
    )
    bens = History(database).page(HistoryFilter(persons=("Ben",)))
    assert (bens.total_runs, bens.total_cost, bens.unpriced_shots, bens.judged) == (1, Decimal("0.05"), 0, 0)


def test_runs_are_told_apart_by_whether_they_were_judged(database: Database, plant: Plant) -> None:
    judged, taken_back = plant(public_id="judged"), plant(public_id="taken back")
    pick(database, judged, "Anna", "tie")
    pick(database, taken_back, "Anna", "winner", 1, undone_at=NOON)
    assert found(database, judged=True) == ["judged"]
    assert found(database, judged=False) == ["taken back"]


@pytest.mark.parametrize(
    ("kind", "ordinal", "words"),
    [
        ("winner", 2, "Swift"),
        ("tie", None, "tie"),
        ("none", None, "none"),
        ("good", 1, "Sage"),
        ("not_good", 1, "none"),
    ],
)
def test_the_winner_is_said_in_one_word(
    database: Database, plant: Plant, kind: str, ordinal: int | None, words: str
) -> None:
    pick(database, plant(), "Anna", kind, ordinal)
    assert History(database).page(HistoryFilter()).rows[0].winner == words


def test_the_newest_pick_is_the_one_shown(database: Database, plant: Plant) -> None:
    run = plant()
    pick(database, run, "Anna", "winner", 1)
    pick(database, run, "Ben", "winner", 2)
    assert History(database).page(HistoryFilter()).rows[0].winner == "Swift"


def test_a_private_run_is_its_authors_alone(database: Database, plant: Plant) -> None:
    plant(public_id="mine", person="Anna", visibility="me", costs=(Decimal(1), Decimal(1)))
    plant(public_id="ours", person="Anna")
    plant(public_id="somebody's", person="", visibility="me")
    assert found(database, viewer="Anna") == ["ours", "mine"]
    assert found(database, viewer="Ben") == ["ours"]
    assert found(database, viewer="nobody known") == ["ours"]
    assert found(database) == ["somebody's", "ours"]
    assert History(database).page(HistoryFilter(viewer="Ben")).total_cost == Decimal("0.002")


def test_the_drawer_steps_through_the_filtered_list(database: Database, plant: Plant) -> None:
    for number, person in enumerate(("Anna", "Ben", "Anna", "Ben", "Anna")):
        plant(public_id=f"r{number}", person=person, created_at=NOON)
    history = History(database)
    middle = history.neighbours("r2", HistoryFilter())
    assert (middle.newer, middle.older) == ("r3", "r1")
    annas = history.neighbours("r2", HistoryFilter(persons=("Anna",)))
    assert (annas.newer, annas.older) == ("r4", "r0")
    outside = history.neighbours("r3", HistoryFilter(persons=("Anna",)))
    assert (outside.newer, outside.older) == ("r4", "r2")
    ends = history.neighbours("r4", HistoryFilter())
    assert (ends.newer, ends.older) == (None, "r3")
    with pytest.raises(NotFound):
        history.neighbours("nothing", HistoryFilter())


def test_a_deleted_run_goes_into_the_bin_and_comes_back(database: Database, plant: Plant) -> None:
    plant(public_id="gone")
    plant(public_id="kept")
    history = History(database)
    history.delete("gone", by="Anna")
    assert found(database) == ["kept"]
    assert found(database, in_bin=True) == ["gone"]
    history.delete("gone", by="Anna")
    history.restore("gone", by="Anna")
    assert found(database) == ["kept", "gone"]
    assert found(database, in_bin=True) == []


def test_a_run_that_is_going_is_not_deleted(database: Database, plant: Plant) -> None:
    plant(public_id="going", state=RunState.RUNNING)
    with pytest.raises(InputError, match="still going") as refused:
        History(database).delete("going", by="Anna")
    assert "Stop it first" in refused.value.next_step
    assert found(database) == ["going"]


def test_nobody_deletes_what_they_cannot_see(database: Database, plant: Plant) -> None:
    plant(public_id="mine", person="Anna", visibility="me")
    with pytest.raises(NotFound):
        History(database).delete("mine", by="Ben")
    assert found(database, viewer="Anna") == ["mine"]


def test_a_run_whose_texts_are_gone_does_not_come_back(database: Database, plant: Plant) -> None:
    plant(public_id="erased", deleted_at=NOON, erased_at=NOON)
    with pytest.raises(NotFound, match="texts are gone"):
        History(database).restore("erased")
    assert found(database, in_bin=True) == []
