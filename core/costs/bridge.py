"""Why one month cost more or less than another: a bridge of four parts that add up exactly to the difference.

Every cell is one group (a team or project) and one model. In this order, each effect taken at the figures reached by
the one before it (the usual price–volume–mix decomposition, refined by answer length):

1. **volume**: the group asked for more or fewer answers, its models in the same proportions: (N₁/N₀ − 1) · C₀.
2. **mix**: it asked other models: (n₁ − n₀·N₁/N₀) · C₀/n₀. What a model cost that was not asked before is all mix.
3. **length**: an answer used more or fewer tokens of a class (retries included): Σ (q₁ − q₀·n₁/n₀) · p₀.
4. **price**: a token of a class cost more or less: Σ q₁ · (p₁ − p₀).

N and n count answers asked for, q tokens, p the mean price paid, C the cost. A group that is new or gone is all volume.
Computed as fractions; rounded once to pico-dollars by largest remainder, so that the sum stays exact.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from core.costs.ledger import PICO_DOLLAR, ZERO
from core.costs.rounding import rounded, rounded_parts
from core.domain.money import PICO_PER_DOLLAR, from_pico, to_pico


class Part(StrEnum):
    """Why a sum moved."""

    VOLUME = "volume"
    LENGTH = "length"
    MIX = "mix"
    PRICE = "price"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one group spent on one model in one period.

    `answers` counts shots asked for; `tokens` and `amounts` (USD) are by token class.
    """

    group: str
    model: str
    answers: int
    tokens: Mapping[str, int] = field(default_factory=dict)
    amounts: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def amount(self) -> Decimal:
        """Give the cell's cost in USD."""
        return sum(self.amounts.values(), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One part of the difference in USD, where it came from."""

    part: Part
    group: str
    model: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """From one period's cost to another's, in USD: `before` + all effects = `after`, exactly."""

    before: Decimal
    after: Decimal
    effects: tuple[Effect, ...] = ()

    @property
    def difference(self) -> Decimal:
        """Give how much more the second period cost."""
        return self.after - self.before

    def part(self, part: Part) -> Decimal:
        """Give the sum of one kind of effect."""
        return sum((effect.amount for effect in self.effects if effect.part is part), ZERO)

    @property
    def parts(self) -> dict[Part, Decimal]:
        """Give all four parts; they add up to the difference."""
        return {part: self.part(part) for part in Part}

    @property
    def shown(self) -> dict[Part, Decimal]:
        """Give the parts to the cent; they add up to the difference of the two sums as these are shown."""
        total = rounded(self.after) - rounded(self.before)
        return dict(zip(self.parts, rounded_parts(tuple(self.parts.values()), total=total), strict=True))

    def movers(self, *, most: int = 6) -> tuple[Effect, ...]:
        """Give the largest effects, in either direction, largest first."""
        telling = [effect for effect in self.effects if effect.amount]
        return tuple(sorted(telling, key=lambda effect: -abs(effect.amount))[:most])


def bridge(before: Iterable[Cell], after: Iterable[Cell]) -> Bridge:
    """Explain the difference between two periods. Cells of the same group and model are added up first."""
    old, new = _merged(before), _merged(after)
    groups = {group for group, _ in (*old, *new)}
    found: dict[tuple[Part, str, str], Fraction] = defaultdict(Fraction)
    for group in sorted(groups):
        models = sorted({model for each, model in (*old, *new) if each == group})
        _group_effects(group, models, old, new, found)
    keys = sorted(found)
    amounts = _exact([found[key] for key in keys])
    return Bridge(
        before=sum((cell.amount for cell in old.values()), ZERO),
        after=sum((cell.amount for cell in new.values()), ZERO),
        effects=tuple(
            Effect(part=part, group=group, model=model, amount=amount)
            for (part, group, model), amount in zip(keys, amounts, strict=True)
            if amount
        ),
    )


Cells = Mapping[tuple[str, str], Cell]
Found = dict[tuple[Part, str, str], Fraction]


def _group_effects(group: str, models: Sequence[str], old: Cells, new: Cells, found: Found) -> None:
    asked_before = sum(old[group, model].answers for model in models if (group, model) in old)
    asked_after = sum(new[group, model].answers for model in models if (group, model) in new)
    for model in models:
        nothing = Cell(group=group, model=model, answers=0)
        was, now = old.get((group, model), nothing), new.get((group, model), nothing)
        if not asked_before or not asked_after:
            found[Part.VOLUME, group, model] += _cost(now) - _cost(was)
            continue
        growth = Fraction(asked_after, asked_before)
        found[Part.VOLUME, group, model] += (growth - 1) * _cost(was)
        if not was.answers or not now.answers:
            found[Part.MIX, group, model] += _cost(now) - growth * _cost(was)
            continue
        found[Part.MIX, group, model] += (now.answers - was.answers * growth) * _cost(was) / was.answers
        length, price = _length_and_price(was, now)
        found[Part.LENGTH, group, model] += length
        found[Part.PRICE, group, model] += price


def _length_and_price(was: Cell, now: Cell) -> tuple[Fraction, Fraction]:
    growth = Fraction(now.answers, was.answers)
    length = price = Fraction(0)
    for each in {*was.amounts, *now.amounts}:
        used_before, used_after = was.tokens.get(each, 0), now.tokens.get(each, 0)
        paid_before, paid_after = _fraction(was.amounts.get(each, ZERO)), _fraction(now.amounts.get(each, ZERO))
        if not used_before or not used_after:
            # A class that only one period knows has no two prices to compare.
            length += paid_after - paid_before * growth
            continue
        unit_before = paid_before / used_before
        length += (used_after - used_before * growth) * unit_before
        price += paid_after - used_after * unit_before
    return length, price


def _merged(cells: Iterable[Cell]) -> dict[tuple[str, str], Cell]:
    found: dict[tuple[str, str], Cell] = {}
    for cell in cells:
        known = found.get((cell.group, cell.model))
        found[cell.group, cell.model] = cell if known is None else _together(known, cell)
    return found


def _together(one: Cell, other: Cell) -> Cell:
    return Cell(
        group=one.group,
        model=one.model,
        answers=one.answers + other.answers,
        tokens={key: one.tokens.get(key, 0) + other.tokens.get(key, 0) for key in {*one.tokens, *other.tokens}},
        amounts={
            key: one.amounts.get(key, ZERO) + other.amounts.get(key, ZERO) for key in {*one.amounts, *other.amounts}
        },
    )


def _exact(amounts: Sequence[Fraction]) -> tuple[Decimal, ...]:
    """Round fractions of a dollar to pico-dollars that add up to their sum, which is a whole number of these."""
    pico = [amount * PICO_PER_DOLLAR for amount in amounts]
    whole = [int(amount // 1) for amount in pico]
    missing = round(sum(pico, Fraction(0))) - sum(whole)
    for place in sorted(range(len(pico)), key=lambda at: whole[at] - pico[at])[:missing]:
        whole[place] += 1
    return tuple(from_pico(amount).quantize(PICO_DOLLAR) for amount in whole)


def _cost(cell: Cell) -> Fraction:
    return _fraction(cell.amount)


def _fraction(amount: Decimal) -> Fraction:
    return Fraction(to_pico(amount), PICO_PER_DOLLAR)
