"""A pick as statistics see it: which models stood side by side, in which order, and which one won.

Verdicts speak of shots and runs; strengths, stop rules and agreement speak of models and prompts. This is the one
place where the first become the second, so that all figures count the same picks.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from core.domain.verdict import Verdict, VerdictKind

ENOUGH_TO_RANK = 10
"""Decisive picks below which only counts are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One person's choice among answers of one prompt.

    `shown` are the models in the order of their answers on the page, a model once for each of its answers; equal
    answers should be counted once. `winner` is an index into `shown`, None for a tie (also where none was good
    enough, which says nothing about who is better). `prompt` is any key that is equal for equal prompts. `shuffled`
    says that the order was drawn by lot: only such picks can tell a pull of the position from a better model.
    """

    prompt: str
    person: str
    shown: tuple[str, ...]
    winner: int | None
    shuffled: bool = False
    blind: bool = False

    @property
    def models(self) -> frozenset[str]:
        """Give the models that were compared."""
        return frozenset(self.shown)

    @property
    def won(self) -> str | None:
        """Give the model that won, None for a tie."""
        return None if self.winner is None else self.shown[self.winner]

    @property
    def decisive(self) -> bool:
        """Tell whether one model won over at least one other."""
        return self.winner is not None and len(self.models) > 1


def pick_of(verdict: Verdict, *, models: Mapping[int, str], prompt: str, shuffled: bool = False) -> Pick | None:
    """Give a verdict as a pick, or None where it compares fewer than two models.

    `models` names the model of each compared shot; shots missing in it (deleted since) are left out, and a verdict
    whose winner is missing is none.
    """
    if verdict.kind not in (VerdictKind.WINNER, VerdictKind.TIE, VerdictKind.NONE):
        return None
    known = [shot for shot in verdict.compared if shot in models]
    winner = None
    if verdict.kind is VerdictKind.WINNER:
        if verdict.shot_id not in known:
            return None
        winner = known.index(verdict.shot_id)
    shown = tuple(models[shot] for shot in known)
    if len(set(shown)) < 2:
        return None
    return Pick(
        prompt=prompt, person=verdict.person, shown=shown, winner=winner, shuffled=shuffled, blind=verdict.blind
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRecord:
    """How two models fared against each other, seen from `first`.

    `wins`, `ties` and `losses` count picks. `scores` has one figure a prompt: the mean over its picks of 1 for a win,
    ½ for a tie and 0 for a loss, with how many prompts have it. A prompt that ten people judged is one observation of
    how the models compare, not ten.
    """

    first: str
    second: str
    wins: int
    ties: int
    losses: int
    people: int
    scores: tuple[tuple[Fraction, int], ...]

    @property
    def decisive(self) -> int:
        """Give how many picks chose one of the two."""
        return self.wins + self.losses

    @property
    def picks(self) -> int:
        """Give how many picks said something of the two."""
        return self.wins + self.ties + self.losses

    @property
    def prompts(self) -> int:
        """Give how many prompts they were compared on."""
        return sum(count for _, count in self.scores)

    @property
    def tie_share(self) -> float:
        """Give the share of ties, in [0, 1]; 0 without any pick."""
        return self.ties / self.picks if self.picks else 0.0

    def seen_from(self, model: str) -> "PairRecord":
        """Give the same record with `model` first. Raises KeyError where it is neither of the two."""
        if model == self.first:
            return self
        if model != self.second:
            raise KeyError(model)
        return PairRecord(
            first=self.second,
            second=self.first,
            wins=self.losses,
            ties=self.ties,
            losses=self.wins,
            people=self.people,
            scores=tuple(sorted((1 - score, count) for score, count in self.scores)),
        )


def pair_records(picks: Iterable[Pick]) -> tuple[PairRecord, ...]:
    """Count every pair of models that stood side by side, in the order of their names.

    A pick of a third model says nothing about the two that lost (no loser–loser pairs). A pick with more answers of
    one than of the other is left out here: the one with more answers would win more often by number alone.
    """
    found: dict[tuple[str, str], list[tuple[str, str, int]]] = defaultdict(list)
    for pick in picks:
        for pair, halves in _pairs_of(pick):
            found[pair].append((pick.prompt, pick.person, halves))
    return tuple(_record(pair, rows) for pair, rows in sorted(found.items()))


def _pairs_of(pick: Pick) -> Iterable[tuple[tuple[str, str], int]]:
    """Give each pair the pick says something of, with its score in halves: 2 a win, 1 a tie, 0 a loss."""
    answers = Counter(pick.shown)
    won = pick.won
    for first, second in combinations(sorted(answers), 2):
        if answers[first] != answers[second] or won not in (None, first, second):
            continue
        yield (first, second), 1 if won is None else 2 * (won == first)


def _record(pair: tuple[str, str], rows: Sequence[tuple[str, str, int]]) -> PairRecord:
    by_prompt: dict[str, list[int]] = defaultdict(list)
    for prompt, _, halves in rows:
        by_prompt[prompt].append(halves)
    sums = Counter((sum(halves), 2 * len(halves)) for halves in by_prompt.values())
    means: Counter[Fraction] = Counter()
    for (total, most), count in sums.items():
        means[Fraction(total, most)] += count
    counts = Counter(halves for _, _, halves in rows)
    return PairRecord(
        first=pair[0],
        second=pair[1],
        wins=counts[2],
        ties=counts[1],
        losses=counts[0],
        people=len({person for _, person, _ in rows}),
        scores=tuple(sorted(means.items())),
    )
