"""The one composition root: what the services of a workspace are made of. Every part can be swapped by a test."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from core.costs.estimate import Estimates
from core.costs.prices import Prices
from core.costs.simulated_list import SimulatedPrices
from core.costs.spending import Spending
from core.domain.model import ModelCard
from core.domain.run import RunPlan
from core.domain.workspace import Workspace
from core.llm.simulated_models import connection_for
from core.runs.keeper import EngineKeeper
from core.runs.live import LiveRuns
from core.runs.probe import Probes
from core.runs.service import RunRules, Runs
from core.settings import Settings
from core.store.attempts import AttemptLog
from core.store.database import Database
from core.store.endpoints import Endpoints
from core.store.history import History
from core.store.known_models import Health, KnownModels
from core.store.people import People
from core.store.preferences import Preferences
from core.store.prompts import SavedPrompts
from core.store.upgrade import upgrade
from core.store.verdicts import Verdicts

if TYPE_CHECKING:
    from core.runs.engine import Engine
    from core.runs.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What pages and shell can do in one workspace."""

    workspace: Workspace
    settings: Settings
    database: Database
    runs: Runs
    live: LiveRuns
    engine: EngineKeeper
    probes: Probes
    history: History
    attempts: AttemptLog
    verdicts: Verdicts
    prompts: SavedPrompts
    people: People
    preferences: Preferences
    endpoints: Endpoints
    known_models: KnownModels
    prices: Prices
    estimates: Estimates
    spending: Spending


def build(settings: Settings, workspace: Workspace) -> Services:
    """Give the services of a workspace, its database brought up to date. Raises StoreError and its kinds."""
    database = Database(settings.url_of(workspace))
    upgrade(database)
    prices = _prices(database)
    estimates = Estimates(database, prices=prices)

    known_models = KnownModels(database)

    def cards() -> dict[str, ModelCard]:
        return {card.name: card for card in known_models.all()}

    def estimate(plan: RunPlan, chosen: tuple[ModelCard, ...]) -> Decimal | None:
        found = estimates.of(
            prompt=plan.prompt,
            models=chosen,
            shots=plan.shots_per_model,
            settings=plan.settings,
            per_model=dict(plan.per_model),
        )
        return found.amount

    rules = RunRules(
        cards=cards, count=estimates.tokens_of, estimate=estimate, ask_above=Decimal(str(settings.consent_above))
    )
    return Services(
        workspace=workspace,
        settings=settings,
        database=database,
        runs=Runs(database, rules),
        live=LiveRuns(database),
        engine=EngineKeeper(database, workspace, log_dir=settings.data_dir),
        probes=Probes(database),
        history=History(database),
        attempts=AttemptLog(database),
        verdicts=Verdicts(database),
        prompts=SavedPrompts(database),
        people=People(database),
        preferences=Preferences(database),
        endpoints=Endpoints(database),
        known_models=known_models,
        prices=prices,
        estimates=estimates,
        spending=Spending(database),
    )


def build_engine(
    settings: Settings, workspace: Workspace, *, parent: int | None = None, limits: "Limits | None" = None
) -> "Engine":
    """Give the engine of a workspace, ready to run. `parent` is the process with which it ends when idle."""
    # Imported here, so that the pages never carry the engine.
    from core.llm.simulated import Simulated  # noqa: PLC0415
    from core.runs.engine import Engine, EngineParts  # noqa: PLC0415
    from core.runs.errands import answering, leaving_with  # noqa: PLC0415
    from core.runs.limits import Limits  # noqa: PLC0415

    database = Database(settings.url_of(workspace))
    upgrade(database)
    prices = _prices(database)
    known_models = KnownModels(database)
    model, connect = Simulated(speed=settings.simulated_speed), connection_for
    errands = [answering(Probes(database), model, connect)]
    if parent is not None:
        errands.append(leaving_with(parent))
    return Engine(
        EngineParts(
            database=database,
            model=model,
            connect=connect,
            book=prices,
            count=Estimates(database, prices=prices).tokens_of,
            limits=limits or Limits(),
            errands=tuple(errands),
            on_health=lambda state: known_models.note_health(
                state.model,
                Health(failures=state.failures, paused_until=state.paused_until, reason=state.reason),
                datetime.now(UTC),
            ),
        )
    )


def _prices(database: Database) -> Prices:
    return Prices(database, simulated=SimulatedPrices())


__all__ = ["Services", "build", "build_engine"]
