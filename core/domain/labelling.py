"""What is labelled and how: the choices that a queue is made with."""

from enum import StrEnum


class Overlap(StrEnum):
    """How many people judge each item; `SHARE` is one for most and two for a part of them."""

    ONE = "one"
    TWO = "two"
    EVERYONE = "everyone"
    SHARE = "share"


class NamesShown(StrEnum):
    """When the people who label learn which model wrote what."""

    AFTER_EACH = "after_each"
    AT_THE_END = "at_the_end"
    NEVER = "never"


class StopRule(StrEnum):
    """When a queue is done: once the winner is clear, or after all items."""

    CLEAR_WINNER = "clear_winner"
    ALL = "all"


class JudgementSource(StrEnum):
    """Who passes a judgement that is no person's verdict."""

    JUDGE = "judge"
    CHECK = "check"


class AssessmentState(StrEnum):
    """How far an AI judge or a check has come; one that stopped goes on when somebody asks for it."""

    WAITING = "waiting"
    GOING = "going"
    DONE = "done"
    STOPPED = "stopped"


class ScoreSource(StrEnum):
    """Where a score in [0, 1] comes from; a heuristic (length, copying, reading time) weighs nothing."""

    PERSON = "person"
    IMPORT = "import"
    HEURISTIC = "heuristic"
