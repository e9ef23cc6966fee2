"""Which item a person is given next: what teaches most first, what they put off or know the names of last."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import combinations

import sqlalchemy as sa

from core.domain.labelling import StopRule
from core.labels.assignment import Pair, by_need
from core.labels.counted import models_of, queue_picks
from core.labels.enough import NEVER_MET, need
from core.labels.item_views import as_item
from core.labels.items import due_again
from core.labels.picks import PairRecord, pair_records
from core.store import tables
from core.store.among import among
from core.store.database import Database, table
from core.store.items import ItemRecord, Items, NewItem
from core.store.queues import QueueRecord
from core.store.seen import Seen

TURN, PERSON = table(tables.Turn), table(tables.Person)
MOST_PENDING = 500


class Serving:
    """The order in which the people of one workspace get their items."""

    def __init__(self, database: Database) -> None:
        """Read and write this database."""
        self._database = database
        self._items = Items(database)
        self._seen = Seen(database)

    def following(self, queue: QueueRecord, person: str) -> tuple[ItemRecord | None, bool]:
        """Give the item that comes next, and whether some are left out because the winner is clear."""
        pending = self._items.next(queue.id, person=person, most=MOST_PENDING)
        back = next((item for item in pending if item.repeat_of is not None), None)
        if back is not None:
            return back, False
        with self._database.read() as connection:
            models = models_of(connection, {shot for item in pending for shot in item.shots})
            needs = _needs(pair_records(queue_picks(connection, queue.id)))
            late = self._put_off(connection, pending, person)
        drawn_items = {item.key: as_item(item, models) for item in pending}
        open_still = [item for item in pending if not _settled(queue, drawn_items[item.key].models, needs)]
        stopped = len(open_still) < len(pending)
        seen = self._seen.among([item.run for item in open_still], person=person) if open_still else frozenset()
        fresh = {item.key: item for item in open_still if item.run not in seen and item.id not in late}
        if fresh:
            first = by_need([drawn_items[key] for key in fresh], needs, seed=queue.seed, person=person)[0]
            return fresh[first.key], stopped
        return (open_still[0] if open_still else None), stopped

    def _put_off(self, connection: sa.Connection, pending: tuple[ItemRecord, ...], person: str) -> frozenset[int]:
        rows = connection.execute(
            sa.select(TURN.c.item_id)
            .join(PERSON, PERSON.c.id == TURN.c.person_id)
            .where(
                PERSON.c.name == person,
                TURN.c.skipped_at.is_not(None),
                among(connection, TURN.c.item_id, [item.id for item in pending]),
            )
        )
        return frozenset(rows.scalars())

    def bring_back(self, item: ItemRecord, person: str, *, seed: int) -> None:
        """Let an earlier item come back with sides swapped, where it is time for one."""
        if item.queue_id is None:
            return
        served = self._items.judged(item.queue_id, person=person)
        keys = {each.id: each.key for each in served}
        key = due_again(
            [keys.get(each.repeat_of or each.id, each.key) for each in served],
            seed=seed,
            person=person,
        )
        again = next((each for each in served if each.key == key), None)
        if again is None:
            return
        new_key = f"{again.key}/again/{person}"
        if any(each.key == new_key for each in self._items.of_queue(item.queue_id)):
            return
        copy = NewItem(run_id=again.run_id, key=new_key, shots=again.shots, repeat_of=again.id, swapped=True)
        self._items.deal({person: [self._items.add(item.queue_id, [copy])[0].id]})


_need = lru_cache(maxsize=512)(need)  # the same records come again with every item


def _needs(records: Iterable[PairRecord]) -> Mapping[Pair, float]:
    return {(each.first, each.second): _need(each) for each in records}


def _settled(queue: QueueRecord, models: tuple[str, ...], needs: Mapping[Pair, float]) -> bool:
    """Tell whether nothing is left to learn from an item with these models, in a queue that stops then."""
    if queue.stop is not StopRule.CLEAR_WINNER or len(set(models)) < 2:
        return False
    return all(needs.get(pair, NEVER_MET) == 0 for pair in combinations(sorted(set(models)), 2))
