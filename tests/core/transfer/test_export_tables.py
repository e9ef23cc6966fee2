import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.domain.labelling import JudgementSource, ScoreSource
from core.domain.verdict import VerdictKind
from core.errors import InputError
from core.labels.rollup import note_verdicts
from core.store import tables
from core.store.columns import storable
from core.store.database import Database, table
from core.store.history import History
from core.store.history_filter import HistoryFilter
from core.store.item_verdicts import ItemVerdicts
from core.store.items import Items, NewItem
from core.store.judgements import Judgement, Judgements
from core.store.many_runs import ManyRuns
from core.store.scores import ScoreRecord, add_scores
from core.store.upgrade import upgrade
from core.store.verdicts import Verdicts
from core.transfer.export_tables import Export, export_tables
from core.transfer.outcome_import import import_outcomes
from core.transfer.preference_pairs import export_pairs
from core.transfer.rows import TableFormat
from core.transfer.tables import read_table

NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)
RUN, SHOT = table(tables.Run), table(tables.Shot)
BOTH = (Export.ANSWERS, Export.LABELS)


def add_run(database: Database, name: str, prompt: str, *answers: str, **values: Any) -> list[int]:
    """Write a run with one answer of each model; gives the shots' ids."""
    with database.write() as connection:
        run = connection.execute(
            sa.insert(RUN)
            .values(
                {"public_id": name, "origin": "page", "state": "done", "created_at": NOON, "visibility": "team",
                 "strategy": "hybrid", "prompt": prompt, "settings": {"system": "Be kind."}} | values
            )
            .returning(RUN.c.id)
        ).scalar_one()  # fmt: skip
        return [
            connection.execute(
                sa.insert(SHOT)
                .values(
                    run_id=run,
                    ordinal=number,
                    model=f"m/{number}",
                    label=f"M{number}",
                    shot_index=1,
                    place="cloud",
                    state="done" if text else "failed",
                    queued_at=NOON,
                    text=text,
                    cost=Decimal("0.000123456789"),
                    cost_state="priced",
                    ttft_us=1500,
                    error_message="" if text else "It stalled.",
                )
                .returning(SHOT.c.id)
            ).scalar_one()
            for number, text in enumerate(answers, start=1)
        ]


def exported(database: Database, kind: TableFormat, what: Export, *runs: str, viewer: str = "") -> list[Any]:
    to = io.BytesIO()
    export_tables(database, kind, to, runs=runs, what=(what,), viewer=viewer)
    return [row.values for row in read_table(f"x.{kind}", io.BytesIO(to.getvalue()))]


def pairs(database: Database, *runs: str, **options: Any) -> list[dict[str, Any]]:
    to = io.BytesIO()
    count = export_pairs(database, to, runs=runs, **options)
    found = [json.loads(line) for line in to.getvalue().splitlines()]
    assert len(found) == count
    return found


def test_an_answer_is_a_row_with_all_that_is_known(database: Database) -> None:
    add_run(database, "one", "Why?", "Because.", "", task="maths")
    Verdicts(database, note_verdicts).give("one", person="Anna", kind=VerdictKind.GOOD, compared=[1])
    ManyRuns(database).tag(["one"], ["b", "a"], by="")
    first, second = exported(database, TableFormat.JSONL, Export.ANSWERS, "one", "nothing")
    assert (first["prompt"], first["model"], first["answer"], first["quality"]) == ("Why?", "m/1", "Because.", 1.0)
    assert (first["task"], first["tags"], first["cost_usd"], first["shot"]) == (
        "maths",
        ["a", "b"],
        "0.000123456789",
        1,
    )
    assert (first["created_at"], first["first_token_ms"]) == ("2026-11-12T12:00:00+00:00", 1.5)
    assert (second["state"], second["error"], second["answer"], "quality" in second) == (
        "failed",
        "It stalled.",
        "",
        False,
    )


