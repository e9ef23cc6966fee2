"""How steady models are: each run's several answers compared once, kept, and summed up for Performance.

Short answers are compared word by word at once; longer ones by the vectors of their meaning, which takes a model. So
the worker beside the pages (core/router/catching_up.py) does it when nothing else goes on, the newest runs first.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.run import RunState, ShotState, Visibility
from core.labels.agreement_of_shots import ShotAgreement, agreement_of_shots, is_short
from core.labels.counted import labels_of
from core.store import tables
from core.store.among import among
from core.store.database import Database, table
from core.store.history_filter import HistoryFilter, conditions
from core.store.upsert import insert_or_leave

RUN, SHOT, STEADINESS = table(tables.Run), table(tables.Shot), table(tables.Steadiness)
ANSWERED = [state for state in ShotState if state.answered]
SETTLED = [state for state in RunState if state.settled]
RUNS_AT_ONCE = 4
"""Runs compared together: their answers keep the model busy for no longer than a search by meaning may wait."""

Embed = Callable[[Sequence[str]], Any]
"""Gives the vectors of texts, (n, 2, d), as core/router/embedding.py does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """How one model's answers in one run agree; `odd_shot` is the shot that stands apart from all others."""

    model: str
    shots: int
    by: str
    agreement: float | None
    vote_share: float | None
    odd_shot: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSteadiness:
    """A model's agreement between its shots, in [0, 1], over `runs` runs; `odd` of them had an answer apart.

    `exact` is the agreement word by word over the `exact_runs` runs with short answers, `by_meaning` the mean
    similarity over the others; each is None where there was no such run.
    """

    model: str
    label: str
    runs: int
    agreement: float | None
    exact: float | None
    exact_runs: int
    by_meaning: float | None
    odd: int


class Steadiness:
    """The agreement between shots in one workspace."""

    def __init__(self, database: Database, embed: Embed) -> None:
        """Keep the database and who knows the meaning of texts; nothing is embedded before `catch_up`."""
        self._database = database
        self._embed = embed

    def of_run(self, run_id: int) -> dict[str, Steady]:
        """Give what is known of a run's models with several answers, by model; not yet compared ones are not there."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(STEADINESS).where(STEADINESS.c.run_id == run_id))
            return {
                row.model: Steady(
                    model=row.model,
                    shots=row.shots,
                    by=row.compared_by,
                    agreement=row.agreement,
                    vote_share=row.vote_share,
                    odd_shot=row.odd_shot_id,
                )
                for row in rows
            }

    def of_models(self, wanted: HistoryFilter) -> tuple[ModelSteadiness, ...]:
        """Give every model's steadiness over the runs that a filter lets through, the steadiest first."""
        exact = STEADINESS.c.compared_by == "words"
        meant = STEADINESS.c.compared_by == "meaning"
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(
                    STEADINESS.c.model,
                    sa.func.count().label("runs"),
                    sa.func.avg(STEADINESS.c.agreement).label("agreement"),
                    sa.func.avg(sa.case((exact, STEADINESS.c.agreement))).label("exact"),
                    sa.func.count(sa.case((exact, 1))).label("exact_runs"),
                    sa.func.avg(sa.case((meant, STEADINESS.c.agreement))).label("by_meaning"),
                    sa.func.count(STEADINESS.c.odd_shot_id).label("odd"),
                )
                .join(RUN, RUN.c.id == STEADINESS.c.run_id)
                .where(*conditions(connection, wanted), STEADINESS.c.agreement.is_not(None))
                .group_by(STEADINESS.c.model)
            ).all()
            labels = labels_of(connection, {row.model for row in rows})
        found = [
            ModelSteadiness(
                model=row.model,
                label=labels.get(row.model, row.model),
                runs=row.runs,
                agreement=row.agreement,
                exact=row.exact,
                exact_runs=row.exact_runs,
                by_meaning=row.by_meaning,
                odd=row.odd,
            )
            for row in rows
        ]
        return tuple(sorted(found, key=lambda each: (-(each.agreement or 0), each.label.casefold())))

    # The worker's part

    def newest_run(self) -> int:
        """Give the highest key of a run, 0 where there is none. Raises StoreError."""
        with self._database.read() as connection:
            return int(connection.execute(sa.select(sa.func.max(RUN.c.id))).scalar() or 0)

    def catch_up(self, *, most: int = RUNS_AT_ONCE, above: int = 0, below: int | None = None) -> int | None:
        """Compare the answers of some runs, the newest first; give the key of the lowest of these, None for none.

        Only runs with keys `above` one and `below` one are looked at. Raises EmbeddingFailed, StoreError.
        """
        with self._database.read() as connection:
            runs = _runs_to_do(connection, most=min(most, RUNS_AT_ONCE), above=above, below=below)
            answers = _answers(connection, runs)
        vectors = self._vectors(answers)
        found = [
            _row(run, model, own, agreement_of_shots([row.text for row in own], vectors=_of(own, vectors)))
            for (run, model), own in answers.items()
        ]
        if found:
            with self._database.write() as connection:
                for row in found:
                    insert_or_leave(connection, STEADINESS, row)
        return min(runs) if runs else None

    def _vectors(self, answers: Mapping[Any, Sequence[Any]]) -> dict[str, list[float]]:
        """Give the vectors of the answers that words alone cannot compare."""
        wanted: dict[str, None] = {}
        for own in answers.values():
            texts = dict.fromkeys(row.text.strip() for row in own)
            if len(texts) > 1 and not all(map(is_short, texts)):
                wanted |= texts
        if not wanted:
            return {}
        made = self._embed(list(wanted))
        return {text: made[place].reshape(-1).tolist() for place, text in enumerate(wanted)}


def _runs_to_do(connection: Connection, *, most: int, above: int, below: int | None) -> list[int]:
    there = sa.exists().where(STEADINESS.c.run_id == RUN.c.id)
    asked = (
        sa.select(RUN.c.id)
        .where(
            RUN.c.id > above,
            *([] if below is None else [RUN.c.id < below]),
            RUN.c.shots_per_model > 1,
            RUN.c.state.in_(SETTLED),
            RUN.c.erased_at.is_(None),
            RUN.c.visibility != Visibility.ASIDE,
            ~there,
        )
        .order_by(RUN.c.id.desc())
        .limit(most)
    )
    return list(connection.execute(asked).scalars())


def _answers(connection: Connection, runs: Sequence[int]) -> dict[tuple[int, str], list[Any]]:
    """Give the answers of each run and model that gave several."""
    asked = (
        sa.select(SHOT.c.id, SHOT.c.run_id, SHOT.c.model, SHOT.c.text)
        .where(among(connection, SHOT.c.run_id, runs), SHOT.c.state.in_(ANSWERED), SHOT.c.text != "")
        .order_by(SHOT.c.run_id, SHOT.c.ordinal)
    )
    found: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for row in connection.execute(asked):
        found[row.run_id, row.model].append(row)
    return {key: own for key, own in found.items() if len(own) > 1}


def _of(own: Sequence[Any], vectors: Mapping[str, list[float]]) -> list[list[float]] | None:
    texts = [row.text.strip() for row in own]
    return [vectors[text] for text in texts] if all(text in vectors for text in texts) else None


def _row(run: int, model: str, own: Sequence[Any], found: ShotAgreement) -> dict[str, Any]:
    return {
        "run_id": run,
        "model": model,
        "shots": len(own),
        "compared_by": found.by or "",
        "agreement": found.agreement,
        "vote_share": found.vote_share,
        "odd_shot_id": None if found.odd_one_out is None else own[found.odd_one_out].id,
        "updated_at": datetime.now(UTC),
    }
