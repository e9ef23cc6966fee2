"""How sums read in a review: in dollars or another currency, aligned, adding up to the total beside them."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar

from core.costs.currency import Rate
from core.costs.rounding import CENT, rounded, rounded_shares

Name = TypeVar("Name", bound=Hashable)
SIGNS: Final = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
SMALL: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Amounts:
    """Writes sums of US dollars, in dollars or by a dated rate; the ledger stays in dollars."""

    rate: Rate | None = None

    @property
    def currency(self) -> str:
        """Give the currency's code."""
        return self.rate.currency if self.rate else "USD"

    @property
    def sign(self) -> str:
        """Give what stands in front of a sum."""
        return SIGNS.get(self.currency, f"{self.currency} ")

    def of(self, dollars: Decimal) -> Decimal:
        """Give a sum of dollars in this currency, with all digits."""
        return self.rate.shown(dollars) if self.rate else dollars

    def say(self, amount: Decimal) -> str:
        """Write a sum of this currency to the cent: `$57.15`, `−$1.80`."""
        return f"{'−' if amount < 0 else ''}{self.sign}{abs(amount):,.2f}"

    def text(self, dollars: Decimal) -> str:
        """Write a sum of dollars, rounded to the cent."""
        return self.say(rounded(self.of(dollars)))

    def whole(self, dollars: Decimal) -> str:
        """Write a round sum without cents where it has none: `$51`."""
        amount = rounded(self.of(dollars))
        return f"{self.sign}{amount:,.0f}" if amount == amount.to_integral_value() else self.say(amount)

    def each(self, dollars: Decimal | None) -> str:
        """Write what one thing cost: to the cent from ten cents on, four decimals below."""
        if dollars is None:
            return "–"
        amount = self.of(dollars)
        if abs(amount) >= Decimal("0.0995") or not amount:
            return self.say(rounded(amount))
        if abs(amount) < SMALL / 2:
            return f"under {self.sign}{SMALL}"
        return f"{'−' if amount < 0 else ''}{self.sign}{abs(rounded(amount, step=SMALL)):f}"

    def parts(self, dollars: Mapping[Name, Decimal]) -> dict[Name, Decimal]:
        """Give parts as they are shown: they add up to their shown sum. A sum below one is shown with four decimals."""
        amounts = {name: self.of(amount) for name, amount in dollars.items()}
        return rounded_shares(amounts, step=CENT if abs(sum(amounts.values(), Decimal(0))) >= 1 else SMALL)

    def part(self, amount: Decimal, *, total: Decimal) -> str:
        """Write one part of a shown total of this currency."""
        if abs(total) >= 1:
            return self.say(amount)
        return f"{'−' if amount < 0 else ''}{self.sign}{abs(amount):.4f}"


def shares(dollars: Mapping[Name, Decimal]) -> dict[Name, int]:
    """Give whole percents that add up to a hundred; nothing where the sum is nothing or a part is less than that."""
    total = sum(dollars.values(), Decimal(0))
    if total <= 0 or min(dollars.values()) < 0:
        return {}
    found = rounded_shares({name: amount / total * 100 for name, amount in dollars.items()}, step=Decimal(1))
    return {name: int(share) for name, share in found.items()}


def change_words(now: Decimal, before: Decimal, amounts: Amounts) -> str:
    """Write a change as the page does: `up $19.86 (53 %)`, `as before`."""
    change = rounded(amounts.of(now)) - rounded(amounts.of(before))
    if not change:
        return "as before"
    share = f" ({abs(now - before) / before * 100:.0f} %)" if before > 0 else ""
    return f"{'up' if change > 0 else 'down'} {amounts.say(abs(change))}{share}"
