"""What AI judges and checks are asked to go over, as rows: pages ask, the engine answers, pages see how far it is."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from core.domain.labelling import AssessmentState, JudgementSource
from core.errors import NotFound
from core.store import tables
from core.store.columns import storable
from core.store.database import Database, table
from core.store.people import person_id

ASSESSMENT = table(tables.Assessment)
PERSON = table(tables.Person)
QUEUE = table(tables.Queue)
OPEN = (AssessmentState.WAITING, AssessmentState.GOING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Answers that are gone over together: shot ids of one run, and the item that they are, where they are one."""

    run_id: int
    shots: tuple[int, ...]
    item_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentRecord:
    """One request. `name` and `version` are those of the judgements it makes; `queue` is a public id, or empty.

    Of `total` parts `done` have a judgement, `failed` could not be judged, `left_out` must not be shown to the judge.
    """

    id: int
    public_id: str
    source: JudgementSource
    queue: str
    name: str
    version: str
    spec: Mapping[str, Any]
    person: str
    team: str
    strategy: str
    state: AssessmentState
    total: int
    done: int
    failed: int
    left_out: int
    message: str
    next_step: str
    created_at: datetime
    parts: tuple[Part, ...]

    @property
    def going(self) -> bool:
        """Tell whether the engine has something to do for it."""
        return self.state in OPEN


class AssessmentRows:
    """The requests of one workspace."""

    def __init__(self, database: Database) -> None:
        """Read and write this database."""
        self._database = database

    def add(
        self,
        source: JudgementSource,
        *,
        name: str,
        version: str,
        spec: Mapping[str, Any],
        parts: Sequence[Part],
        queue_id: int | None = None,
        person: str = "",
        team: str = "",
        strategy: str = "",
    ) -> AssessmentRecord:
        """Ask the engine to go over these parts."""
        public_id = secrets.token_urlsafe(12)
        with self._database.write() as connection:
            connection.execute(
                sa.insert(ASSESSMENT).values(
                    public_id=public_id,
                    source=source,
                    queue_id=queue_id,
                    name=storable(name),
                    version=version,
                    spec=dict(spec),
                    work=[[each.run_id, each.item_id, list(each.shots)] for each in parts],
                    person_id=person_id(connection, person),
                    team=team,
                    strategy=strategy,
                    state=AssessmentState.WAITING,
                    total=len(parts),
                    created_at=datetime.now(UTC),
                )
            )
            return _record(connection.execute(_asked().where(ASSESSMENT.c.public_id == public_id)).one())

    def get(self, public_id: str) -> AssessmentRecord:
        """Give one request. Raises NotFound."""
        with self._database.read() as connection:
            row = connection.execute(_asked().where(ASSESSMENT.c.public_id == storable(public_id))).one_or_none()
        if row is None:
            raise NotFound("Nothing was asked under this link.", next_step="Start from a queue or from History.")
        return _record(row)

    def of_queue(self, queue_id: int) -> tuple[AssessmentRecord, ...]:
        """Give what a queue's answers were asked about, the newest first."""
        return self._read(ASSESSMENT.c.queue_id == queue_id)

    def latest(self, *, most: int = 5) -> tuple[AssessmentRecord, ...]:
        """Give the newest requests over runs of no queue."""
        return self._read(ASSESSMENT.c.queue_id.is_(None))[:most]

    def to_do(self) -> tuple[AssessmentRecord, ...]:
        """Give what the engine has to do, the oldest first."""
        return self._read(ASSESSMENT.c.state.in_(OPEN))[::-1]

    def state_of(self, assessment_id: int) -> AssessmentState | None:
        """Give how one request stands now, None where it is gone."""
        with self._database.read() as connection:
            asked = sa.select(ASSESSMENT.c.state).where(ASSESSMENT.c.id == assessment_id)
            state = connection.execute(asked).scalar()
        return None if state is None else AssessmentState(state)

    def progress(self, assessment_id: int, *, done: int, failed: int, left_out: int) -> None:
        """Write down how far the engine is; one that was stopped meanwhile stays stopped."""
        with self._database.write() as connection:
            connection.execute(
                sa.update(ASSESSMENT)
                .where(ASSESSMENT.c.id == assessment_id)
                .values(
                    done=done,
                    failed=failed,
                    left_out=left_out,
                    state=sa.case(
                        (ASSESSMENT.c.state.in_(OPEN), AssessmentState.GOING.value), else_=ASSESSMENT.c.state
                    ),
                )
            )

    def settle(self, assessment_id: int, state: AssessmentState, *, message: str = "", next_step: str = "") -> None:
        """Write down that it is done, has stopped (and why), or shall go on."""
        ended = None if state in OPEN else datetime.now(UTC)
        with self._database.write() as connection:
            connection.execute(
                sa.update(ASSESSMENT)
                .where(ASSESSMENT.c.id == assessment_id)
                .values(state=state, message=storable(message), next_step=storable(next_step), finished_at=ended)
            )

    def remove(self, assessment_id: int) -> None:
        """Take a request away; what it has said so far stays where it is."""
        with self._database.write() as connection:
            connection.execute(sa.delete(ASSESSMENT).where(ASSESSMENT.c.id == assessment_id))

    def _read(self, *wanted: sa.ColumnElement[bool]) -> tuple[AssessmentRecord, ...]:
        with self._database.read() as connection:
            rows = connection.execute(_asked().where(*wanted).order_by(ASSESSMENT.c.id.desc()))
            return tuple(map(_record, rows))


def _asked() -> sa.Select[Any]:
    return (
        sa.select(ASSESSMENT, PERSON.c.name.label("person"), QUEUE.c.public_id.label("queue"))
        .outerjoin(PERSON, PERSON.c.id == ASSESSMENT.c.person_id)
        .outerjoin(QUEUE, QUEUE.c.id == ASSESSMENT.c.queue_id)
    )


def _record(row: Any) -> AssessmentRecord:
    return AssessmentRecord(
        id=row.id,
        public_id=row.public_id,
        source=JudgementSource(row.source),
        queue=row.queue or "",
        name=row.name,
        version=row.version,
        spec=row.spec or {},
        person=row.person or "",
        team=row.team,
        strategy=row.strategy,
        state=AssessmentState(row.state),
        total=row.total,
        done=row.done,
        failed=row.failed,
        left_out=row.left_out,
        message=row.message,
        next_step=row.next_step,
        created_at=row.created_at,
        parts=tuple(Part(run_id=run, item_id=item, shots=tuple(shots)) for run, item, shots in (row.work or ())),
    )
