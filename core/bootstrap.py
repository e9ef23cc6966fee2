"""The one composition root: what the services of a workspace are made of. Every part can be swapped by a test."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from core.costs.auto_saved import AutoSavings
from core.costs.bills.billing import Billing
from core.costs.bills.kept import Bills
from core.costs.budget_figures import budget_figures
from core.costs.budgets import Budgets
from core.costs.currency import Rates
from core.costs.decisions import Decisions
from core.costs.estimate import Estimates
from core.costs.meeting import Meetings
from core.costs.months import Months
from core.costs.price_view import PriceView
from core.costs.prices import Prices
from core.costs.review import Reviews
from core.costs.simulated_list import SimulatedPrices
from core.costs.spending import Spending
from core.costs.unbooked import Unbooked
from core.demo.data import DemoData
from core.domain.model import ModelCard, Place
from core.domain.run import RunPlan
from core.domain.workspace import Workspace
from core.labels.assessments import Assessments
from core.labels.board import Leaderboard
from core.labels.counting import count_apart
from core.labels.rollup import note_judgements, note_verdicts
from core.labels.second_raters import SecondRaters
from core.labels.service import Labelling
from core.labels.steadiness import Steadiness
from core.llm.catalogue import Catalogue
from core.llm.credentials import Credentials
from core.llm.environment import environment
from core.llm.simulated_models import simulated_cards
from core.metrics import exports
from core.metrics.figures import About, Figures
from core.metrics.rollups import Measures
from core.metrics.status import ExportStatus
from core.router.catching_up import REST_AFTER, CatchingUp
from core.router.composed import routing, stay_inside
from core.router.embedding import Embedder, Embeddings
from core.router.hashing import HashingEmbedder
from core.router.replays import Replays
from core.router.routes import Routes
from core.router.rules import RuleBook
from core.router.stored_embeddings import StoredEmbeddings
from core.runs.keeper import EngineKeeper
from core.runs.live import LiveRuns
from core.runs.probe import Probes
from core.runs.rerun import Reruns
from core.runs.service import RunRules, Runs
from core.settings import Settings, app_version
from core.store.attempts import AttemptLog
from core.store.database import Database
from core.store.departures import Departures
from core.store.endpoints import Endpoints
from core.store.history import History
from core.store.judgements import Judgements
from core.store.known_models import Health, KnownModels
from core.store.local_models import LocalModels
from core.store.many_runs import ManyRuns
from core.store.people import People
from core.store.preferences import Preferences
from core.store.prompts import SavedPrompts
from core.store.retention import empty_bin
from core.store.rule_hits import RuleHits
from core.store.saved_views import SavedViews
from core.store.seen import Seen
from core.store.simulated_network import SimulatedNetwork
from core.store.upgrade import upgrade
from core.store.vectors import PromptVectors
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
    reruns: Reruns
    live: LiveRuns
    engine: EngineKeeper
    probes: Probes
    history: History
    many: ManyRuns
    views: SavedViews
    embeddings: StoredEmbeddings
    catching_up: CatchingUp
    steadiness: Steadiness
    routes: Routes
    auto_savings: AutoSavings
    departures: Departures
    rule_hits: RuleHits
    attempts: AttemptLog
    verdicts: Verdicts
    judgements: Judgements
    seen: Seen
    labelling: Labelling
    leaderboard: Leaderboard
    assessments: Assessments
    second_raters: SecondRaters
    measures: Measures
    prompts: SavedPrompts
    people: People
    preferences: Preferences
    endpoints: Endpoints
    known_models: KnownModels
    local_models: LocalModels
    catalogue: Catalogue
    credentials: Credentials
    prices: Prices
    price_view: PriceView
    estimates: Estimates
    spending: Spending
    budgets: Budgets
    figures: Figures
    exports: ExportStatus
    reviews: Reviews
    meetings: Meetings
    months: Months
    decisions: Decisions
    unbooked: Unbooked
    bills: Bills
    billing: Billing
    rates: Rates
    replays: Replays
    demo: DemoData
    network: SimulatedNetwork | None
    remember_models: Callable[[], None]


def build(settings: Settings, workspace: Workspace) -> Services:
    """Give the services of a workspace, its database brought up to date. Raises StoreError and its kinds."""
    database = Database(settings.url_of(workspace))
    upgrade(database)
    exports.announce(settings, workspace, database)
    parts = _parts(settings, workspace, database)
    estimates = parts.estimates
    if workspace is Workspace.DEMO and not parts.known_models.all():
        parts.remember_models()
    budgets = Budgets(database, estimates)
    bills = Bills(database)
    vectors = PromptVectors(database)
    embeddings = StoredEmbeddings(embedder_of(settings.embedding_model), vectors)
    runs = Runs(database, _rules(settings, parts, budgets))
    steadiness = Steadiness(database, embedder_of(settings.embedding_model).embed)
    engine = EngineKeeper(database, workspace, log_dir=settings.data_dir, log_to_output=settings.log_format == "json")
    auto = routing(
        database,
        settings,
        workspace,
        cards=parts.cards,
        estimates=estimates,
        budgets=budgets,
        embeddings=embeddings,
        runs=runs,
        network=parts.network,
        answering=lambda: engine.status().state == "ready",
    )
    return Services(
        workspace=workspace,
        settings=settings,
        database=database,
        runs=runs,
        reruns=Reruns(database, runs, estimates),
        live=LiveRuns(database),
        engine=engine,
        probes=Probes(database),
        history=History(database, vectors),
        many=ManyRuns(database),
        views=SavedViews(database),
        embeddings=embeddings,
        routes=auto.routes,
        steadiness=steadiness,
        auto_savings=AutoSavings(database, parts.prices),
        catching_up=CatchingUp(
            embeddings,
            steadiness,
            wanted=settings.read_meaning,
            busy=runs.any_going,
            rest=lambda: _rest(settings.embedding_model),
        ),
        departures=Departures(database),
        rule_hits=auto.rule_hits,
        attempts=AttemptLog(database),
        verdicts=Verdicts(database, note_verdicts),
        judgements=Judgements(database),
        seen=Seen(database),
        labelling=Labelling(database),
        leaderboard=Leaderboard(database, apart=count_apart),
        assessments=Assessments(database, cards=parts.cards, counter=estimates),
        second_raters=SecondRaters(database),
        measures=Measures(database),
        prompts=SavedPrompts(database),
        people=People(database),
        preferences=Preferences(database),
        endpoints=parts.endpoints,
        known_models=parts.known_models,
        local_models=parts.local_models,
        catalogue=parts.catalogue,
        credentials=parts.credentials,
        prices=parts.prices,
        price_view=PriceView(database, parts.prices),
        estimates=estimates,
        spending=Spending(database),
        budgets=budgets,
        figures=_figures(database, workspace, budgets),
        exports=ExportStatus(database, settings, workspace),
        reviews=Reviews(database),
        meetings=Meetings(database, parts.prices),
        months=Months(database),
        decisions=Decisions(database),
        unbooked=Unbooked(database),
        bills=bills,
        billing=Billing(bills, parts.credentials),
        rates=Rates(database),
        replays=auto.replays,
        demo=DemoData(database, settings),
        network=parts.network,
        remember_models=parts.remember_models,
    )


def _figures(database: Database, workspace: Workspace, budgets: Budgets) -> Figures:
    return Figures(database, About(workspace=workspace, version=app_version()), lambda: budget_figures(budgets))


@cache
def embedder_of(model: str) -> Embeddings:
    """Give the one embedder of this process for a model; its child, which holds torch, starts at the first text.

    `hashing` compares words instead of meanings and needs no model.
    """
    return HashingEmbedder() if model == "hashing" else Embedder(model)


def _rest(model: str) -> None:
    """Give back the memory of an embedding model that nobody has used for a while."""
    embedder = embedder_of(model)
    if isinstance(embedder, Embedder):
        embedder.rest(after=REST_AFTER)


def build_engine(
    settings: Settings, workspace: Workspace, *, parent: int | None = None, limits: "Limits | None" = None
) -> "Engine":
    """Give the engine of a workspace, ready to run. `parent` is the process with which it ends when idle."""
    # Imported here, so that the pages never carry the engine.
    from core.llm.adapters import Models  # noqa: PLC0415
    from core.llm.embedded import Embedded  # noqa: PLC0415
    from core.llm.litellm_adapter import LiteLLM  # noqa: PLC0415
    from core.llm.simulated import Simulated  # noqa: PLC0415
    from core.runs.assessing import assessing  # noqa: PLC0415
    from core.runs.engine import Engine, EngineParts  # noqa: PLC0415
    from core.runs.errands import answering, closing, discovering, forgiving, leaving_with, tidying  # noqa: PLC0415
    from core.runs.falling_back import FallBack  # noqa: PLC0415
    from core.runs.leaving import Leaving  # noqa: PLC0415
    from core.runs.limits import Limits  # noqa: PLC0415
    from core.runs.local_models import looking_after_models  # noqa: PLC0415
    from core.runs.pricing import Pricing  # noqa: PLC0415
    from core.runs.probe_booking import ProbeBooking  # noqa: PLC0415

    database = Database(settings.url_of(workspace))
    upgrade(database)
    parts = _parts(settings, workspace, database)
    real = LiteLLM()
    embedded = Embedded()
    simulated = Simulated(speed=settings.simulated_speed, why_not=parts.why_not)
    model = Models(real=real, simulated=simulated, embedded=embedded)
    connect = parts.catalogue.connection
    booking = ProbeBooking(database, Pricing(parts.prices, parts.estimates.tokens_of))
    errands = [
        answering(Probes(database), model, connect, booking),
        discovering(parts.look_around, wanted=parts.connections),
        tidying(lambda: empty_bin(database, now=datetime.now(UTC))),
        looking_after_models(parts.local_models, settings.models_path),
        closing(embedded.close),
        assessing(
            database,
            Runs(database, _rules(settings, parts, Budgets(database, parts.estimates))),
            Judgements(database, note_judgements),
        ),
    ]
    if parts.network is not None:
        errands.append(forgiving(parts.network.broken))
    if parent is not None:
        errands.append(leaving_with(parent))
    return Engine(
        EngineParts(
            database=database,
            model=model,
            connect=connect,
            book=parts.prices,
            count=parts.estimates.tokens_of,
            limits=limits or Limits(),
            errands=tuple(errands),
            may_leave=Leaving(database, RuleBook(Preferences(database)).rules).check,
            go_on=FallBack(parts.cards, Budgets(database, parts.estimates)),
            companions=exports.companions(
                settings, workspace, database, _figures(database, workspace, Budgets(database, parts.estimates))
            ),
            warm_up=real.warm_up if workspace is Workspace.TEAM else None,
            on_health=lambda state: parts.known_models.note_health(
                state.model,
                Health(failures=state.failures, paused_until=state.paused_until, reason=state.reason),
                datetime.now(UTC),
            ),
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What pages and engine of one workspace share."""

    database: Database
    prices: Prices
    estimates: Estimates
    endpoints: Endpoints
    known_models: KnownModels
    local_models: LocalModels
    credentials: Credentials
    catalogue: Catalogue
    network: SimulatedNetwork | None

    def why_not(self, place: Place) -> str:
        """Give why a simulated model at this place is out of reach, "" where it is not."""
        return self.network.broken().why(place) if self.network is not None else ""

    def cards(self) -> dict[str, ModelCard]:
        """Give the models that can be asked, by name."""
        return {card.name: card for card in self.known_models.all()}

    def look_around(self) -> None:
        """See which models can be asked, and write down what was seen."""
        self.catalogue.look()
        self.remember_models()

    def remember_models(self) -> None:
        """Write down the models that the catalogue knows, with today's prices and each one's usual time."""
        now = datetime.now(UTC)
        cards = [self.prices.priced(card, at=now) for card in self.catalogue.cards()]
        times = self.estimates.usual_seconds()
        self.known_models.replace_all(
            [replace(card, median_seconds=times.get(card.name, card.median_seconds)) for card in cards], now
        )

    def connections(self) -> object:
        """Give what changes when somebody connects or removes a model."""
        path = self.credentials.path
        return self.endpoints.active(), self.local_models.ready(), path.stat().st_mtime_ns if path.exists() else 0


