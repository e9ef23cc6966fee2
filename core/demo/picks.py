"""What people said of the runs: how often each model won against each other one, by kind of task.

The counts are the story: Sage beats Pine clearly, Sage and Swift mostly tie, Sage and Grand need about 40 picks more.
Pulling out facts is done as well by Pine, which costs nothing; explaining numbers is where Swift fails; SQL is open.
"""

from dataclasses import dataclass
from random import Random

from core.demo.office.piece import Task

TIE, NONE, GOOD, NOT_GOOD = "tie", "none", "good", "not_good"

COUNTS: tuple[tuple[Task, tuple[str, ...], dict[str, int]], ...] = (
    (Task.REPLY, ("sage", "swift"), {TIE: 262, "sage": 3, "swift": 10, NONE: 3}),
    (Task.FACTS, ("sage", "swift"), {TIE: 58, "sage": 2, "swift": 3}),
    (Task.SUMMARY, ("sage", "swift"), {TIE: 50, "sage": 3, "swift": 4, NONE: 1}),
    (Task.DRAFT, ("sage", "swift"), {TIE: 33, "sage": 3, "swift": 4, NONE: 2}),
    (Task.NUMBERS, ("sage", "swift"), {TIE: 4, "sage": 12, "swift": 2, NONE: 1}),
    (Task.SQL, ("sage", "swift"), {TIE: 7, "sage": 5, "swift": 4}),
    (Task.REPLY, ("sage", "pine"), {TIE: 3, "sage": 19, "pine": 2, NONE: 2}),
    (Task.SUMMARY, ("sage", "pine"), {TIE: 3, "sage": 12, "pine": 1}),
    (Task.FACTS, ("sage", "pine"), {TIE: 9, "sage": 2, "pine": 7}),
    (Task.DRAFT, ("sage", "pine"), {TIE: 1, "sage": 7}),
    (Task.FACTS, ("swift", "pine"), {TIE: 17, "swift": 4, "pine": 13}),
    (Task.REPLY, ("swift", "pine"), {TIE: 2, "swift": 9, "pine": 1}),
    (Task.CONTRACT, ("sage", "grand"), {TIE: 3, "sage": 3, "grand": 8}),
    (Task.DRAFT, ("sage", "grand"), {TIE: 1, "sage": 1, "grand": 4}),
    (Task.REPLY, ("swift", "fern"), {TIE: 3, "swift": 4, "fern": 3}),
    (Task.PEOPLE, ("pine", "fern"), {TIE: 5, "pine": 3, "fern": 6}),
    (Task.REPLY, ("swift",), {GOOD: 22, NOT_GOOD: 3}),
    (Task.DRAFT, ("swift",), {GOOD: 11, NOT_GOOD: 3}),
    (Task.FACTS, ("pine",), {GOOD: 12, NOT_GOOD: 1}),
)

SECOND_OPINIONS = 60
"""Runs that a second person judged as the first did; the five disagreements come on top."""

NOTES: dict[str, tuple[str, ...]] = {
    "sage": (
        "Says what it does not know. I can send this.",
        "The only one that noticed the second question.",
        "A bit long, but everything in it is needed.",
        "Figures are right, I checked them.",
        "Sounds like us.",
    ),
    "swift": (
        "Short and enough.",
        "I would have written it just like this.",
        "Nobody reads more than four lines anyway.",
        "As good as the long one.",
    ),
    "grand": (
        "Beautiful, and far too dear for every day.",
        "Worth it for a contract.",
        "The list of assumptions saved me half an hour.",
    ),
    "pine": ("Nothing missing, and it never left the building.", "Plain list, that is what I wanted."),
    "fern": ("New, but this one was right.", "Surprisingly good."),
    TIE: (
        "I would send either.",
        "Same content, other words.",
        "No difference that a customer would see.",
        "Both fine.",
    ),
    NONE: ("Both promise a date. We must not.", "Neither can go out. Wrote it myself.", "Both miss the tone."),
    GOOD: ("Sent as it is.",),
    NOT_GOOD: ("Made up a discount.", "Wrong customer number."),
}

DISAGREEMENTS: tuple[tuple[str, str], ...] = (
    (
        "It says sorry once and then does something about it. That is what I would like to read.",
        "Too long for a phone. Half of our customers read this on the bus.",
    ),
    (
        "Swift claims that the refund is on its way. We do not know that!",
        "It is on its way in nine of ten cases. I would rather sound sure.",
    ),
    (
        "Correct, careful, one open question named.",
        "An open question in a letter to a customer looks as if we had not done our work.",
    ),
    (
        '"I stay your contact" is worth more than a voucher.',
        "Nobody of us can promise to stay anybody's contact. Holidays?",
    ),
    (
        "Three sentences, and each of them is needed.",
        "Three sentences to somebody who has waited for two weeks? Take the long one.",
    ),
)
"""What the first and the second person wrote where they picked different answers of one run."""


@dataclass(frozen=True, slots=True)
class AskedPick:
    """A pick that the story needs: of which task and models, and what is said. `notes` are of two who disagree."""

    task: Task
    models: tuple[str, ...]
    shots: int
    outcome: str
    second: str = ""
    notes: tuple[str, str] = ("", "")


def asked_picks(chance: Random) -> list[AskedPick]:
    """Give every pick of the story in a random order."""
    picks = [
        AskedPick(task, models, _shots(chance, models, outcome), outcome)
        for task, models, counts in COUNTS
        for outcome, count in counts.items()
        for _ in range(count)
    ]
    chance.shuffle(picks)
    agreeing = [place for place, pick in enumerate(picks) if pick.outcome not in (GOOD, NOT_GOOD)][:SECOND_OPINIONS]
    for place in agreeing:
        pick = picks[place]
        picks[place] = AskedPick(pick.task, pick.models, pick.shots, pick.outcome, second=pick.outcome)
    picks += [
        AskedPick(Task.REPLY, ("sage", "swift"), 2, first, second=second, notes=notes)
        for (first, second), notes in zip(
            (("sage", "swift"), ("sage", "swift"), ("sage", "swift"), ("sage", "swift"), ("swift", "sage")),
            DISAGREEMENTS,
            strict=True,
        )
    ]
    # Fern came late and few runs can hold its picks, so they are handed out first.
    return sorted(picks, key=lambda pick: "fern" not in pick.models)


def _shots(chance: Random, models: tuple[str, ...], outcome: str) -> int:
    # A pick among unequally many different answers says nothing of a pair, and the story needs each that chose one.
    if len(models) == 1 or (outcome in models and models != ("sage", "pine")):
        return 1
    return chance.choice((1, 2, 2, 2, 3))
