"""What was labelled in the demo beside the picks on runs: a queue with disagreements, an AI judge, and qualities.

The queue "Complaint replies" holds twelve items that two colleagues have judged: on seven they agree, on five they do
not. It is for whoever comes, so a visitor finds all twelve waiting. The judge agrees with people in 78 of 100 runs and,
where it does not, likes the longer answer.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.demo.cast import BEN
from core.demo.chance import chance_of
from core.domain.labelling import JudgementSource, NamesShown, Overlap, StopRule
from core.domain.run import Origin
from core.domain.verdict import VerdictKind
from core.labels.rollup import rebuild
from core.store import tables
from core.store.among import among
from core.store.database import Database, table

RUN, SHOT, VERDICT, PERSON, QUEUE, ITEM, TURN, JUDGEMENT, TAG, RUN_TAG = (
    table(each)
    for each in (
        tables.Run,
        tables.Shot,
        tables.VerdictRow,
        tables.Person,
        tables.Queue,
        tables.Item,
        tables.Turn,
        tables.JudgementRow,
        tables.Tag,
        tables.RunTag,
    )
)
QUEUE_ID = "complaint-replies"
NAME, QUESTION = "Complaint replies", "Which reply would you send?"
GUIDE = """**What counts**: would you send it as it is? First that nothing in it is wrong or promised without knowing,
then the tone, then the length.

* Better: "The second charge is on its way back; I write as soon as the bank confirms it."
* Worse: "Your money will be there tomorrow." Nobody here can know that.