def _rules(settings: Settings, parts: _Parts, budgets: Budgets) -> RunRules:
    def estimate(plan: RunPlan, chosen: tuple[ModelCard, ...]) -> Decimal | None:
        found = parts.estimates.of(
            prompt=plan.prompt,
            models=chosen,
            shots=plan.shots_per_model,
            settings=plan.settings,
            per_model=dict(plan.per_model),
        )
        return found.amount

    return RunRules(
        cards=parts.cards,
        count=parts.estimates.tokens_of,
        estimate=estimate,
        ask_above=Decimal(str(settings.consent_above)),
        budgets=budgets,
        inside=stay_inside(parts.database),
    )


def _parts(settings: Settings, workspace: Workspace, database: Database) -> _Parts:
    prices = Prices(database, simulated=SimulatedPrices())
    environ = environment()
    credentials = Credentials(settings.credentials_path, environ)
    endpoints = Endpoints(database)
    network = SimulatedNetwork(database) if workspace is Workspace.DEMO else None
    known_models = KnownModels(database, network)
    local_models = LocalModels(database)
    catalogue = Catalogue(
        settings=settings,
        credentials=credentials,
        environ=environ,
        book=endpoints,
        local=local_models,
        simulated=simulated_cards() if workspace is Workspace.DEMO else (),
    )
    catalogue.remember(known_models.all())
    return _Parts(
        database=database,
        prices=prices,
        estimates=Estimates(database, prices=prices),
        endpoints=endpoints,
        known_models=known_models,
        local_models=local_models,
        credentials=credentials,
        catalogue=catalogue,
        network=network,
    )


__all__ = ["Services", "build", "build_engine"]
