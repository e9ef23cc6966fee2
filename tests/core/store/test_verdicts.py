from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from core.domain.run import ShotState
from core.domain.verdict import VerdictKind
from core.errors import InputError, NotFound
from core.store import tables
from core.store.database import Database, table
from core.store.history import History
from core.store.verdicts import Standing, Verdicts

Plant = Callable[..., Any]
SAGE, SWIFT, PINE = "simulated/sage", "simulated/swift", "simulated/pine"


def rows_written(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table(tables.VerdictRow))).scalar_one())


def test_a_pick_names_the_winner_and_what_it_was_compared_with(database: Database, plant: Plant) -> None:
    run = plant()
    given = Verdicts(database).give(
        run.public_id, person="Anna", kind=VerdictKind.WINNER, shot=2, compared=(2, 1), blind=True, note=" kinder "
    )
    assert (given.run_id, given.person, given.kind) == (run.id, "Anna", VerdictKind.WINNER)
    assert given.shot_id == run.shots[2]
    assert given.compared == (run.shots[2], run.shots[1])
    assert (given.blind, given.note) == (True, "kinder")
    assert Verdicts(database).of_run(run.public_id) == (given,)


def test_a_new_word_replaces_the_last_and_forgets_nothing(database: Database, plant: Plant) -> None:
    run, verdicts = plant(), Verdicts(database)
    verdicts.give(run.public_id, person="Anna", kind=VerdictKind.WINNER, shot=1, compared=(1, 2))
    bens = verdicts.give(run.public_id, person="Ben", kind=VerdictKind.NONE, compared=(1, 2))
    tie = verdicts.give(run.public_id, person="Anna", kind=VerdictKind.TIE, compared=(1, 2))
    assert verdicts.of_run(run.public_id) == (bens, tie)
    assert rows_written(database) == 3


def test_someone_without_a_name_has_one_word_too(database: Database, plant: Plant) -> None:
    run, verdicts = plant(), Verdicts(database)
    verdicts.give(run.public_id, person="", kind=VerdictKind.WINNER, shot=1, compared=(1, 2))
    tie = verdicts.give(run.public_id, person="", kind=VerdictKind.TIE, compared=(1, 2))
    assert verdicts.of_run(run.public_id) == (tie,)
    assert tie.person == ""


def test_a_word_can_be_taken_back(database: Database, plant: Plant) -> None:
    run, verdicts = plant(), Verdicts(database)
    verdicts.give(run.public_id, person="Anna", kind=VerdictKind.TIE, compared=(1, 2))
    verdicts.undo(run.public_id, person="Ben")
    assert len(verdicts.of_run(run.public_id)) == 1
    verdicts.undo(run.public_id, person="Anna")
    verdicts.undo(run.public_id, person="Anna")
    assert verdicts.of_run(run.public_id) == ()
    assert rows_written(database) == 1


def test_a_note_goes_on_ones_own_word(database: Database, plant: Plant) -> None:
    run, verdicts = plant(), Verdicts(database)
    with pytest.raises(InputError, match="no pick of yours"):
        verdicts.note(run.public_id, person="Anna", note="kinder")
    given = verdicts.give(run.public_id, person="Anna", kind=VerdictKind.TIE, compared=(1, 2))
    noted = verdicts.note(run.public_id, person="Anna", note="both too long")
    assert (noted.id, noted.note) == (given.id, "both too long")


@pytest.mark.parametrize(
    "state", [ShotState.FAILED, ShotState.CANCELLED, ShotState.INTERRUPTED, ShotState.RUNNING, ShotState.QUEUED]
)
def test_a_shot_without_an_answer_cannot_be_picked_or_compared(
    database: Database, plant: Plant, state: ShotState
) -> None:
    run = plant(models=(SAGE, SWIFT, PINE), states=(ShotState.DONE, ShotState.TRUNCATED, state))
    verdicts = Verdicts(database)
    with pytest.raises(InputError, match="Shot 3 holds no answer"):
        verdicts.give(run.public_id, person="Anna", kind=VerdictKind.WINNER, shot=3, compared=(1, 2, 3))
    with pytest.raises(InputError, match="Shot 3 holds no answer"):
        verdicts.give(run.public_id, person="Anna", kind=VerdictKind.WINNER, shot=1, compared=(1, 3))
    assert rows_written(database) == 0
    cut = verdicts.give(run.public_id, person="Anna", kind=VerdictKind.WINNER, shot=2, compared=(1, 2))
    assert cut.shot_id == run.shots[2]


def test_an_empty_answer_cannot_be_picked(database: Database, plant: Plant) -> None:
    run = plant(shot_values={"text": ""})
    with pytest.raises(InputError, match="Shot 1 holds no answer"):
        Verdicts(database).give(run.public_id, person="Anna", kind=VerdictKind.WINNER, shot=1, compared=(1, 2))


