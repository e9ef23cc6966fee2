"""The requests that were made for a run's shots, and what each cost, as the ledger settled it."""

from typing import Any

import sqlalchemy as sa

from core.domain.model import Place
from core.domain.money import Charge, CostState, PriceSource, TokenClass
from core.domain.run import AttemptRecord, AttemptState, FinishReason
from core.store import tables
from core.store.database import Database, table
from core.store.run_reads import milliseconds

ATTEMPT = table(tables.Attempt)
CHARGE = table(tables.ChargeRow)


class AttemptLog:
    """The attempts and charges of one workspace; read only, for the engine writes them."""

    def __init__(self, database: Database) -> None:
        """Read this database."""
        self._database = database

    def of_run(self, run_id: int) -> dict[int, tuple[AttemptRecord, ...]]:
        """Give a run's attempts by shot id, each shot's in the order of their numbers."""
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(ATTEMPT).where(ATTEMPT.c.run_id == run_id).order_by(ATTEMPT.c.shot_id, ATTEMPT.c.number)
            ).all()
        found: dict[int, list[AttemptRecord]] = {}
        for row in rows:
            found.setdefault(row.shot_id, []).append(_record(row))
        return {shot: tuple(attempts) for shot, attempts in found.items()}

    def charges_of_run(self, run_id: int) -> dict[int, tuple[Charge, ...]]:
        """Give a run's charges by attempt id, in the order of the token classes."""
        return self._charges(ATTEMPT.c.run_id == run_id)

    def charges_of(self, attempt_id: int) -> tuple[Charge, ...]:
        """Give the charges of one attempt, in the order of the token classes."""
        return self._charges(ATTEMPT.c.id == attempt_id).get(attempt_id, ())

    def _charges(self, wanted: sa.ColumnElement[bool]) -> dict[int, tuple[Charge, ...]]:
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(CHARGE).join(ATTEMPT, ATTEMPT.c.id == CHARGE.c.attempt_id).where(wanted)
            ).all()
        found: dict[int, list[Charge]] = {}
        for row in rows:
            found.setdefault(row.attempt_id, []).append(_charge(row))
        order = list(TokenClass)
        return {
            attempt: tuple(sorted(charges, key=lambda charge: order.index(charge.token_class)))
            for attempt, charges in sorted(found.items())
        }


def _charge(row: Any) -> Charge:
    return Charge(
        token_class=TokenClass(row.token_class),
        quantity=row.quantity,
        unit_price=row.unit_price,
        amount=row.amount,
        source=PriceSource(row.source),
        revision=row.revision,
    )


def _record(row: Any) -> AttemptRecord:
    return AttemptRecord(
        id=row.id,
        number=row.number,
        state=AttemptState(row.state),
        model=row.model,
        response_model=row.response_model,
        provider=row.provider,
        host=row.host,
        place=Place(row.place),
        started_at=row.started_at,
        ttft_ms=milliseconds(row.ttft_us),
        total_ms=milliseconds(row.total_us),
        http_status=row.http_status,
        finish_reason=FinishReason(row.finish_reason) if row.finish_reason else None,
        error_kind=row.error_kind,
        error_message=row.error_message,
        error_detail=row.error_detail,
        request_id=row.request_id,
        request_bytes=row.request_bytes,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        thinking_tokens=row.thinking_tokens,
        cached_input_tokens=row.cached_input_tokens,
        usage_known=row.usage_known,
        cost=row.cost,
        cost_state=CostState(row.cost_state),
    )
