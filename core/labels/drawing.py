"""Items out of runs: which answers stand side by side in a queue, and what such a queue would ask of people."""

import math
from collections.abc import Iterable, Sequence
from itertools import groupby

from core.domain.labelling import Overlap
from core.labels.enough import detectable_win_rate
from core.labels.items import Candidate, Item, draw_items, lot
from core.labels.views import NewQueue, Workload
from core.store.items import AnswerToLabel

SECONDS_A_PICK = 40
"""How long a pick takes while nothing was measured here."""


def distinct(answers: Iterable[AnswerToLabel]) -> dict[str, tuple[Candidate, ...]]:
    """Give the answers of each run that differ: what a model said twice, word for word, stands once."""
    found: dict[str, dict[tuple[str, str], Candidate]] = {}
    for answer in answers:
        own = found.setdefault(answer.run, {})
        own.setdefault((answer.model, answer.text.strip()), Candidate(shot=answer.shot_id, model=answer.model))
    return {run: tuple(own.values()) for run, own in found.items()}


def drawn(candidates: dict[str, tuple[Candidate, ...]], wanted: NewQueue, *, seed: int) -> tuple[Item, ...]:
    """Give the items of a queue in an order drawn by lot."""
    found: list[Item] = []
    for run, own in candidates.items():
        found += draw_items(run, own, seed=seed)[: wanted.per_run]
    found.sort(key=lambda item: lot(seed, item.key, "order"))
    return tuple(found[: wanted.most])


def workload(items: Sequence[Item], wanted: NewQueue, *, seconds: float = SECONDS_A_PICK) -> Workload:
    """Give what these items would ask of people."""
    people = max(1, len(wanted.people))
    seen_by, shared = seen_by_of(wanted.overlap, wanted.share, people)
    picks = len(items) * min(people, seen_by) + (round(len(items) * shared) if people > seen_by else 0)
    each = math.ceil(picks / people)
    compared = sum(len(item.models) > 1 for item in items)
    return Workload(
        items=len(items),
        people=people,
        each=each,
        minutes=max(1, round(each * seconds / 60)),
        win_rate=detectable_win_rate(round(picks * compared / len(items))) if compared else None,
    )


def seen_by_of(overlap: Overlap, share: float, people: int) -> tuple[int, float]:
    """Give how many people judge every item, and which part of the items one more does."""
    if overlap is Overlap.EVERYONE:
        return max(1, people), 0.0
    return (2, 0.0) if overlap is Overlap.TWO else (1, share if overlap is Overlap.SHARE else 0.0)


def by_run(answers: Iterable[AnswerToLabel]) -> dict[str, int]:
    """Give the key of each run by its public id."""
    return {run: next(own).run_id for run, own in groupby(answers, key=lambda answer: answer.run)}
