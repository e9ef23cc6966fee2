"""The demo's queue, its disagreements and its judge, as pages find them."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.demo.data import DemoData
from core.demo.labelled import QUEUE_ID
from core.domain.labelling import JudgementSource
from core.domain.verdict import VerdictKind
from core.labels.board import Leaderboard
from core.labels.counted import models_of
from core.labels.service import Labelling
from core.settings import Settings
from core.store.database import Database
from core.store.history_filter import HistoryFilter
from core.store.judged import Judged
from core.store.judgements import Judgements
from core.store.upgrade import upgrade

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Database:
    folder = tmp_path_factory.mktemp("labelled")
    database = Database(f"sqlite:///{folder / 'demo.db'}")
    upgrade(database)
    assert DemoData(database, Settings(_env_file=None, CLAUDEPROMPTER_DATA=folder)).fill(now=NOW)
    return database


def test_twelve_items_wait_for_whoever_comes(made: Database) -> None:
    (card,) = Labelling(made).queues(person="Zoe")
    assert (card.queue.name, card.mine, card.mine_done, card.to_settle) == ("Complaint replies", 12, 0, 5)
    assert card.agreement is not None
    assert card.agreement.number == 12
    assert Labelling(made).waiting(person="Zoe") == 12


def test_the_leaderboard_tells_of_a_settled_pair_a_level_one_and_one_that_needs_more(made: Database) -> None:
    said = Leaderboard(made).of(HistoryFilter()).sentences()
    assert said[0].startswith("Sage is better than Pine, ")
    assert said[0].endswith(" picks: settled.")
    level = re.fullmatch(
        r"Sage and Swift: mostly ties, at most (\d+) in 100 apart, about \d+ more picks to see less.", said[1]
    )
    assert level is not None
    assert 7 <= int(level[1]) <= 10
    close = next(re.fullmatch(r"Grand and Sage: about (\d+) more picks would tell.", each) for each in said[2:])
    assert close is not None
    assert 15 <= int(close[1]) <= 80


def test_each_of_the_five_disagreements_has_two_notes(made: Database) -> None:
    disputes = Labelling(made).disputes(QUEUE_ID, person="Zoe")
    assert len(disputes) == 5
    for dispute in disputes:
        assert len({said.number for said in dispute.said}) == 2
        assert all(said.note and said.kind is VerdictKind.WINNER for said in dispute.said)


def test_a_judge_agrees_with_people_in_78_of_100_runs_and_likes_long_answers(made: Database) -> None:
    said = {each.verdict.run_id: each for each in Judged(made).verdicts(HistoryFilter())}
    judgements = Judgements(made).all(HistoryFilter(), source=JudgementSource.JUDGE)
    with made.read() as connection:
        models = models_of(connection, {each.shot_id for each in judgements if each.shot_id})
    agree = 0
    for each in judgements:
        verdict = said[each.run_id].verdict
        people = said[each.run_id].models[verdict.shot_id] if verdict.shot_id else verdict.kind
        agree += people == (models[each.shot_id] if each.shot_id else each.outcome)
    assert (agree, len(judgements)) == (156, 200)


def test_a_history_made_anew_has_one_queue_again(made: Database, tmp_path: Path) -> None:
    settings = Settings(_env_file=None, CLAUDEPROMPTER_DATA=tmp_path)
    assert DemoData(made, settings).fill(now=NOW + timedelta(days=1))
    (card,) = Labelling(made).queues(person="Zoe")
    assert (card.mine, card.to_settle) == (12, 5)
    assert Leaderboard(made).of(HistoryFilter()).strengths.picks > 300
