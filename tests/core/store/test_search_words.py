from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.store import search_index, tables
from core.store.database import Database, table
from core.store.history import History
from core.store.history_filter import HistoryFilter
from core.store.search_texts import INDEX
from core.store.search_words import Term, terms

Plant = Callable[..., Any]
NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)
RUN, SHOT = table(tables.Run), table(tables.Shot)

PROMPTS = {
    "lower": "Please pay the invoice.",
    "upper": "INVOICE of June",
    "umlaut": "Überweisung nach Zürich",
    "percent": "a rebate of 100% then",
    "underscore": "the column a_b, not aXb",
    "order": "charged twice for order 48-1123/b",
    "dash": "“Rechnung” — bitte prüfen",
    "russian": "Привет, мир",
    "chinese": "请帮我写一封回复客户的邮件",
    "thai": "กรุณาเขียนคำตอบถึงลูกค้า",
    "hindi": "हिन्दी में उत्तर लिखें",
    "arabic": "اكتب رسالة إلى العميل",
    "euro": "price in €",
    "combining": "cafe\u0301 au lait",
}


def found(database: Database, words: str) -> list[str]:
    page = History(database).page(HistoryFilter(words=words))
    assert page.total_runs == len(page.rows)
    return [row.public_id for row in page.rows]


def plant_all(plant: Plant, prompts: dict[str, str]) -> None:
    for second, (name, prompt) in enumerate(prompts.items()):
        plant(prompt, public_id=name, created_at=NOON + timedelta(seconds=second))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("invoice", ["upper", "lower"]),
        ("INVOICE pay", ["lower"]),
        ("invo", ["upper", "lower"]),
        ("in", ["euro"]),
        ("in*", ["euro", "upper", "lower"]),
        ("voice", []),
        ('"pay the invoice"', ["lower"]),
        ('"the pay"', []),
        ('"the inv"', []),
        ('"the inv"*', ["lower"]),
        ('"pay the', ["lower"]),
        ("“pay the invoice”", ["lower"]),
        ("über", ["umlaut"]),
        ("ÜBERWEISUNG zurich", ["umlaut"]),
        ("100%", ["percent"]),
        ("a_b", ["underscore"]),
        ("48-1123", ["order"]),
        ("1123", ["order"]),
        ("48-11*", ["order"]),
        ("rechnung pruf", ["dash"]),
        ("МИР", ["russian"]),
        ("прив", ["russian"]),
        ("回复客户", ["chinese"]),
        ("邮件 请", ["chinese"]),
        ("คำตอบ", ["thai"]),
        ("उत्तर", ["hindi"]),
        ("رسالة", ["arabic"]),
        ("€", ["euro"]),
        ("café", ["combining"]),
        ("cafe", ["combining"]),
        ("nothing like it", []),
        ("'; DROP TABLE run; --", []),
        ("x" * 100_000, []),
        ("invoice " * 1_000, ["upper", "lower"]),
        ("  ", list(reversed(PROMPTS))),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_words_are_found_in_any_case_and_language(
    database: Database, plant: Plant, words: str, expected: list[str]
) -> None:
    plant_all(plant, PROMPTS)
    assert found(database, words) == expected


def test_every_word_must_stand_in_one_text_be_it_the_prompt_or_an_answer(database: Database, plant: Plant) -> None:
    plant("a question", public_id="answers", texts=("The refund is on its way.", "Nothing is known of it."))
    assert found(database, "refund way") == ["answers"]
    assert found(database, "known") == ["answers"]
    assert found(database, "refund known") == []
    assert found(database, "question refund") == []


