"""Prices that the team entered itself: they come before every list, and a later row replaces an earlier one."""

import threading
import time
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import sqlalchemy as sa

from core.domain.money import PriceSource, TokenClass, UnitPrice
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


class Overrides:
    """The team's own prices, by model and token class."""

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
        """Record a price in USD for one unit from a time on, or with None take the team's price back from then on."""
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
        with self._lock:
            self._read_at = float("-inf")

    def _of(self, model: str) -> list[_Row]:
        with self._lock:
            if time.monotonic() - self._read_at > SECONDS_FRESH:
                self._rows = self._read()
                self._read_at = time.monotonic()
            return self._rows.get(model, [])

    def _read(self) -> dict[str, list[_Row]]:
        query = sa.select(ROWS.c.model, ROWS.c.id, ROWS.c.token_class, ROWS.c.unit_price, ROWS.c.valid_from).order_by(
            ROWS.c.valid_from, ROWS.c.id
        )
        found: dict[str, list[_Row]] = {}
        with self._database.read() as connection:
            for model, key, token_class, unit_price, valid_from in connection.execute(query):
                found.setdefault(model, []).append(_Row(key, TokenClass(token_class), unit_price, valid_from))
        return found
