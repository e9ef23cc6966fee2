"""Are these enough labels? A rule per pair of models that may be asked after every pick and still errs rarely.

A test made for one look at the end declares a false winner in a quarter of the cases when it is asked after each of two
hundred picks. This rule is a bet instead: under "both are equally good" its e-value stays below 20 for ever with a
probability of at least 95 % (Ville 1939; Ramdas et al. 2023, Game-theoretic statistics).

For a mean m of the scores x (1 win, ½ tie, 0 loss; one x a prompt, the mean over its picks) the e-value is
E(m) = ∫ Π(1 + λ(xᵢ − m)) dλ, λ uniform on the range that keeps every factor positive: the mixture of all bets
(Waudby-Smith and Ramdas 2024, Estimating means of bounded random variables by betting). For m = ½ and no shared
prompts this is the Beta(1,1)-mixture e-value of the win rate, 2ⁿ·B(1+wins, 1+losses); ties change nothing. All m
with E(m) < 20 hold the true mean at every look at once: they bound how far two models are apart. The mean of several
people's picks on a prompt is one bet: with raters who agree, a count of picks would see evidence that is not there.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from core.labels.picks import ENOUGH_TO_RANK, PairRecord

if TYPE_CHECKING:
    from core.labels.choice_model import Floats

SURE = 20.0
"""An e-value of 20 is at most 5 false alarms in 100 sequences, however often one looks."""
SMALL_GAP = 0.10
"""Two models at most 10 in 100 picks apart (a win rate between 45 and 55 %) make no practical difference."""
MOST_TOLD = 1000
"""Beyond this many more picks only "more than" is said."""
_USUAL_TIES = 0.25

Scores = Sequence[tuple[Fraction, float]]


class Finding(StrEnum):
    """What can be said of two models."""

    TOO_EARLY = "too_early"
    BETTER = "better"
    ALIKE = "alike"
    MORE = "more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Whether the picks of one pair are enough.

    `better` is the model that is better, None unless `finding` is BETTER. `gap` is the most the two can be apart: the
    difference between their chances to be picked, in [0, 1], of the picks that chose one of them or tied. `more` is
    about how many further picks on further prompts it takes: to a finding, or, once they are alike, to a gap a quarter
    smaller; None beyond `MOST_TOLD`, 0 once better. `record` is seen from `better` where there is one.
    """

    record: PairRecord
    finding: Finding
    better: str | None
    e_value: float
    gap: float
    more: int | None


def enough(record: PairRecord) -> Answer:
    """Give what the picks of one pair say."""
    finding, e_value, gap = _finding(record)
    better, more = None, None
    if finding is Finding.BETTER:
        record = record if _mean(record.scores) > 0.5 else record.seen_from(record.second)
        better, more = record.first, 0
    elif finding is Finding.ALIKE:
        more = _rounded(_until(record, lambda scores: largest_gap(scores) <= gap * 0.75))
    elif finding is Finding.TOO_EARLY:
        more = _until_counted(record)
    else:
        more = _rounded(_until(record, lambda scores: _sure(scores) or largest_gap(scores) <= SMALL_GAP))
    return Answer(record=record, finding=finding, better=better, e_value=e_value, gap=gap, more=more)


def _finding(record: PairRecord) -> tuple[Finding, float, float]:
    """Give the finding with the e-value and the largest gap it rests on."""
    e_value, gap = evidence(record.scores), largest_gap(record.scores)
    if record.decisive >= ENOUGH_TO_RANK and e_value >= SURE:
        return Finding.BETTER, e_value, gap
    if gap <= SMALL_GAP:
        return Finding.ALIKE, e_value, gap
    return Finding.TOO_EARLY if record.decisive < ENOUGH_TO_RANK else Finding.MORE, e_value, gap


def evidence(scores: Scores, *, mean: float = 0.5) -> float:
    """Give the e-value against the true mean score being `mean`, in (0, 1); 1 without any score, at most 1e300."""
    return float(math.exp(min(_log_evidence(scores, (mean,))[0], 690.0)))


def largest_gap(scores: Scores) -> float:
    """Give the largest difference between the two's chances to be picked that 95 % certainty at every look leaves."""
    import numpy as np  # noqa: PLC0415 - heavy, and only where figures are asked for

    if not scores:
        return 1.0
    # E is log-convex in m and at most 1 at the mean of the scores, so each side has one crossing.
    inside = np.full(2, min(max(_mean(scores), 1e-9), 1 - 1e-9))
    outside = np.array([0.0, 1.0])
    for _ in range(14):
        middle = (inside + outside) / 2
        possible = _log_evidence(scores, middle) < math.log(SURE)
        inside, outside = np.where(possible, middle, inside), np.where(possible, outside, middle)
    return float(np.abs(2 * outside - 1).max())


