"""Auto: which model a prompt goes to and why, from what is known here; nothing in this file waits for the network."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from secrets import SystemRandom
from secrets import choice as drawn
from time import monotonic
from typing import Protocol

from core.costs.estimate import Estimates
from core.domain.model import ModelCard, ModelStatus
from core.domain.route import Basis, Candidate, Neighbour, Route, RouteRequest, Rule, RuleSpoke
from core.domain.run import RunPlan
from core.errors import EmptyPrompt, NothingAllowed, StoreError
from core.router import policy, reasons
from core.router.challengers import draw_challenger
from core.router.classifier import Classifier
from core.router.policy import BudgetWord, Ground, Pin, Ruled
from core.router.pool import Asked, pool
from core.router.reading import Belief, Reader, Reading
from core.router.rules import RuleBook, Rules
from core.router.value import Priced, Valued, more_picks, to_learn, value
from core.store.prompt_classes import ClassifierRecord
from core.store.routes import PastRoute, StoredRoutes

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
ID_LENGTH = 16


class Pins(Protocol):
    """Who knows what keeps a run inside by where it is booked or what it was made from."""

    def project_inside(self, project: str) -> bool:
        """Tell whether a project's prompts stay inside."""
        ...

    def of_parent(self, public_id: str | None) -> Pin | None:
        """Give why the run that this one is made from stays inside, None where it may leave."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteParts:
    """What a route is made with. `budget` says what the budgets that a request would meet have to say.

    `cut` says why nothing outside can be reached, "" where it can. `asked` gives how often each model was asked here.
    `draw` gives a number from 0 to 1 by lot.
    """

    cards: Callable[[], Mapping[str, ModelCard]]
    estimates: Estimates
    reader: Reader
    rules: RuleBook
    pins: Pins
    stored: StoredRoutes
    budget: Callable[[RouteRequest], BudgetWord] = lambda _request: BudgetWord()
    cut: Callable[[], str] = lambda: ""
    asked: Asked = dict
    classifier: Classifier | None = None
    draw: Callable[[], float] = SystemRandom().random


class Routes:
    """The router of one workspace. Raises StoreError and its kinds where the database cannot be asked."""

    def __init__(self, parts: RouteParts) -> None:
        """Keep the parts; nothing is read before the first question."""
        self._parts = parts

    @property
    def rules(self) -> RuleBook:
        """Give the rules of this workspace, to be read and changed."""
        return self._parts.rules

    def propose(self, request: RouteRequest) -> Route:
        """Give what Auto would do with a prompt, at once; writes nothing.

        Where no model may be asked the route says so (`basis` NOTHING). An empty prompt is routed like any other.
        """
        begun = monotonic()
        rules = self._parts.rules.rules()
        keep = rules.keep if request.keep is None else request.keep
        cards = self._cards(request)
        ruled = policy.apply(request, cards, self._ground(request, rules))
        bare = Route(
            public_id="".join(drawn(ALPHABET) for _ in range(ID_LENGTH)),
            prompt_sha256=hashlib.sha256(request.prompt.encode("utf-8", "surrogatepass")).hexdigest(),
            strategy=request.strategy,
            basis=Basis.NOTHING,
            choice=(),
            candidates=(),
            removed=ruled.removed,
            rules=ruled.spoke,
            keep=keep,
            pinned=bool(ruled.pins),
            created_at=datetime.now(UTC),
        )
        if ruled.allowed:
            route = self._choose(bare, request, ruled, rules)
            route = replace(route, asking=rules.classifier and self._ask(request, route, ruled))
        else:
            route = _nothing(bare, ruled, cards)
        return replace(route, took_ms=(monotonic() - begun) * 1000)

    def at_press(self, plan: RunPlan, *, shown: Route | None = None, instead: Sequence[str] = ()) -> RunPlan:
        """Give the plan with the models that Auto chooses now, to be handed to `runs.start`.

        `shown` is the route that the page showed; where it still holds (same prompt, same rules) it is kept, so that
        what was read is what is done. `instead` are models a person asked in its place ("Use Sage", "Ask both").
        Raises EmptyPrompt for no text and NothingAllowed where no model may be asked.
        """
        if not plan.prompt.strip():
            raise EmptyPrompt("The prompt is empty.")
        request = request_of(plan)
        route = self.propose(request)
        if shown is not None and _still_holds(shown, route):
            route = replace(shown, public_id=route.public_id, created_at=route.created_at)
        if instead:
            route = replace(route, instead=tuple(dict.fromkeys(instead)))
        elif route.basis is Basis.NOTHING:
            raise NothingAllowed(route.reason, next_step=route.next_step)
        else:
            rules = self._parts.rules.rules()
            route = replace(route, challenger=draw_challenger(route, rules.challengers, self._parts.draw))
        return replace(plan, models=route.asked, auto=route)

    def ready(self, seconds: float) -> bool:
        """Wait until what was learned is at hand, for the shell; a page never waits. Tells whether anything is."""
        return self._parts.reader.wait(seconds)

    def representative(self, count: int = 20) -> tuple[str, ...]:
        """Give the public ids of past judged runs that differ most in what they ask; empty before any was learned.

        They are what a model that nobody has judged is to be judged on: re-run on it, then put into a queue.
        """
        return self._parts.reader.representative(count)

    def classifier_record(self) -> ClassifierRecord:
        """Give how asking language models about prompts has gone, and how often they were right."""
        return ClassifierRecord() if self._parts.classifier is None else self._parts.classifier.record()

    def of_run(self, public_id: str, *, viewer: str = "") -> Route | None:
        """Give the decision that a run was started by, None where a person chose the models. Raises NotFound."""
        return self._parts.stored.of_run(public_id, viewer=viewer)

    def past(self, *, since: datetime | None = None, until: datetime | None = None) -> tuple[PastRoute, ...]:
        """Give the decisions of a period, oldest first."""
        return self._parts.stored.past(since=since, until=until)

    def _ask(self, request: RouteRequest, route: Route, ruled: Ruled) -> bool:
        """Have a language model asked where the page allows it and it helps; tells whether an answer is on its way."""
        classifier = self._parts.classifier
        if not request.may_ask or classifier is None:
            return False
        try:
            return classifier.consider(request, route, ruled.allowed, tasks=self._parts.reader.tasks)
        except StoreError:
            return False  # a route is made all the same

    def _cards(self, request: RouteRequest) -> tuple[ModelCard, ...]:
        cards = self._parts.cards()
        if request.models:
            return tuple(cards[name] for name in request.models if name in cards)
        return pool([card for card in cards.values() if card.status is not ModelStatus.NO_KEY], self._parts.asked())

    def _ground(self, request: RouteRequest, rules: Rules) -> Ground:
        parts = self._parts
        return Ground(
            rules=rules,
            project_inside=bool(request.project) and parts.pins.project_inside(request.project),
            parent_pin=parts.pins.of_parent(request.parent_public_id),
            budget=parts.budget(request),
            cut=parts.cut(),
            tokens=parts.estimates.tokens_of,
            worst=lambda card: self._worst(request, card),
        )

    def _worst(self, request: RouteRequest, card: ModelCard) -> Decimal | None:
        each = self._estimated(request, (card,))[card.name][1]
        return None if each is None else each * request.shots

    def _estimated(self, request: RouteRequest, cards: Sequence[ModelCard]) -> dict[str, tuple[Priced, Decimal | None]]:
        """Give what one answer of each model should cost and take, and the most that it may cost."""
        found = self._parts.estimates.of(prompt=request.prompt, models=cards, shots=1, settings=request.settings)
        return {
            each.model: (Priced(cost=each.amount, seconds=each.seconds), each.worst_case) for each in found.per_model
        }

    def _choose(self, bare: Route, request: RouteRequest, ruled: Ruled, rules: Rules) -> Route:
        cards = ruled.allowed
        priced = {name: both[0] for name, both in self._estimated(request, cards).items()}
        reading = self._parts.reader.read(request, cards, keep=bare.keep)
        valued = value(
            reading, cards, priced, keep=bare.keep, prefer_cheaper=ruled.prefer_cheaper, by_value=rules.value
        )
        chosen, basis = _chosen(valued, reading, cards, priced, by_value=rules.value)
        candidates = _candidates(valued, reading, cards, priced, chosen=chosen[0])
        route = replace(
            bare,
            basis=basis,
            choice=chosen,
            candidates=candidates,
            classified=reading.classified,
            neighbours=self._shown(reading, request),
            similar=reading.similar,
            enough=valued.enough,
            unread=not reading.ready,
            baseline=valued.best,
            rules=(*bare.rules, *_value_spoke(chosen, basis, reading, bare.keep)),
        )
        return _in_words(route, reading)

    def _shown(self, reading: Reading, request: RouteRequest) -> tuple[Neighbour, ...]:
        """Give the similar runs with the winners' labels, and the first lines that this person may see."""
        labels = {card.name: card.label for card in self._parts.cards().values()}
        named = tuple(replace(each, winner=labels.get(each.winner, each.winner)) for each in reading.neighbours)
        return self._parts.stored.with_lines(named, viewer=request.person)


