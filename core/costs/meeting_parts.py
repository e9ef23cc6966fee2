"""The parts of a month as table and charts show them, exact in USD: whatever is shown adds up to what is shown."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from core.costs.amounts import Amounts
from core.costs.bridge import Part as Cause
from core.costs.currency import converted
from core.costs.ledger import ZERO
from core.costs.meeting import Meeting
from core.costs.rounding import rounded
from core.costs.sums import Group

NOBODY: Final = {Group.TEAM: "no team", Group.PROJECT: "no project", Group.PERSON: "someone"}
MOST: Final = 7
"""More colours than these would not be told apart; the rest is one part of the chart, so that it still adds up."""
OTHERS: Final = "\x00others"
ELSEWHERE: Final = "\x00elsewhere"
NAMES: Final = {OTHERS: "others", ELSEWHERE: "elsewhere"}
CAUSES: Final = {Cause.VOLUME: "answers", Cause.LENGTH: "length", Cause.MIX: "model mix", Cause.PRICE: "price"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One part of a month, USD with all digits; answers and tokens are unknown of what was spent elsewhere."""

    key: str
    name: str
    amount: Decimal
    answers: int | None = None
    tokens: int | None = None
    free: bool = False
    unpriced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DayShare:
    """What one part of the chart cost on one UTC day, USD."""

    day: date
    key: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the waterfall as it is shown, in the currency of the page; `whole` is a level and no step."""

    name: str
    amount: Decimal
    whole: bool = False


def total_of(found: Meeting, *, whole_bill: bool) -> Decimal:
    """Give what the month cost, with what was spent elsewhere where the whole bill is asked for."""
    bill = found.bill if whole_bill else None
    return found.review.totals.amount + (bill.amount if bill else ZERO)


def before_of(found: Meeting, *, whole_bill: bool) -> Decimal:
    """Give what the days it is held against cost."""
    bill = found.bill_before if whole_bill else None
    return found.review.before.amount + (bill.amount if bill else ZERO)


def shares_of(found: Meeting, *, whole_bill: bool) -> tuple[Share, ...]:
    """Give every part of the month, the dearest first, elsewhere last; they add up to `total_of`."""
    by = found.review.by
    rows = [
        Share(
            key=group.key,
            name=group.label or NOBODY.get(by, "nobody named"),
            amount=group.amount,
            answers=group.answers,
            tokens=group.tokens,
            free=group.free,
            unpriced=group.unpriced_attempts,
        )
        for group in found.review.groups
    ]
    if whole_bill and found.bill is not None:
        rows.append(Share(key=ELSEWHERE, name=NAMES[ELSEWHERE], amount=found.bill.amount))
    return tuple(rows)


def order_of(rows: tuple[Share, ...]) -> tuple[tuple[str, str], ...]:
    """Give the (key, name) of the chart's parts, the dearest first; beyond seven the others are one."""
    costly = [row for row in rows if row.key != ELSEWHERE and row.amount]
    order = [(row.key, row.name) for row in costly[:MOST]]
    if len(costly) > MOST:
        order.append((OTHERS, NAMES[OTHERS]))
    if any(row.key == ELSEWHERE for row in rows):
        order.append((ELSEWHERE, NAMES[ELSEWHERE]))
    return tuple(order)


def days_of(found: Meeting, order: tuple[tuple[str, str], ...], *, whole_bill: bool) -> tuple[DayShare, ...]:
    """Give each day's parts in the chart's order; they add up to `total_of`."""
    known = {key for key, _ in order}
    sums: dict[tuple[date, str], Decimal] = defaultdict(lambda: ZERO)
    for row in found.review.days:
        sums[row.day, row.key if row.key in known else OTHERS] += row.amount
    if whole_bill and found.bill is not None:
        for day, amount in found.bill.by_day.items():
            sums[day, ELSEWHERE] += amount
    return tuple(DayShare(day=day, key=key, amount=amount) for (day, key), amount in sorted(sums.items()) if amount)


def steps_of(found: Meeting, amounts: Amounts, *, whole_bill: bool) -> tuple[Step, ...]:
    """Give the waterfall from the days before to this month; its steps add up to the difference of its two levels."""
    review = found.review
    bridge = converted(review.bridge, amounts.rate) if amounts.rate else review.bridge
    parts = bridge.shown
    steps = [Step(name=CAUSES[cause], amount=parts[cause]) for cause in CAUSES if parts[cause]]
    start, end = rounded(bridge.before), rounded(bridge.after)
    if whole_bill and found.bill is not None:
        before = rounded(amounts.of(found.bill_before.amount)) if found.bill_before else ZERO
        after = rounded(amounts.of(found.bill.amount))
        start, end = start + before, end + after
        if after != before:
            steps.append(Step(name="elsewhere", amount=after - before))
    first = Step(name=review.against_words, amount=start, whole=True)
    return (first, *steps, Step(name=f"{review.month.first:%B}", amount=end, whole=True))


def slices_key(by: Group, key: str) -> tuple[tuple[Group, str], ...]:
    """Give the parts of a slice for one row of a split; nothing for what no run stands behind."""
    return () if key.startswith("\x00") else ((by, key),)
