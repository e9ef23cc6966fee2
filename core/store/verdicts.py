"""What people say of runs: given, replaced, taken back, and counted for the sentence after a pick."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.run import ShotState
from core.domain.verdict import Verdict, VerdictKind
from core.errors import InputError
from core.store import tables
from core.store.database import Database, table
from core.store.people import person_id
from core.store.verdict_rows import Noticed, active_of, fitting, insert_verdict, nobody, read_verdicts, take_back
from core.store.visible import find_run

RUN = table(tables.Run)
SHOT = table(tables.Shot)
VERDICT = table(tables.VerdictRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How two models fared over the runs in which people compared both. Picks of a third model are in none of these."""

    runs: int
    ties: int
    wins: int
    losses: int


class Verdicts:
    """The picks of one workspace. Nothing is ever overwritten: what is replaced or taken back stays, marked so."""

    def __init__(self, database: Database, noticed: Noticed = nobody) -> None:
        """Read and write this database; `noticed` is told of every change, within its transaction."""
        self._database = database
        self._noticed = noticed

    def give(
        self,
        public_id: str,
        *,
        person: str,
        kind: VerdictKind,
        compared: Sequence[int],
        shot: int | None = None,
        blind: bool = False,
        note: str = "",
    ) -> Verdict:
        """Record a person's word on a run in place of their last one; what they said of its items stays.

        `shot` and `compared` are ordinals; `compared` are the answers on view, in their order. Raises InputError where
        the word does not fit the answers (none there yet, the winner not among them), NotFound where `person` sees no
        such run.
        """
        with self._database.write() as connection:
            run_id = find_run(connection, public_id, viewer=person).id
            shown = tuple(dict.fromkeys(compared))
            chosen = fitting(kind, shot, shown)
            ids = _answers(connection, run_id, shown)
            person_key = person_id(connection, person)
            gone = take_back(connection, *active_of(run_id, person_key))
            given = insert_verdict(
                connection,
                {
                    "run_id": run_id,
                    "person_id": person_key,
                    "kind": kind,
                    "shot_id": None if chosen is None else ids[chosen],
                    "compared": [ids[ordinal] for ordinal in shown],
                    "blind": blind,
                    "note": note.strip(),
                },
            )
            self._noticed(connection, gone, (given,))
            return given

    def undo(self, public_id: str, *, person: str) -> None:
        """Take back a person's word on a run; nothing happens where there is none. Raises NotFound for the run."""
        with self._database.write() as connection:
            run_id = find_run(connection, public_id, viewer=person).id
            gone = take_back(connection, *active_of(run_id, person_id(connection, person)))
            self._noticed(connection, gone, ())

    def note(self, public_id: str, *, person: str, note: str) -> Verdict:
        """Put a note on a person's word. Raises InputError where they have said nothing yet, NotFound for the run."""
        with self._database.write() as connection:
            run_id = find_run(connection, public_id, viewer=person).id
            mine = active_of(run_id, person_id(connection, person))
            connection.execute(sa.update(VERDICT).where(*mine).values(note=note.strip()))
            found = read_verdicts(connection, *mine)
        if not found:
            raise InputError("There is no pick of yours to put a note on.", next_step="Pick an answer first.")
        return found[0]

    def of_run(self, public_id: str, *, viewer: str = "") -> tuple[Verdict, ...]:
        """Give every person's present words on a run and its items, oldest first.

        Raises NotFound where `viewer` sees no such run.
        """
        with self._database.read() as connection:
            run_id = find_run(connection, public_id, viewer=viewer).id
            return read_verdicts(connection, VERDICT.c.run_id == run_id, VERDICT.c.undone_at.is_(None))

    def standing(self, winner: str, other: str) -> Standing:
        """Count the runs in which people compared both models, each by the newest word that says how the two compare.

        A pick of one of them is its win, a tie is a tie. A word for a third model, "none is good enough", and runs in
        which only one of the two was on view count for neither. Private runs count, deleted ones do not.
        """
        with self._database.read() as connection:
            results = list(_results(connection, winner, other).values())
        return Standing(
            runs=len(results), ties=results.count(""), wins=results.count(winner), losses=results.count(other)
        )


def _answers(connection: Connection, run_id: int, ordinals: Sequence[int]) -> dict[int, int]:
    """Give the ids of these shots by ordinal. Raises InputError for the first that holds no answer."""
    rows = connection.execute(
        sa.select(SHOT.c.id, SHOT.c.ordinal, SHOT.c.state, (SHOT.c.text != "").label("has_text")).where(
            SHOT.c.run_id == run_id, SHOT.c.ordinal.in_(ordinals)
        )
    )
    found = {row.ordinal: row.id for row in rows if ShotState(row.state).answered and row.has_text}
    for ordinal in ordinals:
        if ordinal not in found:
            raise InputError(f"Shot {ordinal} holds no answer.", next_step="Pick among the answers that are done.")
    return found


def _results(connection: Connection, one: str, two: str) -> dict[int, str]:
    """Give, by run, the model that was picked of the two, or an empty name for a tie."""
    picked = SHOT.alias("picked")
    rows = connection.execute(
        sa.select(VERDICT.c.id, VERDICT.c.run_id, VERDICT.c.compared, picked.c.model, SHOT.c.id, SHOT.c.model)
        .join(RUN, RUN.c.id == VERDICT.c.run_id)
        .join(SHOT, sa.and_(SHOT.c.run_id == VERDICT.c.run_id, SHOT.c.model.in_((one, two))))
        .outerjoin(picked, picked.c.id == VERDICT.c.shot_id)
        .where(
            VERDICT.c.undone_at.is_(None),
            RUN.c.deleted_at.is_(None),
            sa.or_(
                VERDICT.c.kind == VerdictKind.TIE,
                sa.and_(VERDICT.c.kind == VerdictKind.WINNER, picked.c.model.in_((one, two))),
            ),
        )
        .order_by(VERDICT.c.id)
    )
    shown: dict[int, set[str]] = defaultdict(set)
    results: dict[int, str] = {}
    for verdict, run, compared, winner, shot, model in rows:
        if shot in compared:
            shown[verdict].add(model)
        if len(shown[verdict]) == 2:
            results[run] = winner or ""
    return results
