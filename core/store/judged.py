"""Every word that counts, with what figures need of it: the prompt, and which model wrote each answer compared."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.verdict import Verdict
from core.store import tables
from core.store.among import among
from core.store.database import Database, table
from core.store.history_filter import HistoryFilter, conditions
from core.store.item_verdicts import SETTLEMENT, settlements
from core.store.verdict_rows import VERDICT, read_verdicts

RUN = table(tables.Run)
SHOT = table(tables.Shot)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRun:
    """A verdict with its run's prompt (as a SHA-256, equal for equal prompts) and the models of its shots by id.

    `shuffled` says that the order shown was drawn by lot, as it is for items. A settled item has the lead's word alone.
    """

    verdict: Verdict
    run: str
    prompt: str
    models: Mapping[int, str]
    shuffled: bool


class Judged:
    """The verdicts of one workspace, for figures."""

    def __init__(self, database: Database) -> None:
        """Read this database."""
        self._database = database

    def how_many(self, wanted: HistoryFilter) -> int:
        """Give how many words were said on the runs that a filter lets through, settlements aside."""
        with self._database.read() as connection:
            allowed = sa.select(RUN.c.id).where(*conditions(connection, wanted))
            asked = sa.select(sa.func.count()).where(VERDICT.c.undone_at.is_(None), VERDICT.c.run_id.in_(allowed))
            return int(connection.execute(asked).scalar_one())

    def verdicts(
        self, wanted: HistoryFilter, *, by: tuple[str, ...] = (), blind_only: bool = False, originals: bool = False
    ) -> tuple[JudgedRun, ...]:
        """Give the words on the runs that a filter lets through, oldest first.

        `by` takes only these people's, `blind_only` those given with names hidden (a lead's settlement never is).
        `originals` leaves settlements out and takes what people said themselves, to see how far they agree.
        """
        with self._database.read() as connection:
            allowed = sa.select(RUN.c.id).where(*conditions(connection, wanted))
            said = list(read_verdicts(connection, VERDICT.c.undone_at.is_(None), VERDICT.c.run_id.in_(allowed)))
            if not originals and not blind_only:
                found = settlements(connection, SETTLEMENT.c.run_id.in_(allowed))
                settled = [settlement.as_verdict() for settlement in found]
                taken_over = {verdict.item_id for verdict in settled}
                said = [each for each in said if each.item_id is None or each.item_id not in taken_over] + settled
                said.sort(key=lambda each: each.created_at)
            said = [each for each in said if (not by or each.person in by) and (each.blind or not blind_only)]
            return _with_models(connection, said)


def _with_models(connection: Connection, said: list[Verdict]) -> tuple[JudgedRun, ...]:
    runs = {
        row.id: row
        for row in connection.execute(
            sa.select(RUN.c.id, RUN.c.public_id, RUN.c.prompt_sha256).where(
                among(connection, RUN.c.id, {each.run_id for each in said})
            )
        )
    }
    models: dict[int, dict[int, str]] = {run: {} for run in runs}
    asked = sa.select(SHOT.c.run_id, SHOT.c.id, SHOT.c.model).where(among(connection, SHOT.c.run_id, runs))
    for run, shot, model in connection.execute(asked):
        models[run][shot] = model
    return tuple(
        JudgedRun(
            verdict=each,
            run=runs[each.run_id].public_id,
            prompt=runs[each.run_id].prompt_sha256 or runs[each.run_id].public_id,
            models=models[each.run_id],
            shuffled=each.item_id is not None,
        )
        for each in said
    )
