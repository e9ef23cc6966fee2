"""Each shot's quality, kept as words come and go: the stored tally moves by what is new, within the same transaction.

How a quality is made of words stands in quality.py; here its whole numbers meet the rows of the store.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.labelling import JudgementSource, ScoreSource
from core.domain.verdict import Verdict
from core.errors import InputError
from core.labels.quality import Observation, Source, Tally, of_rating, of_verdict
from core.store.database import Database
from core.store.item_verdicts import SETTLEMENT, settlements
from core.store.judgements import JUDGEMENT, Judgement, read_judgements
from core.store.scores import QUALITY, SCORE, ScoreRecord, TallyRow, read_scores, tallies, write_tallies
from core.store.verdict_rows import VERDICT, read_verdicts

Said = Iterable[tuple[int, int, Observation]]
"""Run, shot and what was said of the shot."""

REBUILT_AT_ONCE = 20_000
"""Runs whose qualities are made anew together."""


def note_verdicts(connection: Connection, gone: Sequence[Verdict], come: Sequence[Verdict]) -> None:
    """Move the qualities by verdicts that no longer count and such that do now."""
    _move(connection, gone=_of_verdicts(gone), come=_of_verdicts(come))


def note_judgements(connection: Connection, gone: Sequence[Judgement], come: Sequence[Judgement]) -> None:
    """Move the qualities by judgements that no longer count and such that do now."""
    _move(connection, gone=_of_judgements(gone), come=_of_judgements(come))


def note_scores(connection: Connection, come: Sequence[ScoreRecord]) -> None:
    """Move the qualities by new scores."""
    _move(connection, gone=(), come=_of_scores(come))


def rebuild(database: Database) -> int:
    """Make all qualities anew from what was said, and give how many shots have one.

    For rows that were written without notice: a database of an earlier version, made-up history.
    """
    with database.write() as connection:
        connection.execute(sa.delete(QUALITY))
        last = max(_last_run(connection, source) for source in (VERDICT, JUDGEMENT, SCORE))
        for start in range(0, last + 1, REBUILT_AT_ONCE):
            _rebuild_part(connection, start, start + REBUILT_AT_ONCE)
        return int(connection.execute(sa.select(sa.func.count()).select_from(QUALITY)).scalar_one())


def _last_run(connection: Connection, source: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.max(source.c.run_id))).scalar() or 0)


def _rebuild_part(connection: Connection, start: int, end: int) -> None:
    """Make the qualities of the runs with keys from `start` up to `end`."""

    def within(column: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        return sa.and_(column >= start, column < end)

    settled = settlements(connection, within(SETTLEMENT.c.run_id))
    taken_over = {each.item_id for each in settled}
    said = read_verdicts(connection, VERDICT.c.undone_at.is_(None), within(VERDICT.c.run_id))
    verdicts = [each for each in said if each.item_id not in taken_over or each.item_id is None]
    verdicts += [each.as_verdict() for each in settled]
    note_verdicts(connection, (), verdicts)
    note_judgements(connection, (), read_judgements(connection, within(JUDGEMENT.c.run_id)))
    note_scores(connection, read_scores(connection, within(SCORE.c.run_id)))


def _move(connection: Connection, *, gone: Said, come: Said) -> None:
    minus: dict[int, list[Observation]] = defaultdict(list)
    plus: dict[int, list[Observation]] = defaultdict(list)
    run_of: dict[int, int] = {}
    for changes, said in ((minus, gone), (plus, come)):
        for run, shot, observation in said:
            changes[shot].append(observation)
            run_of[shot] = run
    known = tallies(connection, run_of)
    rows = []
    for shot, run in run_of.items():
        tally = _tally(known.get(shot))
        for observation in plus[shot]:
            tally = tally.add(observation)
        for observation in minus[shot]:
            tally = tally.remove(observation)
        rows.append(_row(shot, run, tally))
    write_tallies(connection, rows)


def _of_verdicts(verdicts: Sequence[Verdict]) -> Iterator[tuple[int, int, Observation]]:
    for verdict in verdicts:
        try:
            said = of_verdict(verdict.kind, compared=verdict.compared, winner=verdict.shot_id)
        except (
            InputError
        ):  # a row of an earlier version, or one whose shot is gone: it says nothing that can be counted
            continue
        for shot, observation in said.items():
            yield verdict.run_id, shot, observation


def _of_judgements(judgements: Sequence[Judgement]) -> Iterator[tuple[int, int, Observation]]:
    for each in judgements:
        source = Source.JUDGE if each.source is JudgementSource.JUDGE else Source.CHECK
        if each.score is not None:
            for shot in each.compared:
                yield each.run_id, shot, of_rating(each.score, source=source)
        elif each.outcome is not None:
            said = of_verdict(each.outcome, compared=each.compared, winner=each.shot_id, source=source)
            for shot, observation in said.items():
                yield each.run_id, shot, observation


def _of_scores(scores: Sequence[ScoreRecord]) -> Iterator[tuple[int, int, Observation]]:
    sources = {
        ScoreSource.PERSON: Source.PERSON,
        ScoreSource.IMPORT: Source.IMPORT,
        ScoreSource.HEURISTIC: Source.HEURISTIC,
    }
    for score in scores:
        yield score.run_id, score.shot_id, of_rating(score.value, source=sources[score.source], weight=score.weight)


def _tally(row: TallyRow | None) -> Tally:
    if row is None:
        return Tally()
    return Tally(
        people_weight=row.people_weight,
        people_total=row.people_total,
        machine_weight=row.machine_weight,
        machine_total=row.machine_total,
    )


def _row(shot: int, run: int, tally: Tally) -> TallyRow:
    found = tally.quality()
    return TallyRow(
        shot_id=shot,
        run_id=run,
        people_weight=tally.people_weight,
        people_total=tally.people_total,
        machine_weight=tally.machine_weight,
        machine_total=tally.machine_total,
        quality=None if found is None else found.value,
        weight=0.0 if found is None else found.weight,
    )
