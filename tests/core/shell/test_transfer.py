"""Outcomes in, tables out, from a shell."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from core.settings import Settings
from core.shell import cli, main

HEAD = "prompt,model,quality\n"


@pytest.fixture
def shell(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    monkeypatch.setenv("CLAUDEPROMPTER_DATA", str(settings.data_dir))
    monkeypatch.chdir(tmp_path)
    return CliRunner()


def run(shell: CliRunner, *arguments: str) -> Result:
    return shell.invoke(cli, list(arguments))


def written(path: Path, *lines: str) -> str:
    path.write_text(HEAD + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(path)


def test_outcomes_come_in_once(shell: CliRunner, tmp_path: Path) -> None:
    file = written(tmp_path / "may.csv", "Why?,gpt-4,1", "Why?,qwen3,0.5", "How?,gpt-4,0")
    first = run(shell, "import", file)
    assert first.exit_code == 0, first.output
    assert "3 outcomes imported (2 new runs, 0 grown), 0 here already" in first.output
    again = json.loads(run(shell, "import", "--json", file).stdout)
    assert again["outcomes"][file] == {"runs": 0, "grown": 0, "shots": 0, "here_already": 3, "passed_over": 0}


def test_bad_rows_are_named_and_end_with_an_error(shell: CliRunner, tmp_path: Path) -> None:
    file = written(tmp_path / "may.csv", "Why?,gpt-4,1", "Why?,qwen3,-1")
    refused = run(shell, "import", file)
    assert refused.exit_code == 1
    assert "row 3: Its quality (-1) is not between 0 and 1." in refused.stderr
    assert "none was imported" in refused.stderr
    assert "1 outcomes imported" in run(shell, "import", "--pass-over-bad", file).output
    missing = run(shell, "import", str(tmp_path / "none.csv"))
    assert (missing.exit_code, "cannot be read" in missing.stderr) == (1, True)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "jsonl", "parquet"])
def test_answers_go_out_in_every_format_and_come_back(shell: CliRunner, tmp_path: Path, kind: str) -> None:
    run(shell, "import", written(tmp_path / "may.csv", "Why?,gpt-4,1", "Why not?,qwen3,0.5"))
    target = tmp_path / "out" / f"all.{kind}"
    done = run(shell, "export", "--all", "--format", kind, "--to", str(target))
    assert done.exit_code == 0, done.output
    back = run(shell, "import", str(target))
    assert "0 outcomes imported" in back.output
    assert "2 here already" in back.output


def test_runs_are_chosen_by_their_words(shell: CliRunner, tmp_path: Path) -> None:
    run(shell, "import", written(tmp_path / "may.csv", "Why blue?,gpt-4,1", "Why red?,qwen3,0.5"))
    lines = run(shell, "export", "--words", "blue", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["prompt"] for line in lines] == ["Why blue?"]
    labels = run(shell, "export", "--all", "--what", "labels", "--format", "jsonl").stdout.splitlines()
    assert sorted(json.loads(line)["score"] for line in labels) == [0.5, 1.0]
    assert run(shell, "export", "--all", "--what", "pairs").stdout == ""


def test_an_export_of_nothing_says_what_to_name(
    shell: CliRunner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["export"], ["export", "--format", "csv"], ["export", "--words", "nothing", "--format", "csv"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2
        assert "no run to export" in capsys.readouterr().err
