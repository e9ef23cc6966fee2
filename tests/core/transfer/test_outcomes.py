import gzip
import io
import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from core.domain.labelling import ScoreSource
from core.domain.money import CostState
from core.domain.run import Origin, RunRecord
from core.errors import UnreadableFile
from core.store import tables
from core.store.aliases import Aliases
from core.store.database import Database, table
from core.store.history import History
from core.store.history_filter import HistoryFilter
from core.store.run_reads import read_run
from core.store.scores import Scores
from core.transfer.outcome_import import import_outcomes
from core.transfer.outcomes import preview_outcomes

HEAD = "prompt,model,quality,task,cost_usd,created_at,tags\n"


def csv_of(*lines: str, head: str = HEAD) -> io.BytesIO:
    return io.BytesIO((head + "".join(f"{line}\n" for line in lines)).encode())


def runs(database: Database) -> list[RunRecord]:
    with database.read() as connection:
        return [
            read_run(connection, row.public_id)
            for row in connection.execute(sa.select(table(tables.Run)).order_by(table(tables.Run).c.id))
        ]


def counted(database: Database) -> list[int]:
    with database.read() as connection:
        return [
            connection.execute(sa.select(sa.func.count()).select_from(table(each))).scalar_one()
            for each in (tables.Run, tables.Shot, tables.Score, tables.RunTag, tables.ShotQuality)
        ]


FINE = (
    "Add 2 and 2,gpt-4,1,maths,0.002,2026-05-03T12:00:00+02:00,sums; easy",
    "Add 2 and 2,mixtral-8x7b,0.5,maths,0,2026-05-03,",
    '"Translate: Hallo, Welt",gpt-4,0.25,,,,',
)


def test_each_prompt_becomes_a_run_with_a_shot_and_a_score_for_each_row(database: Database) -> None:
    report = import_outcomes(database, "may.csv", csv_of(*FINE), person="Anna")
    assert (report.runs, report.grown, report.shots, report.here_already, report.passed_over) == (2, 0, 3, 0, 0)
    one, two = runs(database)
    assert (one.prompt, one.task, one.tags, one.person) == ("Add 2 and 2", "maths", ("easy", "sums"), "Anna")
    assert (one.origin, one.models, one.simulated) == (Origin.IMPORT, ("gpt-4", "mixtral-8x7b"), False)
    assert one.created_at == datetime(2026, 5, 3, tzinfo=UTC)
    assert two.prompt == "Translate: Hallo, Welt"
    assert [(shot.ordinal, shot.model, shot.shot_index) for shot in one.shots] == [
        (1, "gpt-4", 1),
        (2, "mixtral-8x7b", 1),
    ]
    scores = Scores(database).of_run(one.id)
    assert [(score.value, score.cost, score.source, score.name) for score in scores] == [
        (1.0, Decimal("0.002"), ScoreSource.IMPORT, "may.csv"),
        (0.5, None, ScoreSource.IMPORT, "may.csv"),
    ]


def test_what_it_cost_elsewhere_is_in_no_sum(database: Database) -> None:
    import_outcomes(database, "may.csv", csv_of(*FINE))
    page = History(database).page(HistoryFilter())
    assert (page.total_cost, page.unpriced_shots) == (Decimal(0), 3)
    assert {shot.cost_state for run in runs(database) for shot in run.shots} == {CostState.UNPRICED}


def test_imported_scores_give_qualities_and_the_prompts_are_found(database: Database) -> None:
    import_outcomes(database, "may.csv", csv_of(*FINE))
    (one, _) = runs(database)
    assert [row.quality for row in Scores(database).qualities(one.id).values()] == [1.0, 0.5]
    page = History(database).page(HistoryFilter(words="hallo welt", models=("gpt-4",)))
    assert len(page.rows) == 1
    assert len(History(database).page(HistoryFilter(tasks=("maths",))).rows) == 1


def test_a_second_import_adds_nothing_and_a_longer_file_adds_the_rest(database: Database) -> None:
    import_outcomes(database, "may.csv", csv_of(*FINE))
    before = counted(database)
    again = import_outcomes(database, "renamed.csv", csv_of(*reversed(FINE)))
    assert (again.runs, again.grown, again.shots, again.here_already) == (0, 0, 0, 3)
    assert counted(database) == before
    more = import_outcomes(
        database, "june.csv", csv_of(*FINE, "Add 2 and 2,gpt-4,1,maths,0.002,,new", "Add 2 and 2,qwen3,0,maths,,,")
    )
    assert (more.runs, more.grown, more.shots, more.here_already) == (0, 1, 2, 3)
    one, _ = runs(database)
    assert [(shot.ordinal, shot.model, shot.shot_index) for shot in one.shots][2:] == [(3, "gpt-4", 2), (4, "qwen3", 1)]
    assert (one.tags, one.models) == (("easy", "new", "sums"), ("gpt-4", "mixtral-8x7b", "qwen3"))


