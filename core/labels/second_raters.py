"""What AI judges and checks have said, set beside what people say: agreement, contradictions, shares of passes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.labelling import JudgementSource
from core.domain.verdict import Verdict, VerdictKind
from core.labels.check_passes import CheckFigures, check_passes
from core.labels.item_views import view_of
from core.labels.judge import Choice, ItemJudgement, of_pairs
from core.labels.judge import Judgement as PairWord
from core.labels.judge_figures import JudgeFigures, judge_figures
from core.labels.views import ItemView, Said
from core.store import tables
from core.store.among import among
from core.store.assessments import AssessmentRecord
from core.store.database import Database, table
from core.store.history_filter import HistoryFilter, conditions
from core.store.item_verdicts import SETTLEMENT, settlements
from core.store.items import ItemRecord, Items
from core.store.judgements import JUDGEMENT, Judgement, read_judgements
from core.store.queues import QueueRecord, Queues
from core.store.verdict_rows import VERDICT, read_verdicts

RUN = table(tables.Run)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeSaid:
    """A judge's word on an item, as one person sees the item; `flipped` that its two orders contradicted each other."""

    judge: str
    kind: VerdictKind
    number: int | None
    reason: str
    flipped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """An item on which a judge says something else than people; `shared` is the part of them that it agrees with."""

    item: ItemView
    said: tuple[Said, ...]
    judge: JudgeSaid
    shared: float
    settled: bool


class SecondRaters:
    """What judges and checks said in one workspace."""

    def __init__(self, database: Database) -> None:
        """Read this database."""
        self._database = database
        self._queues = Queues(database)
        self._items = Items(database)

    def judges(self, wanted: HistoryFilter) -> tuple[JudgeFigures, ...]:
        """Give every judge over the runs that a filter lets through, the one with most pairs first."""
        with self._database.read() as connection:
            within = sa.select(RUN.c.id).where(*conditions(connection, wanted))
            return judge_figures(
                connection,
                read_judgements(
                    connection, JUDGEMENT.c.run_id.in_(within), JUDGEMENT.c.source == JudgementSource.JUDGE
                ),
            )

    def judges_of_queue(self, public_id: str) -> tuple[JudgeFigures, ...]:
        """Give the judges of a queue's answers. Raises NotFound."""
        items = self._items.of_queue(self._queues.get(public_id).id)
        pairs = {tuple(sorted(pair)) for item in items for pair in combinations(item.shots, 2)}
        with self._database.read() as connection:
            said = _judged(connection, items)
            return judge_figures(connection, [each for each in said if tuple(sorted(each.compared)) in pairs])

    def judges_of(self, request: AssessmentRecord) -> tuple[JudgeFigures, ...]:
        """Give the judge of a request, over what it was asked to compare."""
        with self._database.read() as connection:
            said = _of_request(connection, request)
            pairs = {tuple(sorted(pair)) for part in request.parts for pair in combinations(part.shots, 2)}
            return judge_figures(connection, [each for each in said if tuple(sorted(each.compared)) in pairs])

    def checks_of(self, request: AssessmentRecord) -> tuple[CheckFigures, ...]:
        """Give the check of a request by model."""
        with self._database.read() as connection:
            return check_passes(connection, _of_request(connection, request))

    def contradictions(self, public_id: str, *, person: str) -> tuple[Contradiction, ...]:
        """Give the items of a queue on which a judge and people differ, the plainest first. Raises NotFound."""
        queue = self._queues.get(public_id)
        found = []
        for item, judge, word, said, lead in self._beside(queue):
            people = said if lead is None else (lead,)
            shared = sum(_same(each, word, item) for each in people) / max(1, len(people))
            if shared >= 0.5 or not people or not word.readable:
                continue
            view = view_of(self._database, item, seed=queue.seed, person=person)
            found.append(
                Contradiction(
                    item=view,
                    said=tuple(_said(each, view) for each in said),
                    judge=judge_said(judge, word, view, item.shots),
                    shared=shared,
                    settled=lead is not None,
                )
            )
        return tuple(sorted(found, key=lambda each: (each.settled, each.shared, each.judge.flipped)))

    def words_on(self, public_id: str, *, person: str) -> dict[str, tuple[JudgeSaid, ...]]:
        """Give what judges said of a queue's items, by the item's public id. Raises NotFound."""
        queue = self._queues.get(public_id)
        found: dict[str, list[JudgeSaid]] = defaultdict(list)
        for item, judge, word, _, _ in self._beside(queue):
            if word.readable:
                view = view_of(self._database, item, seed=queue.seed, person=person)
                found[item.public_id].append(judge_said(judge, word, view, item.shots))
        return {item: tuple(words) for item, words in found.items()}

    def checks(self, wanted: HistoryFilter) -> tuple[CheckFigures, ...]:
        """Give every check by model over the runs that a filter lets through, by check and label."""
        with self._database.read() as connection:
            within = sa.select(RUN.c.id).where(*conditions(connection, wanted))
            return check_passes(
                connection,
                read_judgements(
                    connection, JUDGEMENT.c.run_id.in_(within), JUDGEMENT.c.source == JudgementSource.CHECK
                ),
            )

    def checks_of_queue(self, public_id: str) -> tuple[CheckFigures, ...]:
        """Give the checks over a queue's answers, by check and label. Raises NotFound."""
        items = self._items.of_queue(self._queues.get(public_id).id)
        shots = {shot for item in items for shot in item.shots}
        with self._database.read() as connection:
            said = read_judgements(
                connection,
                JUDGEMENT.c.source == JudgementSource.CHECK,
                among(connection, JUDGEMENT.c.run_id, {item.run_id for item in items}),
            )
            return check_passes(connection, [each for each in said if each.compared[0] in shots])

    def _beside(
        self, queue: QueueRecord
    ) -> Iterator[tuple[ItemRecord, Sequence[Judgement], ItemJudgement, tuple[Verdict, ...], Verdict | None]]:
        """Give each judged item with the judge's words on its pairs, its word, what people said, the lead's word."""
        items = [item for item in self._items.of_queue(queue.id) if item.repeat_of is None]
        with self._database.read() as connection:
            judged = _judged(connection, items)
            ids = [item.id for item in items]
            verdicts = read_verdicts(
                connection, among(connection, VERDICT.c.item_id, ids), VERDICT.c.undone_at.is_(None)
            )
            lead = {
                each.item_id: each.as_verdict()
                for each in settlements(connection, among(connection, SETTLEMENT.c.item_id, ids))
            }
        by_run: dict[int, list[Judgement]] = defaultdict(list)
        for each in judged:
            by_run[each.run_id].append(each)
        for item in items:
            said = tuple(each for each in verdicts if each.item_id == item.id)
            for own in _by_judge(by_run[item.run_id], item.shots):
                yield item, own, item_word(own, item.shots), said, lead.get(item.id)


