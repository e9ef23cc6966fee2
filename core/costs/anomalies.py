"""Hours that cost far more than the model's other hours, by robust statistics, with what is unusual about them.

An hour is compared with the model's other hours in which it cost anything. Median and MAD (median absolute deviation,
scaled by 1.4826 to a standard deviation) do not move when the unusual hour itself is among the figures; the modified
z-score and its bound of 3.5 are Iglewicz and Hoaglin's (1993), on logarithms, for costs spread by factors.
"""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from core.costs.ledger import ZERO

MAD_TO_DEVIATION = 1.4826
UNUSUAL = 3.5
UNUSUAL_RETRIES = 2.0
"""An hour of retries needs to stand out less: nobody asked for them."""

FEWEST_HOURS = 24
LEAST_SHARE = Decimal("0.005")
"""What is less than half a hundredth of all that was spent is never worth a meeting's time."""

LEAST_SPREAD = math.log(1.5)
"""Hours that all cost the same would make any other one unusual; the spread is at least a factor of one and a half."""

Why = Literal["retries", "dearer answers", "more answers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """What one model cost in one UTC hour: attempts in all, those that were retries, those that failed, and USD."""

    start: datetime
    model: str
    attempts: int
    retries: int
    failed: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """An unusual hour: what it cost, what an hour of this model usually costs (USD), and what was unusual in it."""

    hour: Hour
    usual: Decimal
    score: float
    why: Why


def anomalies(hours: Iterable[Hour], *, since: datetime | None = None, most: int = 5) -> tuple[Anomaly, ...]:
    """Give the most unusual hours from `since` on, the dearest first; earlier hours only say what is usual.

    A model with fewer than 24 such hours is not judged.
    """
    by_model: dict[str, list[Hour]] = defaultdict(list)
    for hour in hours:
        if hour.attempts and hour.amount > 0:
            by_model[hour.model].append(hour)
    whole = sum((hour.amount for each in by_model.values() for hour in each), ZERO)
    found = [
        anomaly
        for each in by_model.values()
        if len(each) >= FEWEST_HOURS
        for anomaly in _of_model(each, least=whole * LEAST_SHARE)
        if since is None or anomaly.hour.start >= since
    ]
    return tuple(sorted(found, key=lambda anomaly: anomaly.usual - anomaly.hour.amount)[:most])


def _of_model(hours: Sequence[Hour], *, least: Decimal) -> Iterable[Anomaly]:
    logs = [math.log(hour.amount) for hour in hours]
    middle = statistics.median(logs)
    spread = max(_mad(logs, middle), LEAST_SPREAD)
    usual = statistics.median(hour.amount for hour in hours)
    for hour, log in zip(hours, logs, strict=True):
        score = (log - middle) / spread
        if score > UNUSUAL_RETRIES and hour.amount - usual > least:
            why = _why(hour, hours)
            if score > UNUSUAL or why == "retries":
                yield Anomaly(hour=hour, usual=usual, score=score, why=why)


def _why(hour: Hour, hours: Sequence[Hour]) -> Why:
    """Tell which factor grew most: attempts for an answer, answers, or the price of an attempt."""

    def grown(of: Sequence[float], now: float) -> float:
        usual = statistics.median(of)
        return now / usual if usual else 1.0

    retries = grown([_again(each) for each in hours], _again(hour))
    answers = grown([float(each.attempts - each.retries) for each in hours], float(hour.attempts - hour.retries))
    dearer = grown([_each(each) for each in hours], _each(hour))
    if retries >= 1.5 and hour.retries >= 3:
        return "retries"
    return "dearer answers" if dearer > answers else "more answers"


def _again(hour: Hour) -> float:
    return hour.attempts / max(1, hour.attempts - hour.retries)


def _each(hour: Hour) -> float:
    return float(hour.amount) / hour.attempts


def _mad(values: Sequence[float], middle: float) -> float:
    return MAD_TO_DEVIATION * statistics.median(abs(value - middle) for value in values)
