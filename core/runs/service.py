"""What people do with runs. Every act is a row that the engine reads; nothing here calls a model."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from secrets import choice
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.costs.budget import Need
from core.domain.model import ModelCard
from core.domain.route import Rule, RuleSpoke
from core.domain.run import RunPlan, RunRecord, RunState, ShotState, Visibility
from core.errors import BudgetReached, ClaudePrompterError, NotFound
from core.router.pinned import keep_pin
from core.router.policy import Pin
from core.runs import plan as plans
from core.store import facts, outbox, run_writes, settling, shots, tables
from core.store.database import Database, table
from core.store.routes import insert_route
from core.store.rule_hits import note_rules
from core.store.run_reads import read_run

RUN = table(tables.Run)
SHOT = table(tables.Shot)
PERSON = table(tables.Person)

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
ID_LENGTH = 16


def new_public_id() -> str:
    """Give an unguessable id for a link: 16 characters without look-alikes, about 79 bits."""
    return "".join(choice(ALPHABET) for _ in range(ID_LENGTH))


@dataclass(frozen=True, slots=True, kw_only=True)
class GoingRun:
    """A run that is under way, for the sidebar."""

    public_id: str
    prompt: str
    settled: int
    total: int
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRules:
    """What a run is checked against before it starts."""

    cards: Callable[[], Mapping[str, ModelCard]]
    count: Callable[[str, str], int]
    estimate: Callable[[RunPlan, tuple[ModelCard, ...]], Decimal | None]
    ask_above: Decimal = Decimal("0.25")
    budgets: "Gate | None" = None
    inside: "Inside | None" = None


class Inside(Protocol):
    """Who knows which prompts must stay inside."""

    def check(self, plan: RunPlan, cards: Sequence[ModelCard]) -> Pin | None:
        """Give why a plan stays inside, None where it may leave. Raises StaysInside where it would leave and may not.

        Also raises where it cannot be known: what is unsure stays inside.
        """
        ...


class Gate(Protocol):
    """Who holds the budgets."""

    def needs(self, plan: RunPlan, cards: Sequence[ModelCard]) -> tuple[Need, ...]:
        """Give the worst that a plan may cost, by model."""
        ...

    def reserve(self, connection: Connection, run_id: int, needs: Sequence[Need], *, now: datetime) -> None:
        """Hold that much for the waiting shots of a run. Raises BudgetReached where a hard limit leaves no room."""
        ...

    def refused(self, error: BudgetReached, *, person: str) -> None:
        """Note which calls of a person were not made."""
        ...


class Runs:
    """Starts, stops, retries and reads runs of one workspace."""

    def __init__(self, database: Database, rules: RunRules) -> None:
        """Keep the database and the rules."""
        self._database = database
        self._rules = rules

    def start(self, plan: RunPlan) -> str:
        """Write the run and all its shots in one transaction and give its public id. A second press changes nothing.

        Raises InputError and its kinds for what cannot be sent (StaysInside where it may not leave), CostNeedsConsent
        where the sum is far above what was shown, BudgetReached where a hard limit leaves no room for all of it (then
        nothing is written or sent), StoreError where nothing could be written.
        """
        public_id = plan.public_id or new_public_id()
        chosen = plans.check(plan, self._rules.cards(), count=self._rules.count)
        estimate = self._rules.estimate(plan, chosen)
        if estimate is not None:
            plans.check_cost(plan, estimate, ask_above=self._rules.ask_above)
        pin = self._rules.inside.check(plan, chosen) if self._rules.inside else None
        needs = self._rules.budgets.needs(plan, chosen) if self._rules.budgets else ()
        with self._noting_refusals(plan.person), self._database.write() as connection:
            if run_writes.run_key(connection, public_id) is not None:
                return public_id
            now = datetime.now(UTC)
            run_id = run_writes.insert_run(connection, plan, chosen, public_id=public_id, estimate=estimate, now=now)
            if self._rules.budgets:
                self._rules.budgets.reserve(connection, run_id, needs, now=now)
            _keep_rules(connection, run_id, plan, pin, now=now)
            outbox.tell(
                connection,
                lambda: [*facts.run_started(connection, run_id), *facts.route_decided(connection, run_id)],
            )
        return public_id

    def record(self, public_id: str, *, viewer: str = "") -> RunRecord:
        """Give a run whole, as far as it has come. Raises NotFound."""
        with self._database.read() as connection:
            return read_run(connection, public_id, viewer=viewer)

    def cancel(self, public_id: str) -> None:
        """Stop a run: what arrived is kept and charged for."""
        self._stop(public_id, None)

    def cancel_shot(self, public_id: str, ordinal: int) -> None:
        """Stop one shot of a run."""
        self._stop(public_id, ordinal)

    def retry(self, public_id: str, ordinal: int) -> None:
        """Ask one shot again that has no whole answer; its earlier attempts stay on record. Raises BudgetReached."""
        unfinished = (ShotState.FAILED, ShotState.CANCELLED, ShotState.INTERRUPTED, ShotState.TRUNCATED)
        self._again(public_id, unfinished, ordinal)

    def retry_failed(self, public_id: str) -> int:
        """Ask all failed shots again; give how many there were."""
        return self._again(public_id, (ShotState.FAILED,), None)

    def resume(self, public_id: str) -> int:
        """Ask only what is missing: shots that were interrupted or stopped; give how many there were."""
        return self._again(public_id, (ShotState.INTERRUPTED, ShotState.CANCELLED), None)

    def going(self, *, viewer: str = "") -> tuple[GoingRun, ...]:
        """Give the runs under way that this person may see, newest first, at most ten."""
        settled = sa.func.sum(sa.case((SHOT.c.state.in_(run_writes.WAITING), 0), else_=1))
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(
                    RUN.c.public_id,
                    sa.func.substr(RUN.c.prompt, 1, 80).label("prompt"),
                    RUN.c.created_at,
                    settled.label("settled"),
                    sa.func.count().label("total"),
                )
                .join(SHOT, SHOT.c.run_id == RUN.c.id)
                .outerjoin(PERSON, PERSON.c.id == RUN.c.person_id)
                .where(
                    RUN.c.state.in_((RunState.QUEUED, RunState.RUNNING)),
                    RUN.c.deleted_at.is_(None),
                    RUN.c.visibility != Visibility.ASIDE,
                    sa.or_(RUN.c.visibility == Visibility.TEAM, PERSON.c.name == viewer),
                )
                .group_by(RUN.c.id)
                .order_by(RUN.c.id.desc())
                .limit(10)
            ).all()
        return tuple(
            GoingRun(
                public_id=row.public_id,
                prompt=row.prompt,
                settled=int(row.settled),
                total=row.total,
                started_at=row.created_at,
            )
            for row in rows
        )

    def any_going(self) -> bool:
        """Tell whether any run is under way, whoever may see it."""
        with self._database.read() as connection:
            asked = sa.select(RUN.c.id).where(RUN.c.state.in_((RunState.QUEUED, RunState.RUNNING))).limit(1)
            return connection.execute(asked).first() is not None

    def _stop(self, public_id: str, ordinal: int | None) -> None:
        now = datetime.now(UTC)
        with self._database.write() as connection:
            run_id = _key(connection, public_id)
            stopped = run_writes.request_stop(connection, run_id, ordinal=ordinal, now=now)
            shots.bump(connection, [run_id])
            runs = settling.settle_runs(connection, [run_id], now=now)
            outbox.tell(
                connection,
                lambda: [*facts.shots_settled(connection, stopped), *facts.runs_settled(connection, runs)],
            )

    def _again(self, public_id: str, states: tuple[ShotState, ...], ordinal: int | None) -> int:
        person, worst = self._needs_of(public_id)
        with self._noting_refusals(person), self._database.write() as connection:
            run_id = _key(connection, public_id)
            now = datetime.now(UTC)
            count = run_writes.queue_again(connection, run_id, states, ordinal=ordinal, now=now)
            if count:
                shots.bump(connection, [run_id])
                settling.settle_runs(connection, [run_id], now=now)
                if self._rules.budgets:
                    self._rules.budgets.reserve(connection, run_id, _waiting(connection, run_id, worst), now=now)
            return count

    def _needs_of(self, public_id: str) -> tuple[str, tuple[Need, ...]]:
        """Give whose run it is, and the worst that one answer of each model may cost that can still be asked."""
        if self._rules.budgets is None:
            return "", ()
        with self._database.read() as connection:
            plan = run_writes.plan_of(connection, _key(connection, public_id))
        cards = self._rules.cards()
        needs = self._rules.budgets.needs(plan, [cards[model] for model in plan.models if model in cards])
        return plan.person, needs

    @contextmanager
    def _noting_refusals(self, person: str) -> Iterator[None]:
        """Note what a budget refuses, once the refused run itself is taken back."""
        try:
            yield
        except BudgetReached as error:
            if self._rules.budgets is not None:
                with suppress(ClaudePrompterError):  # the refusal stands, whether or not it could be noted
                    self._rules.budgets.refused(error, person=person)
            raise


def _keep_rules(connection: Connection, run_id: int, plan: RunPlan, pin: Pin | None, *, now: datetime) -> None:
    """Write with a run why it stays inside, what the router decided, and which rules spoke."""
    if pin is not None:
        keep_pin(connection, run_id, pin)
    if plan.auto is not None:
        insert_route(connection, run_id, plan.auto)
        note_rules(connection, run_id, plan.auto.rules, plan, at=now)
    elif pin is not None:
        spoke = RuleSpoke(rule=Rule.INSIDE, name=pin.name, reason=pin.reason)
        note_rules(connection, run_id, (spoke,), plan, at=now)


def _waiting(connection: Connection, run_id: int, worst: Sequence[Need]) -> tuple[Need, ...]:
    """Give what the shots of a run that wait need."""
    counts = run_writes.waiting_shots(connection, run_id)
    return tuple(replace(need, shots=counts[need.card.name]) for need in worst if need.card.name in counts)


def _key(connection: Connection, public_id: str) -> int:
    run_id = run_writes.run_key(connection, public_id)
    if run_id is None:
        raise NotFound("There is no such run here.", next_step="Look for it in History.")
    return run_id
