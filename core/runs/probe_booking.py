"""Booking a connection test: its one call costs money like any other, so it is in the ledger.

An attempt belongs to a run. A test's run is written at once as one whose texts are erased: it counts in every sum of
money, and is in no list of runs, no queue and nothing that learns. A test that brought no text is not booked.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from core.domain.model import Connection, ModelCard
from core.domain.run import AttemptState, FinishReason, Origin, RunPlan, RunState, ShotState
from core.domain.usage import Usage
from core.runs.pricing import Pricing, estimated_usage
from core.runs.service import new_public_id
from core.store import run_writes, settling, tables
from core.store.database import Database, table
from core.store.run_reads import label_of
from core.store.shot_records import AttemptEnd

RUN, SHOT, ATTEMPT = (table(each) for each in (tables.Run, tables.Shot, tables.Attempt))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a connection test brought: our count of the text or the provider's own of the call, and how long it took."""

    usage: Usage
    usage_known: bool
    seconds: float
    first_seconds: float | None
    finish_reason: FinishReason | None
    response_model: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class ProbeBooking:
    """Writes connection tests into the ledger of one workspace."""

    database: Database
    pricing: Pricing

    def counted(self, connection: Connection, prompt: str, text: str) -> Usage:
        """Give our own count of a test whose provider told none."""
        return estimated_usage(
            input_tokens=self.pricing.count(prompt, connection.model),
            output_tokens=self.pricing.count(text, connection.model),
            thinking_tokens=0,
        )

    def book(self, connection: Connection, found: Answered, *, person: str) -> None:
        """Write the call with its cost, in one transaction. Raises StoreError and its kinds."""
        now = datetime.now(UTC)
        started = now - timedelta(seconds=found.seconds)
        plan = RunPlan(prompt="", models=(connection.model,), origin=Origin.TEST, person=person)
        card = ModelCard(
            name=connection.model,
            label=label_of(connection.model),
            place=connection.place,
            provider=connection.provider,
        )
        with self.database.write() as writing:
            run_id = run_writes.insert_run(
                writing, plan, (card,), public_id=new_public_id(), estimate=None, now=started
            )
            shot_id = writing.execute(sa.select(SHOT.c.id).where(SHOT.c.run_id == run_id)).scalar_one()
            end = self._end(connection, found, run_id=run_id, shot_id=shot_id, started=started, now=now)
            writing.execute(
                sa.insert(ATTEMPT).values(
                    shot_id=shot_id, run_id=run_id, number=1, state=AttemptState.RUNNING, model=connection.model,
                    place=connection.place, started_at=started,
                )
            )  # fmt: skip
            settling.end_attempts(writing, [end])
            # No tokens on the shot: how long usual answers are is learned from shots.
            writing.execute(
                sa.update(SHOT)
                .where(SHOT.c.id == shot_id)
                .values(
                    state=ShotState.DONE, attempts=1, started_at=started, finished_at=now, cost=end.cost,
                    cost_state=end.cost_state,
                )
            )  # fmt: skip
            writing.execute(
                sa.update(RUN)
                .where(RUN.c.id == run_id)
                .values(
                    state=RunState.DONE, started_at=started, finished_at=now, prompt_sha256="",
                    deleted_at=now, erased_at=now,
                )
            )  # fmt: skip

    def _end(
        self, connection: Connection, found: Answered, *, run_id: int, shot_id: int, started: datetime, now: datetime
    ) -> AttemptEnd:
        end = AttemptEnd(
            shot_id=shot_id,
            run_id=run_id,
            number=1,
            state=AttemptState.DONE,
            started_at=started,
            finished_at=now,
            provider=connection.provider,
            host=connection.host,
            response_model=found.response_model,
            ttft_us=None if found.first_seconds is None else int(found.first_seconds * 1e6),
            total_us=int(found.seconds * 1e6),
            finish_reason=found.finish_reason,
            request_id=found.request_id,
            usage=found.usage,
            usage_known=found.usage_known,
        )
        return self.pricing.settle(end, connection.model, connection.place)
