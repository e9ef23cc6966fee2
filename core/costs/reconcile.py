"""The ledger beside the bill: per day, model and token class what was seen, what was not, and why the rest differs.

Where both sides know a quantity q and a cost c the difference splits exactly in two (p = c/q is the mean price):
**volume** is (q_billed − q_ours) · p_ours, tokens that one side does not have, and **price** is the rest, which equals
(p_billed − p_ours) · q_billed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from core.costs.bills.kept import Bills
from core.costs.bills.lines import BilledLine, plain_model
from core.costs.ledger import EXACT, PICO_DOLLAR, ZERO
from core.costs.sums import class_days
from core.store.database import Database

Rows = Iterable[tuple[date, str, str, str, int, Decimal]]
Key = tuple[date, str, str]


class Seen(StrEnum):
    """Which side knows of a line."""

    BOTH = "both"
    BILL_ONLY = "bill only"
    HERE_ONLY = "here only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One day, model and token class ("" where the bill does not split by class), in USD and tokens.

    `volume` and `price` add up to `difference`; both are None where a quantity is not known on one side.
    """

    day: date
    model: str
    token_class: str
    seen: Seen
    ours: Decimal
    billed: Decimal
    our_quantity: int
    billed_quantity: int | None
    volume: Decimal | None
    price: Decimal | None

    @property
    def difference(self) -> Decimal:
        """Give how much more was billed than the ledger holds."""
        return self.billed - self.ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """One provider's bill beside the ledger. `seen` is what of the bill the ledger knows, in USD.

    `other_currencies` counts lines that are not in US dollars and are in no sum.
    """

    provider: str
    until: date | None
    ours: Decimal
    billed: Decimal
    seen: Decimal
    volume: Decimal
    price: Decimal
    lines: tuple[Compared, ...]
    other_currencies: int = 0

    @property
    def coverage(self) -> float | None:
        """Give the share of the bill that the ledger knows, None where nothing was billed."""
        return float(self.seen / self.billed) if self.billed else None

    @property
    def elsewhere(self) -> dict[date, Decimal]:
        """Give by day what was billed beyond the ledger (or less than it): with it the days add up to the bill."""
        found: dict[date, Decimal] = defaultdict(lambda: ZERO)
        for line in self.lines:
            found[line.day] += line.difference
        return dict(found)


def reconcile(database: Database, *, first: date, last: date) -> tuple[Reconciled, ...]:
    """Compare every provider's kept bill with the ledger over UTC days, both in. Raises StoreError and its kinds."""
    kept = Bills(database)
    with database.read() as connection:
        rows = class_days(connection, first, last)
    return compare_all(kept.lines(first, last), rows)


def compare_all(lines: Iterable[BilledLine], rows: Rows) -> tuple[Reconciled, ...]:
    """Compare bills with the ledger's rows (day, provider, model, token class, tokens, USD), provider by provider."""
    by_provider: dict[str, list[BilledLine]] = defaultdict(list)
    for line in lines:
        by_provider[line.provider].append(line)
    ours = list(rows)
    found = []
    for provider in sorted(by_provider):
        # What another bill speaks of is that one's alone: nothing of the ledger is held against two bills.
        mine = [row for row in ours if row[1] == provider or row[1] not in by_provider]
        found.append(compare(provider, by_provider[provider], mine))
    return tuple(found)


def compare(provider: str, lines: Sequence[BilledLine], rows: Rows) -> Reconciled:
    """Compare one provider's bill with the ledger, on the days that the bill covers.

    The ledger's side is what it booked to the provider, and every model that the bill names in full.
    """
    dollars = [line for line in lines if line.currency == "USD"]
    other = sum(1 for line in lines if line.currency != "USD")
    named = {line.model for line in dollars if line.model}
    last = max((line.day for line in dollars), default=None)
    first = min((line.day for line in dollars), default=None)
    # A model that the bill does not split by class is compared as a whole.
    whole = {plain_model(line.model) for line in dollars if line.token_class is None}
    billed: dict[Key, tuple[int | None, Decimal]] = {}
    for line in dollars:
        model = plain_model(line.model)
        key = (line.day, model, "" if model in whole else str(line.token_class))
        billed[key] = _plus(billed.get(key, (0, ZERO)), (line.quantity, line.amount))
    ours: dict[Key, tuple[int | None, Decimal]] = {}
    for day, at, name, token_class, quantity, amount in rows:
        model = plain_model(name)
        if first is None or last is None or not first <= day <= last or (at != provider and name not in named):
            continue
        key = (day, model, "" if model in whole else token_class)
        ours[key] = _plus(ours.get(key, (0, ZERO)), (quantity, amount))
    compared = tuple(_compared(key, ours, billed) for key in sorted({*ours, *billed}))
    return Reconciled(
        provider=provider,
        until=last,
        ours=sum((line.ours for line in compared), ZERO),
        billed=sum((line.billed for line in compared), ZERO),
        seen=sum((min(line.ours, line.billed) for line in compared if line.billed > 0), ZERO),
        volume=sum((line.volume for line in compared if line.volume is not None), ZERO),
        price=sum((line.price for line in compared if line.price is not None), ZERO),
        lines=compared,
        other_currencies=other,
    )


def _compared(
    key: Key, ours: Mapping[Key, tuple[int | None, Decimal]], billed: Mapping[Key, tuple[int | None, Decimal]]
) -> Compared:
    our_quantity, our_cost = ours.get(key, (0, ZERO))
    their_quantity, their_cost = billed.get(key, (0, ZERO))
    volume = price = None
    if our_quantity and their_quantity is not None:
        volume = EXACT.quantize(
            EXACT.divide(EXACT.multiply(our_cost, Decimal(their_quantity - our_quantity)), Decimal(our_quantity)),
            PICO_DOLLAR,
        )
        price = their_cost - our_cost - volume
    elif key not in ours:
        volume, price = their_cost, ZERO
    return Compared(
        day=key[0],
        model=key[1],
        token_class=key[2],
        seen=Seen.BOTH if key in ours and key in billed else Seen.HERE_ONLY if key in ours else Seen.BILL_ONLY,
        ours=our_cost,
        billed=their_cost,
        our_quantity=our_quantity or 0,
        billed_quantity=their_quantity,
        volume=volume,
        price=price,
    )


def _plus(one: tuple[int | None, Decimal], other: tuple[int | None, Decimal]) -> tuple[int | None, Decimal]:
    quantity = None if one[0] is None or other[0] is None else one[0] + other[0]
    return quantity, one[1] + other[1]
