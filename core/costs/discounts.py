"""What a provider takes less for a period, and what an own server costs an hour: prices that no list can know."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.costs.ledger import EXACT
from core.costs.quote import Quote
from core.domain.money import PriceSource
from core.errors import InputError, NotFound
from core.store import tables
from core.store.database import Database, table

DISCOUNT, SERVER = table(tables.Discount), table(tables.ServerPrice)
SECONDS_FRESH = 3.0
WHOLE = 10_000
"""Basis points of everything."""

Rows = TypeVar("Rows")


class _Fresh(Generic[Rows]):
    """Rows that are read again after three seconds at most: the engine asks at every settlement."""

    def __init__(self, database: Database, read: Callable[[Connection], Rows]) -> None:
        self._database, self._read = database, read
        self._known: tuple[float, Rows] | None = None
        self._lock = threading.Lock()

    def get(self) -> Rows:
        with self._lock:
            if self._known is None or time.monotonic() - self._known[0] > SECONDS_FRESH:
                with self._database.read() as connection:
                    self._known = (time.monotonic(), self._read(connection))
            return self._known[1]

    def forget(self) -> None:
        with self._lock:
            self._known = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """A discount of one provider. `percent` is off the list; `valid_until` is exclusive, None without an end."""

    id: int
    provider: str
    percent: Decimal
    valid_from: datetime
    valid_until: datetime | None
    note: str
    at: datetime
    by: str

    def holds(self, at: datetime) -> bool:
        """Tell whether it holds at a time."""
        return self.valid_from <= at and (self.valid_until is None or at < self.valid_until)


class Discounts:
    """The discounts of one workspace; where two hold at once the newer one counts. Raises StoreError and its kinds."""

    def __init__(self, database: Database) -> None:
        """Read nothing yet."""
        self._database = database
        self._fresh = _Fresh(database, _discounts)

    def all(self) -> tuple[Discount, ...]:
        """Give all discounts, oldest first."""
        return self._fresh.get()

    def enter(
        self, *, provider: str, percent: Decimal, valid_from: datetime, valid_until: datetime | None = None,
        note: str = "", person: str = "",
    ) -> int:  # fmt: skip
        """Enter a discount, at most to a hundredth of a percent; give its id. Raises InputError."""
        points = percent * 100
        if points != points.to_integral_value() or not 0 < points < WHOLE:
            raise InputError(
                f"A discount of {percent} % cannot be.", next_step="Give more than 0 and less than 100, two decimals."
            )
        if valid_until is not None and valid_until <= valid_from:
            raise InputError("The discount would end before it begins.", next_step="Check the two days.")
        with self._database.write() as connection:
            found = connection.execute(
                sa.insert(DISCOUNT)
                .values(
                    provider=provider,
                    basis_points=int(points),
                    valid_from=valid_from,
                    valid_until=valid_until,
                    note=note,
                    created_at=datetime.now(UTC),
                    created_by=person,
                )
                .returning(DISCOUNT.c.id)
            ).scalar_one()
        self._fresh.forget()
        return int(found)

    def end(self, discount_id: int, *, person: str = "") -> None:
        """Take a discount back for runs to come; charges made with it stay. Raises NotFound."""
        with self._database.write() as connection:
            ended = connection.execute(
                sa.update(DISCOUNT)
                .where(DISCOUNT.c.id == discount_id, DISCOUNT.c.undone_at.is_(None))
                .values(undone_at=datetime.now(UTC), undone_by=person)
            )
            if not ended.rowcount:
                raise NotFound("There is no such discount.", next_step="Reload the page.")
        self._fresh.forget()

    def applied(self, quote: Quote, provider: str, *, at: datetime) -> Quote:
        """Give list prices with the provider's discount taken off; each names the discount and the list behind it."""
        holding = [each for each in self.all() if each.provider == provider and each.holds(at)]
        if not holding or not quote.prices:
            return quote
        discount = holding[-1]
        share = 1 - discount.percent / 100
        prices = tuple(
            replace(
                price,
                per_unit=EXACT.multiply(price.per_unit, share),
                source=PriceSource.DISCOUNT,
                revision=f"discount-{discount.id} of {price.source} {price.revision}".strip(),
            )
            for price in quote.prices
        )
        return replace(quote, prices=prices, source=PriceSource.DISCOUNT, revision=prices[0].revision)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerPrice:
    """What an own server costs an hour of answering from a time on, USD; None takes an earlier price back."""

    id: int
    model: str
    per_hour: Decimal | None
    valid_from: datetime
    at: datetime
    by: str


