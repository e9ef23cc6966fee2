from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from core.domain.labelling import NamesShown, Overlap, StopRule
from core.domain.verdict import VerdictKind
from core.errors import InputError, NotFound, StoreError
from core.store import tables
from core.store.database import Database, table
from core.store.item_verdicts import ItemVerdicts
from core.store.items import ItemRecord, Items, NewItem
from core.store.many_runs import ManyRuns
from core.store.queues import Progress, QueueRecord, Queues
from core.store.seen import Seen

Plant = Callable[..., Any]


def queue_of(database: Database, plant: Plant, runs: int = 3) -> tuple[QueueRecord, list[ItemRecord], list[Any]]:
    queue = Queues(database).create("Complaints", question="Which reply would you send?", by="Cara")
    planted = [plant() for _ in range(runs)]
    items = Items(database).add(
        queue.id, [NewItem(run_id=run.id, key=f"{run.public_id}:0", shots=tuple(run.shots.values())) for run in planted]
    )
    return queue, list(items), planted


def test_a_queue_is_kept_as_it_was_made(database: Database) -> None:
    made = Queues(database).create(
        "  Complaint   replies ",
        question="Which reply would you send?",
        guide="Kind, and says what happens next.",
        view={"tags": ["complaint"]},
        people=("Anna", "Ben", "Anna"),
        overlap=Overlap.TWO,
        names_shown=NamesShown.NEVER,
        stop=StopRule.ALL,
        seed=2**61,
        by="Cara",
    )
    assert Queues(database).get(made.public_id) == made
    assert (made.name, made.people, made.seed, made.created_by) == (
        "Complaint replies",
        ("Anna", "Ben"),
        2**61,
        "Cara",
    )
    assert (made.overlap, made.names_shown, made.stop) == (Overlap.TWO, NamesShown.NEVER, StopRule.ALL)
    assert made.view == {"tags": ["complaint"]}


