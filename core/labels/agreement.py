"""How far several words on the same items agree: people with each other, with themselves, and with a judge.

Raw agreement is what a page shows; Krippendorff's α says how much of it is more than chance, for any number of raters
and with any labels missing. Labels are nominal: "tie", "none", or the name of the model that won (not the shot's id or
its place: a name that never comes back on another item leaves nothing to agree by chance, and α loses its meaning).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist

TIE = "tie"
NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What one person (or judge) said of one item."""

    item: Hashable
    person: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share in [0, 1] of `number` cases, with its 95 % Wilson interval."""

    value: float
    low: float
    high: float
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How people agree with each other on the items that two or more of them judged.

    `raw` is the mean share of agreeing pairs of people; `alpha` is 1 for full agreement, 0 for chance, below 0 for
    less than chance, and None where all said the same or nothing overlaps. `to_settle` are the items on which not all
    agree, as they came in.
    """

    raw: Share | None
    alpha: float | None
    items: int
    people: int
    to_settle: tuple[Hashable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """How a person agrees with themself on items that came back with sides swapped.

    `same_answer` is the share that chose the same again. `same_place` is the share of decisive pairs that chose the
    other answer at the same place: a hand that follows the position.
    """

    same_answer: Share
    same_place: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """One item judged twice by one person: what was chosen, and at which place (None for tie or none)."""

    first: str
    second: str
    first_place: int | None
    second_place: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeWord:
    """What a judge said of an item; `flipped` that its two orders contradicted each other."""

    label: str
    flipped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeAgreement:
    """A judge beside people, on the items both judged.

    `with_people` is the share of people's words the judge shares, each item counting once; `among_people` is what
    people reach with each other there, the most a judge can be asked for. `alpha` takes the judge as one more rater.
    `flips` counts all items of the judge.
    """

    with_people: Share | None
    among_people: Share | None
    alpha: float | None
    flips: Share | None


def wilson(successes: float, number: int, *, confidence: float = 0.95) -> Share:
    """Give a share with its Wilson score interval (Wilson 1927); `successes` may be a sum of shares.

    Raises ValueError without any case.
    """
    if number <= 0:
        raise ValueError("a share needs at least one case")
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    value = successes / number
    denominator = 1 + z * z / number
    centre = (value + z * z / (2 * number)) / denominator
    spread = z * math.sqrt(value * (1 - value) / number + z * z / (4 * number * number)) / denominator
    return Share(
        value=value,
        low=min(value, max(0.0, centre - spread)),
        high=max(value, min(1.0, centre + spread)),
        number=number,
    )


def agreement(ratings: Iterable[Rating]) -> Agreement:
    """Give how people agree; of two words of one person on one item the last counts."""
    labels = _by_item(ratings)
    overlapping = {item: tuple(said.values()) for item, said in labels.items() if len(said) > 1}
    return Agreement(
        raw=_raw(overlapping.values()),
        alpha=krippendorff_alpha(overlapping.values()),
        items=len(overlapping),
        people=len({person for said in labels.values() for person in said}),
        to_settle=tuple(item for item, said in overlapping.items() if len(set(said)) > 1),
    )


def krippendorff_alpha(items: Iterable[Sequence[str]]) -> float | None:
    """Give Krippendorff's α for nominal labels, each item with the labels it has (any number).

    α = 1 − observed / expected disagreement, from the coincidences of labels within items (Krippendorff 2011,
    Computing Krippendorff's Alpha-Reliability). Items with one label say nothing. None where only one label was used.
    """
    observed = 0.0
    totals: Counter[str] = Counter()
    for labels in items:
        if len(labels) < 2:
            continue
        counts = Counter(labels)
        totals += counts
        agreeing = sum(count * (count - 1) for count in counts.values())
        observed += (len(labels) * (len(labels) - 1) - agreeing) / (len(labels) - 1)
    number = totals.total()
    expected = number * number - sum(count * count for count in totals.values())
    if not expected:
        return None
    return 1 - (number - 1) * observed / expected


def repeats(pairs: Sequence[Repeat]) -> Repeats | None:
    """Give how steady a person is, None without any repeated item."""
    if not pairs:
        return None
    decisive = [pair for pair in pairs if pair.first_place is not None and pair.second_place is not None]
    moved = sum(pair.first != pair.second and pair.first_place == pair.second_place for pair in decisive)
    return Repeats(
        same_answer=wilson(sum(pair.first == pair.second for pair in pairs), len(pairs)),
        same_place=wilson(moved, len(decisive)) if decisive else Share(value=0.0, low=0.0, high=1.0, number=0),
    )


def judge_agreement(people: Iterable[Rating], judge: Mapping[Hashable, JudgeWord]) -> JudgeAgreement:
    """Set a judge beside people."""
    said = {item: tuple(words.values()) for item, words in _by_item(people).items() if item in judge}
    shared = [sum(label == judge[item].label for label in labels) / len(labels) for item, labels in said.items()]
    both = [(*labels, judge[item].label) for item, labels in said.items()]
    return JudgeAgreement(
        with_people=wilson(sum(shared), len(shared)) if shared else None,
        among_people=_raw(labels for labels in said.values() if len(labels) > 1),
        alpha=krippendorff_alpha(both),
        flips=wilson(sum(word.flipped for word in judge.values()), len(judge)) if judge else None,
    )


def longer_wins(picks: Iterable[tuple[int, int]]) -> Share | None:
    """Give how often the longer of two answers won, from (length of the winner, of the loser); equal ones say nothing.

    A judge far above what people show on the same items likes length for its own sake.
    """
    unequal = [(won, lost) for won, lost in picks if won != lost]
    return wilson(sum(won > lost for won, lost in unequal), len(unequal)) if unequal else None


def _by_item(ratings: Iterable[Rating]) -> dict[Hashable, dict[str, str]]:
    labels: dict[Hashable, dict[str, str]] = defaultdict(dict)
    for rating in ratings:
        labels[rating.item][rating.person] = rating.label
    return labels


def _raw(items: Iterable[Sequence[str]]) -> Share | None:
    shares = []
    for labels in items:
        pairs = list(combinations(labels, 2))
        shares.append(sum(first == second for first, second in pairs) / len(pairs))
    return wilson(sum(shares), len(shares)) if shares else None
