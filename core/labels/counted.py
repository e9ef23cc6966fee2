"""The words that figures count, as picks: settled items once, repeats not at all, equal answers of a model as one."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import blake2b

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.verdict import Verdict, VerdictKind
from core.labels.agreement import NONE, TIE, Rating, Repeat
from core.labels.picks import Pick, pick_of
from core.store import tables
from core.store.among import among
from core.store.database import Database, table
from core.store.item_verdicts import SETTLEMENT, settlements
from core.store.judged import JudgedRun
from core.store.verdict_rows import VERDICT, read_verdicts

ITEM, SHOT, RUN = table(tables.Item), table(tables.Shot), table(tables.Run)


def picks_of(database: Database, judged: Iterable[JudgedRun]) -> tuple[Pick, ...]:
    """Give verdicts as picks. An answer that a model gave twice, word for word, counts once."""
    said = list(judged)
    with database.read() as connection:
        first = _first_of_equals(connection, said)
        again = _repeats(connection)
    found = []
    for each in said:
        if each.verdict.item_id in again:
            continue
        verdict = _merged(each.verdict, first)
        # With names hidden the Run page draws the order by lot too.
        shuffled = each.shuffled or verdict.blind
        pick = pick_of(verdict, models=each.models, prompt=each.prompt, shuffled=shuffled)
        if pick is not None:
            found.append(pick)
    return tuple(found)


def queue_picks(connection: Connection, queue_id: int) -> tuple[Pick, ...]:
    """Give the picks of one queue; of a settled item the lead's alone."""
    mine = sa.select(ITEM.c.id).where(ITEM.c.queue_id == queue_id, ITEM.c.repeat_of.is_(None))
    said = read_verdicts(connection, VERDICT.c.item_id.in_(mine), VERDICT.c.undone_at.is_(None))
    lead = settlements(connection, SETTLEMENT.c.item_id.in_(mine))
    settled = {each.item_id for each in lead}
    counted = [*(each for each in said if each.item_id not in settled), *(each.as_verdict() for each in lead)]
    models = models_of(connection, {shot for each in counted for shot in each.compared})
    asked = sa.select(RUN.c.id, RUN.c.prompt_sha256).where(among(connection, RUN.c.id, {each.run_id for each in said}))
    prompts = {row.id: row.prompt_sha256 or str(row.id) for row in connection.execute(asked)}
    picks = (
        pick_of(each, models=models, prompt=prompts.get(each.run_id, str(each.run_id)), shuffled=True)
        for each in counted
    )
    return tuple(pick for pick in picks if pick is not None)


def queue_ratings(connection: Connection, queue_id: int) -> tuple[Rating, ...]:
    """Give what each person said of each item of a queue, for their agreement: the model that won, tie or none."""
    mine = sa.select(ITEM.c.id).where(ITEM.c.queue_id == queue_id, ITEM.c.repeat_of.is_(None))
    said = read_verdicts(connection, VERDICT.c.item_id.in_(mine), VERDICT.c.undone_at.is_(None))
    models = models_of(connection, {each.shot_id for each in said if each.shot_id is not None})
    return tuple(Rating(item=each.item_id, person=each.person, label=_label(each, models)) for each in said)


def queue_repeats(connection: Connection, queue_id: int, person: str) -> tuple[Repeat, ...]:
    """Give what a person said of each item of a queue that came back with its sides swapped, both times."""
    rows = connection.execute(
        sa.select(ITEM.c.id, ITEM.c.repeat_of).where(ITEM.c.queue_id == queue_id, ITEM.c.repeat_of.is_not(None))
    )
    again = {row.id: row.repeat_of for row in rows}
    wanted = {*again, *again.values()}
    said = read_verdicts(connection, among(connection, VERDICT.c.item_id, wanted), VERDICT.c.undone_at.is_(None))
    own = {each.item_id: each for each in said if each.person == person}
    pairs = ((own[first], own[second]) for second, first in again.items() if first in own and second in own)
    return tuple(
        Repeat(first=_answer(one), second=_answer(two), first_place=_place(one), second_place=_place(two))
        for one, two in pairs
    )


def _answer(verdict: Verdict) -> str:
    return verdict.kind.value if verdict.shot_id is None else f"{verdict.kind.value} {verdict.shot_id}"


def _place(verdict: Verdict) -> int | None:
    return verdict.compared.index(verdict.shot_id) if verdict.shot_id in verdict.compared else None


def models_of(connection: Connection, shots: Iterable[int]) -> dict[int, str]:
    """Give the model of each of these shots."""
    rows = connection.execute(sa.select(SHOT.c.id, SHOT.c.model).where(among(connection, SHOT.c.id, shots)))
    return {row.id: row.model for row in rows}


def labels_of(connection: Connection, models: Iterable[str]) -> dict[str, str]:
    """Give what pages call each model: the label of its newest shot."""
    newest = sa.select(sa.func.max(SHOT.c.id)).where(among(connection, SHOT.c.model, models)).group_by(SHOT.c.model)
    rows = connection.execute(sa.select(SHOT.c.model, SHOT.c.label).where(SHOT.c.id.in_(newest)))
    return {row.model: row.label for row in rows}


def _label(verdict: Verdict, models: Mapping[int, str]) -> str:
    if verdict.kind is VerdictKind.WINNER:
        return models.get(verdict.shot_id or 0, "gone")
    return {VerdictKind.TIE: TIE, VerdictKind.NONE: NONE}.get(verdict.kind, verdict.kind.value)


def _repeats(connection: Connection) -> frozenset[int]:
    return frozenset(connection.execute(sa.select(ITEM.c.id).where(ITEM.c.repeat_of.is_not(None))).scalars())


def _first_of_equals(connection: Connection, said: Iterable[JudgedRun]) -> dict[int, int]:
    """Give, for each shot whose very text its model had given before in the run, the first shot that did.

    Texts are read only where a pick compared two answers of one model.
    """
    doubtful = set()
    for each in said:
        models = [each.models[shot] for shot in each.verdict.compared if shot in each.models]
        if len(set(models)) < len(models):
            doubtful.add(each.verdict.run_id)
    asked = sa.select(SHOT.c.id, SHOT.c.run_id, SHOT.c.model, SHOT.c.text).where(
        among(connection, SHOT.c.run_id, doubtful)
    )
    first: dict[tuple[int, str, bytes], int] = {}
    found = {}
    for row in connection.execute(asked.order_by(SHOT.c.id)):
        text = blake2b(row.text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        known = first.setdefault((row.run_id, row.model, text), row.id)
        if known != row.id:
            found[row.id] = known
    return found


def _merged(verdict: Verdict, first: Mapping[int, int]) -> Verdict:
    compared = tuple(dict.fromkeys(first.get(shot, shot) for shot in verdict.compared))
    winner = None if verdict.shot_id is None else first.get(verdict.shot_id, verdict.shot_id)
    return verdict if compared == verdict.compared else replace(verdict, compared=compared, shot_id=winner)