def test_runs_come_in_the_order_asked_and_private_or_deleted_ones_do_not(database: Database) -> None:
    for name in ("a", "b", "c", "hers"):
        add_run(database, name, name, "x", visibility="me" if name == "hers" else "team")
    with database.write() as connection:
        person = connection.execute(
            sa.insert(table(tables.Person)).values(name="Ben", created_at=NOON).returning(sa.column("id"))
        ).scalar_one()
        connection.execute(sa.update(RUN).where(RUN.c.public_id == "hers").values(person_id=person))
    ManyRuns(database).delete(["b"], by="")
    names = ("c", "hers", "b", "a", "c")
    assert [row["run"] for row in exported(database, TableFormat.CSV, Export.ANSWERS, *names)] == ["c", "a"]
    assert [row["run"] for row in exported(database, TableFormat.CSV, Export.ANSWERS, *names, viewer="Ben")] == [
        "c",
        "hers",
        "a",
    ]


def test_every_word_said_is_a_row_of_the_labels(database: Database) -> None:
    one, two = add_run(database, "one", "Why?", "Because.", "=HYPERLINK()")
    (item,) = Items(database).add(None, [NewItem(run_id=1, key="k", shots=(two, one))])
    Verdicts(database).give("one", person="Anna", kind=VerdictKind.WINNER, shot=1, compared=[1, 2], note="-clear")
    verdicts = ItemVerdicts(database)
    verdicts.give(item, person="Ben", kind=VerdictKind.TIE, shown=(two, one), seconds=3.5)
    verdicts.settle(item, person="Cara", kind=VerdictKind.WINNER, shot_id=two)
    Judgements(database).add(
        [Judgement(run_id=1, source=JudgementSource.CHECK, name="contains", version="1", compared=(one,),
                   outcome=VerdictKind.GOOD, reason="@here")]
    )  # fmt: skip
    with database.write() as connection:
        add_scores(
            connection, [ScoreRecord(shot_id=one, run_id=1, source=ScoreSource.IMPORT, value=0.25, name="may.csv")]
        )
    rows = exported(database, TableFormat.XLSX, Export.LABELS, "one")
    assert [
        (row["source"], row.get("by"), row.get("outcome") or row.get("score"), row.get("model")) for row in rows
    ] == [
        ("person", "Anna", "winner", "m/1"),
        ("person", "Ben", "tie", None),
        ("settlement", "Cara", "winner", "m/2"),
        ("check", "contains", "good", None),
        ("import", "may.csv", 0.25, "m/1"),
    ]
    assert (rows[0]["note"], rows[3]["note"], rows[1]["seconds"]) == ("-clear", "@here", 3.5)
    assert (rows[1]["names_hidden"], rows[1]["item"], rows[1]["compared"]) == (True, item.public_id, "m/2 #2; m/1 #1")


def test_answers_and_labels_fit_one_workbook(database: Database) -> None:
    add_run(database, "one", "=1+1", "Because.")
    to = io.BytesIO()
    export_tables(database, TableFormat.XLSX, to, runs=["one"], what=BOTH)
    book = openpyxl.load_workbook(to)
    assert book.sheetnames == ["Answers", "Labels"]
    assert book["Answers"]["A2"].value == "'=1+1"
    assert [cell.value for cell in book["Labels"][1]][:3] == ["run", "prompt", "source"]
    with pytest.raises(InputError):
        export_tables(database, TableFormat.CSV, io.BytesIO(), runs=["one"], what=BOTH)


def test_a_pick_is_a_pair_for_each_answer_it_was_picked_over(database: Database) -> None:
    add_run(database, "one", "Why?", "First", "Second", "Third", "First")
    add_run(database, "tie", "Why?", "First", "Second")
    verdicts = Verdicts(database)
    verdicts.give("one", person="Anna", kind=VerdictKind.WINNER, shot=1, compared=[1, 2, 3, 4], blind=True)
    verdicts.give("one", person="Ben", kind=VerdictKind.NONE, compared=[1, 2])
    verdicts.give("tie", person="Anna", kind=VerdictKind.TIE, compared=[1, 2])
    found = pairs(database, "one", "tie")
    assert [(pair["chosen"], pair["rejected"]) for pair in found] == [("First", "Second"), ("First", "Third")]
    assert found[0] | {"said_at": ""} == {
        "prompt": "Why?", "system": "Be kind.", "chosen": "First", "rejected": "Second", "chosen_model": "m/1",
        "rejected_model": "m/2", "person": "Anna", "names_hidden": True, "said_at": "", "run": "one",
    }  # fmt: skip
    assert pairs(database, "tie") == []


