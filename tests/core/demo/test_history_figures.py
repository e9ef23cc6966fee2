"""Every figure of the made-up history follows from others, as in a real one."""

from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import errors
from core.demo.rows import ATTEMPT, CHARGE, RUN, SHOT, VERDICT
from core.domain.run import AttemptState, FinishReason, RunState, ShotState
from core.llm.simulated_script import token_count
from core.store.settling import run_state


def kinds_of(parent: type[errors.ClaudePrompterError]) -> set[str]:
    return {parent.kind}.union(*(kinds_of(child) for child in parent.__subclasses__()))


def test_a_charge_is_its_quantity_times_its_unit_price_to_the_pico_dollar(rows: Connection) -> None:
    charges = rows.execute(sa.select(CHARGE)).all()
    assert len(charges) > 10_000
    for charge in charges:
        assert charge.amount == round(charge.quantity * charge.unit_price, 12)
        assert charge.revision or charge.amount == 0


def test_an_attempt_costs_what_its_charges_add_up_to(rows: Connection) -> None:
    sums = sa.select(CHARGE.c.attempt_id, sa.func.sum(CHARGE.c.amount)).group_by(CHARGE.c.attempt_id)
    charged = dict(tuple(row) for row in rows.execute(sums))
    for attempt in rows.execute(sa.select(ATTEMPT)):
        if attempt.cost_state == "unpriced":
            assert attempt.cost is None
            assert attempt.id not in charged
        else:
            assert attempt.cost == charged.get(attempt.id, Decimal(0))


def test_a_shot_costs_what_its_attempts_cost_and_a_free_one_nothing(rows: Connection) -> None:
    sums = sa.select(ATTEMPT.c.shot_id, sa.func.sum(ATTEMPT.c.cost)).group_by(ATTEMPT.c.shot_id)
    attempts = dict(tuple(row) for row in rows.execute(sums))
    for shot in rows.execute(sa.select(SHOT.c.id, SHOT.c.cost, SHOT.c.cost_state)):
        assert shot.cost == attempts[shot.id]
        assert (shot.cost == 0) or (shot.cost_state != "free")


def test_tokens_are_counted_from_the_texts(rows: Connection) -> None:
    for shot in rows.execute(sa.select(SHOT, RUN.c.prompt).join(RUN, RUN.c.id == SHOT.c.run_id)):
        if not shot.output_tokens:
            assert shot.input_tokens == 0
            continue
        assert shot.input_tokens == token_count(shot.prompt)
        assert shot.output_tokens == token_count(shot.thinking + shot.text)
        assert shot.thinking_tokens == token_count(shot.thinking)


def test_times_follow_one_another(rows: Connection) -> None:
    for attempt in rows.execute(sa.select(ATTEMPT)):
        assert attempt.started_at < attempt.finished_at
        assert (attempt.finished_at - attempt.started_at).total_seconds() == attempt.total_us / 1e6
        assert attempt.ttft_us is None or 0 < attempt.ttft_us <= attempt.total_us
    for shot in rows.execute(sa.select(SHOT, RUN.c.created_at).join(RUN, RUN.c.id == SHOT.c.run_id)):
        assert shot.created_at < shot.started_at < shot.finished_at
        assert shot.stream_us is None or shot.stream_us < shot.total_us
        assert bool(shot.text) == (shot.stream_us is not None)


def test_states_and_kinds_are_those_of_the_product(rows: Connection) -> None:
    known = kinds_of(errors.ModelError) | {""}
    for attempt in rows.execute(sa.select(ATTEMPT)):
        AttemptState(attempt.state)
        assert attempt.error_kind in known
        assert (attempt.state == "failed") == bool(attempt.error_kind)
        assert not attempt.finish_reason or FinishReason(attempt.finish_reason)
    for shot in rows.execute(sa.select(SHOT)):
        assert ShotState(shot.state).settled
        assert (shot.state == "failed") == bool(shot.error_kind)


def test_attempts_are_numbered_from_one_and_only_the_last_may_succeed(rows: Connection) -> None:
    by_shot: dict[int, list[tuple[int, str]]] = {}
    for attempt in rows.execute(sa.select(ATTEMPT).order_by(ATTEMPT.c.shot_id, ATTEMPT.c.number)):
        by_shot.setdefault(attempt.shot_id, []).append((attempt.number, attempt.state))
    for shot in rows.execute(sa.select(SHOT.c.id, SHOT.c.attempts, SHOT.c.state)):
        attempts = by_shot[shot.id]
        assert [number for number, _ in attempts] == list(range(1, shot.attempts + 1))
        assert {state for _, state in attempts[:-1]} <= {"failed"}
        assert attempts[-1][1] == shot.state


def test_a_run_stands_as_its_shots_add_up_to(rows: Connection) -> None:
    counts: dict[int, dict[str, int]] = {}
    for run_id, state in rows.execute(sa.select(SHOT.c.run_id, SHOT.c.state)):
        counts.setdefault(run_id, {}).setdefault(state, 0)
        counts[run_id][state] += 1
    for run in rows.execute(sa.select(RUN)):
        assert RunState(run.state) is run_state(counts[run.id])
        assert len(run.models) * run.shots_per_model == sum(counts[run.id].values())


def test_all_of_it_is_marked_as_made_up(rows: Connection) -> None:
    assert {tuple(row) for row in rows.execute(sa.select(RUN.c.origin, RUN.c.simulated))} == {("demo", True)}
    assert set(rows.execute(sa.select(ATTEMPT.c.provider)).scalars()) == {"simulated"}


def test_a_pick_names_a_shot_that_was_on_view(rows: Connection) -> None:
    shots = {shot.id: shot for shot in rows.execute(sa.select(SHOT.c.id, SHOT.c.run_id, SHOT.c.state))}
    for verdict in rows.execute(sa.select(VERDICT)):
        assert all(shots[key].run_id == verdict.run_id for key in verdict.compared)
        assert all(ShotState(shots[key].state).answered for key in verdict.compared)
        assert (verdict.shot_id in verdict.compared) == (verdict.kind in ("winner", "good", "not_good"))
        assert (len(verdict.compared) > 1) == (verdict.kind in ("winner", "tie", "none"))


def test_what_is_older_has_the_lower_key(rows: Connection) -> None:
    runs = rows.execute(sa.select(RUN.c.created_at).order_by(RUN.c.id)).scalars().all()
    assert runs == sorted(runs)
    shots = [tuple(row) for row in rows.execute(sa.select(SHOT.c.run_id, SHOT.c.ordinal).order_by(SHOT.c.id))]
    assert shots == sorted(shots)