@pytest.mark.parametrize(
    ("kind", "shot", "compared", "words"),
    [
        (VerdictKind.WINNER, 1, (), "no answer to judge yet"),
        (VerdictKind.WINNER, None, (1, 2), "not among those compared"),
        (VerdictKind.WINNER, 1, (2, 3), "not among those compared"),
        (VerdictKind.WINNER, 1, (1, 1), "nothing to win against"),
        (VerdictKind.TIE, None, (1,), "nothing to win against"),
        (VerdictKind.GOOD, None, (1, 2), "not among those compared"),
        (VerdictKind.WINNER, 9, (1, 9), "Shot 9 holds no answer"),
    ],
)
def test_a_word_that_does_not_fit_the_answers_is_refused(
    database: Database, plant: Plant, kind: VerdictKind, shot: int | None, compared: tuple[int, ...], words: str
) -> None:
    run = plant(models=(SAGE, SWIFT, PINE))
    with pytest.raises(InputError, match=words):
        Verdicts(database).give(run.public_id, person="Anna", kind=kind, shot=shot, compared=compared)
    assert rows_written(database) == 0


@pytest.mark.parametrize("kind", [VerdictKind.GOOD, VerdictKind.NOT_GOOD])
def test_a_single_answer_is_good_enough_or_not(database: Database, plant: Plant, kind: VerdictKind) -> None:
    run = plant(models=(SAGE,))
    given = Verdicts(database).give(run.public_id, person="Anna", kind=kind, compared=(1,))
    assert (given.kind, given.shot_id) == (kind, run.shots[1])


def test_nobody_judges_a_run_they_cannot_see(database: Database, plant: Plant) -> None:
    mine, gone = plant(person="Anna", visibility="me"), plant()
    History(database).delete(gone.public_id, by="Anna")
    verdicts = Verdicts(database)
    for hidden in (mine.public_id, gone.public_id, "nothing"):
        with pytest.raises(NotFound):
            verdicts.give(hidden, person="Ben", kind=VerdictKind.TIE, compared=(1, 2))
        with pytest.raises(NotFound):
            verdicts.of_run(hidden, viewer="Ben")


def test_the_standing_of_two_models_counts_runs_that_compared_both(database: Database, plant: Plant) -> None:
    verdicts = Verdicts(database)

    def judged(kind: VerdictKind, shot: int | None, models: tuple[str, ...] = (SAGE, SWIFT, PINE), **more: Any) -> Any:
        run = plant(models=models)
        compared = more.get("compared", tuple(run.shots))
        verdicts.give(run.public_id, person=more.get("person", "Anna"), kind=kind, shot=shot, compared=compared)
        return run

    for _ in range(3):
        judged(VerdictKind.TIE, None)
    for _ in range(2):
        judged(VerdictKind.WINNER, 1)
    judged(VerdictKind.WINNER, 2)
    judged(VerdictKind.WINNER, 3, models=(SAGE, SAGE, SWIFT))
    assert verdicts.standing(SAGE, SWIFT) == Standing(runs=7, ties=3, wins=2, losses=2)
    assert verdicts.standing(SWIFT, SAGE) == Standing(runs=7, ties=3, wins=2, losses=2)

    judged(VerdictKind.WINNER, 3)
    judged(VerdictKind.NONE, None)
    judged(VerdictKind.WINNER, 1, compared=(1, 3))
    judged(VerdictKind.WINNER, 1, models=(SAGE, PINE))
    assert verdicts.standing(SAGE, SWIFT) == Standing(runs=7, ties=3, wins=2, losses=2)

    deleted = judged(VerdictKind.WINNER, 1)
    assert verdicts.standing(SAGE, SWIFT).wins == 3
    History(database).delete(deleted.public_id, by="Anna")
    taken_back = judged(VerdictKind.WINNER, 1)
    verdicts.undo(taken_back.public_id, person="Anna")
    assert verdicts.standing(SAGE, SWIFT).runs == 7
    assert verdicts.standing(SAGE, "nobody/knows") == Standing(runs=0, ties=0, wins=0, losses=0)


def test_a_run_counts_once_however_many_people_judged_it(database: Database, plant: Plant) -> None:
    run, verdicts = plant(models=(SAGE, SWIFT)), Verdicts(database)
    verdicts.give(run.public_id, person="Anna", kind=VerdictKind.WINNER, shot=1, compared=(1, 2))
    verdicts.give(run.public_id, person="Ben", kind=VerdictKind.WINNER, shot=2, compared=(1, 2))
    assert verdicts.standing(SAGE, SWIFT) == Standing(runs=1, ties=0, wins=0, losses=1)
