"""Labelling as a page asks for it: queues made and shared out, the next item, a pick, and what all picks settled."""

from dataclasses import asdict
from datetime import UTC, datetime

import sqlalchemy as sa

from core.domain.labelling import NamesShown, Overlap, StopRule
from core.domain.run import RunState
from core.domain.verdict import VerdictKind
from core.errors import InputError
from core.labels.agreement import agreement, repeats
from core.labels.assignment import deal
from core.labels.counted import labels_of, queue_picks, queue_ratings, queue_repeats
from core.labels.drawing import SECONDS_A_PICK, by_run, distinct, drawn, seen_by_of, workload
from core.labels.enough import enough
from core.labels.item_views import view_of
from core.labels.items import lot
from core.labels.picks import pair_records
from core.labels.rollup import note_verdicts
from core.labels.sentences import say
from core.labels.serving import Serving
from core.labels.views import Dispute, Ending, Given, ItemView, NewQueue, QueueCard, Said, Workload
from core.store import tables
from core.store.among import among
from core.store.database import Database, table
from core.store.history import History
from core.store.history_filter import HistoryFilter, conditions
from core.store.item_verdicts import ItemVerdicts
from core.store.items import ItemRecord, Items, NewItem
from core.store.queues import QueueRecord, Queues
from core.store.seen import Seen
from core.store.visible import find_run

ITEM, TURN, VERDICT, RUN, PERSON, QUEUE = (
    table(each) for each in (tables.Item, tables.Turn, tables.VerdictRow, tables.Run, tables.Person, tables.Queue)
)
SINGLE_SEED = 0
"""The seed of questions that belong to no queue."""
QUICKEST = 10.0
"""Seconds a pick that are promised at least, however quick the last ones were."""
AGREEMENT_FROM = 5
"""Items that two people must have judged before a share of agreement is told."""
NO_RUNS_STEP = "Choose runs that have been answered and that the team may see."


