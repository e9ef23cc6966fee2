"""The router's parts put together for one workspace; carries nothing heavy itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from core.costs.budgets import Budgets
from core.costs.estimate import Estimates
from core.domain.model import ModelCard, Place
from core.domain.workspace import Workspace
from core.router.budget_word import budget_word
from core.router.classifier import Asker, Classifier
from core.router.inside import StayInside
from core.router.lately import Lately
from core.router.learner import LearnedReader
from core.router.loading import LessonsLoader
from core.router.pinned import StoredPins
from core.router.priors import PriorReader
from core.router.replays import Replays, blend_path
from core.router.routes import RouteParts, Routes
from core.router.rules import RuleBook
from core.router.stored_embeddings import StoredEmbeddings
from core.settings import Settings
from core.store.asked_models import asked_models
from core.store.database import Database
from core.store.model_scores import model_scores
from core.store.preferences import Preferences
from core.store.prompt_classes import PromptClasses
from core.store.reach import reach
from core.store.routes import StoredRoutes
from core.store.rule_hits import RuleHits
from core.store.simulated_network import SimulatedNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """The router of a workspace, what it learns from, and the rule that every run is held against."""

    routes: Routes
    replays: Replays
    rule_hits: RuleHits


def stay_inside(database: Database) -> StayInside:
    """Give the rule that every run is held against, by hand or by Auto."""
    return StayInside(RuleBook(Preferences(database)).rules, StoredPins(database), RuleHits(database))


def routing(
    database: Database,
    settings: Settings,
    workspace: Workspace,
    *,
    cards: Callable[[], Mapping[str, ModelCard]],
    estimates: Estimates,
    budgets: Budgets,
    embeddings: StoredEmbeddings,
    runs: Asker,
    network: SimulatedNetwork | None,
    answering: Callable[[], bool],
) -> Routing:
    """Put the router together; nothing is read, loaded or started before the first question.

    `network` is the demo's, None where models are real. `answering` tells whether an engine is there to make calls.
    """
    replays = Replays(database, settings, workspace, embedding=settings.embedding_model)
    lessons = LessonsLoader(replays, blend_path(settings, workspace), embedding=settings.embedding_model)
    classifier = Classifier(PromptClasses(database), runs, estimates, answering=answering)
    reader = LearnedReader(
        prior=PriorReader(lambda: model_scores(database)),
        load=lessons.load,
        meaning=embeddings.like,
        price=lessons.price,
        learning=replays.working,
        said=classifier.said,
    )
    parts = RouteParts(
        cards=cards,
        estimates=estimates,
        reader=reader,
        rules=RuleBook(Preferences(database)),
        pins=StoredPins(database),
        stored=StoredRoutes(database),
        budget=budget_word(budgets),
        classifier=classifier,
        asked=Lately(lambda: asked_models(database)),
        cut=lambda: network.broken().why(Place.CLOUD) if network is not None else _cut(database),
    )
    return Routing(routes=Routes(parts), replays=replays, rule_hits=RuleHits(database))


def _cut(database: Database) -> str:
    found = reach(database, now=datetime.now(UTC))
    return f"Nothing outside has answered since {found.since:%H:%M} UTC." if found.cut and found.since else ""
