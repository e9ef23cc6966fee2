"""What people preferred, as pairs of answers: the form that training by preference reads (prompt, chosen, rejected)."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.verdict import Verdict, VerdictKind
from core.store import tables
from core.store.among import among
from core.store.database import Database, table
from core.store.history_filter import may_see
from core.store.item_verdicts import SETTLEMENT, settlements
from core.store.verdict_rows import VERDICT, read_verdicts

RUN = table(tables.Run)
SHOT = table(tables.Shot)
RUNS_AT_ONCE = 500


def export_pairs(
    database: Database, to: BinaryIO, *, runs: Sequence[str], viewer: str = "", blind_only: bool = False
) -> int:
    """Write a line of JSON for each answer that was picked over another, and give how many.

    A winner of three gives two pairs; nothing is known between the losers. Ties and "none" give none, nor do equal
    texts. On an item that was settled the lead's word stands in place of the others'. Runs that `viewer` may not see
    are left out.
    """
    written = 0
    for start in range(0, len(runs), RUNS_AT_ONCE):
        with database.read() as connection:
            for line in _pairs(connection, runs[start : start + RUNS_AT_ONCE], viewer, blind_only=blind_only):
                to.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
                written += 1
    return written


def _pairs(
    connection: Connection, names: Sequence[str], viewer: str, *, blind_only: bool
) -> Iterator[dict[str, object]]:
    asked = sa.select(RUN.c.id, RUN.c.public_id, RUN.c.prompt, RUN.c.settings, RUN.c.simulated).where(
        among(connection, RUN.c.public_id, names), may_see(connection, viewer), RUN.c.deleted_at.is_(None)
    )
    runs = {row.id: row for row in connection.execute(asked)}
    said = _winners(connection, runs, blind_only=blind_only)
    shots = {
        row.id: row
        for row in connection.execute(
            sa.select(SHOT.c.id, SHOT.c.model, SHOT.c.text).where(
                among(connection, SHOT.c.run_id, {verdict.run_id for verdict in said})
            )
        )
    }
    for verdict in said:
        run, chosen = runs[verdict.run_id], shots.get(verdict.shot_id or 0)
        for other in verdict.compared:
            rejected = shots.get(other)
            if chosen is None or rejected is None or not rejected.text or chosen.text == rejected.text:
                continue
            system = (run.settings or {}).get("system") or ""
            yield {
                "prompt": run.prompt,
                **({"system": system} if system else {}),
                "chosen": chosen.text,
                "rejected": rejected.text,
                "chosen_model": chosen.model,
                "rejected_model": rejected.model,
                "person": verdict.person,
                "names_hidden": verdict.blind,
                "said_at": verdict.created_at.isoformat(),
                "run": run.public_id,
                **({"simulated": True} if run.simulated else {}),
            }


def _winners(connection: Connection, runs: Iterable[int], *, blind_only: bool) -> list[Verdict]:
    settled = () if blind_only else settlements(connection, among(connection, SETTLEMENT.c.run_id, runs))
    taken_over = {each.item_id for each in settled}
    said = read_verdicts(
        connection,
        VERDICT.c.undone_at.is_(None),
        VERDICT.c.kind == VerdictKind.WINNER,
        among(connection, VERDICT.c.run_id, runs),
    )
    kept = [each for each in said if each.item_id is None or each.item_id not in taken_over]
    leads = [each.as_verdict() for each in settled if each.kind is VerdictKind.WINNER]
    return [each for each in [*kept, *leads] if each.blind or not blind_only]
