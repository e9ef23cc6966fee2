"""A person's word on a run."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class VerdictKind(StrEnum):
    """What a person said: one shot won, a tie, none is acceptable; or, of a single answer, good enough or not."""

    WINNER = "winner"
    TIE = "tie"
    NONE = "none"
    GOOD = "good"
    NOT_GOOD = "not_good"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One person's word on one run, or on an item of it.

    `compared` are the shots that could be picked when the word was given, in the order in which they were shown;
    shots still going are not among them. `blind` is true where names were hidden at that moment, for ever. `item_id` is
    the item that was labelled, None for an open word on the run; its order was drawn by lot. `seconds` is how long the
    person looked, where that is known.
    """

    id: int
    run_id: int
    person: str
    kind: VerdictKind
    shot_id: int | None
    compared: tuple[int, ...]
    blind: bool
    note: str
    created_at: datetime
    item_id: int | None = None
    seconds: float | None = None
