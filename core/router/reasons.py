"""The sentences of a route, in the words of the pages."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from core.domain.model import ModelCard
from core.domain.route import Candidate, Removed, Rule

TELLING = Decimal("1.1")
"""Below this ratio two costs count as the same."""


def times_cheaper(cost: Decimal | None, against: Decimal | None) -> float | None:
    """Give how many times less a cost is than another, None where that cannot be said or is not worth saying."""
    if cost is None or against is None or not cost or against / cost < TELLING:
        return None
    return float((against / cost).quantize(Decimal("0.1"), ROUND_HALF_EVEN))


def cheaper_words(candidate: Candidate, against: Candidate) -> str:
    """Give "19 times cheaper than Sage", "no charge", or "" where neither holds."""
    if candidate.cost is not None and not candidate.cost and (against.cost is None or against.cost):
        return "no charge"
    times = times_cheaper(candidate.cost, against.cost)
    if times is None:
        return ""
    return f"{times:.0f} times cheaper than {against.label}" if times >= 2 else f"cheaper than {against.label}"


def evidence(chosen: Candidate, best: Candidate) -> str:
    """Give why a model was chosen on evidence: "won or tied 27 of 31 runs like this, 19 times cheaper than Sage"."""
    held_up = chosen.similar and 2 * chosen.won_or_tied >= chosen.similar
    said = f"won or tied {chosen.won_or_tied} of {chosen.similar} runs like this" if held_up else ""
    cheaper = cheaper_words(chosen, best) if chosen.model != best.model else ""
    if not said:
        said = f"{hundred(chosen.quality)} in 100 would be picked or tied"
    return ", ".join(part for part in (said, cheaper) if part)


def learning(similar: int, best: str, other: str | None) -> str:
    """Give what is done where too few similar runs are judged."""
    have = {0: "No run like this has been judged.", 1: "Only 1 run like this has been judged."}.get(
        similar, f"Only {similar} runs like this have been judged."
    )
    asks = f"Auto asks your best model, {best}"
    return f"{have} {asks}, and one cheaper one to learn." if other else f"{have} {asks}."


def not_ready(best: str) -> str:
    """Give what is done where what was learned could not be asked in time."""
    return f"What was learned from your picks is still being read. Auto asks your best model, {best}."


def nothing(removed: Sequence[Removed], cards: Sequence[ModelCard]) -> tuple[str, str]:
    """Give what happened and what to do where the rules leave no model."""
    if not cards:
        return "No model is connected.", "Connect a model under Settings, or start one on this machine."
    inside = [card for card in cards if card.place.inside]
    by: Mapping[str, Removed] = {each.model: each for each in removed}
    if any(each.rule is Rule.INSIDE for each in removed):
        said = "Rules keep this prompt inside and no inside model is up."
        return said, _start(inside, by)
    if all(each.rule is Rule.BUDGET for each in removed):
        return f"The budget lets no model be asked. {removed[0].reason}", "Raise the budget under Costs, or wait."
    if any("Offline" in each.reason for each in removed):
        return "Offline is on and no inside model is up.", _start(inside, by)
    return "No model can be asked now.", "See why beside each model, or connect another one under Settings."


def because(candidate: Candidate, chosen: Candidate, best: Candidate, *, runner_up: str | None) -> str:
    """Give the last column of the receipt: why this model was chosen, or not."""
    if candidate.model == chosen.model:
        points = hundred(best.quality) - hundred(candidate.quality)
        near = f"within {points} of the best" if points > 0 else "as good as the best"
        near = "the best quality" if candidate.model == best.model else near
        return ", ".join(part for part in (f"chosen: {near}", cheaper_words(candidate, best)) if part)
    if not candidate.proven:
        return "unproven: no picks yet"
    if candidate.model == runner_up:
        return "runner-up"
    if candidate.more_picks:
        return f"needs {candidate.more_picks} more picks"
    return "never the best choice" if candidate.dominated else ""


def hundred(quality: float) -> int:
    """Give a quality as so many in 100."""
    return round(100 * quality)


def _start(inside: Sequence[ModelCard], removed: Mapping[str, Removed]) -> str:
    if not inside:
        return "Connect a model on this machine or our network under Settings, or see the rule under Router."
    card = inside[0]
    why = removed[card.name].reason if card.name in removed else ""
    aside = f" ({why.rstrip('.')})" if why else ""
    return f"Start {card.label}{aside}, or see the rule under Router."
