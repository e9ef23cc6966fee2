"""Should we switch? Past prompts asked again of another model, each beside the answer that won then, at no cost."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.costs.estimate import Estimates
from core.domain.model import ModelCard
from core.domain.run import RunPlan, ShotState, Strategy, Visibility
from core.domain.verdict import VerdictKind
from core.errors import ClaudePrompterError, InputError
from core.runs.service import Runs
from core.store import tables
from core.store.among import among
from core.store.database import Database, table
from core.store.history_filter import may_see
from core.store.run_json import pairs_from_json, settings_from_json

RUN, SHOT, VERDICT = table(tables.Run), table(tables.Shot), table(tables.VerdictRow)
PROJECT, TEAM = table(tables.Project), table(tables.Team)
RUN_TAG, TAGS = table(tables.RunTag), table(tables.Tag)

TAG = "re-run on "
MOST_RERUN = 200
"""Past runs asked again at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A past run as far as it is asked again. `carried` is the shot that comes along, by its key, model and label.

    It is the newest pick's winner; where nobody picked one, the first whole answer, and `won` is false.
    """

    public_id: str
    plan: RunPlan
    carried: int | None = None
    carried_model: str = ""
    carried_label: str = ""
    won: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RerunEstimate:
    """What asking again takes. `amount` is USD over all prompts, `unpriced` that no price is known.

    `winners` counts past runs whose winner comes along, `others` those where another answer does, `alone` those where
    none can: it is the same model's, or there is no whole answer.
    """

    runs: int
    calls: int
    amount: Decimal
    high: Decimal
    unpriced: bool
    winners: int
    others: int
    alone: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerun:
    """What was started: the new runs' public ids, the tag that finds them, and past runs that were not asked, why."""

    started: tuple[str, ...]
    tag: str
    refused: tuple[tuple[str, ClaudePrompterError], ...]


class Reruns:
    """Asks past prompts again, in one workspace."""

    def __init__(self, database: Database, runs: Runs, estimates: Estimates) -> None:
        """Read this database; start runs, with their rules and budgets, by `runs`."""
        self._database = database
        self._runs = runs
        self._estimates = estimates

    def past(self, public_ids: Sequence[str], *, viewer: str) -> tuple[PastRun, ...]:
        """Give past runs in the order asked for; what `viewer` may not see or is in the bin is left out.

        Raises InputError for more than `MOST_RERUN`.
        """
        if len(public_ids) > MOST_RERUN:
            raise InputError(
                f"{len(public_ids):,} runs are more than the {MOST_RERUN} that are asked again at once.",
                next_step="Tick fewer, or narrow the view.",
            )
        with self._database.read() as connection:
            rows = {row.public_id: row for row in connection.execute(_asked(connection, public_ids, viewer))}
            carried = _carried(connection, [row.id for row in rows.values()])
            tags = _tags(connection, [row.id for row in rows.values()])
        found = [rows[name] for name in dict.fromkeys(public_ids) if name in rows]
        return tuple(_past(row, carried.get(row.id), tags.get(row.id, ())) for row in found)

    def estimate(self, past: Sequence[PastRun], card: ModelCard, *, shots: int = 1) -> RerunEstimate:
        """Give what asking a model again takes. Raises StoreError."""
        found = [
            self._estimates.of(prompt=each.plan.prompt, models=[card], shots=shots, settings=each.plan.settings)
            for each in past
        ]
        along = [each for each in past if each.carried is not None and each.carried_model != card.name]
        return RerunEstimate(
            runs=len(past),
            calls=len(past) * shots,
            amount=sum((each.amount for each in found), Decimal(0)),
            high=sum((each.high for each in found), Decimal(0)),
            unpriced=any(each.unpriced for each in found),
            winners=sum(each.won for each in along),
            others=sum(not each.won for each in along),
            alone=len(past) - len(along),
        )

    def start(
        self,
        past: Sequence[PastRun],
        card: ModelCard,
        *,
        shots: int = 1,
        person: str = "",
        team: str = "",
        strategy: Strategy = Strategy.HYBRID,
    ) -> Rerun:
        """Ask a model each past prompt, as a run of its own under the rules and budgets of any run.

        The project and tags of a prompt stay, and with them the rules and budgets that go by these. What is refused is
        told with its reason; the others go on. Raises StoreError.
        """
        today = datetime.now(UTC)
        tag = f"{TAG}{card.label}, {today.day} {today:%b %Y}"
        started, refused = [], []
        for each in past:
            try:
                plan = _again(each, card, shots=shots, person=person, team=team, strategy=strategy, tag=tag)
                started.append(self._runs.start(plan))
            except ClaudePrompterError as error:
                refused.append((each.public_id, error))
        return Rerun(started=tuple(started), tag=tag, refused=tuple(refused))


