"""Asked before each request that would leave: may this prompt go outside? What cannot be known stays inside."""

from collections.abc import Callable

import sqlalchemy as sa

from core.domain.route import RouteRequest
from core.domain.run import Strategy
from core.errors import StaysInside, StoreError
from core.router import policy
from core.router.pinned import pin_of
from core.router.policy import Ground, Pin
from core.router.rules import Rules
from core.store import tables
from core.store.database import Database, table
from core.store.shot_records import QueuedShot

RUN, PROJECT, TAG, RUN_TAG = (table(each) for each in (tables.Run, tables.Project, tables.Tag, tables.RunTag))


class Leaving:
    """The first rule as the engine asks it, by the rules and projects of this very moment. Safe for many threads."""

    def __init__(self, database: Database, rules: Callable[[], Rules]) -> None:
        """Keep who gives the rules; they are asked anew before each request."""
        self._database = database
        self._rules = rules

    def check(self, shot: QueuedShot, prompt: str) -> None:
        """Raise StaysInside where this shot's prompt may not leave, or where that cannot be found out."""
        try:
            pin = self._pin(shot, prompt)
        except StoreError as error:
            raise StaysInside(
                "Whether this prompt may leave could not be looked up, so it did not.",
                next_step="Try again.",
                detail=error.message,
            ) from error
        if pin is not None:
            raise StaysInside(f"{pin.reason} Nothing was sent.")

    def _pin(self, shot: QueuedShot, prompt: str) -> Pin | None:
        rules = self._rules()
        with self._database.read() as connection:
            run = connection.execute(
                sa.select(RUN.c.strategy, RUN.c.parent_id, PROJECT.c.name, PROJECT.c.inside_only)
                .outerjoin(PROJECT, PROJECT.c.id == RUN.c.project_id)
                .where(RUN.c.id == shot.run_id)
            ).one_or_none()
            if run is None:
                return Pin(name="unknown", reason="The run is not there any more.")
            own = pin_of(connection, RUN.c.id == shot.run_id)
            parent = pin_of(connection, RUN.c.id == run.parent_id) if run.parent_id is not None else None
            tagged = sa.select(TAG.c.name).join(RUN_TAG, RUN_TAG.c.tag_id == TAG.c.id)
            tags = (
                tuple(connection.execute(tagged.where(RUN_TAG.c.run_id == shot.run_id)).scalars()) if rules.tags else ()
            )
        if own is not None:
            return own
        if run.strategy == Strategy.OFFLINE:
            return Pin(name="offline", reason="Offline is on.")
        request = RouteRequest(prompt=prompt, settings=shot.settings, project=run.name or "", tags=tags)
        ground = Ground(rules=rules, project_inside=bool(run.inside_only), parent_pin=parent)
        pins = policy.pins_of(request, ground)
        return pins[0] if pins else None
