from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from core.domain.money import Charge, CostState, PriceSource, TokenClass
from core.domain.run import AttemptState, FinishReason
from core.store import tables
from core.store.attempts import AttemptLog
from core.store.database import Database, table

Plant = Callable[..., Any]
NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)


def attempt(database: Database, run: Any, ordinal: int, number: int, **values: Any) -> int:
    with database.write() as connection:
        row = {
            "shot_id": run.shots[ordinal],
            "run_id": run.id,
            "number": number,
            "state": AttemptState.DONE,
            "model": "openai/gpt-x",
            "place": "cloud",
            "started_at": NOON,
        }
        statement = table(tables.Attempt).insert().values(row | values).returning(table(tables.Attempt).c.id)
        return int(connection.execute(statement).scalar_one())


def charge(token_class: TokenClass, quantity: int, unit_price: str) -> Charge:
    return Charge(
        token_class=token_class,
        quantity=quantity,
        unit_price=Decimal(unit_price),
        amount=quantity * Decimal(unit_price),
        source=PriceSource.GENAI_PRICES,
        revision="0.2.3",
    )


def write_charges(database: Database, attempt_id: int, charges: tuple[Charge, ...]) -> None:
    names = ("token_class", "quantity", "unit_price", "amount", "source", "revision")
    with database.write() as connection:
        connection.execute(
            table(tables.ChargeRow).insert(),
            [{"attempt_id": attempt_id} | {name: getattr(one, name) for name in names} for one in charges],
        )


def test_attempts_stand_by_shot_in_the_order_they_were_made(database: Database, plant: Plant) -> None:
    run, other = plant(), plant()
    attempt(database, run, 2, 1)
    second = attempt(
        database,
        run,
        1,
        2,
        ttft_us=600_000,
        total_us=3_100_000,
        finish_reason="stop",
        cost=Decimal("0.0019"),
        cost_state="priced",
        input_tokens=96,
        output_tokens=214,
        usage_known=True,
    )
    attempt(database, run, 1, 1, state=AttemptState.FAILED, http_status=429, error_kind="rate_limited")
    attempt(database, other, 1, 1)
    found = AttemptLog(database).of_run(run.id)
    assert set(found) == {run.shots[1], run.shots[2]}
    failed, done = found[run.shots[1]]
    assert (failed.number, failed.state, failed.http_status, failed.error_kind) == (
        1,
        AttemptState.FAILED,
        429,
        "rate_limited",
    )
    assert (done.id, done.ttft_ms, done.total_ms) == (second, 600.0, 3100.0)
    assert (done.finish_reason, done.cost, done.cost_state) == (
        FinishReason.STOP,
        Decimal("0.0019"),
        CostState.PRICED,
    )
    assert (done.input_tokens, done.output_tokens, done.usage_known, done.started_at) == (96, 214, True, NOON)


def test_charges_come_back_to_the_last_digit_in_the_order_of_the_classes(database: Database, plant: Plant) -> None:
    run = plant()
    first, second = attempt(database, run, 1, 1), attempt(database, run, 2, 1)
    charges = (
        charge(TokenClass.INPUT, 96, "0.000000075"),
        charge(TokenClass.CACHED_INPUT, 7, "0.0000000375"),
        charge(TokenClass.OUTPUT, 214, "0.0000003"),
    )
    write_charges(database, first, tuple(reversed(charges)))
    write_charges(database, second, charges[:1])
    log = AttemptLog(database)
    assert log.charges_of_run(run.id) == {first: charges, second: charges[:1]}
    assert log.charges_of(first) == charges
    assert log.charges_of(9999) == ()


def test_a_run_that_asked_nobody_has_no_attempts(database: Database, plant: Plant) -> None:
    assert AttemptLog(database).of_run(plant().id) == {}
    assert AttemptLog(database).charges_of_run(12345) == {}
