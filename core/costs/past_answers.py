"""What a model's past answers in this workspace tell of the next one: how long, how slow, how its tokens count.

Estimates follow typing, so a model is looked up once a minute at most, and never more than its last 200 shots.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from core.costs.tokens import CHARACTERS_PER_TOKEN, learn_ratio
from core.domain.run import Origin, ShotState
from core.errors import StoreError
from core.store.database import Database, table
from core.store.tables import Run, Shot

LAST_SHOTS = 200
LAST_PROMPTS = 60
SECONDS_FRESH = 60.0

# A short prompt says more of the model's wrapping around it than of its tokenizer; a long one takes long to read.
TELLING_TOKENS = (40, 4000)

USUAL_OUTPUT = (100, 300, 1000)
"""Output tokens of an answer (10th percentile, median, 90th percentile) before there is any history."""

ENOUGH = 5
"""Below this many answers the spread is guessed: from a third of the median to three times it."""

SHOT, RUN = table(Shot), table(Run)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAnswers:
    """Output tokens of a model's past answers (10th percentile, median, 90th), median seconds, characters per token."""

    low: int = USUAL_OUTPUT[0]
    middle: int = USUAL_OUTPUT[1]
    high: int = USUAL_OUTPUT[2]
    seconds: float | None = None
    answers: int = 0
    characters_per_token: float = CHARACTERS_PER_TOKEN


class History:
    """Past answers by model, each read at most once a minute."""

    def __init__(self, database: Database) -> None:
        """Read nothing yet."""
        self._database = database
        self._known: dict[str, tuple[float, PastAnswers]] = {}
        self._lock = threading.Lock()

    def of(self, model: str) -> PastAnswers:
        """Give what is known of a model; the usual figures where it has never answered. Raises StoreError."""
        now = time.monotonic()
        with self._lock:
            read_at, known = self._known.get(model, (float("-inf"), PastAnswers()))
        if now - read_at <= SECONDS_FRESH:
            return known
        known = self._read(model)
        with self._lock:
            self._known[model] = (now, known)
        return known

    def models(self) -> tuple[str, ...]:
        """Give the models that were ever asked here. Raises StoreError."""
        with self._database.read() as connection:
            return tuple(connection.execute(sa.select(SHOT.c.model).distinct()).scalars())

    def characters_per_token(self, model: str) -> float:
        """Give a model's ratio, or the last one known where the database cannot be asked."""
        try:
            return self.of(model).characters_per_token
        except StoreError:
            with self._lock:
                known = self._known.get(model, (0.0, PastAnswers()))[1]
                self._known[model] = (time.monotonic(), known)
            return known.characters_per_token

    def _read(self, model: str) -> PastAnswers:
        answers = (
            sa.select(SHOT.c.run_id, SHOT.c.input_tokens, SHOT.c.output_tokens, SHOT.c.total_us)
            .join(RUN, RUN.c.id == SHOT.c.run_id)
            # What it said as an AI judge is short and like no answer to a person.
            .where(RUN.c.origin.not_in((Origin.JUDGE, Origin.ROUTER)))
            .where(SHOT.c.model == model, SHOT.c.state == ShotState.DONE, SHOT.c.source_shot_id.is_(None))
            .order_by(SHOT.c.id.desc())
            .limit(LAST_SHOTS)
        )
        with self._database.read() as connection:
            rows = connection.execute(answers).all()
            telling = {row.run_id: row.input_tokens for row in rows if _tells(row.input_tokens)}
            newest = sorted(telling, reverse=True)[:LAST_PROMPTS]
            prompts = sa.select(RUN.c.id, RUN.c.prompt, RUN.c.settings).where(RUN.c.id.in_(newest))
            sent = [
                (f"{(settings or {}).get('system', '')}{prompt}", telling[run_id])
                for run_id, prompt, settings in connection.execute(prompts)
            ]
        return _summary(
            [row.output_tokens for row in rows if row.output_tokens > 0],
            [row.total_us for row in rows if row.total_us],
            ratio=learn_ratio(sent),
        )


def _tells(input_tokens: int) -> bool:
    return TELLING_TOKENS[0] <= input_tokens <= TELLING_TOKENS[1]


def _summary(tokens: Sequence[int], micros: Sequence[int], *, ratio: float) -> PastAnswers:
    seconds = percentile(micros, 50) / 1e6 if micros else None
    if not tokens:
        return PastAnswers(seconds=seconds, characters_per_token=ratio)
    middle = percentile(tokens, 50)
    sure = len(tokens) >= ENOUGH
    return PastAnswers(
        low=percentile(tokens, 10) if sure else middle // 3,
        middle=middle,
        high=percentile(tokens, 90) if sure else middle * 3,
        seconds=seconds,
        answers=len(tokens),
        characters_per_token=ratio,
    )


def percentile(values: Sequence[int], percent: int) -> int:
    """Give the value that so many percent of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