def test_pairs_follow_the_lead_where_an_item_was_settled(database: Database) -> None:
    one, two = add_run(database, "one", "Why?", "First", "Second")
    (item,) = Items(database).add(None, [NewItem(run_id=1, key="k", shots=(one, two))])
    verdicts = ItemVerdicts(database)
    verdicts.give(item, person="Anna", kind=VerdictKind.WINNER, shot_id=one, shown=(one, two))
    verdicts.settle(item, person="Cara", kind=VerdictKind.WINNER, shot_id=two)
    assert [(pair["chosen"], pair["person"]) for pair in pairs(database, "one")] == [("Second", "Cara")]
    assert [(pair["chosen"], pair["person"]) for pair in pairs(database, "one", blind_only=True)] == [("First", "Anna")]


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Database]:
    """Another workspace, empty."""
    opened = Database(f"sqlite:///{tmp_path / 'other.db'}")
    upgrade(opened)
    yield opened
    opened.close()


TEXTS = st.text(max_size=60) | st.text("=+-@'\t\r\n\x00\x0b_x0041,;\"#!\ud800", max_size=20)


@pytest.mark.parametrize("kind", list(TableFormat))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(prompt=TEXTS.filter(str.strip), answers=st.lists(TEXTS.filter(bool), min_size=1, max_size=3))
def test_any_text_exported_from_here_comes_back_elsewhere_as_it_was(
    sqlite_database: Database, other: Database, kind: TableFormat, prompt: str, answers: list[str]
) -> None:
    name = uuid4().hex
    add_run(sqlite_database, name, prompt, *answers)
    to = io.BytesIO()
    export_tables(sqlite_database, kind, to, runs=[name], what=(Export.ANSWERS,))
    report = import_outcomes(other, f"x.{kind}", to)
    assert (report.runs, report.shots) == (1, len(answers))
    with other.read() as connection:
        row = connection.execute(sa.select(RUN.c.id, RUN.c.prompt).where(RUN.c.source_id == name)).one()
        texts = connection.execute(sa.select(SHOT.c.text).where(SHOT.c.run_id == row.id).order_by(SHOT.c.ordinal))
        assert (row.prompt, list(texts.scalars())) == (storable(prompt), [storable(text) for text in answers])
    assert import_outcomes(other, f"x.{kind}", to).here_already == len(answers)
    assert import_outcomes(sqlite_database, f"x.{kind}", to).here_already == len(answers)


def test_outcomes_go_out_with_their_cost_and_come_in_again(database: Database, other: Database) -> None:
    head = b"prompt,model,quality,cost_usd,task,tags\n"
    import_outcomes(
        database, "may.csv", io.BytesIO(head + b'Why?,gpt-4,0.5,0.002,maths,"a; b"\nWhy?,qwen3,1,,maths,\n')
    )
    runs = History(database).ids(HistoryFilter())
    first, second = exported(database, TableFormat.CSV, Export.ANSWERS, *runs)
    assert (first["quality"], first["cost_usd"], first["cost_state"]) == ("0.5", "0.002000000000", "elsewhere")
    assert (second["cost_usd"], second["cost_state"]) == ("", "unpriced")
    to = io.BytesIO()
    export_tables(database, TableFormat.PARQUET, to, runs=runs, what=(Export.ANSWERS,))
    assert import_outcomes(database, "x.parquet", to).here_already == 2
    assert import_outcomes(other, "x.parquet", to).shots == 2
    again = exported(other, TableFormat.CSV, Export.ANSWERS, *History(other).ids(HistoryFilter()))
    kept = ("prompt", "model", "quality", "cost_usd", "task", "tags", "created_at")
    assert [[row[name] for name in kept] for row in again] == [[row[name] for name in kept] for row in (first, second)]
