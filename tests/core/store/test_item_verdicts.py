from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from core.domain.verdict import Verdict, VerdictKind
from core.errors import InputError
from core.store import tables
from core.store.database import Database, table
from core.store.history_filter import HistoryFilter
from core.store.item_verdicts import ItemVerdicts
from core.store.items import ItemRecord, Items, NewItem
from core.store.judged import Judged
from core.store.queues import Queues
from core.store.seen import Seen
from core.store.verdicts import Verdicts

Plant = Callable[..., Any]
WINNER, TIE, NONE = VerdictKind.WINNER, VerdictKind.TIE, VerdictKind.NONE


@pytest.fixture
def item(database: Database, plant: Plant) -> ItemRecord:
    run = plant(public_id="run", prompt_sha256="abc")
    queue = Queues(database).create("A", question="?")
    return Items(database).add(queue.id, [NewItem(run_id=run.id, key="k", shots=tuple(run.shots.values()))])[0]


def rows(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table(tables.VerdictRow))).scalar_one())


def test_a_word_on_an_item_keeps_the_order_shown_and_the_time_taken(database: Database, item: ItemRecord) -> None:
    first, second = item.shots
    given = ItemVerdicts(database).give(
        item, person="Anna", kind=WINNER, shot_id=first, shown=(second, first), note=" kinder ", seconds=4.5
    )
    assert (given.item_id, given.run_id, given.compared, given.shot_id) == (
        item.id,
        item.run_id,
        (second, first),
        first,
    )
    assert (given.blind, given.note, given.seconds, given.person) == (True, "kinder", 4.5, "Anna")
    assert ItemVerdicts(database).of_item(item.id) == (given,)


def test_a_new_word_takes_the_place_of_the_last_and_nothing_is_lost(database: Database, item: ItemRecord) -> None:
    verdicts = ItemVerdicts(database)
    verdicts.give(item, person="Anna", kind=TIE, shown=item.shots)
    second = verdicts.give(item, person="Anna", kind=NONE, shown=item.shots)
    other = verdicts.give(item, person="Ben", kind=TIE, shown=item.shots)
    assert verdicts.of_item(item.id) == (second, other)
    assert rows(database) == 3


def test_a_word_on_an_item_and_an_open_word_on_its_run_stand_beside_each_other(
    database: Database, item: ItemRecord
) -> None:
    blind = ItemVerdicts(database).give(item, person="Anna", kind=TIE, shown=item.shots)
    seen = Verdicts(database).give("run", person="Anna", kind=WINNER, compared=[1, 2], shot=1)
    assert Verdicts(database).of_run("run") == (blind, seen)
    Verdicts(database).undo("run", person="Anna")
    assert Verdicts(database).of_run("run") == (blind,)


def test_whoever_has_seen_the_names_does_not_pick_blind(database: Database, item: ItemRecord) -> None:
    verdicts, seen = ItemVerdicts(database), Seen(database)
    seen.mark("run", person="Anna")
    seen.mark("no such run", person="Anna")
    seen.mark("run", person="")
    assert not verdicts.give(item, person="Anna", kind=TIE, shown=item.shots).blind
    assert verdicts.give(item, person="Ben", kind=TIE, shown=item.shots).blind
    assert not verdicts.give(item, person="Cara", kind=TIE, shown=item.shots, blind=False).blind
    assert seen.has("run", person="Cara")
    assert seen.among(["run", "other"], person="Cara") == {"run"}
    assert not seen.has("run", person="Ben")


