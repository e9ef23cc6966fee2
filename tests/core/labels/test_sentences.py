"""What the picks settled, in plain words."""

from fractions import Fraction

import pytest

from core.labels.enough import enough
from core.labels.picks import PairRecord
from core.labels.sentences import say


def _said(wins: int, ties: int, losses: int, *, people: int = 4) -> str:
    scores = ((Fraction(0), losses), (Fraction(1, 2), ties), (Fraction(1), wins))
    record = PairRecord(
        first="simulated/sage",
        second="simulated/pine",
        wins=wins,
        ties=ties,
        losses=losses,
        people=people,
        scores=tuple(row for row in scores if row[1]),
    )
    return say(enough(record), label=lambda model: model.rpartition("/")[2].title())


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        (
            (36, 0, 11),
            "Sage against Pine: Sage is better, 36 of 47 picks by 4 people. You can stop comparing these two.",
        ),
        (
            (8, 3, 36),
            "Pine against Sage: Pine is better, 36 of 47 picks (3 ties) by 4 people. You can stop comparing these two.",
        ),
        (
            (5, 180, 5),
            "Sage against Pine: mostly ties; at most 6 in 100 apart. To see a smaller gap: about 130 more.",
        ),
        (
            (3000, 2000, 2900),
            (
                "Sage against Pine: as good as each other; at most 5 in 100 apart. "
                "To see a smaller gap: more than 1,000 more."
            ),
        ),
        ((24, 1, 12), "Sage against Pine: not clear yet, 24 to 12 and 1 tie. About 60 more picks would tell."),
        ((15, 0, 15), "Sage against Pine: not clear yet, 15 to 15. More than 1,000 more picks would tell."),
        ((9, 0, 0), "Sage against Pine: too early to say, 9 to 0. 2 more picks would make a start."),
        ((0, 0, 0), "Sage against Pine: not compared yet. About 14 picks would make a start."),
    ],
)
def test_a_finding_is_said_plainly(counts: tuple[int, int, int], sentence: str) -> None:
    assert _said(*counts) == sentence


def test_one_person_is_not_called_people() -> None:
    assert "people" not in _said(36, 0, 11, people=1)
