"""Prices that the team entered itself: they come before every list, and a later row replaces an earlier one."""

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

import sqlalchemy as sa

from core.costs.ledger import LARGEST_UNIT
from core.domain.money import PriceSource, TokenClass, UnitPrice
from core.errors import InputError, NotFound
from core.store.database import Database, table
from core.store.tables import PriceOverride

SECONDS_FRESH = 3.0
"""How long rows read may be used again: the engine asks for prices at every settlement."""

ROWS = table(PriceOverride)


class _Row(NamedTuple):
    id: int
    token_class: TokenClass
    unit_price: Decimal | None
    valid_from: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """One price that somebody entered, USD for one unit; None took the team's price back from then on."""

    id: int
    model: str
    token_class: TokenClass
    per_unit: Decimal | None
    valid_from: datetime
    at: datetime
    by: str


class Overrides:
    """The team's own prices, by model and token class. Raises StoreError and its kinds."""

    def __init__(self, database: Database) -> None:
        """Read nothing yet."""
        self._database = database
        self._rows: dict[str, list[_Row]] = {}
        self._read_at = float("-inf")
        self._lock = threading.Lock()

    def unit_prices(self, model: str, *, at: datetime) -> tuple[UnitPrice, ...]:
        """Give the entered prices that hold at a time. A row without a price takes an earlier one back."""
        newest = {row.token_class: row for row in self._of(model) if row.valid_from <= at}
        return tuple(
            UnitPrice(
                token_class=row.token_class,
                per_unit=row.unit_price,
                source=PriceSource.OVERRIDE,
                revision=f"override-{row.id}",
            )
            for row in newest.values()
            if row.unit_price is not None
        )

    def since(self, model: str, *, at: datetime) -> dict[TokenClass, datetime]:
        """Give from when each entered price of a model holds that holds at a time."""
        newest = {row.token_class: row for row in self._of(model) if row.valid_from <= at}
        return {each: row.valid_from for each, row in newest.items() if row.unit_price is not None}

    def enter(
        self,
        *,
        model: str,
        token_class: TokenClass,
        per_unit: Decimal | None,
        valid_from: datetime,
        now: datetime,
        person: str = "",
    ) -> None:
        """Record a price in USD for one unit from a time on, or with None take the team's price back from then on.

        Raises InputError for a price below nothing, or too high to be kept.
        """
        if per_unit is not None and per_unit < 0:
            raise InputError("A price cannot be less than nothing.", next_step="Give $0 or more.")
        if per_unit is not None and per_unit > LARGEST_UNIT:
            raise InputError(
                f"A price of ${per_unit:f} for one is more than can be kept.",
                next_step=f"Give at most ${LARGEST_UNIT} a call, or ${LARGEST_UNIT}000000 per million tokens.",
            )
        with self._database.write() as connection:
            connection.execute(
                sa.insert(ROWS).values(
                    model=model,
                    token_class=token_class.value,
                    unit_price=per_unit,
                    valid_from=valid_from,
                    created_at=now,
                    created_by=person,
                )
            )
        self._forget()

    def entered(self) -> tuple[Entered, ...]:
        """Give every price that was entered and not undone, the last entered first."""
        query = sa.select(ROWS).where(ROWS.c.undone_at.is_(None)).order_by(ROWS.c.id.desc())
        with self._database.read() as connection:
            return tuple(
                Entered(
                    id=row.id,
                    model=row.model,
                    token_class=TokenClass(row.token_class),
                    per_unit=row.unit_price,
                    valid_from=row.valid_from,
                    at=row.created_at,
                    by=row.created_by,
                )
                for row in connection.execute(query)
            )

    def undo(self, entered_id: int, *, person: str = "", now: datetime | None = None) -> None:
        """Let an entered price count no more; what was charged with it stays. Raises NotFound."""
        with self._database.write() as connection:
            undone = connection.execute(
                sa.update(ROWS)
                .where(ROWS.c.id == entered_id, ROWS.c.undone_at.is_(None))
                .values(undone_at=now or datetime.now(UTC), undone_by=person)
            )
            if not undone.rowcount:
                raise NotFound("There is no such price.", next_step="Reload the page.")
        self._forget()

    def _forget(self) -> None:
        with self._lock:
            self._read_at = float("-inf")

    def _of(self, model: str) -> list[_Row]:
        with self._lock:
            if time.monotonic() - self._read_at > SECONDS_FRESH:
                self._rows = self._read()
                self._read_at = time.monotonic()
            return self._rows.get(model, [])

    def _read(self) -> dict[str, list[_Row]]:
        columns = (ROWS.c.model, ROWS.c.id, ROWS.c.token_class, ROWS.c.unit_price, ROWS.c.valid_from)
        query = sa.select(*columns).where(ROWS.c.undone_at.is_(None)).order_by(ROWS.c.valid_from, ROWS.c.id)
        found: dict[str, list[_Row]] = {}
        with self._database.read() as connection:
            for model, key, token_class, unit_price, valid_from in connection.execute(query):
                found.setdefault(model, []).append(_Row(key, TokenClass(token_class), unit_price, valid_from))
        return found