class Labelling:
    """What people label in one workspace."""

    def __init__(self, database: Database) -> None:
        """Read and write this database."""
        self._database = database
        self._queues = Queues(database)
        self._items = Items(database)
        self._words = ItemVerdicts(database, note_verdicts)
        self._seen = Seen(database)
        self._history = History(database)
        self._serving = Serving(database)

    # Queues

    def plan(self, wanted: NewQueue) -> Workload:
        """Give what a queue would ask of people. Raises InputError where its runs hold nothing to label."""
        answers = self._items.answers(self._open(wanted))
        items = drawn(distinct(answers), wanted, seed=SINGLE_SEED)
        if not items:
            raise InputError("There is nothing to label in these runs.", next_step=NO_RUNS_STEP)
        return workload(items, wanted, seconds=self._usual_seconds())

    def create(self, wanted: NewQueue, *, by: str) -> str:
        """Make a queue, share its items out, and give its public id.

        Raises InputError where a text is missing or the runs hold nothing to label.
        """
        answers = self._items.answers(self._open(wanted))
        seed = lot(SINGLE_SEED, wanted.name, datetime.now(UTC).isoformat()) >> 2
        items = drawn(distinct(answers), wanted, seed=seed)
        if not items:
            raise InputError("There is nothing to label in these runs.", next_step=NO_RUNS_STEP)
        queue = self._queues.create(
            wanted.name,
            question=wanted.question,
            guide=wanted.guide,
            view={"runs": len(wanted.runs)},
            people=wanted.people,
            overlap=wanted.overlap,
            share=wanted.share,
            names_shown=wanted.names_shown,
            stop=wanted.stop,
            seed=seed,
            by=by,
        )
        run_ids = by_run(answers)
        added = self._items.add(
            queue.id,
            [
                NewItem(run_id=run_ids[item.run], key=item.key, shots=tuple(one.shot for one in item.answers))
                for item in items
            ],
        )
        if queue.people:
            ids = {record.key: record.id for record in added}
            seen_by, shared = seen_by_of(queue.overlap, queue.share, len(queue.people))
            hands = deal(items, queue.people, seed=seed, seen_by=seen_by, shared=shared)
            self._items.deal({name: [ids[key] for key in hand] for name, hand in hands.items()})
        return queue.public_id

    def queues(self, *, person: str) -> tuple[QueueCard, ...]:
        """Give the open queues, newest first, as `person` stands in them."""
        return tuple(self._card(queue, person) for queue in self._queues.all())

    def queue(self, public_id: str, *, person: str) -> QueueCard:
        """Give one queue as `person` stands in it. Raises NotFound."""
        return self._card(self._queues.get(public_id), person)

    def run_keys(self, public_id: str) -> tuple[int, ...]:
        """Give the keys of the runs that a queue asks about, each once. Raises NotFound."""
        items = self._items.of_queue(self._queues.get(public_id).id)
        return tuple(dict.fromkeys(item.run_id for item in items))

    def close(self, public_id: str, *, reopen: bool = False) -> None:
        """Take a queue off the list, or put it back; its picks count either way. Raises NotFound."""
        self._queues.close(public_id, reopen=reopen)

    def join(self, public_id: str, *, person: str) -> None:
        """Give a person their part of a queue that is for whoever comes; nothing happens in any other. NotFound."""
        queue = self._queues.get(public_id)
        if queue.people or not person or self._queues.progress(queue.id, person=person).mine:
            return
        hand = self._free(queue)
        if hand:
            mixed = sorted(hand.items(), key=lambda entry: lot(queue.seed, entry[1], person, "queue"))
            self._items.deal({person: [item for item, _ in mixed]})

    def waiting(self, *, person: str) -> int:
        """Give how many items wait for a person in all open queues, those for whoever comes too."""
        own = self._queues.waiting(person) if person else 0
        anybodys = [queue for queue in self._queues.all() if not queue.people]
        with self._database.read() as connection:
            asked = (
                sa.select(ITEM.c.queue_id)
                .distinct()
                .select_from(TURN.join(ITEM, ITEM.c.id == TURN.c.item_id).join(PERSON, PERSON.c.id == TURN.c.person_id))
                .where(PERSON.c.name == person, ITEM.c.queue_id.in_([queue.id for queue in anybodys]))
            )
            joined = frozenset(connection.execute(asked).scalars()) if person and anybodys else frozenset()
        return own + sum(len(self._free(queue)) for queue in anybodys if queue.id not in joined)

    def never_judged(self, *, viewer: str) -> int:
        """Give how many runs that can be labelled nobody has judged yet."""
        return self._history.page(_never_judged(viewer), limit=1).total_runs

    def label_some(self, *, person: str, number: int = 10) -> str:
        """Make a queue of one's own from the newest runs nobody has judged, and give its public id. InputError."""
        runs = self._history.ids(_never_judged(person), most=number * 4)
        today = datetime.now(UTC)
        wanted = NewQueue(
            name=f"{number} never judged, {today.day} {today:%b}",
            question="Which answer would you use?",
            runs=runs,
            people=(person,),
            overlap=Overlap.ONE,
            stop=StopRule.ALL,
            most=number,
            per_run=1,
        )
        return self.create(wanted, by=person)

    def ask(self, run: str, *, person: str) -> str:
        """Give the item of one's own that asks about a run, for a colleague to answer; made when it is not there.

        Raises NotFound where `person` sees no such run, InputError where it holds nothing to label.
        """
        with self._database.read() as connection:
            run_id = find_run(connection, run, viewer=person).id
            there = connection.execute(
                sa.select(ITEM.c.public_id)
                .where(ITEM.c.run_id == run_id, ITEM.c.queue_id.is_(None))
                .order_by(ITEM.c.id)
            ).scalar()
        if there:
            return str(there)
        candidates = distinct(self._items.answers([run]))
        items = drawn(candidates, NewQueue(name="", question="", runs=(run,), per_run=1), seed=SINGLE_SEED)
        if not items:
            raise InputError("There is no answer to judge in this run yet.", next_step="Wait until one is done.")
        shots = tuple(one.shot for one in items[0].answers)
        return self._items.add(None, [NewItem(run_id=run_id, key=items[0].key, shots=shots)])[0].public_id

    # Items

    def next(self, public_id: str, *, person: str) -> ItemView | None:
        """Give what a person labels next in a queue, what teaches most first; None at the end. Raises NotFound."""
        queue = self._queues.get(public_id)
        item, _ = self._serving.following(queue, person)
        return None if item is None else view_of(self._database, item, seed=queue.seed, person=person)

    def item(self, public_id: str, *, person: str) -> ItemView:
        """Give an item by its id. Raises NotFound."""
        item = self._items.get(public_id)
        return view_of(self._database, item, seed=self._seed_of(item), person=person)

    def give(
        self,
        public_id: str,
        *,
        person: str,
        kind: VerdictKind,
        number: int | None = None,
        note: str = "",
        seconds: float | None = None,
    ) -> Given:
        """Record a pick on an item; `number` is the answer's on this person's page.

        An item that was taken back after its names were shown is no longer blind. Raises NotFound, InputError.
        """
        item = self._items.get(public_id)
        view = view_of(self._database, item, seed=self._seed_of(item), person=person)
        shot = next((answer.shot_id for answer in view.answers if answer.number == number), None)
        given = self._words.give(
            item,
            person=person,
            kind=kind,
            shown=[answer.shot_id for answer in view.answers],
            shot_id=shot,
            blind=not self._names_known(item, person),
            note=note,
            seconds=seconds,
        )
        if item.queue_id is not None:
            self._serving.bring_back(item, person, seed=self._seed_of(item))
        return Given(
            item=item.public_id,
            kind=kind,
            number=view.number_of(given.shot_id),
            names=view.names,
            blind=given.blind,
        )

    def undo(self, public_id: str, *, person: str) -> str | None:
        """Take back a person's last pick in a queue and give its item; None where there is none. Raises NotFound."""
        queue = self._queues.get(public_id)
        last = self._words.last(queue.id, person=person, most=1)
        if not last:
            return None
        item = next(item for item in self._items.of_queue(queue.id) if item.id == last[0].item_id)
        self._words.undo(item, person=person)
        return item.public_id

    def note(self, public_id: str, *, person: str, note: str) -> None:
        """Put a note on a person's pick of an item. Raises NotFound."""
        self._words.note(self._items.get(public_id), person=person, note=note)

    def skip(self, public_id: str, *, person: str) -> None:
        """Put an item off until the person's others are done. Raises NotFound."""
        self._items.skip(self._items.get(public_id).id, person=person)

    # What came of it

    def ending(self, public_id: str, *, person: str) -> Ending:
        """Give what the picks of a queue settled, pair by pair. Raises NotFound."""
        queue = self._queues.get(public_id)
        progress = self._queues.progress(queue.id, person=person)
        with self._database.read() as connection:
            records = pair_records(queue_picks(connection, queue.id))
            agreed = agreement(queue_ratings(connection, queue.id))
            again = repeats(queue_repeats(connection, queue.id, person))
            labels = labels_of(connection, {model for each in records for model in (each.first, each.second)})
        known = queue.names_shown is not NamesShown.NEVER or person == queue.created_by
        answers = sorted((enough(each) for each in records), key=lambda each: -each.record.picks)
        _, stopped = self._serving.following(queue, person)
        return Ending(
            done=progress.mine_done,
            total=progress.mine,
            sentences=tuple(say(each, label=lambda name: labels.get(name, name)) for each in answers) if known else (),
            to_settle=progress.to_settle,
            stopped=stopped,
            agreement=agreed,
            repeated=again,
        )

    def disputes(self, public_id: str, *, person: str) -> tuple[Dispute, ...]:
        """Give the items of a queue on which people disagree and which nobody has settled. Raises NotFound."""
        queue = self._queues.get(public_id)
        found = []
        for each in self._words.disagreements(queue.id):
            view = view_of(self._database, each.item, seed=queue.seed, person=person)
            said = tuple(
                Said(
                    person=verdict.person,
                    kind=verdict.kind,
                    number=view.number_of(verdict.shot_id),
                    note=verdict.note,
                )
                for verdict in each.verdicts
            )
            found.append(Dispute(item=view, said=said))
        return tuple(found)

    def settle(
        self, public_id: str, *, person: str, kind: VerdictKind, number: int | None = None, note: str = ""
    ) -> Given:
        """Make a lead's pick the team's on an item; what people said is kept. Raises NotFound, InputError."""
        item = self._items.get(public_id)
        view = view_of(self._database, item, seed=self._seed_of(item), person=person)
        shot = next((answer.shot_id for answer in view.answers if answer.number == number), None)
        self._words.settle(item, person=person, kind=kind, shot_id=shot, note=note)
        return Given(item=public_id, kind=kind, number=number, names=view.names, blind=False)

    def unsettle(self, public_id: str) -> None:
        """Take a lead's word on an item back: people's own count again. Raises NotFound."""
        self._words.unsettle(self._items.get(public_id))

    # Parts

    def _card(self, queue: QueueRecord, person: str) -> QueueCard:
        progress = asdict(self._queues.progress(queue.id, person=person))
        with self._database.read() as connection:
            agreed = agreement(queue_ratings(connection, queue.id))
        if not queue.people and not progress["mine"]:
            progress["mine"] = len(self._free(queue))
        enough_judged = agreed.raw is not None and agreed.items >= AGREEMENT_FROM
        return QueueCard(queue=queue, agreement=agreed.raw if enough_judged else None, **progress)

    def _free(self, queue: QueueRecord) -> dict[int, str]:
        """Give the items (id and key) of a queue for whoever comes that one more person may judge."""
        with self._database.read() as connection:
            asked = (
                sa.select(ITEM.c.id, ITEM.c.key, sa.func.count(TURN.c.person_id).label("taken"))
                .join(RUN, RUN.c.id == ITEM.c.run_id)
                .outerjoin(TURN, TURN.c.item_id == ITEM.c.id)
                .where(ITEM.c.queue_id == queue.id, ITEM.c.repeat_of.is_(None), RUN.c.deleted_at.is_(None))
                .group_by(ITEM.c.id, ITEM.c.key)
            )
            rows = connection.execute(asked).all()
        return {row.id: row.key for row in rows if row.taken < _wanted(queue, row.key)}

    def _names_known(self, item: ItemRecord, person: str) -> bool:
        """Tell whether the person was told the names of this item before, after a pick that they took back."""
        with self._database.read() as connection:
            given = connection.execute(
                sa.select(VERDICT.c.id)
                .join(PERSON, PERSON.c.id == VERDICT.c.person_id)
                .where(VERDICT.c.item_id == item.id, PERSON.c.name == person)
            ).first()
            if given is None:
                return False
            shown = connection.execute(sa.select(QUEUE.c.names_shown).where(QUEUE.c.id == item.queue_id)).scalar()
        return shown in (None, NamesShown.AFTER_EACH)

    def _seed_of(self, item: ItemRecord) -> int:
        if item.queue_id is None:
            return SINGLE_SEED
        with self._database.read() as connection:
            asked = sa.select(QUEUE.c.seed).where(QUEUE.c.id == item.queue_id)
            return int(connection.execute(asked).scalar_one())

    def _open(self, wanted: NewQueue) -> list[str]:
        """Give those of the wanted runs that everybody of the queue may see."""
        viewer = wanted.people[0] if len(set(wanted.people)) == 1 else ""
        with self._database.read() as connection:
            asked = sa.select(RUN.c.public_id).where(
                *conditions(connection, HistoryFilter(viewer=viewer)), among(connection, RUN.c.public_id, wanted.runs)
            )
            allowed = frozenset(connection.execute(asked).scalars())
        return [run for run in dict.fromkeys(wanted.runs) if run in allowed]

    def _usual_seconds(self) -> float:
        """Give how long a pick usually took here, in seconds."""
        with self._database.read() as connection:
            newest = (
                sa.select(VERDICT.c.seconds)
                .where(VERDICT.c.seconds.is_not(None), VERDICT.c.undone_at.is_(None))
                .order_by(VERDICT.c.id.desc())
                .limit(101)
            )
            taken = sorted(connection.execute(newest).scalars())
        return max(QUICKEST, taken[len(taken) // 2]) if len(taken) >= 10 else SECONDS_A_PICK


def _wanted(queue: QueueRecord, key: str) -> float:
    """Give how many people shall judge an item of a queue that is for whoever comes."""
    if queue.overlap is Overlap.EVERYONE:
        return float("inf")
    if queue.overlap is Overlap.SHARE:
        return 1 + (lot(queue.seed, key, "deal") < queue.share * 2**64)
    return 2 if queue.overlap is Overlap.TWO else 1


def _never_judged(viewer: str) -> HistoryFilter:
    return HistoryFilter(judged=False, states=(RunState.DONE,), viewer=viewer)
