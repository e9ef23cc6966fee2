"""The leaderboard from a shell: figures for people and for machines, by the same filters as on the page."""

import json

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from core.bootstrap import build
from core.domain.run import Origin, RunPlan, RunState, ShotState
from core.domain.verdict import VerdictKind
from core.domain.workspace import Workspace
from core.errors import InputError
from core.settings import Settings
from core.shell import cli
from core.store import tables
from core.store.database import table

RUN, SHOT = table(tables.Run), table(tables.Shot)


@pytest.fixture
def judged(settings: Settings, monkeypatch):
    """Fourteen runs of which Sage wins twelve, with Ben's two words for Swift."""
    services = build(settings, Workspace.DEMO)
    for number in range(14):
        plan = RunPlan(prompt=f"Prompt {number}", models=("simulated/sage", "simulated/swift"), origin=Origin.DEMO)
        run = services.runs.start(plan)
        with services.database.write() as connection:
            run_id = connection.execute(sa.select(RUN.c.id).where(RUN.c.public_id == run)).scalar_one()
            text = sa.literal("Answer ").concat(sa.cast(SHOT.c.ordinal, sa.String))
            connection.execute(sa.update(SHOT).where(SHOT.c.run_id == run_id).values(text=text, state=ShotState.DONE))
            connection.execute(sa.update(RUN).where(RUN.c.id == run_id).values(state=RunState.DONE))
        ben = number < 2
        services.verdicts.give(
            run, person="Ben" if ben else "Anna", kind=VerdictKind.WINNER, shot=2 if ben else 1, compared=(1, 2)
        )
    services.database.close()
    monkeypatch.chdir(settings.data_dir)


def run(*arguments):
    done = CliRunner().invoke(cli, ["leaderboard", "--workspace", "demo", *arguments])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def test_people_read_lines_and_machines_json(judged):
    words = run()
    assert "Sage" in words.splitlines()[0]
    assert "12 won, 0 tied, 2 lost" in words
    told = json.loads(run("--json"))
    assert (told["picks"], told["people"]) == (14, 2)
    first = told["models"][0]
    assert (first["label"], first["wins"], first["rank"]) == ("Sage", 12, 1)
    assert 0 <= first["low"] <= first["share"] <= first["high"] <= 1
    assert told["pairs"][0]["finding"] in ("better", "more")
    assert told["judges"] == told["checks"] == told["steadiness"] == []


def test_filters_are_those_of_the_page(judged):
    assert json.loads(run("--json", "--by", "Ben"))["picks"] == 2
    assert json.loads(run("--json", "--names-hidden"))["picks"] == 0
    assert json.loads(run("--json", "--from", "2999-01-01"))["picks"] == 0
    assert json.loads(run("--json", "--tag", "nowhere"))["picks"] == 0


def test_a_day_that_is_none_is_refused(judged):
    with pytest.raises(InputError, match="is no day"):
        run("--from", "yesterday")
