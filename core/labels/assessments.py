"""Second raters as a page asks for them: an AI judge or a check over a queue's answers, or over runs.

Nothing here makes a call. What is asked is a row; the engine carries it out (core/runs/assessing.py), asks the judge by
ordinary runs that stand in no list, and writes judgements, which never mix with what people say.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from itertools import combinations
from typing import Protocol

import sqlalchemy as sa

from core.domain.labelling import AssessmentState, JudgementSource
from core.domain.model import ModelCard, PriceState
from core.domain.run import Strategy
from core.errors import InputError, UnknownModel
from core.labels.check_forms import check_to_json, check_words, version_of
from core.labels.checks import Check
from core.labels.drawing import distinct, drawn
from core.labels.judge import PROTOCOL, QUESTION
from core.labels.views import NewQueue
from core.store import tables
from core.store.among import among
from core.store.assessments import AssessmentRecord, AssessmentRows, Part
from core.store.database import Database, table
from core.store.history_filter import HistoryFilter, conditions
from core.store.items import Items
from core.store.queues import QueueRecord, Queues

RUN, SHOT = table(tables.Run), table(tables.Shot)
MILLION = Decimal(1_000_000)
FRAME_CHARACTERS = 1_100
"""What a question holds beside prompt, answers, question and rubric."""
ANSWER_TOKENS = 60
"""What a judge usually says."""
SEED = 0


class Counter(Protocol):
    """Estimates tokens."""

    def tokens_of(self, text: str, model: str) -> int:
        """Give the tokens of a text for a model."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeOrder:
    """What an AI judge shall do: compare the answers of a queue (its public id), or of runs (their public ids).

    `model` is the judging model's name; `question` and `rubric` say what is better, empty for those of the queue. The
    questions are booked to `person`, `team` and the project of each run.
    """

    model: str
    queue: str = ""
    runs: tuple[str, ...] = ()
    question: str = ""
    rubric: str = ""
    person: str = ""
    team: str = ""
    strategy: Strategy = Strategy.HYBRID


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeQuote:
    """What an order would take. `amount` is about so many USD, None where no price is known; `free` is no charge.

    `own` says that the judge would see answers of its own, which judges tend to favour.
    """

    items: int
    questions: int
    amount: Decimal | None
    free: bool
    own: bool