@pytest.mark.parametrize("wrong", [{"name": " "}, {"question": "\n"}, {"share": 1.5}])
def test_a_queue_needs_a_name_and_a_question(database: Database, wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Queues(database).create(**{"name": "A", "question": "B?"} | wrong)
    assert Queues(database).all() == ()


def test_a_closed_queue_leaves_the_list_and_can_come_back(database: Database) -> None:
    queues = Queues(database)
    first, second = queues.create("A", question="?"), queues.create("B", question="?")
    queues.close(first.public_id)
    assert [queue.name for queue in queues.all()] == ["B"]
    assert [queue.name for queue in queues.all(closed=True)] == ["A"]
    queues.close(first.public_id, reopen=True)
    assert [queue.name for queue in queues.all()] == ["B", "A"]
    assert queues.reword(second.public_id, name="C", question="Which?", guide="g").name == "C"
    for change in (lambda: queues.get("nothing"), lambda: queues.close("nothing")):
        with pytest.raises(NotFound):
            change()


def test_answers_that_can_be_labelled_are_those_that_are_there(database: Database, plant: Plant) -> None:
    run = plant(texts=("One", "", "Three"), models=("simulated/sage", "simulated/swift", "simulated/pine"))
    plant()
    found = Items(database).answers([run.public_id, "nothing"])
    assert [(each.shot_id, each.model, each.text) for each in found] == [
        (run.shots[1], "simulated/sage", "One"),
        (run.shots[3], "simulated/pine", "Three"),
    ]


def test_the_next_item_follows_the_order_dealt(database: Database, plant: Plant) -> None:
    queue, (one, two, three), _ = queue_of(database, plant)
    items, verdicts = Items(database), ItemVerdicts(database)
    items.deal({"Anna": [two.id, one.id], "Ben": [three.id]})
    assert items.next(queue.id, person="Anna", most=9) == (two, one)
    assert items.next(queue.id, person="Ben") == (three,)
    assert items.next(queue.id, person="Cara") == ()
    verdicts.give(two, person="Anna", kind=VerdictKind.TIE, shown=two.shots)
    assert items.next(queue.id, person="Anna", most=9) == (one,)
    items.deal({"Anna": [three.id, one.id, two.id]})
    assert items.next(queue.id, person="Anna", most=9) == (three, one)
    verdicts.undo(two, person="Anna")
    assert items.next(queue.id, person="Anna", most=9) == (three, one, two)


def test_what_is_put_off_comes_after_the_others_and_seen_names_come_last(database: Database, plant: Plant) -> None:
    queue, (one, two, three), runs = queue_of(database, plant)
    items = Items(database)
    items.deal({"Anna": [one.id, two.id, three.id]})
    Seen(database).mark(runs[0].public_id, person="Anna")
    assert items.next(queue.id, person="Anna", most=9) == (two, three, one)
    items.skip(two.id, person="Anna")
    assert items.next(queue.id, person="Anna", most=9) == (three, two, one)


def test_progress_counts_turns_and_what_is_to_be_settled(database: Database, plant: Plant) -> None:
    queue, (one, two, three), _ = queue_of(database, plant)
    items, verdicts, queues = Items(database), ItemVerdicts(database), Queues(database)
    items.deal({"Anna": [one.id, two.id], "Ben": [one.id, two.id, three.id]})
    assert queues.waiting("Anna") == 2
    verdicts.give(one, person="Anna", kind=VerdictKind.WINNER, shot_id=one.shots[0], shown=one.shots)
    verdicts.give(one, person="Ben", kind=VerdictKind.WINNER, shot_id=one.shots[1], shown=one.shots)
    verdicts.give(two, person="Anna", kind=VerdictKind.TIE, shown=two.shots)
    verdicts.give(two, person="Ben", kind=VerdictKind.TIE, shown=two.shots)
    assert queues.progress(queue.id, person="Anna") == Progress(mine=2, mine_done=2, all=5, all_done=4, to_settle=1)
    assert queues.progress(queue.id, person="Cara") == Progress(mine=0, mine_done=0, all=5, all_done=4, to_settle=1)
    assert (queues.waiting("Anna"), queues.waiting("Ben"), queues.waiting("Cara")) == (0, 1, 0)
    queues.close(queue.public_id)
    assert queues.waiting("Ben") == 0


def test_an_item_returns_with_its_sides_swapped_as_an_item_of_its_own(database: Database, plant: Plant) -> None:
    queue, (one, *_), _ = queue_of(database, plant)
    items, verdicts = Items(database), ItemVerdicts(database)
    (again,) = items.add(
        queue.id,
        [NewItem(run_id=one.run_id, key=f"{one.key}+", shots=one.shots[::-1], repeat_of=one.id, swapped=True)],
    )
    items.deal({"Anna": [one.id, again.id]})
    for item, shot in ((one, one.shots[0]), (again, one.shots[1])):
        verdicts.give(item, person="Anna", kind=VerdictKind.WINNER, shot_id=shot, shown=item.shots)
    assert items.judged(queue.id, person="Anna") == (one, again)
    assert again.repeat_of == one.id
    assert again.swapped


def test_an_item_without_a_queue_is_a_question_to_a_colleague(database: Database, plant: Plant) -> None:
    run = plant()
    (item,) = Items(database).add(None, [NewItem(run_id=run.id, key="ask", shots=tuple(run.shots.values()))])
    assert Items(database).get(item.public_id) == item
    assert item.queue_id is None
    ManyRuns(database).delete([run.public_id], by="Anna")
    with pytest.raises(NotFound):
        Items(database).get(item.public_id)


def test_an_item_needs_answers_and_a_key_of_its_own(database: Database, plant: Plant) -> None:
    queue, (one, *_), _ = queue_of(database, plant)
    for wrong, error in (((), InputError), (one.shots, StoreError)):
        with pytest.raises(error):
            Items(database).add(queue.id, [NewItem(run_id=one.run_id, key=one.key, shots=wrong)])
    assert len(Items(database).of_queue(queue.id)) == 3


def test_a_run_that_goes_takes_its_items_and_turns_along(database: Database, plant: Plant) -> None:
    queue, (one, *_), _ = queue_of(database, plant)
    Items(database).deal({"Anna": [one.id]})
    ItemVerdicts(database).give(one, person="Anna", kind=VerdictKind.TIE, shown=one.shots)
    with database.write() as connection:
        connection.execute(sa.delete(table(tables.Run)).where(table(tables.Run).c.id == one.run_id))
    assert len(Items(database).of_queue(queue.id)) == 2
    assert Items(database).judged(queue.id, person="Anna") == ()