def _value_spoke(chosen: tuple[str, ...], basis: Basis, reading: Reading, keep: float) -> tuple[RuleSpoke, ...]:
    """Give that the last rule spoke, where it chose another model than quality alone would have."""
    finest = max(reading.models, key=lambda name: reading.models[name].quality)
    if basis is not Basis.EVIDENCE or chosen[0] == finest:
        return ()
    reason = f"At least {100 * keep:g} in 100 of the best model's quality is kept for less."
    return (RuleSpoke(rule=Rule.VALUE, name="cheaper model", reason=reason),)


def request_of(plan: RunPlan) -> RouteRequest:
    """Give what is to be routed of a plan; its models, where it names some, are those to choose from."""
    return RouteRequest(
        prompt=plan.prompt,
        settings=plan.settings,
        models=plan.models,
        shots=plan.shots_per_model,
        strategy=plan.strategy,
        person=plan.person,
        team=plan.team,
        project=plan.project,
        tags=plan.tags,
        parent_public_id=plan.parent_public_id,
    )


def _still_holds(shown: Route, now: Route) -> bool:
    """Tell whether a route that was shown is as good now: same prompt and rules, and its models still allowed."""
    allowed = {each.model for each in now.candidates}
    return (
        bool(shown.choice)
        and shown.prompt_sha256 == now.prompt_sha256
        and shown.strategy == now.strategy
        and shown.keep == now.keep
        and shown.pinned == now.pinned
        and allowed.issuperset(shown.asked)
    )


