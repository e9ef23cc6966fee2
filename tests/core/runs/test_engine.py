"""The engine: what it keeps, what it repeats, and what it never does twice."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa

from core.domain.money import CostState
from core.domain.run import FinishReason, RunState, ShotState
from core.domain.usage import Usage
from core.domain.verdict import VerdictKind
from core.errors import ProviderFault, RateLimited, WrongKey
from core.llm.port import Finish, ModelRequest, TextDelta, ThinkingDelta, UsageReport
from core.llm.scripted import Step
from core.runs.limits import Limits
from core.runs.tenure import EngineRuns
from core.store import tables
from core.store.database import Database, table
from core.store.verdicts import Verdicts

USED = UsageReport(Usage(input_tokens=100, output_tokens=20))
STOP = Finish(reason=FinishReason.STOP, response_model="one-2026", request_id="r1")


def says(*words: str, usage: UsageReport | None = USED, finish: Finish | None = STOP) -> list[Step]:
    steps: list[Step] = [TextDelta(word) for word in words]
    return steps + ([usage] if usage else []) + ([finish] if finish else [])


def attempts(database: Database) -> list[sa.Row[tuple[object, ...]]]:
    rows = table(tables.Attempt)
    with database.read() as connection:
        return list(connection.execute(sa.select(rows).order_by(rows.c.shot_id, rows.c.number)))


def test_every_shot_of_every_model_is_answered_priced_and_kept(bench):
    one = bench(lambda request: says(f"I am {request.connection.model}", ", shot ", str(request.shot_index)))
    run = one.settled(one.start("lab/one", "lab/two", shots_per_model=2))
    assert run.state is RunState.DONE
    assert [(shot.ordinal, shot.text) for shot in run.shots] == [
        (1, "I am lab/one, shot 1"),
        (2, "I am lab/two, shot 1"),
        (3, "I am lab/one, shot 2"),
        (4, "I am lab/two, shot 2"),
    ]
    assert {shot.cost for shot in run.shots} == {Decimal("0.000120")}
    assert run.cost == Decimal("0.000480")
    assert {shot.cost_state for shot in run.shots} == {CostState.PRICED}


def test_charges_add_up_to_the_attempt_and_the_shot(bench, database):
    one = bench(lambda _request: says("word"))
    one.settled(one.start("lab/one", shots_per_model=3))
    charge, attempt, shot = table(tables.ChargeRow), table(tables.Attempt), table(tables.Shot)
    with database.read() as connection:
        sums = [
            connection.execute(sa.select(sa.func.sum(column))).scalar()
            for column in (charge.c.amount, attempt.c.cost, shot.c.cost)
        ]
    assert sums[0] == sums[1] == sums[2] == Decimal("0.000360")


def test_deltas_are_folded_into_the_shot_when_it_settles(bench, database):
    one = bench(lambda _request: says(*"abcdefg"))
    run = one.settled(one.start())
    assert run.shots[0].text == "abcdefg"
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(table(tables.Delta))).scalar() == 0


def test_thinking_is_kept_apart_from_the_answer(bench):
    one = bench(lambda _request: [ThinkingDelta("hm, "), ThinkingDelta("well"), *says("Yes.")])
    shot = one.settled(one.start()).shots[0]
    assert (shot.thinking, shot.text) == ("hm, well", "Yes.")


def test_a_failed_attempt_is_a_row_of_its_own_and_a_retry_heals(bench, database):
    def script(request: ModelRequest) -> Iterable[Step]:
        return [ProviderFault("It broke.", http_status=500)] if request.attempt_number == 1 else says("fine")

    one = bench(script)
    shot = one.settled(one.start()).shots[0]
    assert (shot.state, shot.text, shot.attempts) == (ShotState.DONE, "fine", 2)
    first, second = attempts(database)
    assert (first.state, first.http_status, first.error_kind, first.cost) == ("failed", 500, "provider_fault", 0)
    assert (second.state, second.response_model, second.request_id) == ("done", "one-2026", "r1")


def test_what_a_broken_attempt_sent_is_dropped_when_another_follows(bench):
    def script(request: ModelRequest) -> Iterable[Step]:
        if request.attempt_number == 1:
            return [TextDelta("half an ans"), 0.15, ProviderFault("It broke.")]
        return says("A whole answer.")

    one = bench(script)
    shot = one.settled(one.start()).shots[0]
    assert shot.text == "A whole answer."


def test_a_wrong_key_is_not_tried_again(bench):
    one = bench(lambda _request: [WrongKey("The key is not accepted.", http_status=401, detail="no such key")])
    shot = one.settled(one.start()).shots[0]
    assert (shot.state, shot.attempts, shot.error_kind) == (ShotState.FAILED, 1, "wrong_key")
    assert shot.error_detail == "no such key"
    assert shot.error_next_step


def test_the_pause_that_a_provider_asks_for_is_kept(bench, database):
    def script(request: ModelRequest) -> Iterable[Step]:
        return [RateLimited("Slow down.", retry_after=0.3)] if request.attempt_number == 1 else says("ok")

    one = bench(script)
    one.settled(one.start())
    first, second = attempts(database)
    assert (second.started_at - first.finished_at).total_seconds() >= 0.3


def test_after_the_last_attempt_the_shot_fails_with_what_happened(bench):
    one = bench(lambda _request: [ProviderFault("The provider failed.", http_status=503)])
    run = one.settled(one.start())
    assert run.state is RunState.FAILED
    assert (run.shots[0].attempts, run.shots[0].error_message) == (3, "The provider failed.")


def test_one_failure_leaves_the_neighbours_alone(bench):
    def script(request: ModelRequest) -> Iterable[Step]:
        return [WrongKey("No.")] if request.connection.model == "lab/two" else says("yes")

    one = bench(script)
    run = one.settled(one.start("lab/one", "lab/two", "other/three"))
    assert [shot.state for shot in run.shots] == [ShotState.DONE, ShotState.FAILED, ShotState.DONE]
    assert run.state is RunState.DONE


def test_silence_before_the_first_word_is_a_stall_and_is_tried_again(bench, hasty):
    one = bench(lambda request: [30.0] if request.attempt_number == 1 else says("late but here"), patience=hasty)
    shot = one.settled(one.start()).shots[0]
    assert (shot.state, shot.attempts) == (ShotState.DONE, 2)


def test_silence_inside_the_stream_fails_and_keeps_what_came(bench, hasty):
    one = bench(lambda _request: [TextDelta("It was a dark and "), 30.0], patience=hasty)
    shot = one.settled(one.start()).shots[0]
    assert (shot.state, shot.error_kind, shot.text) == (ShotState.FAILED, "stalled", "It was a dark and ")
    assert shot.cost_state is CostState.ESTIMATED


def test_a_stream_without_a_reason_is_cut_never_done(bench):
    one = bench(lambda _request: says("The end is mis", usage=None, finish=None))
    shot = one.settled(one.start()).shots[0]
    assert (shot.state, shot.finish_reason, shot.attempts) == (ShotState.TRUNCATED, FinishReason.CUT, 2)
    assert shot.text == "The end is mis"


def test_an_answer_at_the_length_limit_is_cut_and_priced(bench):
    one = bench(lambda _request: says("too long", finish=Finish(reason=FinishReason.LENGTH)))
    shot = one.settled(one.start()).shots[0]
    assert (shot.state, shot.finish_reason, shot.cost_state) == (
        ShotState.TRUNCATED, FinishReason.LENGTH, CostState.PRICED,
    )  # fmt: skip


def test_stopping_a_run_keeps_what_arrived_and_charges_an_estimate(bench):
    one = bench(lambda _request: [TextDelta("word " * 40), *([0.1, TextDelta("x")] * 100)])
    public_id = one.start("lab/one", "lab/two")
    one.until(public_id, lambda run: all(shot.text for shot in run.shots))
    one.runs.cancel(public_id)
    run = one.settled(public_id)
    assert run.state is RunState.CANCELLED
    for shot in run.shots:
        assert shot.state is ShotState.CANCELLED
        assert shot.text.startswith("word word")
        assert shot.cost_state is CostState.ESTIMATED
        assert shot.cost > 0


def test_stopping_one_shot_lets_the_other_finish(bench):
    def script(request: ModelRequest) -> Iterable[Step]:
        return [TextDelta("a"), 60.0] if request.shot_index == 1 else [TextDelta("b"), 0.2, *says("c")]

    one = bench(script)
    public_id = one.start(shots_per_model=2)
    one.until(public_id, lambda run: run.shots[0].text == "a")
    one.runs.cancel_shot(public_id, 1)
    run = one.settled(public_id)
    assert [shot.state for shot in run.shots] == [ShotState.CANCELLED, ShotState.DONE]


def test_a_waiting_shot_that_is_stopped_is_never_sent(bench):
    one = bench(lambda _request: says("x"), engine=False)
    public_id = one.start(shots_per_model=3)
    one.runs.cancel(public_id)
    one.start_engine()
    assert one.runs.record(public_id).state is RunState.CANCELLED
    assert one.model.requests == []


def test_one_failed_shot_is_asked_again_on_request_and_its_past_is_kept(bench, database):
    broken = True

    def script(_request: ModelRequest) -> Iterable[Step]:
        return [WrongKey("No.")] if broken else says("now")

    one = bench(script)
    public_id = one.start()
    one.settled(public_id)
    broken = False
    one.runs.retry(public_id, 1)
    run = one.until(public_id, lambda run: run.state is RunState.DONE)
    assert (run.shots[0].text, run.shots[0].attempts, run.shots[0].error_message) == ("now", 2, "")
    assert [row.state for row in attempts(database)] == ["failed", "done"]


def test_a_cut_answer_that_somebody_picked_is_not_asked_again(bench, database):
    one = bench(lambda _request: says("long", finish=Finish(reason=FinishReason.LENGTH)))
    public_id = one.start("lab/one", "lab/two")
    one.settled(public_id)
    Verdicts(database).give(public_id, person="Anna", kind=VerdictKind.WINNER, compared=(1, 2), shot=1, blind=False)
    one.runs.retry(public_id, 1)
    one.runs.retry(public_id, 2)
    run = one.until(public_id, lambda run: run.state.settled and run.shots[1].attempts == 2)
    assert [shot.attempts for shot in run.shots] == [1, 2]


def test_only_what_is_missing_is_resumed(bench):
    one = bench(lambda request: says("ok") if request.shot_index == 1 else [TextDelta("par"), 60.0])
    public_id = one.start(shots_per_model=2)
    one.until(public_id, lambda run: run.shots[0].state is ShotState.DONE and run.shots[1].text == "par")
    one.engines.pop().stop()
    assert [shot.state for shot in one.runs.record(public_id).shots] == [ShotState.DONE, ShotState.INTERRUPTED]
    one.model._script = lambda _request: says("whole")
    one.start_engine()
    assert one.runs.resume(public_id) == 1
    run = one.settled(public_id)
    assert [shot.text for shot in run.shots] == ["ok", "whole"]
    assert Counter(request.shot_index for request in one.model.requests) == {1: 1, 2: 2}


def test_no_provider_is_asked_more_at_once_than_its_limit(bench):
    one = bench(lambda _request: [0.05, *says("x")], limits=Limits(cloud=3))
    one.settled(one.start("lab/one", "lab/two", shots_per_model=10))
    assert one.model.most_open == 3


def test_a_model_that_keeps_failing_is_left_alone(bench):
    one = bench(lambda _request: [ProviderFault("Down.", http_status=500)])
    one.settled(one.start(shots_per_model=2))
    last = one.settled(one.start()).shots[0]
    assert last.error_kind == "paused"
    assert "next try" in last.error_message
    assert len(one.model.requests) < 9


def test_a_model_without_a_price_is_never_counted_as_nothing(bench):
    one = bench(lambda _request: says("x"))
    shot = one.settled(one.start("lab/unpriced")).shots[0]
    assert (shot.cost, shot.cost_state) == (None, CostState.UNPRICED)


def test_an_own_model_is_free_and_its_tokens_are_still_counted(bench, database):
    one = bench(lambda _request: says("x"))
    shot = one.settled(one.start("home/small")).shots[0]
    assert (shot.cost, shot.cost_state, shot.output_tokens) == (Decimal(0), CostState.FREE, 20)
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.sum(table(tables.ChargeRow).c.quantity))).scalar() == 120


def test_a_server_that_reports_no_usage_is_charged_by_our_own_count(bench):
    one = bench(lambda _request: says("word " * 100, usage=None))
    shot = one.settled(one.start()).shots[0]
    assert (shot.state, shot.cost_state) == (ShotState.DONE, CostState.ESTIMATED)
    assert 60 <= shot.output_tokens <= 200


def test_a_long_answer_in_tiny_pieces_arrives_whole(bench):
    text = [str(number % 10) for number in range(10_000)]
    one = bench(lambda _request: says(*text))
    assert one.settled(one.start()).shots[0].text == "".join(text)


def test_a_second_engine_is_refused_while_one_serves(bench):
    one = bench(lambda _request: says("x"))
    with pytest.raises(EngineRuns):
        one.start_engine()
    assert one.settled(one.start()).state is RunState.DONE


def test_the_engine_ends_although_an_errand_swallows_its_cancellation(bench):
    """As asyncio.wait_for did before Python 3.12, where the event it waits for comes in the same moment."""

    async def deaf(engine):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)

    one = bench(lambda _request: says("Yes."), engine=False)
    one.parts = replace(one.parts, errands=(deaf,))
    engine = one.start_engine()
    one.settled(one.start())
    engine.request_stop()
    engine._thread.join(timeout=10)
    assert not engine._thread.is_alive()
