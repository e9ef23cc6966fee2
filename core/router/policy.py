"""The rules applied to one prompt, in their order: stay inside, budget, what is up. Value, the last, is the choice.

Each leaves its reason. Nothing here is decided anywhere else; whoever starts a run or sends a request asks here again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from core.domain.model import Capability, ModelCard, ModelStatus, Place, PriceState
from core.domain.route import Removed, RouteRequest, Rule, RuleSpoke
from core.domain.run import Strategy
from core.router import private
from core.router.rules import Rules

NETWORK: Final = "network"
"""The part of the rule on what is up that speaks where nothing outside can be reached."""

DOWN: Final = {
    ModelStatus.PAUSED: "paused",
    ModelStatus.NO_KEY: "no key",
    ModelStatus.DOWN: "not reachable",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetWord:
    """What the budgets that apply say: why to prefer cheaper models ("" where none asks for it), and what is left.

    `left` gives for a place the USD that a run may cost there, and by which budget; a place without a limit is not in
    it. Under a limit a model outside without a known price is refused.
    """

    cheaper: str = ""
    left: Mapping[Place, tuple[Decimal, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """That a prompt must stay inside: which part of the rule says so, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the rules look at beside the prompt: pins of where it is booked, budgets, what each model takes.

    `cut` says in words that nothing outside answers, "" where something does.
    """

    rules: Rules
    project_inside: bool = False
    parent_pin: Pin | None = None
    budget: BudgetWord = BudgetWord()
    tokens: Callable[[str, str], int] = lambda _text, _model: 0
    worst: Callable[[ModelCard], Decimal | None] = lambda _card: None
    needs: frozenset[Capability] = frozenset()
    cut: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """What the rules left: `allowed` in their order, `removed` with reasons, `spoke` in the order of the rules."""

    allowed: tuple[ModelCard, ...]
    removed: tuple[Removed, ...] = ()
    spoke: tuple[RuleSpoke, ...] = ()
    pins: tuple[Pin, ...] = ()
    prefer_cheaper: bool = False


def pins_of(request: RouteRequest, ground: Ground) -> tuple[Pin, ...]:
    """Give every part of the first rule that keeps this prompt inside; none means that it may leave."""
    found = []
    if ground.project_inside:
        found.append(Pin(name=f"project {request.project}", reason=f"{request.project} stays inside."))
    if ground.parent_pin is not None:
        found.append(replace(ground.parent_pin, reason="It was made from a run that stays inside."))
    pinned = {tag.casefold() for tag in ground.rules.tags}
    found += [
        Pin(name=f"tag {tag}", reason=f"Runs with the tag {tag} stay inside.")
        for tag in request.tags
        if tag.casefold() in pinned
    ]
    text = f"{request.settings.system}\n{request.prompt}" if request.settings.system else request.prompt
    found += [Pin(name=kind, reason=f"The prompt holds {kind}.") for kind in private.kinds(text, ground.rules)]
    return tuple(found)


def apply(request: RouteRequest, cards: Sequence[ModelCard], ground: Ground) -> Ruled:
    """Apply all rules but value, each to what the one before it left."""
    ruled = Ruled(allowed=tuple(cards))
    for rule in (_inside, _strategy, _budget, _up):
        ruled = rule(request, ruled, ground)
    return ruled


def _inside(request: RouteRequest, ruled: Ruled, ground: Ground) -> Ruled:
    pins = pins_of(request, ground)
    if not pins:
        return ruled
    spoke = tuple(RuleSpoke(rule=Rule.INSIDE, name=pin.name, reason=pin.reason) for pin in pins)
    left = _without_outside(ruled, Rule.INSIDE, pins[0].reason)
    return replace(left, pins=pins, spoke=(*left.spoke, *spoke))


def _strategy(request: RouteRequest, ruled: Ruled, _ground: Ground) -> Ruled:
    """Offline asks inside only; online asks outside where anything outside is allowed."""
    if request.strategy is Strategy.OFFLINE:
        reason = "Offline is on."
        left = _without_outside(ruled, Rule.UP, reason)
        spoke = RuleSpoke(rule=Rule.UP, name="offline", reason=reason)
        return replace(left, spoke=(*left.spoke, spoke))
    if request.strategy is Strategy.ONLINE and not ruled.pins:
        outside = [card for card in ruled.allowed if not card.place.inside]
        if outside:
            reason = "Online is on: models outside are asked."
            left = _without(ruled, [card for card in ruled.allowed if card.place.inside], Rule.UP, reason)
            return replace(left, spoke=(*left.spoke, RuleSpoke(rule=Rule.UP, name="online", reason=reason)))
    return ruled


def _budget(_request: RouteRequest, ruled: Ruled, ground: Ground) -> Ruled:
    word = ground.budget
    if not ground.rules.budget:
        return ruled
    if word.cheaper:
        spoke = RuleSpoke(rule=Rule.BUDGET, name="prefer cheaper", reason=word.cheaper)
        ruled = replace(ruled, prefer_cheaper=True, spoke=(*ruled.spoke, spoke))
    for card in ruled.allowed:
        left, budget = word.left.get(card.place, (None, ""))
        if left is None:
            continue
        worst = Decimal(0) if card.price_state is PriceState.FREE else ground.worst(card)
        if worst is not None and worst <= left:
            continue
        known = f"{budget} leaves ${left:.2f}."
        reason = f"{budget} is a limit, and no price is known." if worst is None else known
        ruled = _without(ruled, [card], Rule.BUDGET, reason)
        ruled = replace(ruled, spoke=(*ruled.spoke, RuleSpoke(rule=Rule.BUDGET, name=card.label, reason=reason)))
    return ruled


def _up(request: RouteRequest, ruled: Ruled, ground: Ground) -> Ruled:
    if not ground.rules.up:
        return ruled
    if ground.cut:
        said = RuleSpoke(rule=Rule.UP, name=NETWORK, reason=f"{ground.cut} Runs go on inside.")
        ruled = replace(_without_outside(ruled, Rule.UP, ground.cut), spoke=(*ruled.spoke, said))
    for card in ruled.allowed:
        reason = _out_of_reach(card, request, ground)
        if reason:
            ruled = _without(ruled, [card], Rule.UP, reason)
            spoke = RuleSpoke(rule=Rule.UP, name=card.label, reason=f"{card.label}: {reason}")
            ruled = replace(ruled, spoke=(*ruled.spoke, spoke))
    return ruled


def _out_of_reach(card: ModelCard, request: RouteRequest, ground: Ground) -> str:
    """Give why a model cannot take this prompt now, "" where it can."""
    if card.status in DOWN:
        return card.status_reason or f"{DOWN[card.status].capitalize()}."
    lacking = sorted(ground.needs - card.capabilities) if card.capabilities else ()
    if lacking:
        return f"It does not do {', '.join(lacking)}."
    if card.context_tokens is not None:
        tokens = ground.tokens(request.prompt, card.name) + ground.tokens(request.settings.system, card.name)
        if tokens > card.context_tokens:
            return f"The prompt has about {tokens:,} tokens; it takes {card.context_tokens:,}."
    return ""


def _without_outside(ruled: Ruled, rule: Rule, reason: str) -> Ruled:
    return _without(ruled, [card for card in ruled.allowed if not card.place.inside], rule, reason)


def _without(ruled: Ruled, cards: Sequence[ModelCard], rule: Rule, reason: str) -> Ruled:
    gone = {card.name for card in cards}
    removed = tuple(
        Removed(model=card.name, label=card.label, place=card.place, rule=rule, reason=reason) for card in cards
    )
    return replace(
        ruled,
        allowed=tuple(card for card in ruled.allowed if card.name not in gone),
        removed=(*ruled.removed, *removed),
    )