def _nothing(bare: Route, ruled: Ruled, cards: Sequence[ModelCard]) -> Route:
    reason, next_step = reasons.nothing(ruled.removed, cards)
    return replace(bare, reason=reason, next_step=next_step)


def _chosen(
    valued: Valued,
    reading: Reading,
    cards: Sequence[ModelCard],
    priced: Mapping[str, Priced],
    *,
    by_value: bool,
) -> tuple[tuple[str, ...], Basis]:
    if valued.enough:
        return valued.order[:1], Basis.EVIDENCE
    if not reading.ready or not by_value:
        return valued.order[:1], Basis.PRIOR
    other = to_learn(valued.order[0], cards, reading.models, priced)
    return (valued.order[0], *((other,) if other else ())), Basis.LEARNING if other else Basis.PRIOR


def _candidates(
    valued: Valued, reading: Reading, cards: Sequence[ModelCard], priced: Mapping[str, Priced], *, chosen: str
) -> tuple[Candidate, ...]:
    by_name = {card.name: card for card in cards}
    made = {
        name: replace(
            _candidate(by_name[name], reading.models[name], priced[name], dominated=name in reading.dominated),
            more_picks=more_picks(reading, priced, chosen=chosen, model=name) if valued.enough else None,
        )
        for name in valued.order
    }
    runner_up = next((name for name in valued.order if name != chosen), None)
    return tuple(
        replace(each, because=reasons.because(each, made[chosen], made[valued.best], runner_up=runner_up))
        for each in made.values()
    )


def _candidate(card: ModelCard, belief: Belief, priced: Priced, *, dominated: bool) -> Candidate:
    return Candidate(
        model=card.name,
        label=card.label,
        place=card.place,
        quality=belief.quality,
        low=belief.low,
        high=belief.high,
        picks=belief.picks,
        similar=belief.similar,
        won_or_tied=belief.won_or_tied,
        cost=priced.cost,
        price_state=card.price_state,
        seconds=priced.seconds,
        proven=belief.picks > 0,
        dominated=dominated,
    )


def _in_words(route: Route, reading: Reading) -> Route:
    """Give the route with its sums and its sentence."""
    chosen = [each for each in map(route.candidate, route.choice) if each is not None]
    best = route.candidate(route.baseline) or chosen[0]
    costs = [each.cost for each in chosen]
    times = [each.seconds for each in chosen if each.seconds is not None]
    expected = None if None in costs else sum((cost for cost in costs if cost is not None), Decimal(0))
    runner_up = next((each for each in route.candidates if each.model not in route.choice), None)
    if route.basis is Basis.EVIDENCE:
        reason = reasons.evidence(chosen[0], best)
    elif not reading.ready:
        reason = reasons.not_ready(chosen[0].label)
    else:
        reason = reasons.learning(route.similar, chosen[0].label, chosen[1].label if len(chosen) > 1 else None)
    return replace(
        route,
        reason=reason,
        runner_up=runner_up.model if runner_up else None,
        baseline_cost=best.cost,
        expected_cost=expected,
        expected_seconds=max(times) if times else None,
        saving=None if expected is None or best.cost is None else best.cost - expected,
        times_cheaper=reasons.times_cheaper(expected, best.cost),
    )
