"""A route in words: what Auto would ask and why, what it should cost, take and score."""

from collections.abc import Mapping

from core.domain.model import PriceState
from core.domain.route import Basis, Candidate, Classified, ClassSource, Route, Rule
from core.router.policy import NETWORK
from pages.ui.words import NO_CHARGE, NO_PRICE, about_dollars, plural, seconds

RULE_WORDS: Mapping[Rule, str] = {
    Rule.INSIDE: "Stay inside",
    Rule.BUDGET: "Budget",
    Rule.UP: "What is up",
    Rule.VALUE: "Value",
}
SOURCE_WORDS: Mapping[ClassSource, str] = {
    ClassSource.LLM: "asked a model",
    ClassSource.CACHE: "asked a model earlier",
    ClassSource.LEARNED: "learned here",
}


def quality_words(candidate: Candidate) -> str:
    """Give "89 in 100 (likely 82–94)"; a model without picks says what it rests on."""
    low, high = round(100 * candidate.low), round(100 * candidate.high)
    return f"{100 * candidate.quality:.0f} in 100 (likely {low}–{high})"


def cost_words(candidate: Candidate) -> str:
    """Give what one answer should cost; no price known is never nothing."""
    if candidate.price_state is PriceState.FREE:
        return NO_CHARGE
    return NO_PRICE if candidate.cost is None else f"about {about_dollars(candidate.cost)}"


def time_words(candidate: Candidate) -> str:
    """Give how long one answer should take, empty where nobody knows."""
    return "" if candidate.seconds is None else seconds(1000 * candidate.seconds)


def labels_of(route: Route) -> dict[str, str]:
    """Give the labels of all models of a route."""
    found = {each.model: each.label for each in route.removed}
    found |= {each.model: each.label for each in route.candidates}
    if route.challenger is not None:
        found.setdefault(route.challenger.model, route.challenger.label)
    return found


def asked_words(route: Route) -> str:
    """Give whom Auto asks: "Swift", "Sage and Swift", or nobody."""
    labels = labels_of(route)
    return _listed([labels.get(name, name) for name in route.choice])


def network_words(route: Route) -> str:
    """Give that nothing outside could be reached when this was decided, "" where it could."""
    return next((each.reason for each in route.rules if each.name == NETWORK), "")


def headline(route: Route, *, past: bool = False) -> str:
    """Give one sentence: "Auto would ask Swift: won or tied 27 of 31 runs like this, 19 times cheaper than Sage"."""
    if route.basis is Basis.NOTHING:
        return f"{route.reason} {route.next_step}".strip()
    if route.basis is not Basis.EVIDENCE:
        return route.reason
    verb = "chose" if past else "would ask"
    return f"Auto {verb} {asked_words(route)}: {route.reason}"


def expected_words(route: Route) -> str:
    """Give what the choice should cost and take: "about $0.0002 · 1 s"."""
    parts = []
    chosen = [route.candidate(name) for name in route.choice]
    known = [each for each in chosen if each is not None]
    if known and all(each.price_state is PriceState.FREE for each in known):
        parts.append(NO_CHARGE)
    elif route.expected_cost is not None:
        parts.append(f"about {about_dollars(route.expected_cost)}")
    elif known:
        parts.append(NO_PRICE)
    if route.expected_seconds is not None:
        parts.append(f"about {seconds(1000 * route.expected_seconds)}")
    return " · ".join(parts)


def score_words(route: Route) -> str:
    """Give the choice's quality beside the runner-up's: "Swift 89 in 100 (likely 82–94), runner-up Sage 91 (85–95)"."""
    chosen = route.candidate(route.choice[0]) if route.choice else None
    second = route.candidate(route.runner_up)
    if chosen is None:
        return ""
    first = f"{chosen.label} {quality_words(chosen)}"
    if second is None or second.model in route.choice:
        return first
    span = f"({100 * second.low:.0f}–{100 * second.high:.0f})"
    return f"{first}, runner-up {second.label} {100 * second.quality:.0f} {span}"


def class_words(found: Classified) -> str:
    """Give what the prompt reads as: "reply to people, easy (learned here, 94 % sure)"."""
    if found.source is ClassSource.NONE or not found.task:
        return ""
    what = ", ".join(filter(None, (found.task, found.difficulty)))
    needs = f"; needs {_listed(list(found.needs))}" if found.needs else ""
    sure = "" if found.confidence is None else f", {100 * found.confidence:.0f} % sure"
    return f"{what}{needs} ({SOURCE_WORDS[found.source]}{sure})"


def rules_words(route: Route) -> str:
    """Give what the rules left: "Rules let 4 of 5 models stand: Grand is out, over the budget of Support"."""
    if not route.removed:
        return f"Rules let {plural(len(route.candidates), 'model')} stand." if route.candidates else ""
    total = len(route.candidates) + len(route.removed)
    out = "; ".join(f"{each.label} is out: {each.reason.rstrip('.')}" for each in route.removed[:4])
    more = f"; {len(route.removed) - 4} more" if len(route.removed) > 4 else ""
    return f"Rules let {len(route.candidates)} of {plural(total, 'model')} stand: {out}{more}."


def _listed(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names) or "nobody"
    return f"{', '.join(names[:-1])} and {names[-1]}"
