"""The whole bill of a month: what was spent elsewhere beside what was spent here, by day, from the bills read.

On the days that a provider's bill covers, "here" and "elsewhere" add up to the bill. Elsewhere may be less than
nothing: where a bill is smaller than what the ledger holds, the difference stands there and not in the ledger.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.costs.ledger import ZERO
from core.costs.reconcile import Reconciled, reconcile
from core.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """One provider's bill: the last day that was read of it, and the share of it that the ledger knows."""

    provider: str
    until: date | None
    share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What bills list beyond the ledger, USD by UTC day, and whose bills they are."""

    by_day: Mapping[date, Decimal]
    bills: tuple[Covered, ...]
    other_currencies: int = 0

    @property
    def amount(self) -> Decimal:
        """Give the sum of all days."""
        return sum(self.by_day.values(), ZERO)


def elsewhere(database: Database, first: date, last: date) -> Elsewhere | None:
    """Give what was spent elsewhere from `first` to `last` (both in); None where no bill covers any of it.

    Raises StoreError.
    """
    return of_bills(reconcile(database, first=first, last=last))


def of_bills(found: tuple[Reconciled, ...]) -> Elsewhere | None:
    """Add up what several bills list beyond the ledger; None where there is no bill."""
    if not found:
        return None
    days: dict[date, Decimal] = defaultdict(lambda: ZERO)
    for bill in found:
        for day, amount in bill.elsewhere.items():
            days[day] += amount
    return Elsewhere(
        by_day=dict(sorted(days.items())),
        bills=tuple(Covered(provider=bill.provider, until=bill.until, share=bill.coverage) for bill in found),
        other_currencies=sum(bill.other_currencies for bill in found),
    )