@pytest.mark.parametrize(
    "wrong",
    [
        {"person": ""},
        {"kind": WINNER},
        {"kind": WINNER, "shot_id": 999},
        {"shown": ()},
        {"shown": (1,)},
    ],
)
def test_a_word_that_does_not_fit_changes_nothing(database: Database, item: ItemRecord, wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        ItemVerdicts(database).give(item, **{"person": "Anna", "kind": TIE, "shown": item.shots} | wrong)
    assert rows(database) == 0


def test_the_last_words_come_newest_first_to_be_undone(database: Database, item: ItemRecord, plant: Plant) -> None:
    assert item.queue_id is not None
    runs = [plant() for _ in range(3)]
    more = Items(database).add(
        item.queue_id, [NewItem(run_id=run.id, key=run.public_id, shots=tuple(run.shots.values())) for run in runs]
    )
    verdicts = ItemVerdicts(database)
    for each in (item, *more):
        verdicts.give(each, person="Anna", kind=TIE, shown=each.shots)
    verdicts.give(item, person="Ben", kind=TIE, shown=item.shots)
    assert [each.item_id for each in verdicts.last(item.queue_id, person="Anna", most=2)] == [more[2].id, more[1].id]
    verdicts.undo(more[2], person="Anna")
    verdicts.note(more[1], person="Anna", note="close")
    newest = verdicts.last(item.queue_id, person="Anna")[0]
    assert (newest.item_id, newest.note) == (more[1].id, "close")


def test_a_settlement_counts_in_place_of_what_people_said_and_can_be_taken_back(
    database: Database, item: ItemRecord
) -> None:
    assert item.queue_id is not None
    first, second = item.shots
    verdicts, judged = ItemVerdicts(database), Judged(database)
    said = [
        verdicts.give(item, person="Anna", kind=WINNER, shot_id=first, shown=item.shots),
        verdicts.give(item, person="Ben", kind=WINNER, shot_id=second, shown=item.shots),
    ]
    (open_one,) = verdicts.disagreements(item.queue_id)
    assert (open_one.item, open_one.verdicts) == (item, tuple(said))
    settled = verdicts.settle(item, person="Cara", kind=WINNER, shot_id=second, note="it says when")
    assert verdicts.disagreements(item.queue_id) == ()
    assert verdicts.settlement(item.id) == settled
    (counted,) = judged.verdicts(HistoryFilter())
    assert (counted.verdict, counted.shuffled, counted.prompt) == (settled.as_verdict(), True, "abc")
    assert counted.models == {first: "simulated/sage", second: "simulated/swift"}
    assert [each.verdict for each in judged.verdicts(HistoryFilter(), originals=True)] == said
    assert [each.verdict for each in judged.verdicts(HistoryFilter(), blind_only=True)] == said
    assert [each.verdict for each in judged.verdicts(HistoryFilter(), by=("Ben",), originals=True)] == said[1:]
    verdicts.settle(item, person="Cara", kind=TIE)
    verdicts.unsettle(item)
    assert [each.verdict for each in judged.verdicts(HistoryFilter())] == said
    assert judged.verdicts(HistoryFilter(words="nothing like it")) == ()


def test_whoever_keeps_figures_is_told_of_every_change(database: Database, item: ItemRecord) -> None:
    told: list[tuple[list[str], list[str]]] = []

    def notice(_connection: object, gone: Any, come: Any) -> None:
        told.append(([said(each) for each in gone], [said(each) for each in come]))

    def said(verdict: Verdict) -> str:
        return f"{verdict.person}:{verdict.kind}"

    items, runs = ItemVerdicts(database, notice), Verdicts(database, notice)
    items.give(item, person="Anna", kind=TIE, shown=item.shots)
    items.give(item, person="Anna", kind=NONE, shown=item.shots)
    items.give(item, person="Ben", kind=TIE, shown=item.shots)
    items.settle(item, person="Cara", kind=NONE)
    items.undo(item, person="Ben")
    items.unsettle(item)
    runs.give("run", person="Anna", kind=TIE, compared=[1, 2])
    runs.undo("run", person="Anna")
    assert told == [
        ([], ["Anna:tie"]),
        (["Anna:tie"], ["Anna:none"]),
        ([], ["Ben:tie"]),
        (["Anna:none", "Ben:tie"], ["Cara:none"]),
        (["Cara:none"], ["Anna:none"]),
        ([], ["Anna:tie"]),
        (["Anna:tie"], []),
    ]


def test_a_change_that_cannot_be_noticed_is_not_made(database: Database, item: ItemRecord) -> None:
    def refuse(*_of: object) -> None:
        raise InputError("no")

    with pytest.raises(InputError):
        ItemVerdicts(database, refuse).give(item, person="Anna", kind=TIE, shown=item.shots)
    assert rows(database) == 0
