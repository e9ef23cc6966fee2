"""The sentence under a bridge, made from its figures and from nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from core.costs.bridge import Bridge, Effect, Part
from core.costs.ledger import ZERO
from core.costs.rounding import rounded

TELLING = Decimal("0.5")
"""A name is given where it accounts for at least half of its part."""

DIRECTIONS: Mapping[Part, tuple[str, str]] = {
    Part.VOLUME: ("more answers", "fewer answers"),
    Part.LENGTH: ("longer prompts and answers", "shorter prompts and answers"),
    Part.MIX: ("dearer models", "cheaper models"),
    Part.PRICE: ("higher prices", "lower prices"),
}

DayOf = Callable[[Effect], date | None]
Say = Callable[[Decimal], str]


def money(amount: Decimal) -> str:
    """Give a sum to the cent as it stands in a sentence."""
    return f"−${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"


DOLLARS: Say = money


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Names of models and groups as the page writes them, and the day on which an effect began, where it is known.

    `say` writes a sum; `against` names what is compared with, where that is not the whole month before.
    """

    models: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    day_of: DayOf = lambda _effect: None
    say: Say = money
    against: str = ""


PLAIN = Words()


def sentence(found: Bridge, *, words: Words = PLAIN) -> str:
    """Say in one sentence by how much spending changed and through what; the figures add up to the change shown."""
    parts = found.shown
    change = sum(parts.values(), ZERO)
    if not found.before and not found.after:
        return "Nothing was spent in either period."
    if not found.before:
        return f"{words.say(rounded(found.after))} was spent, and nothing before: there is nothing to compare it with."
    if not any(parts.values()):
        return f"Spending is the same: {words.say(rounded(found.after))}."
    clauses = [
        _clause(found, part, amount, rising=change >= 0, names=words)
        for part, amount in sorted(parts.items(), key=lambda pair: -abs(pair[1]))
        if amount
    ]
    if not change:
        head = "Spending is the same, for its parts cancel out"
    else:
        head = f"Spending {'rose' if change > 0 else 'fell'} by {words.say(abs(change))}"
    against = f" against {words.against}" if words.against else ""
    return f"{head}{against}: {', '.join(clauses)}."


def day_words(day: date) -> str:
    """Give a day as it stands in a sentence: 9 Oct."""
    return f"{day.day} {day:%b}"


def _clause(found: Bridge, part: Part, amount: Decimal, *, rising: bool, names: Words) -> str:
    against = (amount > 0) != rising
    words = (
        f"{names.say(abs(amount))} {'less' if amount < 0 else 'more'} through "
        if against
        else f"{names.say(abs(amount))} "
    )
    words += DIRECTIONS[part][0 if amount > 0 else 1]
    main = main_effect(found, part, amount)
    if main is None:
        return words
    day = names.day_of(main)
    since = f" from {day_words(day)}" if day else ""
    group = names.groups.get(main.group, main.group) or "without a group"
    model = names.models.get(main.model, main.model)
    name = {Part.VOLUME: group, Part.MIX: f"{group}: {model}", Part.LENGTH: model, Part.PRICE: model}[part]
    return f"{words} ({name}{since})"


def main_effect(found: Bridge, part: Part, amount: Decimal) -> Effect | None:
    """Give the largest effect of the part in its direction, where its group or model stands for at least half."""
    by_group = part in (Part.VOLUME, Part.MIX)
    sums: dict[str, Decimal] = {}
    effects = [effect for effect in found.effects if effect.part is part]
    for effect in effects:
        name = effect.group if by_group else effect.model
        sums[name] = sums.get(name, ZERO) + effect.amount
    if not sums:
        return None
    sign = 1 if amount > 0 else -1
    name = max(sums, key=lambda each: sums[each] * sign)
    if sums[name] * sign < abs(amount) * TELLING:
        return None
    own = [effect for effect in effects if (effect.group if by_group else effect.model) == name]
    return max(own, key=lambda effect: effect.amount * sign)