def test_a_row_that_repeats_itself_is_kept_as_often_as_it_stands_there(database: Database) -> None:
    twice = ("p,m,1,,,,", "p,m,1,,,,", "p,m,0,,,,")
    assert import_outcomes(database, "a.csv", csv_of(*twice)).shots == 3
    assert import_outcomes(database, "b.csv", csv_of(*twice, "p,m,1,,,,")).shots == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",m,1,,,,", "no prompt"),
        ("  ,m,1,,,,", "no prompt"),
        ("p,,1,,,,", "no model"),
        ("p,m,,,,,", "no quality"),
        ("p,m,good,,,,", "'good') is no number"),
        ('p,m,"0,5",,,,', "write it with a point"),
        ("p,m,NaN,,,,", "NaN"),
        ("p,m,-0.1,,,,", "(-0.1) is not between 0 and 1"),
        ("p,m,inf,,,,", "(inf) is not between"),
        ("p,m,7,,,,", "(7) is not between"),
        ("p,m,1,,free,,", "'free') is no number"),
        ("p,m,1,,-1,,", "no sum of money"),
        ("p,m,1,,nan,,", "no sum of money"),
        ("p,m,1,,1e30,,", "no sum of money"),
        ("p,m,1,,,yesterday,", "is no time"),
        ("p,m,1,,,,x,y", "8 cells"),
        (f"p,{'m' * 201},1,,,,", "longer than 200"),
        (f"p,m,1,,,,{'t' * 101}", "longer than 100"),
        (f"{'p' * 2_000_001},m,1,,,,", "2,000,001 characters"),
        ("p,m,1,,,0001-01-01T00:00:00+14:00,", "out of range"),
    ],
    ids=lambda value: value[:20],
)
def test_a_bad_row_is_named_and_keeps_the_whole_file_out(sqlite_database: Database, line: str, reason: str) -> None:
    file = csv_of(FINE[0], line, FINE[2])
    preview = preview_outcomes("may.csv", file)
    assert not preview.ready
    assert (preview.rows, preview.bad_rows, preview.bad[0].number) == (2, 1, 3)
    assert reason in preview.bad[0].reason
    with pytest.raises(UnreadableFile, match="none was imported") as refused:
        import_outcomes(sqlite_database, "may.csv", file)
    assert "row 3" in refused.value.detail
    assert counted(sqlite_database) == [0] * 5
    report = import_outcomes(sqlite_database, "may.csv", file, pass_over_bad=True)
    assert (report.shots, report.passed_over) == (2, 1)


def test_a_fault_in_the_middle_of_writing_leaves_nothing_behind(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_of: Any) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr("core.transfer.outcome_import.note_scores", broken)
    with pytest.raises(RuntimeError):
        import_outcomes(database, "may.csv", csv_of(*FINE))
    assert counted(database) == [0] * 5


def test_the_preview_says_what_would_come(sqlite_database: Database) -> None:
    lines = [f"prompt {number % 30},model-{number % 3},1,,,," for number in range(60)]
    preview = preview_outcomes("may.csv", csv_of(*lines, head="prompt,model,quality,secret,x,y,tags\n"))
    assert (preview.rows, preview.prompts, preview.bad_rows, preview.ready) == (60, 30, 0, True)
    assert preview.models == (("model-0", 20), ("model-1", 20), ("model-2", 20))
    assert preview.ignored == ("secret", "x", "y")
    assert [outcome.number for outcome in preview.first] == list(range(2, 12))
    assert counted(sqlite_database) == [0] * 5


def test_many_bad_rows_are_counted_and_the_first_hundred_named() -> None:
    preview = preview_outcomes("may.csv", csv_of(*["p,m,2,,,,"] * 250))
    assert (preview.bad_rows, len(preview.bad), preview.ready) == (250, 100, False)


@pytest.mark.parametrize("data", [b"", b"prompt,model,quality\n", b"a,b\n1,2\n"])
def test_a_file_without_outcomes_is_refused(sqlite_database: Database, data: bytes) -> None:
    with pytest.raises(UnreadableFile):
        import_outcomes(sqlite_database, "x.csv", io.BytesIO(data))


