"""What Performance says in words: figures to sentences, pure functions."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from core.metrics.revisions import Change
from core.metrics.tally import Tally
from core.metrics.unusual import Unusual
from core.store.buckets import Kind
from pages.ui.words import NOTHING_YET, seconds, speed

FAULT_WORDS: Final[Mapping[str, str]] = {
    "provider_fault": "fault at the provider",
    "rate_limited": "too many requests",
    "broken_answer": "broken answer",
    "unreachable": "not reachable",
    "stalled": "stopped sending",
    "cut": "broke off",
    "paused": "not sent while paused",
    "deadline": "took too long",
    "missing_key": "no key",
    "wrong_key": "key refused",
    "access_denied": "no access",
    "no_credit": "no credit left",
    "model_not_found": "model not found",
    "context_too_long": "prompt too long",
    "request_refused": "request refused",
    "content_refused": "refused by content rules",
}
LENGTH_WORDS: Final = ("under 500 characters", "500 to 2,000", "2,000 to 8,000", "8,000 and more")
MEASURES: Final[Mapping[str, Kind]] = {
    "First word": Kind.FIRST,
    "Whole answer": Kind.WHOLE,
    "Time per token": Kind.TOKEN,
    "Tokens/s": Kind.TOKEN,
}


def fault_words(kind: str) -> str:
    """Give a kind of error as the page calls it."""
    return FAULT_WORDS.get(kind, kind.replace("_", " ") or "another error")


def percent(share: float) -> str:
    """Give a share in [0, 1] as `0.4 %`; what is not nothing never reads as 0.0 %."""
    if 0 < share < 0.0005:
        return "under 0.1 %"
    return f"{share * 100:.1f} %"


def time_words(tally: Tally, kind: Kind, share: float) -> str:
    """Give the time within which this share stayed: seconds, or milliseconds for a token."""
    micros = tally.spread(kind).percentile(share)
    return micros_words(micros, kind)


def micros_words(micros: float | None, kind: Kind) -> str:
    """Give a time that is held in microseconds."""
    if micros is None:
        return NOTHING_YET
    return f"{micros / 1000:.3g} ms" if kind is Kind.TOKEN else seconds(micros / 1000)


def speed_words(tally: Tally, share: float) -> str:
    """Give the tokens a second that all but this share of the answers reached."""
    return speed(tally.speed(share)) if tally.spread(Kind.TOKEN).count else NOTHING_YET


def day_words(day: date) -> str:
    """Give a day: `Thu 19 Nov`."""
    return f"{day:%a} {day.day} {day:%b}"


def unusual_words(days: Sequence[Unusual], labels: Mapping[str, str]) -> str:
    """Give one sentence on an unusual day of one or several models."""
    first = days[0]
    hours = sorted(hour for each in days if each.hours for hour in each.hours)
    when = day_words(first.day) + (f", {hours[0]:02}:00 to {hours[-1]:02}:00 UTC" if hours else "")
    return f"{when}: " + "; ".join(_trouble(each, labels.get(each.model, each.model)) for each in days) + "."


def _trouble(found: Unusual, label: str) -> str:
    said = []
    if found.slow and found.first_us and found.usual_us:
        said.append(f"slow (first word {seconds(found.first_us / 1000)}, usually {seconds(found.usual_us / 1000)})")
    if found.failing:
        said.append(f"failing ({found.failed:,} of {found.attempts:,} attempts, usually {percent(found.usual_share)})")
    return f"{label} was {' and '.join(said)}"


def change_words(change: Change, label: str) -> str:
    """Give one sentence on a model's new version."""
    before, after = change.before, change.after
    said = [
        f"{name} {time_words(before, kind, 0.5)} before, {time_words(after, kind, 0.5)} since"
        for name, kind in (("first word", Kind.FIRST), ("whole answer", Kind.WHOLE))
    ]
    failed = f"failed attempts {percent(before.failed_share)} before, {percent(after.failed_share)} since"
    return (
        f"{label} is {change.new} since {day_words(change.day)} (before: {change.old}): {'; '.join(said)}; {failed}. "
        f"From {before.attempts:,} attempts in the 30 days before and {after.attempts:,} since."
    )
