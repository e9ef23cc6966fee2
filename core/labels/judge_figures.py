"""How far an AI judge agrees with people, and what it likes: figures from judgements and verdicts on the same pairs.

A judge is compared with people pair by pair: where a person chose among four answers and picked one of the two that the
judge compared, or called it a tie, that is a word on this pair too.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.verdict import Verdict, VerdictKind
from core.labels.agreement import NONE, TIE, JudgeAgreement, JudgeWord, Rating, Share, judge_agreement, longer_wins
from core.labels.counted import labels_of, models_of
from core.store import tables
from core.store.among import among
from core.store.database import table
from core.store.judgements import Judgement
from core.store.run_reads import label_of
from core.store.verdict_rows import VERDICT, read_verdicts

SHOT = table(tables.Shot)
ENOUGH = 5
"""Pairs that both a judge and people judged below which no share of agreement is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeFigures:
    """A judge (`name` is the model's, `version` the wording's) beside people.

    `pairs` it has compared; `unread` of its words could not be read. `longer` is how often the longer answer won with
    the judge, `longer_people` with people on the same pairs.
    """

    name: str
    label: str
    version: str
    pairs: int
    unread: int
    agreement: JudgeAgreement
    longer: Share | None
    longer_people: Share | None

    @property
    def told(self) -> Share | None:
        """Give the share of people's words that the judge shares, None while too few pairs were judged by both."""
        share = self.agreement.with_people
        return share if share is not None and share.number >= ENOUGH else None


def judge_figures(connection: Connection, said: Sequence[Judgement]) -> tuple[JudgeFigures, ...]:
    """Give the figures of each judge among these judgements, the one with most pairs first."""
    own: dict[tuple[str, str], list[Judgement]] = defaultdict(list)
    for each in said:
        if len(each.compared) == 2:
            own[each.name, each.version].append(each)
    runs = {each.run_id for each in said}
    people: dict[int, list[Verdict]] = defaultdict(list)
    for verdict in read_verdicts(connection, among(connection, VERDICT.c.run_id, runs), VERDICT.c.undone_at.is_(None)):
        people[verdict.run_id].append(verdict)
    shots = {shot for each in said for shot in each.compared}
    models = models_of(connection, shots)
    asked = sa.select(SHOT.c.id, sa.func.length(SHOT.c.text)).where(among(connection, SHOT.c.id, shots))
    beside = _Beside(
        people=people, models=models, lengths={int(row[0]): int(row[1]) for row in connection.execute(asked)}
    )
    labels = labels_of(connection, {name for name, _ in own})
    found = [
        beside.figures(each, name=name, version=version, label=labels.get(name) or label_of(name))
        for (name, version), each in own.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.pairs, each.label)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """What people said by run; model and length of each shot."""

    people: Mapping[int, Sequence[Verdict]]
    models: Mapping[int, str]
    lengths: Mapping[int, int]

    def figures(self, said: Sequence[Judgement], *, name: str, version: str, label: str) -> JudgeFigures:
        words: dict[Hashable, JudgeWord] = {}
        ratings: list[Rating] = []
        longer: list[tuple[int, int]] = []
        longer_people: list[tuple[int, int]] = []
        for each in said:
            if each.outcome is None:
                continue
            key = (each.run_id, *each.compared)
            words[key] = JudgeWord(label=self._label(each.outcome, each.shot_id), flipped=each.flipped)
            longer += self._lengths(each.shot_id, each.compared)
            for verdict in self._on(each):
                picked = self._label(verdict.kind, verdict.shot_id)
                ratings.append(Rating(item=key, person=verdict.person, label=picked))
                longer_people += self._lengths(verdict.shot_id, each.compared)
        return JudgeFigures(
            name=name,
            label=label,
            version=version,
            pairs=len(said),
            unread=len(said) - len(words),
            agreement=judge_agreement(ratings, words),
            longer=longer_wins(longer),
            longer_people=longer_wins(longer_people),
        )

    def _on(self, judgement: Judgement) -> Iterator[Verdict]:
        """Give what people said of the pair: a winner outside of it says nothing."""
        for verdict in self.people.get(judgement.run_id, ()):
            if not set(judgement.compared) <= set(verdict.compared):
                continue
            if verdict.kind is not VerdictKind.WINNER or verdict.shot_id in judgement.compared:
                yield verdict

    def _label(self, kind: VerdictKind, shot: int | None) -> str:
        if kind is VerdictKind.WINNER:
            return self.models.get(shot or 0, "gone")
        return TIE if kind is VerdictKind.TIE else NONE

    def _lengths(self, winner: int | None, pair: Sequence[int]) -> list[tuple[int, int]]:
        if winner is None or winner not in pair:
            return []
        loser = next(shot for shot in pair if shot != winner)
        return [(self.lengths.get(winner, 0), self.lengths.get(loser, 0))]
