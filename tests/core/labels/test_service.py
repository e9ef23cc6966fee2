"""Queues and items as people meet them, on both databases."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
import sqlalchemy as sa

from core.domain.labelling import NamesShown, Overlap, StopRule
from core.domain.run import RunState, ShotState, Visibility
from core.domain.verdict import VerdictKind
from core.errors import InputError, NotFound, StoreError
from core.labels.board import Leaderboard
from core.labels.counting import count_apart
from core.labels.service import Labelling
from core.labels.views import ItemView, NewQueue
from core.store import tables
from core.store.database import Database, table
from core.store.history_filter import HistoryFilter
from core.store.judged import Judged
from core.store.people import person_id
from core.store.run_reads import label_of
from core.store.scores import Scores
from core.store.seen import Seen

MODELS = ("simulated/sage", "simulated/swift")
NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)
Plant = Callable[..., str]


@pytest.fixture
def plant(database: Database) -> Plant:
    """Write a run with one answer for each model, and give its public id."""
    numbers = iter(range(1, 10_000))

    def write(
        prompt: str = "Write our reply.",
        *,
        models: tuple[str, ...] = MODELS,
        texts: tuple[str, ...] = (),
        person: str = "Anna",
        visibility: Visibility = Visibility.TEAM,
        failed: bool = False,
    ) -> str:
        public_id = f"run-{next(numbers):04}"
        with database.write() as connection:
            run = {
                "public_id": public_id,
                "origin": "page",
                "state": RunState.FAILED if failed else RunState.DONE,
                "created_at": NOON,
                "person_id": person_id(connection, person),
                "visibility": visibility,
                "strategy": "hybrid",
                "prompt": prompt,
                "prompt_sha256": prompt,
                "models": list(dict.fromkeys(models)),
            }
            run_id = connection.execute(
                sa.insert(table(tables.Run)).values(run).returning(table(tables.Run).c.id)
            ).scalar_one()
            shots = [
                {
                    "run_id": run_id,
                    "ordinal": number,
                    "model": model,
                    "label": label_of(model),
                    "shot_index": 1,
                    "place": "cloud",
                    "state": ShotState.FAILED if failed else ShotState.DONE,
                    "queued_at": NOON,
                    "text": texts[number - 1] if texts else f"Answer {number}",
                }
                for number, model in enumerate(models, start=1)
            ]
            connection.execute(sa.insert(table(tables.Shot)), shots)
        return public_id

    return write


@pytest.fixture
def labelling(database: Database) -> Labelling:
    return Labelling(database)


@pytest.fixture
def queue_of(labelling: Labelling, plant: Plant) -> Callable[..., str]:
    """Make a queue over so many new runs."""

    def make(runs: int = 6, *, models: tuple[str, ...] = MODELS, **wanted: Any) -> str:
        planted = tuple(plant(f"Prompt {number}", models=models) for number in range(runs))
        given = {"people": ("Ben",), "overlap": Overlap.ONE, "stop": StopRule.ALL} | wanted
        return labelling.create(NewQueue(name="Replies", question="Which one?", runs=planted, **given), by="Anna")

    return make


def _pick(labelling: Labelling, view: ItemView | None, winner: str, *, person: str = "Ben") -> str:
    assert view is not None
    number = view.names.index(winner) + 1
    labelling.give(view.id, person=person, kind=VerdictKind.WINNER, number=number)
    return view.id


def test_a_queue_is_labelled_to_its_end(labelling: Labelling, queue_of: Callable[..., str]) -> None:
    queue = queue_of(6)
    assert labelling.waiting(person="Ben") == 6
    seen = []
    while (view := labelling.next(queue, person="Ben")) is not None:
        seen.append(_pick(labelling, view, "Sage"))
    assert len(set(seen)) == 6
    ending = labelling.ending(queue, person="Ben")
    assert (ending.done, ending.total, ending.stopped) == (6, 6, False)
    assert ending.sentences == ("Sage against Swift: too early to say, 6 to 0. 5 more picks would make a start.",)
    assert labelling.waiting(person="Ben") == 0


def test_an_item_hides_names_also_where_an_answer_names_itself(labelling: Labelling, plant: Plant) -> None:
    run = plant("Who are you?", models=MODELS, texts=("I am Claude, made by Anthropic.", "Call me Swift."))
    view = labelling.item(labelling.ask(run, person="Anna"), person="Ben")
    shown = " ".join(answer.text for answer in view.answers)
    assert not any(name in shown for name in ("Claude", "Anthropic", "Swift"))
    assert "Sage" not in repr(view)


def test_people_see_an_item_in_orders_of_their_own(labelling: Labelling, plant: Plant) -> None:
    items = [labelling.ask(plant(f"Prompt {n}", models=MODELS), person="Anna") for n in range(12)]
    orders = [
        tuple(labelling.item(item, person=person).names == ("Sage", "Swift") for item in items)
        for person in ("Ben", "Cara")
    ]
    assert orders[0] != orders[1]
    assert orders[0] == tuple(labelling.item(item, person="Ben").names == ("Sage", "Swift") for item in items)


def test_a_pick_that_is_taken_back_comes_again_and_is_no_longer_blind(
    labelling: Labelling, queue_of: Callable[..., str]
) -> None:
    queue = queue_of(3)
    view = labelling.next(queue, person="Ben")
    assert view is not None
    assert labelling.give(view.id, person="Ben", kind=VerdictKind.TIE).blind
    assert labelling.undo(queue, person="Ben") == view.id
    assert labelling.queue(queue, person="Ben").mine_done == 0
    assert not labelling.give(view.id, person="Ben", kind=VerdictKind.NONE).blind
    assert labelling.queue(queue, person="Ben").mine_done == 1


def test_a_pick_stays_blind_where_names_are_never_shown(labelling: Labelling, queue_of: Callable[..., str]) -> None:
    queue = queue_of(2, names_shown=NamesShown.NEVER)
    view = labelling.next(queue, person="Ben")
    assert view is not None
    labelling.give(view.id, person="Ben", kind=VerdictKind.TIE)
    labelling.undo(queue, person="Ben")
    assert labelling.give(view.id, person="Ben", kind=VerdictKind.TIE).blind
    assert labelling.ending(queue, person="Ben").sentences == ()
    assert labelling.ending(queue, person="Anna").sentences != ()


def test_nothing_is_taken_back_where_nothing_was_said(labelling: Labelling, queue_of: Callable[..., str]) -> None:
    assert labelling.undo(queue_of(1), person="Ben") is None


def test_whoever_has_seen_the_names_gets_a_run_last_and_counts_as_open(
    database: Database, labelling: Labelling, queue_of: Callable[..., str]
) -> None:
    queue = queue_of(5)
    first = labelling.next(queue, person="Ben")
    assert first is not None
    Seen(database).mark(first.run, person="Ben")
    order = []
    while (view := labelling.next(queue, person="Ben")) is not None:
        order.append(view.run)
        last = labelling.give(view.id, person="Ben", kind=VerdictKind.TIE)
    assert order[-1] == first.run
    assert len(order) == 5
    assert not last.blind


def test_what_is_put_off_comes_at_the_end(labelling: Labelling, queue_of: Callable[..., str]) -> None:
    queue = queue_of(4)
    first = labelling.next(queue, person="Ben")
    assert first is not None
    labelling.skip(first.id, person="Ben")
    order = []
    while (view := labelling.next(queue, person="Ben")) is not None:
        order.append(_pick(labelling, view, "Swift"))
    assert len(order) == 4
    assert order[-1] == first.id


def test_a_queue_stops_once_the_winner_is_clear(labelling: Labelling, queue_of: Callable[..., str]) -> None:
    queue = queue_of(40, stop=StopRule.CLEAR_WINNER)
    given = 0
    while (view := labelling.next(queue, person="Ben")) is not None:
        _pick(labelling, view, "Sage")
        given += 1
    ending = labelling.ending(queue, person="Ben")
    assert 10 <= given < 20
    assert ending.stopped
    assert ending.sentences[0].endswith("You can stop comparing these two.")


def test_the_twentieth_item_is_an_earlier_one_with_its_sides_swapped(
    database: Database, labelling: Labelling, queue_of: Callable[..., str]
) -> None:
    queue = queue_of(22)
    names: dict[str, list[tuple[str, ...]]] = {}
    while (view := labelling.next(queue, person="Ben")) is not None:
        names.setdefault(view.run, []).append(view.names)
        labelling.give(view.id, person="Ben", kind=VerdictKind.TIE)
    again = [own for own in names.values() if len(own) > 1]
    assert again == [[again[0][0], again[0][0][::-1]]]
    # A returned item measures steadiness; it is no further evidence.
    assert Leaderboard(database).of(HistoryFilter()).strengths.picks == 22


def test_each_person_of_a_queue_gets_a_part_and_a_fifth_is_shared(
    labelling: Labelling, queue_of: Callable[..., str]
) -> None:
    queue = queue_of(20, people=("Ben", "Cara"), overlap=Overlap.SHARE, share=0.2)
    ben, cara = (labelling.queue(queue, person=person) for person in ("Ben", "Cara"))
    assert ben.all == 24
    assert {ben.mine, cara.mine} == {12}


def test_a_queue_for_anybody_is_dealt_to_whoever_comes(labelling: Labelling, queue_of: Callable[..., str]) -> None:
    queue = queue_of(5, people=(), overlap=Overlap.EVERYONE)
    assert labelling.waiting(person="Dora") == 5
    assert labelling.next(queue, person="Dora") is None
    labelling.join(queue, person="Dora")
    assert labelling.next(queue, person="Dora") is not None
    assert labelling.waiting(person="Dora") == 5
    one = queue_of(5, people=(), overlap=Overlap.ONE)
    labelling.join(one, person="Dora")
    labelling.join(one, person="Emil")
    assert labelling.next(one, person="Emil") is None


def test_a_disagreement_is_settled_and_both_words_are_kept(
    database: Database, labelling: Labelling, queue_of: Callable[..., str]
) -> None:
    queue = queue_of(1, people=("Ben", "Cara"), overlap=Overlap.EVERYONE)
    view = labelling.next(queue, person="Ben")
    _pick(labelling, view, "Sage", person="Ben")
    _pick(labelling, labelling.next(queue, person="Cara"), "Swift", person="Cara")
    (dispute,) = labelling.disputes(queue, person="Anna")
    said = {each.person: dispute.item.names[(each.number or 0) - 1] for each in dispute.said}
    assert said == {"Ben": "Sage", "Cara": "Swift"}
    number = dispute.item.names.index("Sage") + 1
    labelling.settle(dispute.item.id, person="Anna", kind=VerdictKind.WINNER, number=number)
    assert labelling.disputes(queue, person="Anna") == ()
    counted = Judged(database).verdicts(HistoryFilter())
    assert [each.verdict.person for each in counted] == ["Anna"]
    assert len(Judged(database).verdicts(HistoryFilter(), originals=True)) == 2
    labelling.unsettle(dispute.item.id)
    assert len(labelling.disputes(queue, person="Anna")) == 1


def test_qualities_follow_picks_and_their_taking_back(
    database: Database, labelling: Labelling, queue_of: Callable[..., str]
) -> None:
    queue = queue_of(1)
    view = labelling.next(queue, person="Ben")
    assert view is not None
    _pick(labelling, view, "Sage")
    with database.read() as connection:
        run_id = connection.execute(sa.select(table(tables.Run).c.id)).scalar_one()
    qualities = sorted(row.quality or 0.0 for row in Scores(database).qualities(run_id).values())
    assert qualities == [0.0, 1.0]
    labelling.undo(queue, person="Ben")
    assert all(row.weight == 0 for row in Scores(database).qualities(run_id).values())


def test_one_answer_asks_whether_it_is_good_enough(labelling: Labelling, plant: Plant) -> None:
    run = plant(models=("simulated/sage",))
    view = labelling.item(labelling.ask(run, person="Anna"), person="Ben")
    assert view.single
    given = labelling.give(view.id, person="Ben", kind=VerdictKind.GOOD)
    assert (given.kind, given.number, given.names) == (VerdictKind.GOOD, 1, ("Sage",))
    with pytest.raises(InputError):
        labelling.give(view.id, person="Ben", kind=VerdictKind.TIE)


def test_asking_twice_asks_about_the_same_item(labelling: Labelling, plant: Plant) -> None:
    run = plant(models=MODELS)
    assert labelling.ask(run, person="Anna") == labelling.ask(run, person="Ben")
    with pytest.raises(NotFound):
        labelling.ask("nowhere", person="Anna")


def test_a_run_of_many_answers_gives_several_items_and_equal_answers_one(labelling: Labelling, plant: Plant) -> None:
    run = plant(models=MODELS * 3, texts=("a", "b", "a", "c", "a", "d"))
    wanted = NewQueue(name="q", question="?", runs=(run,), people=("Ben",))
    assert labelling.plan(wanted).items == 3


def test_runs_of_somebody_s_own_are_in_nobody_else_s_queue(labelling: Labelling, plant: Plant) -> None:
    own = plant(visibility=Visibility.ME, models=MODELS, person="Anna")
    with pytest.raises(InputError):
        labelling.plan(NewQueue(name="q", question="?", runs=(own,), people=("Anna", "Ben")))
    assert labelling.plan(NewQueue(name="q", question="?", runs=(own,), people=("Anna",))).items == 1


def test_a_queue_without_answers_is_not_made(labelling: Labelling, plant: Plant) -> None:
    failed = plant(models=MODELS, failed=True)
    with pytest.raises(InputError, match="nothing to label"):
        labelling.create(NewQueue(name="q", question="?", runs=(failed,)), by="Anna")
    assert labelling.queues(person="Anna") == ()


def test_never_judged_runs_make_a_queue_at_once(labelling: Labelling, plant: Plant) -> None:
    for number in range(14):
        plant(f"Prompt {number}", models=MODELS)
    assert labelling.never_judged(viewer="Ben") == 14
    queue = labelling.label_some(person="Ben")
    assert labelling.queue(queue, person="Ben").mine == 10
    _pick(labelling, labelling.next(queue, person="Ben"), "Sage")
    assert labelling.never_judged(viewer="Ben") == 13


def test_the_line_under_the_form_says_what_a_queue_means(labelling: Labelling, plant: Plant) -> None:
    runs = tuple(plant(f"Prompt {number}", models=MODELS) for number in range(60))
    found = labelling.plan(
        NewQueue(name="q", question="?", runs=runs, people=("Anna", "Ben"), overlap=Overlap.SHARE, share=0.2)
    )
    assert (found.items, found.people, found.each, found.minutes) == (60, 2, 36, 24)
    assert found.win_rate is not None
    assert 0.6 < found.win_rate < 0.8


def test_a_page_gets_a_large_board_as_it_was_last_counted(
    database: Database, labelling: Labelling, queue_of: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.labels import board  # noqa: PLC0415

    queue = queue_of(4)
    while (view := labelling.next(queue, person="Ben")) is not None:
        labelling.give(view.id, person="Ben", kind=VerdictKind.TIE)
    leaderboard = board.Leaderboard(database)
    assert leaderboard.at_once(HistoryFilter()) == leaderboard.of(HistoryFilter())
    monkeypatch.setattr(board, "LARGE", 3)
    first = leaderboard.at_once(HistoryFilter())
    assert (first.counting, first.strengths.picks, first.answers) == (4, 0, ())
    until = monotonic() + 30
    while (found := leaderboard.at_once(HistoryFilter())).counting:
        assert monotonic() < until
        sleep(0.01)
    assert found == leaderboard.of(HistoryFilter())
    assert leaderboard.at_once(HistoryFilter(), blind_only=True).counting == 4


def test_another_process_counts_the_same(
    database: Database, labelling: Labelling, queue_of: Callable[..., str]
) -> None:
    queue = queue_of(12)
    while (view := labelling.next(queue, person="Ben")) is not None:
        _pick(labelling, view, "Sage")
    wanted = HistoryFilter(models=("simulated/sage",))
    apart = count_apart(database, wanted, by=("Ben",), blind_only=False)
    assert apart == Leaderboard(database).of(wanted, by=("Ben",))
    assert apart.strengths.picks == 12


def test_a_process_that_cannot_count_says_so_in_plain_words(tmp_path: Path) -> None:
    nowhere = Database(f"sqlite:///{tmp_path}/never/made.db")
    with pytest.raises(StoreError, match="The picks could not be counted"):
        count_apart(nowhere, HistoryFilter(), by=(), blind_only=False)


def test_an_item_that_came_back_swapped_tells_how_steady_a_person_is(
    labelling: Labelling, queue_of: Callable[..., str]
) -> None:
    queue = queue_of(20)
    first: dict[str, int | None] = {}
    for _ in range(21):
        view = labelling.next(queue, person="Ben")
        if view is None:
            break
        wanted = first.get(view.run) or view.answers[0].shot_id
        first.setdefault(view.run, wanted)
        labelling.give(view.id, person="Ben", kind=VerdictKind.WINNER, number=view.number_of(wanted))
    ending = labelling.ending(queue, person="Ben")
    assert ending.repeated is not None
    assert (ending.repeated.same_answer.number, ending.repeated.same_answer.value) == (1, 1.0)
    assert ending.repeated.same_place.value == 0.0
    assert labelling.ending(queue, person="Zoe").repeated is None
