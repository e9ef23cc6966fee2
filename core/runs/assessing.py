"""The engine's errand that carries out what AI judges and checks are asked (core/labels/assessments.py).

A judge is asked by ordinary runs, so that budgets, rules, retries, breakers and the ledger hold for it as for anybody;
they stand in no list. What a judge has said in one wording is never asked again. Checks are run here too, because
telling languages takes 100 MB.
"""

import asyncio
import contextlib
import logging
from itertools import combinations

from core.domain.labelling import AssessmentState, JudgementSource
from core.domain.verdict import VerdictKind
from core.errors import BudgetReached, InputError, JudgeSilent
from core.labels.check_forms import check_from_json
from core.labels.checks import run_check
from core.labels.judge import QUESTION, Choice, Comparison, judge_pair, question
from core.labels.judge import Judgement as Said
from core.runs.engine import Engine, Errand
from core.runs.judge_questions import Asker, Material, material_of
from core.runs.service import Runs
from core.store.assessments import AssessmentRecord, AssessmentRows, Part
from core.store.database import Database
from core.store.judgements import JUDGEMENT, Judgement, Judgements, read_judgements

LOG = logging.getLogger(__name__)

PARTS_AT_ONCE = 4
"""Items that are judged side by side; each has two questions open."""
REST_SECONDS = 1.0
FAILURES_TO_STOP = 3
"""After so many questions in a row without an answer it makes no sense to go on."""


def assessing(database: Database, runs: Runs, judgements: Judgements) -> Errand:
    """Give the errand that carries out requests, one after the other, the oldest first."""
    rows = AssessmentRows(database)

    async def once(engine: Engine) -> None:
        for request in await asyncio.to_thread(rows.to_do):
            worker = _Worker(database, rows, runs, judgements, request)
            await worker.carry_out()
        engine.database_changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REST_SECONDS):  # not wait_for, which may swallow a cancellation
                await engine.database_changed.wait()

    return once