def _again(
    past: PastRun, card: ModelCard, *, shots: int, person: str, team: str, strategy: Strategy, tag: str
) -> RunPlan:
    return replace(
        past.plan,
        models=(card.name,),
        shots_per_model=shots,
        person=person,
        team=team or past.plan.team,
        strategy=strategy,
        tags=(*past.plan.tags, tag),
        parent_public_id=past.public_id,
        consented=True,  # the sum over all of them was shown before
        carried_shot_id=past.carried if past.carried_model != card.name else None,
    )


def _asked(connection: Connection, public_ids: Sequence[str], viewer: str) -> sa.Select[Any]:
    columns = (
        RUN.c.id, RUN.c.public_id, RUN.c.prompt, RUN.c.template, RUN.c.variables, RUN.c.settings, RUN.c.visibility,
    )  # fmt: skip
    return (
        sa.select(*columns, PROJECT.c.name.label("project"), TEAM.c.name.label("team"))
        .outerjoin(PROJECT, PROJECT.c.id == RUN.c.project_id)
        .outerjoin(TEAM, TEAM.c.id == RUN.c.team_id)
        .where(
            among(connection, RUN.c.public_id, public_ids),
            may_see(connection, viewer),
            RUN.c.deleted_at.is_(None),
            RUN.c.erased_at.is_(None),
        )
    )


def _carried(connection: Connection, run_ids: Sequence[int]) -> dict[int, Any]:
    """Give for each run the shot that comes along, and whether it won."""
    answered = [state for state in ShotState if state.answered]
    columns = (SHOT.c.id, SHOT.c.run_id, SHOT.c.model, SHOT.c.label)
    whole = (
        sa.select(*columns, sa.false().label("won"))
        .where(among(connection, SHOT.c.run_id, run_ids), SHOT.c.state.in_(answered), SHOT.c.text != "")
        .order_by(SHOT.c.run_id, SHOT.c.ordinal.desc())
    )
    won = (
        sa.select(*columns, sa.true().label("won"))
        .join(VERDICT, VERDICT.c.shot_id == SHOT.c.id)
        .where(
            among(connection, VERDICT.c.run_id, run_ids),
            VERDICT.c.undone_at.is_(None),
            VERDICT.c.kind.in_((VerdictKind.WINNER, VerdictKind.GOOD)),
        )
        .order_by(VERDICT.c.id)
    )
    # The last one of each run stays: the first whole answer, then the newest pick's winner.
    found = {row.run_id: row for row in connection.execute(whole)}
    return found | {row.run_id: row for row in connection.execute(won)}


def _tags(connection: Connection, run_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Give the tags of each run, without those of earlier re-runs."""
    asked = sa.select(RUN_TAG.c.run_id, TAGS.c.name).join(TAGS, TAGS.c.id == RUN_TAG.c.tag_id)
    found: dict[int, tuple[str, ...]] = defaultdict(tuple)
    for row in connection.execute(asked.where(among(connection, RUN_TAG.c.run_id, run_ids)).order_by(TAGS.c.name)):
        if not row.name.startswith(TAG):
            found[row.run_id] += (row.name,)
    return found


def _past(row: Any, carried: Any, tags: tuple[str, ...]) -> PastRun:
    plan = RunPlan(
        prompt=row.prompt,
        models=(),
        settings=settings_from_json(row.settings),
        template=row.template,
        variables=pairs_from_json(row.variables),
        visibility=Visibility(row.visibility),
        project=row.project or "",
        team=row.team or "",
        tags=tags,
    )
    if carried is None:
        return PastRun(public_id=row.public_id, plan=plan)
    return PastRun(
        public_id=row.public_id,
        plan=plan,
        carried=carried.id,
        carried_model=carried.model,
        carried_label=carried.label,
        won=bool(carried.won),
    )
