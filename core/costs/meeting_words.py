"""What a review says in words, made from its figures and from nothing else; on the page and on paper the same."""

from datetime import date
from typing import Final

from core.costs.amounts import Amounts, change_words
from core.costs.anomalies import Anomaly
from core.costs.buy_sentences import say_buys
from core.costs.currency import converted
from core.costs.decisions import DecisionState
from core.costs.discounts import Discount
from core.costs.ledger import ZERO
from core.costs.meeting import Meeting, Outlook
from core.costs.meeting_parts import before_of, total_of
from core.costs.sums import ALL
from core.costs.why import Why
from core.store.run_reads import label_of

PROVIDERS: Final = {
    "openai": "OpenAI", "anthropic": "Anthropic", "openrouter": "OpenRouter", "azure": "Azure", "aws": "AWS",
    "google": "Google", "mistral": "Mistral", "orchard_made_up": "Orchard (made up)",
}  # fmt: skip
ORDINALS: Final = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
NONE_JUDGED: Final = "No answer was judged in this view: what the money bought cannot be said yet."


def spent_words(found: Meeting, amounts: Amounts, *, whole_bill: bool = False) -> str:
    """Give what the month cost and how that moved."""
    total, before = total_of(found, whole_bill=whole_bill), before_of(found, whole_bill=whole_bill)
    words = f"{amounts.text(total)} in {found.month.label}"
    if not before:
        return f"{words}."
    return f"{words}, {change_words(total, before, amounts)} against {found.review.against_words}."


def why_words(found: Meeting, amounts: Amounts) -> str:
    """Give the bridge's sentence in the currency that is shown."""
    review = found.review
    bridge = converted(review.bridge, amounts.rate) if amounts.rate else review.bridge
    why = Why(bridge=bridge, names=review.group_names, causes=review.causes)
    return why.sentence(amounts.say, against=review.against_words if review.partial else "")


def got_words(found: Meeting) -> str:
    """Give what cost against quality says."""
    if not any(buy.judged for buy in found.review.buys):
        return NONE_JUDGED
    return " ".join(say_buys(found.review.buys, label=label_of))


def do_words(found: Meeting) -> str:
    """Give how many decisions are open and done."""
    still = sum(each.state is DecisionState.OPEN for each in found.decisions)
    done = sum(each.state is DecisionState.DONE for each in found.decisions)
    return f"{still} open, {done} done." if found.decisions else "Nothing was decided yet."


def coming_words(found: Meeting, amounts: Amounts) -> str:
    """Give the forecast in a sentence or two, or what is missing for one."""
    ahead = found.outlook
    if ahead is None:
        return f"{found.month.label} is long over: what is coming stands in the running month's review."
    if ahead.forecast.middle is None or ahead.forecast.low is None or ahead.forecast.high is None:
        return ahead.forecast.missing
    say = amounts.text
    name = f"{ahead.month.first:%B}"
    low, high = ahead.forecast.low, ahead.forecast.high
    words = f"{name}: {say(ahead.forecast.middle)}, likely {say(low)} to {say(high)}."
    return f"{words} {_budget_words(ahead, amounts)}".strip()


def unusual_words(each: Anomaly, amounts: Amounts) -> str:
    """Give one unusual hour: when, why, on which model, how much."""
    at = each.hour.start
    usual = amounts.each(each.usual)
    return (
        f"Unusual: {at.day} {at:%b} {at:%H:%M} UTC, {each.why} on {label_of(each.hour.model)}, "
        f"{amounts.text(each.hour.amount)} in an hour (usually {usual})."
    )


def standing_words(found: Meeting) -> str:
    """Give how the month stands and on which prices, attempts and days its figures rest."""
    total = found.review.totals
    words = [found.standing, price_words(found.discounts), "month in UTC", _count(total.attempts, "attempt")]
    if total.unpriced_attempts:
        words.append(f"{total.unpriced_attempts:,} without a price ({_short(total.unpriced_tokens)} tokens)")
    if total.estimated_attempts:
        words.append(f"{_count(total.estimated_attempts, 'attempt')} of our own count")
    return " · ".join(words)


def doubt_words(found: Meeting, amounts: Amounts, *, at: str) -> str:
    """Give how much of the bill was seen, what calls without usage could add, and as of when this is."""
    words = []
    if found.bill is None:
        words.append(
            "runs made here alone: a bill knows no teams, projects or people" if found.scope != ALL
            else "only runs made here are counted: no bill covers this month"
        )  # fmt: skip
    else:
        for bill in found.bill.bills:
            until = f" to {bill.until.day} {bill.until:%b}" if bill.until else ""
            share = "nothing" if bill.share is None else f"{bill.share * 100:.1f} %"
            words.append(f"seen of the bill of {provider_words(bill.provider)}{until}: {share}")
        if found.bill.other_currencies:
            words.append(f"{_count(found.bill.other_currencies, 'line')} in other currencies left out")
    total = found.review.totals
    if total.silent:
        could = amounts.text(total.could_add)
        words.append(f"{_count(total.silent, 'call')} ended without usage, could add {could}")
    rate = amounts.rate
    if rate is not None:
        words.append(f"shown in {rate.currency} at {rate.usd.normalize():f} USD ({rate.day:%-d %b}, {rate.source})")
    words.append(f"as of {at}")
    return " · ".join(words)


def arrived_words(found: Meeting, amounts: Amounts) -> tuple[str, ...]:
    """Give what arrived after a month was closed: in the closed month, and in the month in which it arrived."""
    lines = []
    if found.arrived != ZERO:
        lines.append(f"since it was closed {amounts.text(found.arrived)} arrived; it stands where it arrived")
    for each in found.adjustments:
        amount = amounts.text(each.amount)
        lines.append(f"adjustment: {amount} for {each.month.label} arrived in this month, in no sum above")
    return tuple(lines)


def provider_words(name: str) -> str:
    """Give a provider's name as it writes itself, where it is known."""
    return PROVIDERS.get(name, name.replace("_", " ").capitalize())


def price_words(discounts: tuple[Discount, ...]) -> str:
    """Give on which prices the figures rest."""
    if not discounts:
        return "list prices, before discount and tax"
    said = (f"{provider_words(each.provider)} less {each.percent.normalize():f} %" for each in discounts)
    return f"list prices, {', '.join(said)}, before tax"


def _budget_words(ahead: Outlook, amounts: Amounts) -> str:
    if not ahead.budget:
        return ""
    budget = f"the {amounts.whole(ahead.budget)} budget"
    if ahead.forecast.spent >= ahead.budget:
        return f"{budget.capitalize()} is used up."
    chance = (ahead.forecast.chance_over or 0.0) * 100
    if ahead.forecast.runs_out_on is not None:
        return f"At this pace {budget} ends on the {_ordinal(ahead.forecast.runs_out_on)}."
    if chance >= 1:
        return f"At this pace {budget} lasts; it is overrun in {chance:.0f} of 100 futures."
    return f"At this pace {budget} lasts."


def _ordinal(day: date) -> str:
    return f"{day.day}{ORDINALS.get(day.day, 'th')}"


def _count(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"


def _short(number: int) -> str:
    return (
        f"{number:,}" if number < 10_000 else f"{number / 1000:,.0f} k" if number < 999_500 else f"{number / 1e6:.1f} M"
    )