def detectable_win_rate(picks: int, *, ties: float = _USUAL_TIES) -> float | None:
    """Give the smallest win rate among decisive picks that so many picks would usually show, None where none would."""
    decisive = picks * (1 - ties)
    for percent in range(51, 100):
        share = percent / 100
        if decisive >= ENOUGH_TO_RANK and _log_of_counts(decisive * share, decisive * (1 - share)) >= math.log(SURE):
            return share
    return None


def need(record: PairRecord) -> float:
    """Give how much one more pick of this pair would teach, at least 0: what the order of a queue follows.

    It is the variance that the difference between the two still has, with one win and one loss assumed beforehand, and
    0 once the pair is settled.
    """
    if _finding(record)[0] in (Finding.BETTER, Finding.ALIKE):
        return 0.0
    wins, losses = record.wins + 1, record.losses + 1
    decisive = wins + losses
    return (1 - record.tie_share) * wins * losses / (decisive**2 * (decisive + 1))


NEVER_MET = 1 / 12
"""The need of two models that were never compared."""


@lru_cache(maxsize=1)
def _nodes() -> tuple["Floats", "Floats"]:
    """Give points in (0, 1) and logarithms of weights that sum to 1 (Gauss–Legendre)."""
    import numpy as np  # noqa: PLC0415

    points, weights = np.polynomial.legendre.leggauss(128)
    return (points + 1) / 2, np.log(weights / 2)


def _log_evidence(scores: Scores, means: "Sequence[float] | Floats") -> "Floats":
    """Give log E(m) for each of `means`, which lie in (0, 1)."""
    import numpy as np  # noqa: PLC0415

    points, log_weights = _nodes()
    mean = np.asarray(means, dtype=np.float64)[:, None, None]
    values = np.array([float(score) for score, _ in scores])[None, :, None]
    counts = np.array([count for _, count in scores], dtype=np.float64)
    # With λ = (θ − m) / m(1 − m), which runs over all bets as θ runs from 0 to 1.
    factors = values * points / mean + (1 - values) * (1 - points) / (1 - mean)
    total = log_weights + np.einsum("mst,s->mt", np.log(factors), counts)
    top = total.max(axis=1, keepdims=True)
    log_evidence: Floats = (top + np.log(np.exp(total - top).sum(axis=1, keepdims=True)))[:, 0]
    return log_evidence


def _log_of_counts(wins: float, losses: float) -> float:
    """Give the logarithm of the Beta(1,1)-mixture e-value of independent decisive picks."""
    beta = math.lgamma(1 + wins) + math.lgamma(1 + losses) - math.lgamma(2 + wins + losses)
    return beta + (wins + losses) * math.log(2)


def _mean(scores: Scores) -> float:
    return float(sum((score * count for score, count in scores), Fraction(0))) / sum(count for _, count in scores)


def _until_counted(record: PairRecord) -> int:
    """Give about how many picks are missing until ten are decisive."""
    ties = (record.ties + _USUAL_TIES * 4) / (record.picks + 4)
    return math.ceil((ENOUGH_TO_RANK - record.decisive) / (1 - ties))


def _until(record: PairRecord, reached: Callable[[Scores], bool]) -> int | None:
    """Give how many more picks it takes if they go on as so far, None beyond `MOST_TOLD`."""

    def there(more: int) -> bool:
        scale = 1 + more / record.picks
        return reached(tuple((score, count * scale) for score, count in record.scores))

    if not there(MOST_TOLD):
        return None
    low, high = 0, MOST_TOLD
    while high - low > max(1, high // 20):
        middle = (low + high) // 2
        low, high = (low, middle) if there(middle) else (middle, high)
    return high


def _sure(scores: Scores) -> bool:
    return bool(_log_evidence(scores, (0.5,))[0] >= math.log(SURE))


def _rounded(more: int | None) -> int | None:
    """Round up to a number that does not promise more than an estimate can: to 5, above 50 to 10, above 200 to 50."""
    if more is None:
        return None
    step = 5 if more <= 50 else 10 if more <= 200 else 50
    return math.ceil(more / step) * step
