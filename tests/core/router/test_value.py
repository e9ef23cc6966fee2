"""The last rule: what is cheaper is chosen where enough is known of it, and not one bit before."""

from decimal import Decimal

import pytest

from core.domain.model import ModelCard, Place
from core.domain.route import Classified
from core.router.reading import Belief, Reading
from core.router.value import Priced, more_picks, to_learn, value

CARDS = tuple(
    ModelCard(name=name, label=name.capitalize(), place=Place.CLOUD, provider="lab")
    for name in ("sage", "swift", "pine")
)
PRICED = {
    "sage": Priced(cost=Decimal("0.01"), seconds=3.0),
    "swift": Priced(cost=Decimal("0.001"), seconds=1.0),
    "pine": Priced(cost=Decimal(0), seconds=4.0),
}


def belief(quality, *, similar=10, won=None, picks=100, spread=0.05):
    won = round(similar * quality) if won is None else won
    return Belief(
        quality=quality, low=quality - spread, high=quality + spread, picks=picks, similar=similar, won_or_tied=won
    )


def reading(sage=0.9, swift=0.88, pine=0.5, *, similar=20, price=10.0, **more):
    beliefs = {"sage": sage, "swift": swift, "pine": pine}
    models = {name: each if isinstance(each, Belief) else belief(each) for name, each in beliefs.items()}
    return Reading(models=models, similar=similar, price=price, best_single="sage", **more)


def first(found, **more):
    return value(found, CARDS, PRICED, keep=0.98, **more).order[0]


def test_a_cheaper_model_is_chosen_where_it_is_worth_more():
    assert first(reading()) == "swift"
    assert first(reading(price=0.0)) == "sage"
    assert first(reading(swift=0.7)) == "sage"


@pytest.mark.parametrize("found", [reading(similar=4), reading(early=True), reading(ready=False)])
def test_without_enough_evidence_the_best_single_model_stands_first(found):
    assert not value(found, CARDS, PRICED, keep=0.98).enough
    assert first(found) == "sage"


def test_a_model_hardly_known_on_such_prompts_does_not_take_the_place_of_the_best():
    stranger = belief(0.95, similar=1)
    assert first(reading(swift=stranger)) == "sage"
    sure = Classified(task="Reply to people", confidence=0.9)
    known = belief(0.95, similar=3, won=3)
    assert first(reading(swift=known)) == "sage"
    assert first(reading(swift=known, classified=sure)) == "swift"
    assert first(reading(swift=belief(0.95, similar=3, won=1), classified=sure)) == "sage"
    assert first(reading(swift=belief(0.95, similar=3, won=3, picks=5), classified=sure)) == "sage"


def test_a_budget_that_asks_for_it_takes_the_cheapest_near_the_best():
    assert first(reading(pine=0.89), prefer_cheaper=True) == "pine"
    assert first(reading(swift=0.89, pine=0.6), prefer_cheaper=True) == "swift"
    assert first(reading(pine=0.89, similar=0), prefer_cheaper=True) == "pine"


def test_the_model_asked_to_learn_is_cheaper_and_could_be_best():
    found = reading(swift=belief(0.5, spread=0.3), pine=belief(0.5, spread=0.1))
    assert to_learn("sage", CARDS, found.models, PRICED) == "swift"
    assert to_learn("pine", CARDS, found.models, PRICED) is None


def test_more_picks_would_change_the_choice_only_where_the_top_of_the_interval_would():
    found = reading(swift=belief(0.7, spread=0.2), price=0.0)
    needed = more_picks(found, PRICED, chosen="sage", model="swift")
    assert needed is None  # 0.9 at best is no more than what is chosen now
    wider = reading(swift=belief(0.7, spread=0.28), price=0.0)
    assert 1 <= more_picks(wider, PRICED, chosen="sage", model="swift") <= 500
    assert more_picks(wider, PRICED, chosen="sage", model="sage") is None
