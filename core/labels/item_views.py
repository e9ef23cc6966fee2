"""An item as one person sees it: the answers in that person's order, with every name hidden."""

from collections.abc import Mapping

import sqlalchemy as sa

from core.domain.run import ShotState
from core.labels.items import Candidate, Item, shown_order
from core.labels.masking import mask
from core.labels.views import ItemView, ShownAnswer
from core.store import tables
from core.store.database import Database, table
from core.store.items import ItemRecord
from core.store.seen import Seen

RUN, SHOT, ITEM = table(tables.Run), table(tables.Shot), table(tables.Item)


def view_of(database: Database, item: ItemRecord, *, seed: int, person: str) -> ItemView:
    """Give an item as `person` sees it."""
    with database.read() as connection:
        prompt = connection.execute(sa.select(RUN.c.prompt).where(RUN.c.id == item.run_id)).scalar_one()
        asked = sa.select(SHOT.c.id, SHOT.c.model, SHOT.c.label, SHOT.c.text, SHOT.c.state).where(
            SHOT.c.id.in_(item.shots)
        )
        shots = {row.id: row for row in connection.execute(asked)}
        key = item.key
        if item.repeat_of is not None:
            key = connection.execute(sa.select(ITEM.c.key).where(ITEM.c.id == item.repeat_of)).scalar_one()
    models = {shot: row.model for shot, row in shots.items()}
    order = shown_order(as_item(item, models, key=key), seed=seed, person=person, again=item.swapped)
    names = [name for row in shots.values() for name in (row.model, row.label)]
    return ItemView(
        id=item.public_id,
        run=item.run,
        prompt=prompt,
        answers=tuple(
            ShownAnswer(
                number=number,
                shot_id=one.shot,
                text=mask(shots[one.shot].text, names=names, prompt=prompt).text,
                cut=shots[one.shot].state == ShotState.TRUNCATED,
            )
            for number, one in enumerate(order, start=1)
        ),
        named=bool(person) and Seen(database).has(item.run, person=person),
        names=tuple(shots[one.shot].label for one in order),
    )


def as_item(item: ItemRecord, models: Mapping[int, str], *, key: str = "") -> Item:
    """Give a stored item as statistics see it; answers of shots that are gone are left out."""
    return Item(
        key=key or item.key,
        run=item.run,
        answers=tuple(Candidate(shot=shot, model=models[shot]) for shot in item.shots if shot in models),
    )
