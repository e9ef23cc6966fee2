"""The models that discovery last saw and the pauses of those that kept failing, for pages that ask no network."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from core.domain.model import ModelCard, ModelStatus
from core.store import tables
from core.store.database import Database, table
from core.store.model_cards import card_from_json, card_to_json
from core.store.simulated_network import Broken, SimulatedNetwork

KNOWN = table(tables.KnownModel)
HEALTH = table(tables.ModelHealth)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a model has fared of late: failures in a row, and until when it is left alone for them, if it is."""

    failures: int
    paused_until: datetime | None
    reason: str


class KnownModels:
    """The models of one workspace, as the engine last saw them."""

    def __init__(self, database: Database, network: SimulatedNetwork | None = None) -> None:
        """Read and write this database. `network` is the demo's, None where models are real."""
        self._database = database
        self._network = network

    def replace_all(self, cards: Iterable[ModelCard], now: datetime) -> None:
        """Put what discovery saw in place of what was known; a model seen no more is forgotten here, not in history.

        Where nothing has changed one row is written and not thousands, for this happens twice a minute.
        """
        fresh = {card.name: card_to_json(card) for card in cards}
        with self._database.write() as connection:
            known = connection.execute(sa.select(KNOWN.c.id, KNOWN.c.name, KNOWN.c.card).order_by(KNOWN.c.id)).all()
            if known and [(row.name, row.card) for row in known] == list(fresh.items()):
                connection.execute(sa.update(KNOWN).where(KNOWN.c.id == known[0].id).values(checked_at=now))
                return
            connection.execute(sa.delete(KNOWN))
            rows = [{"name": name, "card": card, "checked_at": now} for name, card in fresh.items()]
            if rows:
                connection.execute(sa.insert(KNOWN), rows)

    def all(self, *, now: datetime | None = None) -> tuple[ModelCard, ...]:
        """Give the cards in the order in which they were written; one that is paused now says so, and until when."""
        moment = now or datetime.now(UTC)
        with self._database.read() as connection:
            cards = connection.execute(sa.select(KNOWN.c.card).order_by(KNOWN.c.id)).scalars().all()
            paused = {
                row.model: row for row in connection.execute(sa.select(HEALTH).where(HEALTH.c.paused_until > moment))
            }
        broken = self._network.broken() if self._network is not None else Broken()
        found = []
        for card in map(card_from_json, cards):
            if why := broken.why(card.place):
                found.append(replace(card, status=ModelStatus.DOWN, status_reason=why))
            elif card.name in paused:
                found.append(replace(card, status=ModelStatus.PAUSED, status_reason=_why(paused[card.name])))
            else:
                found.append(card)
        return tuple(found)

    def checked_at(self) -> datetime | None:
        """Give when discovery last ran, None where it never did or found nothing."""
        with self._database.read() as connection:
            return connection.execute(sa.select(sa.func.max(KNOWN.c.checked_at))).scalar()

    def note_health(self, model: str, health: Health, now: datetime) -> None:
        """Write how a model fares: the engine tells, the pages read."""
        values = {
            "failures": health.failures,
            "paused_until": health.paused_until,
            "reason": health.reason,
            "changed_at": now,
        }
        with self._database.write() as connection:
            known = connection.execute(sa.update(HEALTH).where(HEALTH.c.model == model).values(**values))
            if not known.rowcount:
                connection.execute(sa.insert(HEALTH).values(model=model, **values))

    def health(self) -> dict[str, Health]:
        """Give how each model has fared that ever failed."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(HEALTH)).all()
        return {
            row.model: Health(failures=row.failures, paused_until=row.paused_until, reason=row.reason) for row in rows
        }


def _why(row: Any) -> str:
    times = "1 failure" if row.failures == 1 else f"{row.failures} failures"
    return f"Paused after {times}, next try {row.paused_until:%H:%M} UTC. {row.reason}".strip()