Between two that you would both send, pick Tie."""
AGREED, DISPUTED = 7, 5
JUDGE, JUDGE_VERSION = "simulated/grand", "1"
JUDGED, JUDGE_AGREES = 200, 156
"""Runs that the judge has judged, and on how many of them it says what people say: 78 in 100."""
REASONS = (
    "It covers more of what was asked.",
    "More complete and better ordered.",
    "It gives its reasons.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """A run between two models with what people said of it: rows of verdicts, oldest first, and the shots by model."""

    run_id: int
    public_id: str
    said: tuple[Any, ...]
    shots: dict[str, list[Any]]

    def winner(self, verdict: Any) -> str:
        """Give the model that a word is for, or the word itself where it is for none."""
        if verdict.kind != VerdictKind.WINNER:
            return str(verdict.kind)
        return next(model for model, own in self.shots.items() if any(shot.id == verdict.shot_id for shot in own))

    def pair(self) -> dict[str, Any]:
        """Give one shot of each model: those that were picked, else the first."""
        picked = {each.shot_id for each in self.said}
        return {
            model: next((shot for shot in own if shot.id in picked), own[0])
            for model, own in sorted(self.shots.items())
        }


def write_labels(database: Database, *, seed: int, now: datetime) -> None:
    """Write queue, judgements and qualities over the made-up history. Raises StoreError and its kinds."""
    with database.write() as connection:
        judged = _between_two(connection)
        queued = _queued(judged)
        _write_queue(connection, queued, now=now)
        rest = [each for each in judged if each not in queued and len(each.said) == 1]
        chance = chance_of(seed, "judge")
        chance.shuffle(rest)
        rows = _judgements(rest[:JUDGED], reasons=[chance.choice(REASONS) for _ in range(JUDGED)])
        if rows:
            connection.execute(sa.insert(JUDGEMENT), rows)
    rebuild(database)


def _between_two(connection: Connection) -> list[_Judged]:
    """Give the made-up runs of two models that were judged, the newest first."""
    complaint = sa.exists().where(RUN_TAG.c.run_id == RUN.c.id, RUN_TAG.c.tag_id == TAG.c.id, TAG.c.name == "complaint")
    asked = (
        sa.select(VERDICT, RUN.c.public_id, complaint.label("complaint"))
        .join(RUN, RUN.c.id == VERDICT.c.run_id)
        .where(
            RUN.c.origin == Origin.DEMO,
            VERDICT.c.undone_at.is_(None),
            VERDICT.c.kind.in_((VerdictKind.WINNER, VerdictKind.TIE, VerdictKind.NONE)),
        )
        .order_by(VERDICT.c.id)
    )
    said: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(asked):
        said[row.run_id].append(row)
    shots = _shots(connection, {shot for own in said.values() for each in own for shot in each.compared})
    found = []
    for run_id, own in sorted(said.items(), reverse=True):
        by_model: dict[str, list[Any]] = defaultdict(list)
        for shot in own[0].compared:
            if shot in shots:
                by_model[shots[shot].model].append(shots[shot])
        if len(by_model) == 2:
            found.append(_Judged(run_id=run_id, public_id=own[0].public_id, said=tuple(own), shots=dict(by_model)))
    return found


def _shots(connection: Connection, ids: Iterable[int]) -> dict[int, Any]:
    asked = sa.select(SHOT.c.id, SHOT.c.model, sa.func.length(SHOT.c.text).label("length"))
    return {row.id: row for row in connection.execute(asked.where(among(connection, SHOT.c.id, ids)))}


def _queued(judged: Sequence[_Judged]) -> list[_Judged]:
    """Give the runs of the queue: those on which two people disagree, and some on which they agree."""
    replies = [each for each in judged if set(each.shots) == {"simulated/sage", "simulated/swift"}]
    twice = [each for each in replies if len(each.said) == 2]
    disputed = [each for each in twice if len({each.winner(said) for said in each.said}) == 2]
    agreed = [each for each in twice if each not in disputed and each.said[0].complaint]
    return disputed[:DISPUTED] + agreed[:AGREED]


def _write_queue(connection: Connection, queued: Sequence[_Judged], *, now: datetime) -> None:
    # Its items went with the runs of the history before.
    connection.execute(sa.delete(QUEUE).where(QUEUE.c.public_id == QUEUE_ID))
    if not queued:
        return
    made = now.astimezone(UTC) - timedelta(days=2)
    queue_id = connection.execute(
        sa.insert(QUEUE)
        .values(
            public_id=QUEUE_ID,
            name=NAME,
            question=QUESTION,
            guide=GUIDE,
            view={"runs": len(queued)},
            people=[],
            overlap=Overlap.EVERYONE,
            share=0.0,
            names_shown=NamesShown.AFTER_EACH,
            stop=StopRule.ALL,
            seed=7,
            created_by=sa.select(PERSON.c.id).where(PERSON.c.name == BEN.name).scalar_subquery(),
            created_at=made,
        )
        .returning(QUEUE.c.id)
    ).scalar_one()
    for number, each in enumerate(queued):
        _write_item(connection, queue_id, each, number=number, made=made)


def _write_item(connection: Connection, queue_id: int, judged: _Judged, *, number: int, made: datetime) -> None:
    """Write an item over a run, and make the words of the two people words on this item."""
    pair = judged.pair()
    shots = [shot.id for shot in pair.values()]
    item_id = connection.execute(
        sa.insert(ITEM)
        .values(
            public_id=f"{QUEUE_ID}-{number + 1}",
            queue_id=queue_id,
            run_id=judged.run_id,
            key=f"{judged.public_id}:0",
            shots=shots,
            swapped=False,
            created_at=made,
        )
        .returning(ITEM.c.id)
    ).scalar_one()
    for place, said in enumerate(judged.said):
        winner = pair[judged.winner(said)].id if said.kind == VerdictKind.WINNER else None
        connection.execute(
            sa.update(VERDICT)
            .where(VERDICT.c.id == said.id)
            .values(item_id=item_id, shot_id=winner, compared=shots[:: 1 if place else -1], blind=True)
        )
        turn = {"item_id": item_id, "person_id": said.person_id, "position": number}
        connection.execute(sa.insert(TURN).values(turn))


def _judgements(judged: Sequence[_Judged], *, reasons: Sequence[str]) -> list[dict[str, Any]]:
    """Give the judge's words on runs: where it contradicts people, it is for the longer answer."""
    agreeing = round(len(judged) * JUDGE_AGREES / JUDGED)
    # First those on which the longer answer won or nothing speaks against it; the judge follows people there.
    order = sorted(judged, key=lambda each: _longer(each) != each.winner(each.said[0]))
    rows = []
    for place, (each, reason) in enumerate(zip(order, reasons, strict=False)):
        pair, people = each.pair(), each.winner(each.said[0])
        word = people if place < agreeing else _other(each, people)
        outcome = VerdictKind(word) if word in (VerdictKind.TIE, VerdictKind.NONE) else VerdictKind.WINNER
        compared = [shot.id for shot in pair.values()]
        rows.append(
            {
                "run_id": each.run_id,
                "source": JudgementSource.JUDGE,
                "name": JUDGE,
                "version": JUDGE_VERSION,
                "subject": ">".join(map(str, compared)),
                "compared": compared,
                "outcome": outcome,
                "shot_id": pair[word].id if outcome is VerdictKind.WINNER else None,
                "flipped": outcome is VerdictKind.TIE and place % 5 == 0,
                "reason": reason if outcome is VerdictKind.WINNER else "Both say the same.",
                "cost_runs": [],
                "created_at": each.said[0].created_at + timedelta(hours=1),
            }
        )
    return rows


def _longer(judged: _Judged) -> str:
    pair = judged.pair()
    return max(pair, key=lambda model: pair[model].length)


def _other(judged: _Judged, people: str) -> str:
    """Give what the judge says where it contradicts people: the longer answer, else a tie."""
    longer = _longer(judged)
    return longer if longer != people else VerdictKind.TIE.value