class _Worker:
    """Carries out one request."""

    def __init__(
        self, database: Database, rows: AssessmentRows, runs: Runs, judgements: Judgements, request: AssessmentRecord
    ) -> None:
        self._database = database
        self._rows = rows
        self._runs = runs
        self._judgements = judgements
        self._request = request
        self._done = self._failed = self._left_out = self._in_a_row = 0
        self._stop: tuple[str, str] | None = None
        self._telling = asyncio.Lock()

    async def carry_out(self) -> None:
        """Go over all parts, and write down how it came out."""
        request = self._request
        judge = request.source is JudgementSource.JUDGE
        if judge:
            places = asyncio.Semaphore(PARTS_AT_ONCE)
            await asyncio.gather(*(self._in_turn(places, part) for part in request.parts))
        else:
            await self._check_all()
        if self._stop is not None:
            message, next_step = self._stop
            await asyncio.to_thread(
                self._rows.settle, request.id, AssessmentState.STOPPED, message=message, next_step=next_step
            )
        elif await asyncio.to_thread(self._rows.state_of, request.id) is AssessmentState.GOING:
            await asyncio.to_thread(self._rows.settle, request.id, AssessmentState.DONE)

    # The judge

    async def _in_turn(self, places: asyncio.Semaphore, part: Part) -> None:
        async with places:
            if self._stop is not None or not await self._wanted():
                return
            try:
                read = await self._judge(part)
                self._done, self._failed, self._in_a_row = self._done + read, self._failed + (not read), 0
            except BudgetReached as error:
                self._stop = (error.message, error.next_step)
                return
            except JudgeSilent as error:
                self._failed, self._in_a_row = self._failed + 1, self._in_a_row + 1
                if self._in_a_row >= FAILURES_TO_STOP:
                    self._stop = (error.message, error.next_step)
            except InputError as error:
                # Rules keep this prompt from the judge; the others may go.
                LOG.info("An item is not shown to the judge: %s", error.message)
                self._left_out += 1
            except Exception:
                LOG.exception("An item could not be judged")
                self._failed += 1
            await self._tell()

    async def _judge(self, part: Part) -> bool:
        """Judge every pair of a part that was not judged in this wording before; tell whether all could be read."""
        material = await asyncio.to_thread(material_of, self._database, part)
        known = await asyncio.to_thread(self._known, part)
        read = True
        for pair in combinations(sorted(shot for shot in part.shots if shot in material.texts), 2):
            if pair in known:
                read = read and known[pair]
                continue
            said = await self._compare(part, pair, material)
            await asyncio.to_thread(self._judgements.add, [said])
            read = read and said.outcome is not None
        return read

    async def _compare(self, part: Part, pair: tuple[int, ...], material: Material) -> Judgement:
        """Give the judge's word on two answers; on two that are the same nobody is asked."""
        request, asked = self._request, list[str]()
        comparison = Comparison(
            prompt=material.prompt,
            first=material.texts[pair[0]],
            second=material.texts[pair[1]],
            question=str(request.spec.get("question") or QUESTION),
            guide=str(request.spec.get("rubric") or ""),
            names=material.names,
        )
        if question(comparison) == question(comparison, swapped=True):
            found = Said(choice=Choice.TIE, flipped=False, reasons=("Both say the same.",), asked=0)
        else:
            found = await judge_pair(Asker(self._runs, request, material, asked), comparison)
        return Judgement(
            run_id=part.run_id,
            item_id=part.item_id,
            source=JudgementSource.JUDGE,
            name=request.name,
            version=request.version,
            compared=pair,
            outcome=None if found.choice is None else _OUTCOMES[found.choice],
            shot_id={Choice.FIRST: pair[0], Choice.SECOND: pair[1]}.get(found.choice or Choice.TIE),
            flipped=found.flipped,
            reason=" / ".join(dict.fromkeys(found.reasons)),
            cost_runs=tuple(dict.fromkeys(asked)),
        )

    def _known(self, part: Part) -> dict[tuple[int, ...], bool]:
        """Give the pairs that this judge has judged in this wording, and whether each could be read."""
        with self._database.read() as connection:
            said = read_judgements(
                connection,
                JUDGEMENT.c.run_id == part.run_id,
                JUDGEMENT.c.source == JudgementSource.JUDGE,
                JUDGEMENT.c.name == self._request.name,
                JUDGEMENT.c.version == self._request.version,
            )
        return {each.compared: each.outcome is not None for each in said}

    # Checks

    async def _check_all(self) -> None:
        check = check_from_json(self._request.spec)
        for part in self._request.parts:
            if not await self._wanted():
                return
            try:
                material = await asyncio.to_thread(material_of, self._database, part)
            except InputError:
                self._left_out += 1
                continue
            said = [
                Judgement(
                    run_id=part.run_id,
                    source=JudgementSource.CHECK,
                    name=self._request.name,
                    version=self._request.version,
                    compared=(shot,),
                    outcome=None if result.passed is None else _PASSED[result.passed],
                    shot_id=None if result.passed is None else shot,
                    reason=result.reason,
                )
                for shot, text in material.texts.items()
                for result in [await asyncio.to_thread(run_check, check, text)]
            ]
            await asyncio.to_thread(self._judgements.add, said)
            self._done += 1
            await self._tell()

    # Parts

    async def _wanted(self) -> bool:
        state = await asyncio.to_thread(self._rows.state_of, self._request.id)
        return state in (AssessmentState.WAITING, AssessmentState.GOING)

    async def _tell(self) -> None:
        async with self._telling:  # one after the other, so that a later count is never overwritten by an earlier one
            await asyncio.to_thread(
                self._rows.progress, self._request.id, done=self._done, failed=self._failed, left_out=self._left_out
            )


_OUTCOMES = {
    Choice.FIRST: VerdictKind.WINNER,
    Choice.SECOND: VerdictKind.WINNER,
    Choice.TIE: VerdictKind.TIE,
    Choice.NONE: VerdictKind.NONE,
}
_PASSED = {True: VerdictKind.GOOD, False: VerdictKind.NOT_GOOD}
