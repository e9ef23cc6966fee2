"""One extra answer in a small share of Auto's runs, to keep learning: drawn by lot, with the probability on record."""

from collections.abc import Callable

from core.domain.route import Basis, Candidate, Challenger, Route

NEAR = 0.05
"""A model is worth a try where its quality could come this near to the chosen one's."""

DEARER_AT_MOST = 1.5
"""Times what the best model's answer costs."""


def draw_challenger(route: Route, share: float, draw: Callable[[], float]) -> Challenger | None:
    """Draw a model to be asked beside the choice, in `share` of the runs that rest on evidence; None in the others.

    The less is known of a model, the likelier it is drawn. Where a budget asks for cheaper models nobody is.
    """
    if route.basis is not Basis.EVIDENCE or any(each.name == "prefer cheaper" for each in route.rules):
        return None
    able = [each for each in route.candidates if _worth_a_try(each, route)]
    if not able or draw() >= share:
        return None
    doubt = [each.high - each.low for each in able]
    place, left = 0, draw() * sum(doubt)
    while place < len(able) - 1 and left >= doubt[place]:
        left -= doubt[place]
        place += 1
    drawn = able[place]
    chance = share * doubt[place] / sum(doubt) if sum(doubt) else share / len(able)
    return Challenger(model=drawn.model, label=drawn.label, probability=chance)


def _worth_a_try(each: Candidate, route: Route) -> bool:
    chosen = route.candidate(route.choice[0])
    if chosen is None or each.model in route.choice or each.dominated or each.cost is None:
        return False
    dear = route.baseline_cost if route.baseline_cost is not None else each.cost
    return each.high >= chosen.quality - NEAR and float(each.cost) <= DEARER_AT_MOST * float(
        max(dear, chosen.cost or 0)
    )
