"""What a person labels at once: two to four answers of one run, one shot a model, drawn and ordered by a stored seed.

Everything here is a lot drawn from a hash of the seed and the things' own names: the same seed gives the same items on
every machine and version, and one person's order says nothing of another's.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

LARGEST = 4
"""Answers in one item; more cannot be compared at a glance."""
REPEAT_EVERY = 20
"""Every so many items one comes back with sides swapped."""
REPEAT_AFTER = 5
"""Items that must lie between an item and its return."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An answer that can be labelled: its shot's id and model. Equal answers of a model should be given once."""

    shot: int
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Answers that are judged together. `key` is unique within a queue; one answer alone asks "good enough?"."""

    key: str
    run: str
    answers: tuple[Candidate, ...]

    @property
    def models(self) -> tuple[str, ...]:
        """Give the models of the answers, each once."""
        return tuple(answer.model for answer in self.answers)


def lot(seed: int, *parts: str | int) -> int:
    """Give a number drawn by lot for `parts`: equal for equal arguments, else as good as random, below 2⁶⁴."""
    text = "\x1f".join(str(part) for part in (seed, *parts))
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def draw_items(run: str, candidates: Sequence[Candidate], *, seed: int, largest: int = LARGEST) -> tuple[Item, ...]:
    """Draw the items of a run: every answer stands in at least one where the run has two models or more.

    Each round takes one shot of each model and parts them into groups as equal in size as can be; a shot that is left
    alone is put beside one of another model again. A run of one model gives one item of one answer, an empty run none.
    Raises ValueError where `largest` is less than two.
    """
    if largest < 2:
        raise ValueError("an item to compare holds at least two answers")
    shots: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in sorted(set(candidates), key=lambda one: lot(seed, run, "shot", one.shot)):
        shots[candidate.model].append(candidate)
    if len(shots) < 2:
        return tuple(Item(key=f"{run}:0", run=run, answers=(own[0],)) for own in shots.values())
    groups: list[list[Candidate]] = []
    for round_number in range(max(len(own) for own in shots.values())):
        here = [own[round_number] for own in shots.values() if len(own) > round_number]
        here.sort(key=lambda one: lot(seed, run, "group", round_number, one.shot))
        groups += _parts(here, largest)
    for number, group in enumerate(groups):
        if len(group) == 1:
            others = [one for model, own in shots.items() if model != group[0].model for one in own]
            group.append(min(others, key=lambda one: lot(seed, run, "again", number, one.shot)))
    return tuple(Item(key=f"{run}:{number}", run=run, answers=tuple(group)) for number, group in enumerate(groups))


def _parts(here: Sequence[Candidate], largest: int) -> list[list[Candidate]]:
    number = math.ceil(len(here) / largest)
    return [list(here[start::number]) for start in range(number)]


def shown_order(item: Item, *, seed: int, person: str, again: bool = False) -> tuple[Candidate, ...]:
    """Give the answers in the order one person sees them in; `again` with sides swapped, so that each one moves."""
    order = sorted(item.answers, key=lambda one: lot(seed, item.key, person, "order", one.shot))
    turn = len(order) // 2 if again else 0
    return (*order[turn:], *order[:turn])


def due_again(served: Sequence[str], *, seed: int, person: str) -> str | None:
    """Give the key of the item that comes back now, or None where the next one is a new one.

    `served` are the keys of what the person has labelled, in order, returned ones too: every twentieth is a return.
    An item returns once at most, and not among the last five.
    """
    if (len(served) + 1) % REPEAT_EVERY:
        return None
    able = [key for key in served[:-REPEAT_AFTER] if served.count(key) == 1]
    # Repeats measure steadiness over the whole time, so they come from the stretch since the last one.
    recent = [key for key in able if key in served[-REPEAT_EVERY:]] or able
    return min(recent, key=lambda key: lot(seed, key, person, "again"), default=None)
