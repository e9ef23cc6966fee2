from datetime import UTC, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from core.domain.labelling import JudgementSource, ScoreSource
from core.domain.verdict import VerdictKind
from core.labels.rollup import note_judgements, note_scores, note_verdicts, rebuild
from core.store import tables
from core.store.database import Database, table
from core.store.item_verdicts import ItemVerdicts
from core.store.items import Items, NewItem
from core.store.judgements import Judgement, Judgements
from core.store.scores import ScoreRecord, Scores, add_scores
from core.store.verdicts import Verdicts

WINNER, TIE, NONE = VerdictKind.WINNER, VerdictKind.TIE, VerdictKind.NONE
SHOTS = (1, 2, 3)
NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)


@pytest.fixture
def run(database: Database) -> int:
    with database.write() as connection:
        run_id = int(
            connection.execute(
                sa.insert(table(tables.Run))
                .values(
                    public_id="run",
                    origin="page",
                    state="done",
                    created_at=NOON,
                    visibility="team",
                    strategy="hybrid",
                    prompt="p",
                )
                .returning(table(tables.Run).c.id)
            ).scalar_one()
        )
        for shot in SHOTS:
            connection.execute(
                sa.insert(table(tables.Shot)).values(
                    id=shot,
                    run_id=run_id,
                    ordinal=shot,
                    model=f"m{shot}",
                    label=f"M{shot}",
                    shot_index=1,
                    place="cloud",
                    state="done",
                    text="An answer",
                    queued_at=NOON,
                )
            )
    return run_id


def qualities(database: Database, run: int) -> dict[int, tuple[float | None, float]]:
    found = Scores(database).qualities(run)
    return {shot: (row.quality, row.weight) for shot, row in sorted(found.items())}


def test_each_pick_moves_the_qualities_and_undoing_it_moves_them_back(database: Database, run: int) -> None:
    verdicts = Verdicts(database, note_verdicts)
    verdicts.give("run", person="Anna", kind=WINNER, compared=SHOTS, shot=1)
    assert qualities(database, run) == {1: (1.0, 1.0), 2: (0.0, 0.5), 3: (0.0, 0.5)}
    verdicts.give("run", person="Ben", kind=TIE, compared=(1, 2))
    assert qualities(database, run) == {1: (1.0, 2.0), 2: (pytest.approx(2 / 3), 1.5), 3: (0.0, 0.5)}
    verdicts.give("run", person="Anna", kind=NONE, compared=SHOTS)
    assert qualities(database, run) == {1: (0.5, 2.0), 2: (0.5, 2.0), 3: (0.0, 1.0)}
    verdicts.undo("run", person="Anna")
    verdicts.undo("run", person="Ben")
    assert qualities(database, run) == dict.fromkeys(SHOTS, (None, 0.0))


def test_judges_and_scores_count_less_than_people_and_heuristics_not_at_all(database: Database, run: int) -> None:
    def judge(kind: VerdictKind, winner: int | None = None) -> Judgement:
        return Judgement(
            run_id=run,
            source=JudgementSource.JUDGE,
            name="simulated/sage",
            version="pairwise-1",
            compared=(1, 2),
            outcome=kind,
            shot_id=winner,
        )

    judgements = Judgements(database, note_judgements)
    judgements.add([judge(WINNER, 2)])
    assert qualities(database, run) == {1: (0.0, 0.5), 2: (1.0, 0.5)}
    (second,) = judgements.add([judge(WINNER, 1)])
    assert qualities(database, run) == {1: (1.0, 0.5), 2: (0.0, 0.5)}
    assert judgements.of_run(run) == (second,)
    scores = [
        ScoreRecord(shot_id=3, run_id=run, source=ScoreSource.IMPORT, value=0.25, cost=Decimal("0.01")),
        ScoreRecord(shot_id=3, run_id=run, source=ScoreSource.HEURISTIC, value=0.9),
    ]
    with database.write() as connection:
        add_scores(connection, scores)
        note_scores(connection, scores)
    assert qualities(database, run)[3] == (0.25, 0.5)
    assert Scores(database).of_run(run) == tuple(scores)


def test_what_is_made_anew_equals_what_was_kept(database: Database, run: int) -> None:
    item_verdicts = ItemVerdicts(database, note_verdicts)
    (item,) = Items(database).add(None, [NewItem(run_id=run, key="k", shots=(1, 2))])
    Verdicts(database, note_verdicts).give("run", person="Anna", kind=WINNER, compared=SHOTS, shot=1)
    item_verdicts.give(item, person="Anna", kind=WINNER, shown=(2, 1), shot_id=2)
    item_verdicts.give(item, person="Ben", kind=TIE, shown=(1, 2))
    item_verdicts.settle(item, person="Cara", kind=NONE)
    Judgements(database, note_judgements).add(
        [
            Judgement(
                run_id=run,
                source=JudgementSource.CHECK,
                name="contains",
                version="1",
                compared=(3,),
                outcome=VerdictKind.GOOD,
            )
        ]
    )
    kept = Scores(database).qualities(run)
    with database.write() as connection:
        connection.execute(sa.update(table(tables.ShotQuality)).values(people_weight=7, quality=0.1))
    assert rebuild(database) == 3
    assert Scores(database).qualities(run) == kept
    item_verdicts.unsettle(item)
    moved = Scores(database).qualities(run)
    assert moved != kept
    rebuild(database)
    assert Scores(database).qualities(run) == moved


def test_an_empty_workspace_has_no_qualities(database: Database) -> None:
    assert rebuild(database) == 0
