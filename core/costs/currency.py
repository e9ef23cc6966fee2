"""Showing sums in another currency by a dated rate. The ledger stays in US dollars; nothing is ever converted back."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core.costs.bridge import Bridge
from core.costs.ledger import EXACT
from core.errors import InputError
from core.store import tables
from core.store.daily_costs import day_number, day_of_number
from core.store.database import Database, table

RATE = table(tables.FxRate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What one unit of a currency was worth in USD on a day, and who says so."""

    currency: str
    day: date
    usd: Decimal
    source: str

    def shown(self, dollars: Decimal) -> Decimal:
        """Give a sum of dollars in this currency, with all digits."""
        return EXACT.divide(dollars, self.usd)


def converted(found: Bridge, rate: Rate) -> Bridge:
    """Give a bridge in another currency; its shown parts add up to the shown change there too."""
    return Bridge(
        before=rate.shown(found.before),
        after=rate.shown(found.after),
        effects=tuple(replace(effect, amount=rate.shown(effect.amount)) for effect in found.effects),
    )


class Rates:
    """The rates that were entered. Raises StoreError and its kinds."""

    def __init__(self, database: Database) -> None:
        """Keep where to ask."""
        self._database = database

    def enter(self, *, currency: str, day: date, usd: Decimal, source: str, person: str = "") -> None:
        """Enter or correct the rate of a day: USD for one unit. Raises InputError."""
        code = currency.strip().upper()
        if len(code) != 3 or not code.isalpha() or not code.isascii():
            raise InputError(f"“{currency}” is no currency code.", next_step="Give three letters, such as EUR.")
        if usd <= 0:
            raise InputError(
                "A rate must be more than nothing.", next_step="Say how many US dollars one unit is worth."
            )
        values = {
            "currency": code, "day": day_number(day), "usd": usd, "source": source,
            "entered_at": datetime.now(UTC), "entered_by": person,
        }  # fmt: skip
        with self._database.write() as connection:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            statement = dialect.insert(RATE).values(values)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["currency", "day"],
                    set_={name: statement.excluded[name] for name in ("usd", "source", "entered_at", "entered_by")},
                )
            )

    def currencies(self) -> tuple[str, ...]:
        """Give the currencies with a rate, by name."""
        with self._database.read() as connection:
            return tuple(connection.execute(sa.select(RATE.c.currency).distinct().order_by(RATE.c.currency)).scalars())

    def entered(self) -> tuple[Rate, ...]:
        """Give every rate that was entered, the newest day first."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(RATE).order_by(RATE.c.day.desc(), RATE.c.currency)).all()
        return tuple(
            Rate(currency=row.currency, day=day_of_number(row.day), usd=row.usd, source=row.source) for row in rows
        )

    def at(self, currency: str, day: date) -> Rate | None:
        """Give the newest rate of that day or before; None where none was entered. Its day must be shown with it."""
        with self._database.read() as connection:
            row = connection.execute(
                sa.select(RATE)
                .where(RATE.c.currency == currency.upper(), RATE.c.day <= day_number(day))
                .order_by(RATE.c.day.desc())
                .limit(1)
            ).one_or_none()
        if row is None:
            return None
        return Rate(currency=row.currency, day=day_of_number(row.day), usd=row.usd, source=row.source)