def as_xlsx() -> bytes:
    book, to = openpyxl.Workbook(), io.BytesIO()
    for row in (
        ("Prompt", "Model", "Quality", "Cost USD", "created at"),
        ("p", "m", 0.5, 0.002, datetime(2026, 5, 3)),  # noqa: DTZ001 - a workbook knows no time zones
        (42, "m", 1, None, date(2026, 5, 3)),
    ):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(to)
    return to.getvalue()


def as_parquet() -> bytes:
    to = io.BytesIO()
    moment = datetime(2026, 5, 3, tzinfo=UTC)
    pq.write_table(pa.table({"prompt": ["p", "42"], "model": ["m", "m"], "quality": [0.5, 1.0],
                             "cost_usd": [Decimal("0.002"), None], "created_at": [moment, moment]}), to)  # fmt: skip
    return to.getvalue()


JSONL = (
    '{"prompt": "p", "model": "m", "quality": 0.5, "cost_usd": "0.002", "created_at": "2026-05-03"}\n'
    '{"prompt": "42", "model": "m", "quality": 1, "cost_usd": null, "created_at": "2026-05-03", "tags": []}\n'
)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.xlsx", as_xlsx()),
        ("x.parquet", as_parquet()),
        ("x.jsonl", JSONL.encode()),
        ("x.jsonl.gz", gzip.compress(JSONL.encode())),
        (
            "x.tsv",
            b"prompt\tmodel\tquality\tcost_usd\tcreated_at\np\tm\t0.5\t0.002\t2026-05-03\n42\tm\t1\t\t2026-05-03\n",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_format_says_the_same(sqlite_database: Database, name: str, data: bytes) -> None:
    import_outcomes(sqlite_database, name, io.BytesIO(data))
    found = [
        (run.prompt, run.created_at, score.value, score.cost)
        for run in runs(sqlite_database)
        for score in Scores(sqlite_database).of_run(run.id)
    ]
    moment = datetime(2026, 5, 3, tzinfo=UTC)
    assert found == [("p", moment, 0.5, Decimal("0.002")), ("42", moment, 1.0, None)]
    assert import_outcomes(sqlite_database, "x.jsonl", io.BytesIO(JSONL.encode())).shots == 0


def test_an_imported_name_can_mean_a_model_of_ours(database: Database) -> None:
    aliases = Aliases(database)
    import_outcomes(database, "may.csv", csv_of(*FINE))
    assert aliases.put("gpt-4", "openai/gpt-4", by="Anna") == 2
    one, two = runs(database)
    assert (one.models, two.models) == (("openai/gpt-4", "mixtral-8x7b"), ("openai/gpt-4",))
    assert (one.shots[0].model, one.shots[0].label) == ("openai/gpt-4", "gpt-4")
    more = import_outcomes(database, "may.csv", csv_of(*FINE, "New,gpt-4,1,,,,"))
    assert (more.shots, runs(database)[-1].models) == (1, ("openai/gpt-4",))
    assert aliases.all() == {"gpt-4": "openai/gpt-4"}
    assert aliases.put("gpt-4", "gpt-4") == 3
    assert aliases.all() == {}


def test_rows_of_one_run_must_have_one_prompt(database: Database) -> None:
    head = "prompt,model,quality,run\n"
    preview_bad = csv_of("a,m,1,r1", "b,m,1,r1", head=head)
    with pytest.raises(UnreadableFile) as refused:
        import_outcomes(database, "x.csv", preview_bad)
    assert "row 3" in refused.value.detail
    import_outcomes(database, "x.csv", csv_of("a,m,1,r1", head=head))
    with pytest.raises(UnreadableFile, match="another prompt"):
        import_outcomes(database, "x.csv", csv_of("b,m,1,r1", head=head))
    assert counted(database)[:2] == [1, 1]


def test_known_outcomes_of_real_models_come_in_whole(sqlite_database: Database) -> None:
    path = os.environ.get("CLAUDEPROMPTER_OUTCOMES")
    if not path or not Path(path).is_file():
        pytest.skip("CLAUDEPROMPTER_OUTCOMES names no file: no real outcomes were imported")
    with Path(path).open("rb") as file:
        preview = preview_outcomes(path, file)
        assert preview.ready
        report = import_outcomes(sqlite_database, Path(path).name, file)
        assert report.shots == preview.rows
        assert import_outcomes(sqlite_database, Path(path).name, file).shots == 0
