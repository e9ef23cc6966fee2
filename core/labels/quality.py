"""One quality in [0, 1] for a shot, out of all that was said of it. The formula stands here and nowhere else.

Quality is the chance that the answer would be picked or tied against one other answer (pages: "89 in 100 would be
picked or tied"). Each word on a shot is an observation with a quality and a weight:

* A pick among N answers is N−1 wins of the winner over one other each, weighing 1 together; nothing is known between
  the losers (Plackett–Luce top-1 choice; Plackett 1975, Luce 1959). So the winner has quality 1 with weight 1, each
  loser quality 0 with weight 1/(N−1). Among equal answers the mean is ½ for every N.
* A tie is quality 1 for each, "none is good enough" quality 0 for each, weight 1. (For ranking both are ties.)
* "Good enough" is 1, "not" is 0; a rating or imported score is its place between lowest and highest.

Of several observations: the weighted mean. People count in full. Judges, checks and imported scores together weigh at
most half of what people weigh on the shot, and half a person where no person has spoken, so that no number of them can
outvote one person. Heuristics (length, copying, reading time) weigh nothing.

Sums are whole numbers, so that taking an observation back gives exactly what was there before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.domain.verdict import VerdictKind
from core.errors import InputError

UNIT = 1_000_000
"""One whole weight or quality, in the steps that are counted."""


class Source(StrEnum):
    """Who says so."""

    PERSON = "person"
    JUDGE = "judge"
    CHECK = "check"
    IMPORT = "import"
    HEURISTIC = "heuristic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One word on one shot: `quality` in [0, 1], `weight` at least 0 (1 is one person's pick). Else InputError."""

    source: Source
    quality: float
    weight: float = 1.0

    def __post_init__(self) -> None:
        # Written so that NaN fails too.
        if not 0 <= self.quality <= 1:
            raise InputError(
                f"A quality of {self.quality} is not between 0 and 1.", next_step="Give the scale it is measured on."
            )
        if not 0 <= self.weight <= 1000:
            raise InputError(f"A weight of {self.weight} cannot be used.", next_step="Give a weight from 0 to 1000.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """A shot's quality in [0, 1] and how much stands behind it; a weight of 1 is one person's pick."""

    value: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The running sums of one shot. Weights are in millionths, totals (weight × quality) in 10⁻¹²."""

    people_weight: int = 0
    people_total: int = 0
    machine_weight: int = 0
    machine_total: int = 0

    def add(self, observation: Observation) -> "Tally":
        """Give the sums with one more observation."""
        return self._moved(observation, 1)

    def remove(self, observation: Observation) -> "Tally":
        """Give the sums without an observation that was added before: exactly as if it had never been."""
        return self._moved(observation, -1)

    def quality(self) -> Quality | None:
        """Give quality and weight, or None where nobody said anything that counts."""
        share = self._machine_share()
        weight = self.people_weight + share * self.machine_weight
        if weight <= 0:
            return None
        value = (self.people_total + share * self.machine_total) / (weight * UNIT)
        # The division may end a hair above 1.
        return Quality(value=min(1.0, max(0.0, value)), weight=weight / UNIT)

    def _machine_share(self) -> float:
        """Give the part of the machines' weight that counts: at most half the people's, or half a person's."""
        if not self.machine_weight:
            return 0.0
        most = (self.people_weight or UNIT) / 2
        return min(1.0, most / self.machine_weight)

    def _moved(self, observation: Observation, sign: int) -> "Tally":
        if observation.source is Source.HEURISTIC:
            return self
        weight = round(observation.weight * UNIT) * sign
        total = weight * round(observation.quality * UNIT)
        person = observation.source is Source.PERSON
        return Tally(
            people_weight=self.people_weight + weight * person,
            people_total=self.people_total + total * person,
            machine_weight=self.machine_weight + weight * (not person),
            machine_total=self.machine_total + total * (not person),
        )


def of_verdict(
    kind: VerdictKind, *, compared: Sequence[int], winner: int | None = None, source: Source = Source.PERSON
) -> dict[int, Observation]:
    """Give what a verdict (or an AI judge's word in the same form) says of each compared shot, by its id.

    Raises InputError where the winner is not among the compared shots, or a winner or tie has nothing beside it.
    """
    shots = tuple(dict.fromkeys(compared))
    if kind in (VerdictKind.WINNER, VerdictKind.TIE) and len(shots) < 2:
        raise InputError("A comparison needs two answers.", next_step="Say whether the one answer is good enough.")
    if kind is not VerdictKind.WINNER:
        good = kind in (VerdictKind.TIE, VerdictKind.GOOD)
        return {shot: Observation(source=source, quality=float(good)) for shot in shots}
    if winner not in shots:
        raise InputError("The winner is not among the compared answers.", next_step="Pick one of the answers shown.")
    lost = Observation(source=source, quality=0.0, weight=1 / (len(shots) - 1))
    won = Observation(source=source, quality=1.0)
    return {shot: won if shot == winner else lost for shot in shots}


def of_rating(
    value: float, *, lowest: float = 0.0, highest: float = 1.0, source: Source = Source.PERSON, weight: float = 1.0
) -> Observation:
    """Give a rating or an imported score on any scale as an observation.

    Raises InputError where the scale is empty or the value lies outside it.
    """
    if not lowest < highest:
        raise InputError(f"A scale from {lowest} to {highest} is none.", next_step="Give the scale's two ends.")
    if not lowest <= value <= highest:
        raise InputError(
            f"{value} is not between {lowest} and {highest}.", next_step="Correct the value, or give the right scale."
        )
    place = (value - lowest) / (highest - lowest)
    return Observation(source=source, quality=min(1.0, max(0.0, place)), weight=weight)


def of_check(passed: bool) -> Observation:
    """Give the result of a check without code as an observation."""
    return Observation(source=Source.CHECK, quality=float(passed))