class ServerPrices:
    """What own servers cost an hour of answering, by model. Raises StoreError and its kinds."""

    def __init__(self, database: Database) -> None:
        """Read nothing yet."""
        self._database = database
        self._fresh = _Fresh(database, _servers)

    def all(self) -> tuple[ServerPrice, ...]:
        """Give every price that was entered and not undone, by the time from which it holds."""
        return self._fresh.get()

    def holding(self, model: str, *, at: datetime) -> ServerPrice | None:
        """Give the price that holds at a time; None where nobody entered one, or it was taken back."""
        held = [price for price in self._fresh.get() if price.model == model and price.valid_from <= at]
        return held[-1] if held and held[-1].per_hour is not None else None

    def per_hour(self, model: str, *, at: datetime) -> tuple[Decimal, str] | None:
        """Give USD an hour and the row that says so; None where nobody entered a price that holds."""
        held = self.holding(model, at=at)
        return None if held is None or held.per_hour is None else (held.per_hour, f"server-{held.id}")

    def undo(self, price_id: int, *, person: str = "") -> None:
        """Let an entered price count no more; what was charged with it stays. Raises NotFound."""
        with self._database.write() as connection:
            undone = connection.execute(
                sa.update(SERVER)
                .where(SERVER.c.id == price_id, SERVER.c.undone_at.is_(None))
                .values(undone_at=datetime.now(UTC), undone_by=person)
            )
            if not undone.rowcount:
                raise NotFound("There is no such price.", next_step="Reload the page.")
        self._fresh.forget()

    def enter(self, *, model: str, per_hour: Decimal | None, valid_from: datetime, person: str = "") -> None:
        """Enter a price in USD an hour from a time on, or take it back with None. Raises InputError below nothing."""
        if per_hour is not None and per_hour < 0:
            raise InputError("A price cannot be less than nothing.", next_step="Give $0 or more an hour.")
        with self._database.write() as connection:
            connection.execute(
                sa.insert(SERVER).values(
                    model=model,
                    per_hour=per_hour,
                    valid_from=valid_from,
                    created_at=datetime.now(UTC),
                    created_by=person,
                )
            )
        self._fresh.forget()


def list_share(points: int) -> Decimal:
    """Give what share of the list price is paid under a discount of so many basis points."""
    return Decimal(WHOLE - points) / WHOLE


def _discounts(connection: Connection) -> tuple[Discount, ...]:
    rows = connection.execute(sa.select(DISCOUNT).where(DISCOUNT.c.undone_at.is_(None)).order_by(DISCOUNT.c.id))
    return tuple(
        Discount(
            id=row.id,
            provider=row.provider,
            percent=Decimal(row.basis_points) / 100,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            note=row.note,
            at=row.created_at,
            by=row.created_by,
        )
        for row in rows
    )


def _servers(connection: Connection) -> tuple[ServerPrice, ...]:
    query = sa.select(SERVER).where(SERVER.c.undone_at.is_(None)).order_by(SERVER.c.valid_from, SERVER.c.id)
    return tuple(
        ServerPrice(
            id=row.id,
            model=row.model,
            per_hour=row.per_hour,
            valid_from=row.valid_from,
            at=row.created_at,
            by=row.created_by,
        )
        for row in connection.execute(query)
    )