class Assessments:
    """What AI judges and checks are asked in one workspace."""

    def __init__(self, database: Database, *, cards: Callable[[], Mapping[str, ModelCard]], counter: Counter) -> None:
        """`cards` are the models that can be asked, `counter` estimates what a question takes."""
        self._database = database
        self._rows = AssessmentRows(database)
        self._items = Items(database)
        self._queues = Queues(database)
        self._cards = cards
        self._counter = counter

    def quote(self, order: JudgeOrder) -> JudgeQuote:
        """Give what an order would take. Raises NotFound, UnknownModel, InputError where nothing can be compared."""
        card = self._card(order)
        _, parts = self._parts(order, least=2)
        pairs = [pair for part in parts for pair in combinations(part.shots, 2)]
        return JudgeQuote(
            items=len(parts),
            questions=2 * len(pairs),
            amount=self._amount(card, order, parts),
            free=card.price_state is PriceState.FREE,
            own=self._wrote_some(card.name, parts),
        )

    def ask(self, order: JudgeOrder) -> str:
        """Ask an AI judge and give the request's public id; the same question is never asked twice.

        Raises NotFound, UnknownModel, InputError where nothing can be compared.
        """
        self._card(order)
        queue, parts = self._parts(order, least=2)
        question = order.question.strip() or (queue.question if queue else QUESTION)
        rubric = order.rubric.strip() or (queue.guide if queue else "")
        made = self._rows.add(
            JudgementSource.JUDGE,
            name=order.model,
            version=wording_of(question, rubric),
            spec={"question": question, "rubric": rubric},
            parts=parts,
            queue_id=queue.id if queue else None,
            person=order.person,
            team=order.team,
            strategy=order.strategy,
        )
        return made.public_id

    def check(self, check: Check, *, queue: str = "", runs: Sequence[str] = (), person: str = "") -> str:
        """Let a check go over the answers of a queue, or of runs, and give the request's public id.

        Raises NotFound, InputError where there is no answer to check.
        """
        order = JudgeOrder(model="", queue=queue, runs=tuple(runs), person=person)
        held, parts = self._parts(order, least=1)
        made = self._rows.add(
            JudgementSource.CHECK,
            name=check_words(check),
            version=version_of(check),
            spec=check_to_json(check),
            parts=parts,
            queue_id=held.id if held else None,
            person=person,
        )
        return made.public_id

    def get(self, public_id: str) -> AssessmentRecord:
        """Give one request with its progress. Raises NotFound."""
        return self._rows.get(public_id)

    def of_queue(self, public_id: str) -> tuple[AssessmentRecord, ...]:
        """Give what a queue's answers were asked about, the newest first. Raises NotFound."""
        return self._rows.of_queue(self._queues.get(public_id).id)

    def latest(self) -> tuple[AssessmentRecord, ...]:
        """Give the newest requests over runs of no queue."""
        return self._rows.latest()

    def stop(self, public_id: str) -> None:
        """Ask no further questions; what was said is kept. Raises NotFound."""
        found = self._rows.get(public_id)
        if found.going:
            self._rows.settle(found.id, AssessmentState.STOPPED, message="Somebody stopped it.")

    def go_on(self, public_id: str) -> None:
        """Go on where it stopped, failures included. Raises NotFound."""
        found = self._rows.get(public_id)
        if not found.going:
            self._rows.settle(found.id, AssessmentState.WAITING)

    def remove(self, public_id: str) -> None:
        """Take a request off a queue; judgements that it made are kept. Raises NotFound."""
        self._rows.remove(self._rows.get(public_id).id)

    def _card(self, order: JudgeOrder) -> ModelCard:
        card = self._cards().get(order.model)
        if card is None:
            raise UnknownModel(f"The model {order.model!r} is not connected here.")
        if order.strategy is Strategy.OFFLINE and not card.place.inside:
            raise InputError(
                f"Offline is on, and {card.label} would be asked outside.",
                next_step="Choose a judge on this machine or our network, or switch to Hybrid.",
            )
        return card

    def _parts(self, order: JudgeOrder, *, least: int) -> tuple[QueueRecord | None, tuple[Part, ...]]:
        """Give the queue, and what is gone over: items of a queue, one drawn item a run, or each answer (`least` 1)."""
        queue = self._queues.get(order.queue) if order.queue else None
        if queue is not None:
            items = [item for item in self._items.of_queue(queue.id) if item.repeat_of is None]
            parts = [Part(run_id=item.run_id, shots=item.shots, item_id=item.id) for item in items]
        elif least == 1:
            answers = self._items.answers(self._seen(order))
            parts = [Part(run_id=each.run_id, shots=(each.shot_id,)) for each in answers]
        else:
            parts = self._drawn(order)
        parts = [part for part in parts if len(part.shots) >= least]
        if not parts:
            raise InputError(
                "There is nothing to compare in these runs.", next_step="Choose runs with answers of two models."
            )
        return queue, tuple(parts)

    def _drawn(self, order: JudgeOrder) -> list[Part]:
        answers = self._items.answers(self._seen(order))
        keys = {each.run: each.run_id for each in answers}
        wanted = NewQueue(name="", question="", runs=order.runs, per_run=1)
        items = drawn(distinct(answers), wanted, seed=SEED)
        return [Part(run_id=keys[item.run], shots=tuple(one.shot for one in item.answers)) for item in items]

    def _seen(self, order: JudgeOrder) -> list[str]:
        with self._database.read() as connection:
            allowed = conditions(connection, HistoryFilter(viewer=order.person))
            asked = sa.select(RUN.c.public_id).where(*allowed, among(connection, RUN.c.public_id, order.runs))
            found = frozenset(connection.execute(asked).scalars())
        return [run for run in dict.fromkeys(order.runs) if run in found]

    def _wrote_some(self, model: str, parts: Sequence[Part]) -> bool:
        shots = {shot for part in parts for shot in part.shots}
        with self._database.read() as connection:
            asked = sa.select(SHOT.c.id).where(among(connection, SHOT.c.id, shots), SHOT.c.model == model).limit(1)
            return connection.execute(asked).first() is not None

    def _amount(self, card: ModelCard, order: JudgeOrder, parts: Sequence[Part]) -> Decimal | None:
        if card.price_state is PriceState.FREE:
            return Decimal(0)
        if card.input_price is None or card.output_price is None:
            return None
        with self._database.read() as connection:
            runs, shots = {part.run_id for part in parts}, {shot for part in parts for shot in part.shots}
            prompts = dict(_lengths(connection, RUN.c.id, RUN.c.prompt, runs))
            texts = dict(_lengths(connection, SHOT.c.id, SHOT.c.text, shots))
        frame = FRAME_CHARACTERS + len(order.question) + len(order.rubric)
        pairs = [(part.run_id, pair) for part in parts for pair in combinations(part.shots, 2)]
        characters = sum(frame + prompts.get(run, 0) + sum(texts.get(shot, 0) for shot in pair) for run, pair in pairs)
        tokens = self._counter.tokens_of("x" * 1000, card.name) * characters * 2 // 1000
        return (tokens * card.input_price + 2 * len(pairs) * ANSWER_TOKENS * card.output_price) / MILLION


def wording_of(question: str, rubric: str) -> str:
    """Give the version under which judgements of this wording are kept: another wording is another judge."""
    words = "\n\n".join((question, rubric)).encode("utf-8", "replace")
    return f"{PROTOCOL}-{sha256(words).hexdigest()[:12]}"


def _lengths(
    connection: sa.Connection, key: sa.ColumnElement[int], text: sa.ColumnElement[str], ids: set[int]
) -> list[tuple[int, int]]:
    asked = sa.select(key, sa.func.length(text)).where(among(connection, key, ids))
    return [(int(row[0]), int(row[1] or 0)) for row in connection.execute(asked)]