def _of_request(connection: Connection, request: AssessmentRecord) -> tuple[Judgement, ...]:
    return read_judgements(
        connection,
        among(connection, JUDGEMENT.c.run_id, {part.run_id for part in request.parts}),
        JUDGEMENT.c.source == request.source,
        JUDGEMENT.c.name == request.name,
        JUDGEMENT.c.version == request.version,
    )


def item_word(said: Iterable[Judgement], shots: Sequence[int]) -> ItemJudgement:
    """Give a judge's word on an item from its words on pairs of shots; indices are places in `shots`."""
    place = {shot: index for index, shot in enumerate(shots)}
    pairs = {}
    for each in said:
        first, second = sorted(each.compared, key=place.__getitem__)
        pairs[place[first], place[second]] = PairWord(
            choice=_choice(each, first), flipped=each.flipped, reasons=(each.reason,) if each.reason else (), asked=0
        )
    return of_pairs(len(shots), pairs)


def judge_said(said: Sequence[Judgement], word: ItemJudgement, view: ItemView, shots: Sequence[int]) -> JudgeSaid:
    """Give a judge's word as a person sees the item."""
    kind = VerdictKind.NONE if word.none else VerdictKind.TIE if word.winner is None else VerdictKind.WINNER
    winner = None if word.winner is None else shots[word.winner]
    for_it = (each.reason for each in said if each.reason and each.shot_id == winner)
    return JudgeSaid(
        judge=said[0].name,
        kind=kind,
        number=view.number_of(winner),
        reason=next(for_it, ""),
        flipped=word.flips > 0,
    )


def _choice(said: Judgement, first: int) -> Choice | None:
    if said.outcome is None:
        return None
    if said.outcome is VerdictKind.WINNER:
        return Choice.FIRST if said.shot_id == first else Choice.SECOND
    return Choice.NONE if said.outcome is VerdictKind.NONE else Choice.TIE


def _judged(connection: Connection, items: Sequence[ItemRecord]) -> tuple[Judgement, ...]:
    return read_judgements(
        connection,
        JUDGEMENT.c.source == JudgementSource.JUDGE,
        among(connection, JUDGEMENT.c.run_id, {item.run_id for item in items}),
    )


def _by_judge(said: Sequence[Judgement], shots: Sequence[int]) -> Iterator[Sequence[Judgement]]:
    """Give what each judge, in its newest wording, said of pairs of these shots; the newest of equal pairs counts."""
    of_judge: dict[str, dict[frozenset[int], Judgement]] = defaultdict(dict)
    for each in said:
        if len(each.compared) == 2 and set(each.compared) <= set(shots):
            of_judge[each.name][frozenset(each.compared)] = each
    for own in of_judge.values():
        yield tuple(own.values())


def _same(verdict: Verdict, word: ItemJudgement, item: ItemRecord) -> bool:
    if verdict.kind is VerdictKind.WINNER:
        return word.winner is not None and item.shots[word.winner] == verdict.shot_id
    return word.winner is None and word.none == (verdict.kind is VerdictKind.NONE)


def _said(verdict: Verdict, view: ItemView) -> Said:
    return Said(person=verdict.person, kind=verdict.kind, number=view.number_of(verdict.shot_id), note=verdict.note)
