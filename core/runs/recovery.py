"""What an engine that died left behind: its shots are settled as interrupted, with what had arrived, never repeated."""

from datetime import UTC, datetime

from core.domain.run import AttemptState, ShotState
from core.runs.batch import Batch, Ledger
from core.runs.pricing import Pricing, estimated_usage
from core.store import orphans, shots
from core.store.database import Database
from core.store.shot_records import AttemptEnd, Orphan, ShotEnd


def interrupt_orphans(database: Database, pricing: Pricing, *, owner: str) -> int:
    """Settle the shots that another engine left running; give how many there were.

    Their text is what the deltas hold. What they used is our estimate, since nobody reported it.
    """
    now = datetime.now(UTC)
    with database.read() as connection:
        found = orphans.orphans(connection, owner=owner)
    if not found:
        return 0
    ledger, batch = Ledger(pricing), Batch()
    for orphan in found:
        end = _attempt_end(orphan, pricing, now)
        if orphan.number:
            batch.ends.append(ledger.price(orphan.shot, end))
        batch.settled.append((orphan.shot, ledger.sum_up(orphan.shot, _shot_end(orphan, now))))
    with database.write() as connection:
        orphans.adopt(connection, [orphan.shot.shot_id for orphan in found], owner=owner)
        versions = shots.bump(connection, batch.run_ids)
        batch.write(connection, versions, owner=owner)
    return len(found)


def _attempt_end(orphan: Orphan, pricing: Pricing, now: datetime) -> AttemptEnd:
    model = orphan.shot.model
    thinking = pricing.count(orphan.thinking, model)
    usage = estimated_usage(
        input_tokens=orphan.input_tokens,
        output_tokens=pricing.count(orphan.text, model) + thinking,
        thinking_tokens=thinking,
    )
    return AttemptEnd(
        shot_id=orphan.shot.shot_id,
        run_id=orphan.shot.run_id,
        number=orphan.number,
        state=AttemptState.INTERRUPTED,
        started_at=orphan.started_at,
        finished_at=now,
        provider=model.partition("/")[0],
        ttft_us=orphan.ttft_us,
        error_kind="interrupted",
        error_message="The app stopped while this answer was on its way.",
        usage=usage,
    )


def _shot_end(orphan: Orphan, now: datetime) -> ShotEnd:
    return ShotEnd(
        shot_id=orphan.shot.shot_id,
        run_id=orphan.shot.run_id,
        state=ShotState.INTERRUPTED,
        finished_at=now,
        text=orphan.text,
        thinking=orphan.thinking,
        ttft_us=orphan.ttft_us,
        error_kind="interrupted",
        error_message="The app stopped while this answer was on its way. What had arrived is kept.",
        error_next_step="Resume runs only what is missing.",
    )