@pytest.mark.parametrize(
    "typed",
    [
        '"', '""', '"""', "*", "* *", "-", "NOT", "AND OR", "NEAR(a b, 3)", "text:a", "^a", "a^2", "(", ")", "((a)",
        "{a b}", "a+b", "'", "'a", "''", "\\", "a\\", "a:*", ":*", "!a", "a|b", "a & ", "<->", "a <-> b", "%", "_",
        "?", "$1", ":name", "\x00", "a\x00b", "\ud800", "\ufffe", "😀", "½", "²", "ﬁ", "\u200b", "\u0301", "«»",
        "-- ", "/*", "%_%",
    ],
)  # fmt: skip
def test_nothing_typed_is_an_error(database: Database, plant: Plant, typed: str) -> None:
    plant("a harmless prompt")
    found(database, typed)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(max_size=60) | st.text("\"*()-:^&|!<>'\\ ab", max_size=30))
def test_no_text_at_all_is_an_error(database: Database, typed: str) -> None:
    found(database, typed)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(word=st.text(st.characters(categories=["L", "N"], max_codepoint=0x2FFF), min_size=1, max_size=12))
@example(word="༪")
@example(word="½")
@example(word="Ⅳ")
def test_a_text_is_found_by_its_own_word(database: Database, plant: Plant, word: str) -> None:
    name = plant(f"before {word} after").public_id
    assert name in {row.public_id for row in History(database).page(HistoryFilter(words=word), limit=1_000).rows}


def test_what_is_typed_is_taken_apart_into_words_and_phrases() -> None:
    assert terms('pay of "the bill"  „zwei Worte“ sta* *') == (
        Term(text="pay", beginning=True),
        Term(text="of", beginning=False),
        Term(text="the bill", beginning=False),
        Term(text="zwei Worte", beginning=False),
        Term(text="sta", beginning=True),
        Term(text="*", beginning=True),
    )


def test_the_index_follows_every_change_of_a_text(database: Database, plant: Plant) -> None:
    run = plant("first words", public_id="one", texts=("", "second answer"))
    assert found(database, "second") == ["one"]
    with database.write() as connection:
        connection.execute(sa.update(SHOT).where(SHOT.c.id == run.shots[1]).values(text="late answer"))
        connection.execute(sa.update(SHOT).where(SHOT.c.id == run.shots[2]).values(text="changed answer"))
        connection.execute(sa.update(RUN).values(prompt="other words"))
    assert (found(database, "late"), found(database, "changed"), found(database, "other")) == (
        ["one"],
        ["one"],
        ["one"],
    )
    assert (found(database, "second"), found(database, "first")) == ([], [])
    with database.write() as connection:
        connection.execute(sa.update(SHOT).values(text="", state="queued"))
    assert found(database, "answer") == []
    with database.write() as connection:
        connection.execute(sa.delete(RUN))
    assert indexed(database) == 0


def indexed(database: Database) -> int:
    """How many words stand in the index, counted by the index itself."""
    with database.write() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql(f"CREATE VIRTUAL TABLE temp.counted USING fts5vocab(main, {INDEX}, instance)")
            count = connection.exec_driver_sql("SELECT count(*) FROM temp.counted").scalar_one()
            connection.exec_driver_sql("DROP TABLE temp.counted")
        else:
            count = connection.exec_driver_sql(f"SELECT coalesce(sum(length(words)), 0) FROM {INDEX}").scalar_one()
    return int(count)


def test_texts_that_came_in_while_it_paused_are_taken_in_at_once(database: Database, plant: Plant) -> None:
    plant("known before", public_id="before")
    with database.write() as connection:
        search_index.pause(connection)
    plant("came meanwhile", public_id="meanwhile")
    assert found(database, "meanwhile") == []
    with database.write() as connection:
        search_index.fill(connection)
    plant("came after", public_id="after")
    assert (found(database, "before"), found(database, "meanwhile")) == (["before"], ["meanwhile"])
    assert found(database, "came") == ["after", "meanwhile"]


def test_a_text_of_any_length_can_be_kept_and_found_by_its_beginning(database: Database, plant: Plant) -> None:
    long = "beginning " + " ".join(f"w{number}" for number in range(300_000))
    plant(long, public_id="long", texts=("ж" * 1_000_000, "x " * 500_000))
    assert found(database, "beginning w17") == ["long"]
    assert found(database, "x") == ["long"]
