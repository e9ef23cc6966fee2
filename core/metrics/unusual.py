"""Days on which a model was far slower or failed far more than it usually does, and the hours in which it was so.

Slow: the logarithm of the day's time to the first word, of which nine in ten answers stayed within, is compared with
all days of the model by median and MAD (median absolute deviation, scaled by 1.4826 to a standard deviation). A mean
and a standard deviation would be moved by the very day that is looked for, and times spread by factors, hence the
logarithm. The bound of 3.5 is Iglewicz and Hoaglin's (1993). Failing: so many failed attempts would come about in less
than one day in a thousand if the model failed as often as on its other days (binomial).
"""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from core.metrics.rollups import By, Measured, day_of
from core.metrics.tally import Tally
from core.store.buckets import Kind

MAD_TO_DEVIATION: Final = 1.4826
BOUND: Final = 3.5
LEAST_SPREAD: Final = math.log(1.2)
"""Days that are all alike would make any other unusual; the spread counts as a factor of 1.2 at least."""

FEWEST_DAYS: Final = 7
FEWEST_ANSWERS: Final = 5
FEWEST_FAILURES: Final = 4
RARE: Final = 0.001
SMALL: Final = 1e-9
HOUR_SLOWER: Final = 2.0
"""How many times its usual time a model takes in an hour that is named as slow."""

Hours = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusual:
    """An unusual day of one model. Times are microseconds within which nine of ten answers began.

    `slow` and `failing` say what was unusual; `hours` are the first hour (UTC) of the trouble and the one in which it
    was over, None where it cannot be narrowed down.
    """

    day: date
    model: str
    slow: bool
    failing: bool
    first_us: float | None
    usual_us: float | None
    attempts: int
    failed: int
    usual_share: float
    hours: Hours | None = None


def unusual_days(days: Measured) -> tuple[Unusual, ...]:
    """Give the unusual days, the newest first; `with_hours` narrows them down."""
    by_model: dict[str, dict[int, Tally]] = defaultdict(dict)
    for (model, day), tally in days.by(By.MODEL, By.DAY).items():
        by_model[model][day] = tally
    found = [each for model, own in by_model.items() for each in _of_model(model, own)]
    return tuple(sorted(found, key=lambda each: (-each.day.toordinal(), each.model)))


def with_hours(found: Sequence[Unusual], hours: Measured) -> tuple[Unusual, ...]:
    """Give the same days with the hours of the trouble; `hours` holds their attempts by hour of the day."""
    by_hour: dict[tuple[str, date], dict[int, Tally]] = defaultdict(dict)
    for (model, day, hour), tally in hours.by(By.MODEL, By.DAY, By.PIECE).items():
        by_hour[model, day_of(day)][hour] = tally
    return tuple(replace(each, hours=_hours(by_hour[each.model, each.day], each)) for each in found)


def _of_model(model: str, days: Mapping[int, Tally]) -> Iterator[Unusual]:
    if len(days) < FEWEST_DAYS:
        return
    times = {day: time for day, tally in days.items() if (time := _time(tally)) is not None}
    usual, bound = _usual(list(times.values()))
    attempts = sum(tally.attempts for tally in days.values())
    failed = sum(tally.failed for tally in days.values())
    for day, tally in days.items():
        slow = bound is not None and times.get(day, 0.0) > bound
        share = (failed - tally.failed + 1) / (attempts - tally.attempts + 2)
        failing = _is_failing(tally, share)
        if slow or failing:
            yield Unusual(
                day=day_of(day), model=model, slow=slow, failing=failing, first_us=times.get(day), usual_us=usual,
                attempts=tally.attempts, failed=tally.failed, usual_share=share,
            )  # fmt: skip


def _time(tally: Tally) -> float | None:
    spread = tally.spread(Kind.FIRST)
    return spread.percentile(0.9) if spread.count >= FEWEST_ANSWERS else None


def _usual(times: Sequence[float]) -> tuple[float | None, float | None]:
    """Give a model's usual time and the one from which a day is unusual; None where it has too few days.

    An unusual day may be among them: neither median nor MAD moves for it.
    """
    if len(times) < FEWEST_DAYS:
        return None, None
    logs = [math.log(max(time, 1.0)) for time in times]
    middle = statistics.median(logs)
    spread = MAD_TO_DEVIATION * statistics.median(abs(log - middle) for log in logs)
    return math.exp(middle), math.exp(middle + BOUND * max(spread, LEAST_SPREAD))


def _is_failing(tally: Tally, share: float) -> bool:
    expected = tally.attempts * share
    return tally.failed >= max(FEWEST_FAILURES, expected) and _at_least(tally.failed, tally.attempts, share) < RARE


def _at_least(number: int, of: int, share: float) -> float:
    """Give the chance of so many or more successes in that many trials (binomial), where fewer are expected.

    From there on each further success is rarer than the one before, so that the sum ends with its first small term.
    """
    if share >= 1:
        return 1.0
    ways = math.lgamma(of + 1) - math.lgamma(number + 1) - math.lgamma(of - number + 1)
    term = math.exp(ways + number * math.log(share) + (of - number) * math.log1p(-share))
    whole, odds = 0.0, share / (1 - share)
    for successes in range(number, of + 1):
        whole += term
        if term < SMALL * whole:
            break
        term *= odds * (of - successes) / (successes + 1)
    return whole


def _hours(hours: Mapping[int, Tally], found: Unusual) -> Hours | None:
    """Give the stretch from the first to the last hour that was itself slow or failing."""
    usual, share = found.usual_us if found.slow else None, found.usual_share if found.failing else None
    bad = [hour for hour, tally in sorted(hours.items()) if _is_bad(tally, usual, share)]
    return (bad[0], bad[-1] + 1) if bad else None


def _is_bad(tally: Tally, usual: float | None, share: float | None) -> bool:
    middle = tally.spread(Kind.FIRST).percentile(0.5)
    if usual is not None and middle is not None and middle > HOUR_SLOWER * usual:
        return True
    return share is not None and tally.failed >= 2 and tally.failed_share > max(3 * share, 0.1)


def together(found: Sequence[Unusual]) -> tuple[tuple[Unusual, ...], ...]:
    """Give the unusual days of several models together where they fell on one day, the newest first."""
    by_day: dict[date, list[Unusual]] = defaultdict(list)
    for each in found:
        by_day[each.day].append(each)
    return tuple(tuple(each) for _, each in sorted(by_day.items(), reverse=True))
