"""One question to an AI judge as a run: what it is made of, under which id it is asked, and its answer.

The id follows from the request and the question: an engine that starts anew finds what was asked before.
"""

import asyncio
from dataclasses import dataclass
from hashlib import blake2b

import sqlalchemy as sa

from core.domain.run import Origin, RunPlan, RunRecord, RunState, ShotSettings, Strategy, Visibility
from core.errors import InputError, JudgeSilent
from core.runs.service import ALPHABET, ID_LENGTH, Runs
from core.store import tables
from core.store.among import among
from core.store.assessments import AssessmentRecord, Part
from core.store.database import Database, table

RUN, SHOT, PROJECT, TAG, RUN_TAG = (
    table(each) for each in (tables.Run, tables.Shot, tables.Project, tables.Tag, tables.RunTag)
)
LOOK_SECONDS = 0.25
SETTINGS = ShotSettings(temperature=0.0, max_tokens=1500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a part's questions are made of: the run with its prompt and booking, texts and names by shot."""

    run: str
    prompt: str
    project: str
    tags: tuple[str, ...]
    texts: dict[int, str]
    names: tuple[str, ...]


def material_of(database: Database, part: Part) -> Material:
    """Give what a part's questions are made of. Raises InputError where its run is in the bin."""
    with database.read() as connection:
        asked = (
            sa.select(RUN.c.public_id, RUN.c.prompt, PROJECT.c.name.label("project"))
            .outerjoin(PROJECT, PROJECT.c.id == RUN.c.project_id)
            .where(RUN.c.id == part.run_id, RUN.c.deleted_at.is_(None))
        )
        run = connection.execute(asked).one_or_none()
        if run is None:
            raise InputError("The run is in the bin.")
        tagged = sa.select(TAG.c.name).join(RUN_TAG, RUN_TAG.c.tag_id == TAG.c.id)
        tags = connection.execute(tagged.where(RUN_TAG.c.run_id == part.run_id)).scalars().all()
        of_shots = sa.select(SHOT.c.id, SHOT.c.model, SHOT.c.label, SHOT.c.text)
        shots = connection.execute(of_shots.where(among(connection, SHOT.c.id, part.shots))).all()
    return Material(
        run=run.public_id,
        prompt=run.prompt,
        project=run.project or "",
        tags=tuple(tags),
        texts={row.id: row.text for row in shots if row.text},
        names=tuple(name for row in shots for name in (row.model, row.label)),
    )


class Asker:
    """Asks the judge one question by a run; the caller of judge_pair."""

    def __init__(self, runs: Runs, request: AssessmentRecord, material: Material, asked: list[str]) -> None:
        self._runs = runs
        self._request = request
        self._material = material
        self._asked = asked

    async def __call__(self, *, system: str, prompt: str) -> str:
        """Give the judge's answer. Raises JudgeSilent, BudgetReached, and InputError where rules forbid to ask."""
        request = self._request
        turn = 1 + sum(each.startswith(_start(request.public_id, prompt)) for each in self._asked)
        plan = RunPlan(
            public_id=_run_id(request.public_id, prompt, turn),
            prompt=prompt,
            models=(request.name,),
            settings=ShotSettings(temperature=SETTINGS.temperature, max_tokens=SETTINGS.max_tokens, system=system),
            strategy=Strategy(request.strategy or Strategy.HYBRID),
            visibility=Visibility.ASIDE,
            origin=Origin.JUDGE,
            person=request.person,
            team=request.team,
            project=self._material.project,
            tags=self._material.tags,
            # What kept the run inside keeps a question about it inside.
            parent_public_id=self._material.run,
        )
        run = await asyncio.to_thread(self._runs.start, plan)
        self._asked.append(run)
        record = await self._record(run)
        if record.state.settled and not record.shots[0].text:
            # Asked before the engine, or the request, was stopped.
            again = self._runs.retry_failed if record.state is RunState.FAILED else self._runs.resume
            await asyncio.to_thread(again, run)
        record = await self._settled(run)
        answer = record.shots[0]
        if not answer.text:
            raise JudgeSilent(answer.error_message or "The AI judge gave no answer.", next_step=answer.error_next_step)
        return answer.text

    async def _settled(self, run: str) -> RunRecord:
        while not (record := await self._record(run)).state.settled:  # noqa: ASYNC110 - a run is a row, not an event
            await asyncio.sleep(LOOK_SECONDS)
        return record

    async def _record(self, run: str) -> RunRecord:
        return await asyncio.to_thread(self._runs.record, run, viewer=self._request.person)


def _start(request: str, prompt: str) -> str:
    """Give the beginning of the ids under which one request asks one question."""
    return _letters(f"{request}\x1f{prompt}", 10)


def _run_id(request: str, prompt: str, turn: int) -> str:
    return _start(request, prompt) + _letters(f"{request}\x1f{prompt}\x1f{turn}", ID_LENGTH - 10)


def _letters(text: str, number: int) -> str:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=number).digest()
    return "".join(ALPHABET[each % len(ALPHABET)] for each in digest)
