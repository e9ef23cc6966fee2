from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from core.domain.money import CostState
from core.domain.run import RunState, ShotSettings, ShotState
from core.errors import NotFound
from core.store import tables
from core.store.database import Database, table
from core.store.people import People, tag_ids
from core.store.run_json import pairs_to_json, per_model_to_json, settings_to_json
from core.store.run_reads import label_of, read_run, tokens_per_second

Plant = Callable[..., Any]


def test_a_run_is_read_with_all_that_was_said_of_it(database: Database, plant: Plant) -> None:
    team = People(database).add_team("Marketing")
    project = People(database).add_project("Spring")
    first = plant(public_id="first")
    own = ShotSettings(temperature=0.1, max_tokens=50, system="Be brief.")
    planted = plant(
        "Reply to order 48-1123.",
        team_id=team.id,
        project_id=project.id,
        parent_id=first.id,
        template="Reply to order {{order}}.",
        variables=pairs_to_json([("order", "48-1123"), ("a", "b")]),
        settings=settings_to_json(ShotSettings(max_tokens=100)),
        per_model=per_model_to_json([("simulated/swift", own)]),
        shots_per_model=1,
        warnings=["one"],
        source_id="old-7",
        version=9,
        costs=(Decimal("0.0019"), None),
        cost_states=("priced", "unpriced"),
        shot_values={"ttft_us": 600_000, "total_us": 3_100_000, "stream_us": 2_500_000, "output_tokens": 200},
    )
    with database.write() as connection:
        for tag in tag_ids(connection, ["urgent", "complaint"]):
            connection.execute(table(tables.RunTag).insert().values(run_id=planted.id, tag_id=tag))
    with database.read() as connection:
        run = read_run(connection, planted.public_id)
    assert (run.person, run.team, run.project, run.tags) == ("Anna", "Marketing", "Spring", ("complaint", "urgent"))
    assert run.variables == (("order", "48-1123"), ("a", "b"))
    assert run.settings == ShotSettings(max_tokens=100)
    assert run.per_model == (("simulated/swift", own),)
    assert run.models == ("simulated/sage", "simulated/swift")
    assert (run.parent_public_id, run.source_id, run.version, run.warnings) == ("first", "old-7", 9, ("one",))
    assert (run.cost, run.unpriced_shots) == (Decimal("0.0019"), 1)
    sage, swift = run.shots
    assert (sage.ordinal, sage.label, sage.text, sage.cost_state) == (1, "Sage", "Answer 1", CostState.PRICED)
    assert (swift.cost, swift.cost_state) == (None, CostState.UNPRICED)
    assert (sage.ttft_ms, sage.total_ms, sage.tokens_per_second) == (600.0, 3100.0, 80.0)


def test_text_under_way_is_put_together_from_its_pieces(database: Database, plant: Plant) -> None:
    planted = plant(
        state=RunState.RUNNING, states=(ShotState.RUNNING, ShotState.DONE), shot_values={"text": "", "thinking": ""}
    )
    pieces = [(1, False, "Dear "), (1, True, "Hm, "), (1, False, "Ms Okafor"), (1, True, "polite.")]
    with database.write() as connection:
        for ordinal, thinking, text in pieces:
            connection.execute(
                table(tables.Delta)
                .insert()
                .values(run_id=planted.id, shot_id=planted.shots[ordinal], thinking=thinking, text=text)
            )
    with database.read() as connection:
        going, done = read_run(connection, planted.public_id).shots
    assert (going.text, going.thinking) == ("Dear Ms Okafor", "Hm, polite.")
    assert (done.text, done.thinking) == ("", "")


def test_a_link_that_leads_nowhere_says_so(database: Database) -> None:
    with database.read() as connection, pytest.raises(NotFound, match="no run under this link"):
        read_run(connection, "nothing")


def test_a_run_shown_to_its_author_alone_is_hidden_from_others(database: Database, plant: Plant) -> None:
    planted = plant(visibility="me", person="Anna")
    with database.read() as connection:
        assert read_run(connection, planted.public_id, viewer="Anna").person == "Anna"
        for other in ("Ben", ""):
            with pytest.raises(NotFound, match="Only the person who started this run"):
                read_run(connection, planted.public_id, viewer=other)


def test_a_run_in_the_bin_says_where_it_is(database: Database, plant: Plant) -> None:
    planted = plant()
    with database.write() as connection:
        connection.execute(table(tables.Run).update().values(deleted_at=table(tables.Run).c.created_at))
    with database.read() as connection, pytest.raises(NotFound, match="in the bin") as refused:
        read_run(connection, planted.public_id)
    assert "30 days" in refused.value.next_step


@pytest.mark.parametrize(
    ("model", "label"),
    [
        ("simulated/sage", "Sage"),
        ("openai/gpt-4o-mini", "gpt-4o-mini"),
        ("openrouter/anthropic/claude-sonnet", "claude-sonnet"),
        ("ollama_chat/qwen3:8b", "qwen3:8b"),
        ("lonely", "lonely"),
        ("endless/", "endless"),
    ],
)
def test_a_model_without_a_card_has_a_short_name(model: str, label: str) -> None:
    assert label_of(model) == label


def test_speed_is_unknown_without_a_time_or_a_token() -> None:
    assert tokens_per_second(10, None) is None
    assert tokens_per_second(0, 1_000_000) is None
    assert tokens_per_second(10, 0) is None
    assert tokens_per_second(71, 1_000_000) == 71.0


def test_settings_of_a_later_version_are_read_as_far_as_they_are_known(database: Database, plant: Plant) -> None:
    planted = plant(settings={"temperature": 0.2, "colour": "blue"})
    with database.read() as connection:
        assert read_run(connection, planted.public_id).settings == ShotSettings(temperature=0.2)
