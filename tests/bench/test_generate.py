"""The made-up data of the benchmarks holds together like real data: a small filling is checked in every corner."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from bench.generate import generate
from bench.world import MODELS
from core.costs.ledger import charge, cost_of, total
from core.costs.spending import Spending, month_of
from core.domain.money import CostState, PriceSource, TokenClass, UnitPrice
from core.domain.run import RunState, ShotState
from core.domain.usage import Usage
from core.store import tables
from core.store.database import Database, table
from core.store.settling import run_state

UNTIL = datetime(2026, 11, 23, tzinfo=UTC)
SHOTS = 5000

RUN, SHOT, ATTEMPT, CHARGE, VERDICT, RUN_TAG = (
    table(each)
    for each in (tables.Run, tables.Shot, tables.Attempt, tables.ChargeRow, tables.VerdictRow, tables.RunTag)
)


def filled(path, **more):
    database = Database(f"sqlite:///{path}")
    written = generate(database, shots=SHOTS, until=UNTIL, **more)
    return database, written


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    found, _ = filled(tmp_path_factory.mktemp("bench") / "made_up.db")
    yield found
    found.close()


def rows(database, query):
    with database.read() as connection:
        return connection.execute(query).all()


def one(database, query):
    with database.read() as connection:
        return connection.execute(query).scalar()


def test_the_same_seed_gives_the_same_data_and_another_seed_does_not(tmp_path):
    def content(name, seed):
        database, _ = filled(tmp_path / name, seed=seed)
        found = rows(database, sa.select(SHOT.c.model, SHOT.c.text, SHOT.c.cost, SHOT.c.started_at).limit(500))
        keys = rows(database, sa.select(RUN.c.public_id, RUN.c.prompt).limit(500))
        database.close()
        return found, keys

    assert content("a.db", 1) == content("b.db", 1) != content("c.db", 2)


def test_as_many_shots_as_asked_for_in_whole_runs(tmp_path):
    database, written = filled(tmp_path / "count.db")
    assert SHOTS <= written < SHOTS + 25
    assert one(database, sa.select(sa.func.count()).select_from(SHOT)) == written
    database.close()


def test_every_key_points_at_a_row_and_every_index_is_there(database):
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        there = {row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index'")}
    assert {index.name for each in tables.Table.metadata.tables.values() for index in each.indexes} <= there


def test_filling_an_existing_database_adds_to_it(tmp_path):
    database, first = filled(tmp_path / "twice.db", seed=1)
    second = generate(database, shots=500, seed=2, until=UNTIL)
    assert one(database, sa.select(sa.func.count()).select_from(SHOT)) == first + second
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    database.close()


def test_a_run_has_every_model_as_often_as_it_says(database):
    shots = {}
    for shot in rows(database, sa.select(SHOT).order_by(SHOT.c.run_id, SHOT.c.ordinal)):
        shots.setdefault(shot.run_id, []).append(shot)
    for run in rows(database, sa.select(RUN)):
        own = shots[run.id]
        expected = [(model, index) for index in range(1, run.shots_per_model + 1) for model in run.models]
        assert [(shot.model, shot.shot_index) for shot in own] == expected
        assert [shot.ordinal for shot in own] == list(range(1, len(own) + 1))
        assert run.started_at == min(shot.started_at for shot in own)
        assert run.finished_at == max(shot.finished_at for shot in own)
        states = {}
        for shot in own:
            states[shot.state] = states.get(shot.state, 0) + 1
        assert run.state == run_state(states)


def test_a_shot_adds_up_to_its_attempts(database):
    attempts = {}
    for attempt in rows(database, sa.select(ATTEMPT).order_by(ATTEMPT.c.shot_id, ATTEMPT.c.number)):
        attempts.setdefault(attempt.shot_id, []).append(attempt)
    for shot in rows(database, sa.select(SHOT)):
        own = attempts[shot.id]
        assert [attempt.number for attempt in own] == list(range(1, shot.attempts + 1))
        assert all(attempt.state == "failed" for attempt in own[:-1])
        assert own[-1].state == shot.state
        assert {attempt.model for attempt in own} == {shot.model}
        known = [attempt.cost for attempt in own if attempt.cost is not None]
        assert shot.cost_state == own[-1].cost_state
        assert shot.cost is None or shot.cost == sum(known)
        assert (own[0].started_at, own[-1].finished_at) == (shot.started_at, shot.finished_at)
        assert shot.total_us == (shot.finished_at - shot.started_at) // timedelta(microseconds=1)


def test_charges_are_what_the_ledger_itself_would_write(database):
    charges = {}
    for row in rows(database, sa.select(CHARGE)):
        charges.setdefault(row.attempt_id, []).append(row)
    for attempt in rows(database, sa.select(ATTEMPT)):
        own = charges.get(attempt.id, [])
        usage = Usage(
            input_tokens=attempt.input_tokens,
            output_tokens=attempt.output_tokens,
            cached_input_tokens=attempt.cached_input_tokens,
            thinking_tokens=attempt.thinking_tokens,
            estimated=not attempt.usage_known,
        )
        if attempt.cost is None:
            assert (own, attempt.cost_state) == ([], CostState.UNPRICED)
            continue
        prices = tuple(
            UnitPrice(
                token_class=TokenClass(row.token_class),
                per_unit=row.unit_price,
                source=PriceSource(row.source),
                revision="",
            )
            for row in own
        )
        expected = charge(usage, prices)
        assert {(each.token_class, each.quantity, each.amount) for each in expected} == {
            (row.token_class, row.quantity, row.amount) for row in own
        }
        assert attempt.cost == total(expected)
        if attempt.state != "failed":
            free = attempt.place != "cloud"
            assert cost_of(usage, prices, place_free=free).state == attempt.cost_state


def test_all_that_can_happen_does_happen(database):
    shots = {row.state for row in rows(database, sa.select(SHOT.c.state).distinct())}
    assert shots == {ShotState.DONE, ShotState.TRUNCATED, ShotState.FAILED, ShotState.CANCELLED}
    costs = {row.cost_state for row in rows(database, sa.select(ATTEMPT.c.cost_state).distinct())}
    assert costs == set(CostState) - {CostState.PENDING}
    assert {row.state for row in rows(database, sa.select(RUN.c.state).distinct())} >= {RunState.DONE, RunState.FAILED}
    assert one(database, sa.select(sa.func.count()).select_from(ATTEMPT).where(ATTEMPT.c.number > 1)) > 0
    assert {row.model for row in rows(database, sa.select(SHOT.c.model).distinct())} == {each.name for each in MODELS}
    kinds = {row.kind for row in rows(database, sa.select(VERDICT.c.kind).distinct())}
    assert kinds == {"winner", "tie", "none", "good", "not_good"}


def test_a_pick_names_an_answer_of_its_run_that_could_be_picked(database):
    states = {
        row.id: (row.run_id, row.state) for row in rows(database, sa.select(SHOT.c.id, SHOT.c.run_id, SHOT.c.state))
    }
    runs = {row.id: row for row in rows(database, sa.select(RUN))}
    picks = rows(database, sa.select(VERDICT))
    assert len(picks) > 100
    for pick in picks:
        assert {states[shot][0] for shot in pick.compared} == {pick.run_id}
        assert {states[shot][1] for shot in pick.compared} <= {ShotState.DONE, ShotState.TRUNCATED}
        assert (pick.shot_id in pick.compared) == (pick.kind in {"winner", "good", "not_good"})
        assert (len(pick.compared) == 1) == (pick.kind in {"good", "not_good"})
        assert pick.created_at > runs[pick.run_id].finished_at


def test_use_is_skewed_like_real_use(database):
    by_model = {
        row.model: row.n
        for row in rows(database, sa.select(SHOT.c.model, sa.func.count().label("n")).group_by(SHOT.c.model))
    }
    assert by_model["north/atlas-mini"] > 3 * by_model["north/summit"]
    runs = rows(database, sa.select(RUN).order_by(RUN.c.id))
    assert [run.created_at for run in runs] == sorted(run.created_at for run in runs)
    assert runs[0].created_at >= UNTIL - timedelta(days=365)
    assert runs[-1].finished_at <= UNTIL + timedelta(hours=1)
    weekend = sum(run.created_at.weekday() >= 5 for run in runs) / len(runs)
    night = sum(run.created_at.hour < 6 for run in runs) / len(runs)
    later = sum(run.created_at > UNTIL - timedelta(days=182) for run in runs) / len(runs)
    without = sum(run.project_id is None for run in runs) / len(runs)
    assert weekend < 0.12
    assert night < 0.05
    assert 0.52 < later < 0.65
    assert 0.08 < without < 0.18
    repeated = len(runs) - len({run.prompt_sha256 for run in runs})
    assert 0.1 < repeated / len(runs) < 0.3


def test_the_price_cut_shows_in_the_charges(database):
    prices = {
        row.unit_price
        for row in rows(
            database,
            sa.select(CHARGE.c.unit_price)
            .join(ATTEMPT, ATTEMPT.c.id == CHARGE.c.attempt_id)
            .where(ATTEMPT.c.model == "south/bolt", CHARGE.c.token_class == TokenClass.OUTPUT)
            .distinct(),
        )
    }
    assert prices == {Decimal("0.000002"), Decimal("0.000001")}


def test_months_add_up_to_all_charges(database):
    spent, start = Decimal(0), month_of(UNTIL - timedelta(days=365))[0]
    while start < UNTIL:
        start, end = month_of(start)
        spent += Spending(database).between(start, end).amount
        start = end
    assert spent == one(database, sa.select(sa.func.sum(CHARGE.c.amount)))


def test_json_columns_read_back_as_what_the_app_writes(database):
    run = rows(database, sa.select(RUN).limit(1))[0]
    assert json.loads(json.dumps(run.settings)) == {"temperature": 0.7, "max_tokens": 4000, "system": ""}
    assert (run.variables, run.per_model, run.warnings) == ([], {}, [])


@pytest.mark.postgres
def test_postgresql_is_filled_with_the_same_data(postgres_url, database):
    other = Database(postgres_url)
    generate(other, shots=SHOTS, until=UNTIL)
    for each in (RUN, SHOT, ATTEMPT, CHARGE, VERDICT, RUN_TAG):
        order = list(each.primary_key.columns)
        left, right = (rows(found, sa.select(each).order_by(*order)) for found in (other, database))
        assert [tuple(row) for row in left] == [tuple(row) for row in right]
    with other.write() as connection:
        added = connection.execute(
            sa.insert(ATTEMPT).values(
                shot_id=1, run_id=1, number=9, state="done", model="m", place="cloud", started_at=UNTIL
            )
        ).inserted_primary_key[0]
    assert added == one(database, sa.select(sa.func.max(ATTEMPT.c.id))) + 1
    other.close()
