"""What a pick means in money: which other answer would have done, and how many times cheaper or dearer it was.

Pure: figures in, figures out. The page puts them into a sentence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from core.domain.money import CostState
from core.domain.run import ShotRecord
from core.domain.verdict import VerdictKind

TELLING = Decimal("1.1")
"""Below this ratio two costs count as the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How earlier picks between the same models fell: runs judged, ties, and wins by label, most first."""

    runs: int = 0
    ties: int = 0
    wins: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Another model of the run beside the picked one. `cost` is USD for one answer, and more than nothing.

    `times` is how many times cheaper it is ("less") or dearer ("more"); None beside a picked answer that was free.
    """

    model: str
    label: str
    cost: Decimal
    way: Literal["less", "more", "same"]
    times: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterPick:
    """What can be said after a pick. `winner` is None after a tie or where none was good enough.

    `other` is the cheapest other model with a price where it is cheaper, else the dearest. `free` names models of this
    run that cost nothing at all, `no_price` those whose cost is not known; neither has a number of times.
    """

    kind: VerdictKind
    winner: ShotRecord | None
    other: Comparison | None
    free: tuple[str, ...] = ()
    no_price: tuple[str, ...] = ()


def after_pick(shots: Sequence[ShotRecord], *, kind: VerdictKind, winner_id: int | None) -> AfterPick:
    """Compare the picked answer's cost with the other models' of the run; only answers with a settled cost count."""
    winner = next((shot for shot in shots if shot.id == winner_id), None)
    # An answer that came along from an earlier run cost nothing here, which says nothing of its model.
    answered = [shot for shot in shots if shot.state.answered and shot.source_shot_id is None]
    costs = _cost_per_model(answered)
    labels = {shot.model: shot.label for shot in answered}
    no_price = tuple(label for model, label in labels.items() if model not in costs)
    priced = {model: cost for model, cost in costs.items() if cost}
    picked = None if winner is None else winner.model
    free = tuple(labels[model] for model, cost in costs.items() if not cost and model != picked)
    other = None
    if kind is VerdictKind.TIE and len(priced) > 1:
        other = _cheapest_of_a_tie(priced, labels)
    elif picked is not None and picked in costs:
        other = _beside(picked, priced | {picked: costs[picked]}, labels)
    return AfterPick(kind=kind, winner=winner, other=other, free=free, no_price=no_price)


def _cost_per_model(shots: Sequence[ShotRecord]) -> dict[str, Decimal]:
    """Give the mean cost of one answer by model; free ones are exactly zero, unpriced ones left out."""
    found: dict[str, list[Decimal]] = {}
    for shot in shots:
        if shot.cost_state is CostState.FREE:
            found.setdefault(shot.model, []).append(Decimal(0))
        elif shot.cost is not None and shot.cost_state in (CostState.PRICED, CostState.ESTIMATED):
            found.setdefault(shot.model, []).append(shot.cost)
    return {model: sum(costs, Decimal(0)) / len(costs) for model, costs in found.items()}


def _beside(model: str, costs: dict[str, Decimal], labels: dict[str, str]) -> Comparison | None:
    others = {name: cost for name, cost in costs.items() if name != model}
    if not others:
        return None
    cheapest = min(others, key=others.__getitem__)
    if others[cheapest] < costs[model]:
        return _compare(cheapest, labels, others[cheapest], costs[model])
    dearest = max(others, key=others.__getitem__)
    return _compare(dearest, labels, others[dearest], costs[model])


def _cheapest_of_a_tie(costs: dict[str, Decimal], labels: dict[str, str]) -> Comparison:
    cheapest, dearest = min(costs, key=costs.__getitem__), max(costs, key=costs.__getitem__)
    return _compare(cheapest, labels, costs[cheapest], costs[dearest])


def _compare(model: str, labels: dict[str, str], cost: Decimal, against: Decimal) -> Comparison:
    low, high = sorted((cost, against))
    ratio = high / low if low else None
    if high == low or (ratio is not None and ratio < TELLING):
        return Comparison(model=model, label=labels[model], cost=cost, way="same", times=Decimal(1))
    return Comparison(
        model=model,
        label=labels[model],
        cost=cost,
        way="less" if cost < against else "more",
        times=None if ratio is None else ratio.quantize(Decimal("0.1"), ROUND_HALF_EVEN),
    )
