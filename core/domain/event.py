"""Events: what others may be told of, as it happened, without a person's name and without any prompt or answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


class EventKind(StrEnum):
    """What can happen."""

    RUN_STARTED = "run.started"
    ATTEMPT_FINISHED = "attempt.finished"
    SHOT_SETTLED = "shot.settled"
    RUN_SETTLED = "run.settled"
    VERDICT_GIVEN = "verdict.given"
    VERDICT_TAKEN_BACK = "verdict.taken_back"
    ROUTE_DECIDED = "route.decided"
    BUDGET_CROSSED = "budget.crossed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, written in the transaction of the fact itself.

    `run` is the public id of the run it belongs to, empty for one that belongs to none: events of one run are delivered
    in their order. Sums of money in `data` are decimal texts in USD, durations microseconds.
    """

    kind: EventKind
    at: datetime
    run: str = ""
    data: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenEvent:
    """An event as it stands in the outbox. `uid` stays the same however often it is delivered; `number` ascends."""

    number: int
    uid: str
    kind: EventKind
    at: datetime
    run: str
    data: str
    """The event's data as JSON text."""
