"""The costs from a shell: sums, a FOCUS file, a bill beside the ledger."""

import json
from decimal import Decimal

import pytest
from click.testing import CliRunner

from core.costs.spending import Spending
from core.domain.workspace import Workspace
from core.errors import InputError, UnreadableFile
from core.settings import Settings
from core.shell import cli
from core.store.database import Database
from core.store.upgrade import upgrade
from tests.random_ledger import START, Ledger


@pytest.fixture
def team(settings: Settings, monkeypatch):
    database = Database(settings.url_of(Workspace.TEAM))
    upgrade(database)
    Ledger(database, 4).happen(40)
    monkeypatch.chdir(settings.data_dir)
    yield database
    database.close()


def run(*arguments):
    done = CliRunner().invoke(cli, ["costs", *arguments])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def test_sums_are_the_ledgers_with_all_digits(team):
    told = json.loads(run("--from", "2026-10-01", "--to", "2026-12-31", "--by", "team", "--json"))
    expected = Spending(team).between(START.replace(day=1), START.replace(year=2027)).amount
    assert Decimal(told["total"]["amount"]) == expected
    assert sum(Decimal(group["amount"]) for group in told["groups"]) == expected
    assert not [value for value in told["total"].values() if isinstance(value, str) and "E" in value]
    words = run("--from", "2026-10-01", "--to", "2026-12-31", "--by", "project")
    assert f"${expected:f}" in words
    assert "no price known" in words
    assert "nobody named" in words


def test_a_focus_file_is_written_and_reconciles_with_itself(team, tmp_path):
    out = tmp_path / "out.csv"
    words = run("focus", str(out), "--from", "2026-10-01", "--to", "2026-12-31")
    assert str(out) in words
    told = json.loads(run("reconcile", str(out), "--json"))
    assert told["lines"]["added"] > 0
    assert all(Decimal(each["billed"]) == Decimal(each["ours"]) for each in told["providers"])
    again = run("reconcile", str(out))
    assert "0 lines are new, 0 replaced" in again
    assert "100.0% of it seen here" in again


def test_what_cannot_be_is_refused_in_plain_words(team, tmp_path):
    for arguments in (("--from", "yesterday"), ("--from", "2026-12-01", "--to", "2026-11-01"),
                      ("focus", str(tmp_path / "none" / "out.csv"))):  # fmt: skip
        with pytest.raises(InputError):
            run(*arguments)
    with pytest.raises(UnreadableFile):
        run("reconcile", str(tmp_path / "none.csv"))
