"""The rules in their order, each with its reason."""

from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.model import Capability, ModelCard, ModelStatus, Place, PriceState
from core.domain.route import RouteRequest, Rule
from core.domain.run import ShotSettings, Strategy
from core.router.policy import BudgetWord, Ground, Pin, apply
from core.router.rules import Rules


def card(label: str, place: Place, **more) -> ModelCard:
    usual = {"status": ModelStatus.UP, "price_state": PriceState.FREE if place.inside else PriceState.PRICED}
    return ModelCard(name=f"lab/{label.lower()}", label=label, place=place, provider="lab", **{**usual, **more})


SAGE, SWIFT = card("Sage", Place.CLOUD), card("Swift", Place.CLOUD)
PINE, FERN = card("Pine", Place.LOCAL), card("Fern", Place.PRIVATE)
ALL = (SAGE, SWIFT, PINE, FERN)
ASKED = RouteRequest(prompt="Write a poem.")


def labels(ruled):
    return [each.label for each in ruled.allowed]


def test_without_anything_to_say_every_model_stands():
    assert labels(apply(ASKED, ALL, Ground(rules=Rules()))) == ["Sage", "Swift", "Pine", "Fern"]


@pytest.mark.parametrize(
    ("request_", "ground", "name"),
    [
        (
            replace(ASKED, project="People matters"),
            Ground(rules=Rules(), project_inside=True),
            "project People matters",
        ),
        (replace(ASKED, tags=("HR",)), Ground(rules=Rules(tags=("hr",))), "tag HR"),
        (replace(ASKED, prompt="4111 1111 1111 1111"), Ground(rules=Rules()), "card numbers"),
        (
            replace(ASKED, settings=ShotSettings(system="Account DE89370400440532013000")),
            Ground(rules=Rules()),
            "account numbers",
        ),
        (ASKED, Ground(rules=Rules(), parent_pin=Pin(name="tag HR", reason="")), "tag HR"),
    ],
)
def test_what_stays_inside_goes_to_this_machine_and_our_network_only(request_, ground, name):
    ruled = apply(request_, ALL, ground)
    assert labels(ruled) == ["Pine", "Fern"]
    assert [(each.label, each.rule) for each in ruled.removed] == [("Sage", Rule.INSIDE), ("Swift", Rule.INSIDE)]
    assert [(each.rule, each.name) for each in ruled.spoke] == [(Rule.INSIDE, name)]


def test_online_does_not_send_out_what_stays_inside():
    ground = Ground(rules=Rules(), project_inside=True)
    ruled = apply(replace(ASKED, project="People matters", strategy=Strategy.ONLINE), ALL, ground)
    assert labels(ruled) == ["Pine", "Fern"]


def test_offline_asks_inside_and_online_asks_outside():
    assert labels(apply(replace(ASKED, strategy=Strategy.OFFLINE), ALL, Ground(rules=Rules()))) == ["Pine", "Fern"]
    assert labels(apply(replace(ASKED, strategy=Strategy.ONLINE), ALL, Ground(rules=Rules()))) == ["Sage", "Swift"]


def test_a_hard_budget_lets_only_what_fits_be_asked():
    word = BudgetWord(left={Place.CLOUD: (Decimal("0.01"), "The budget of Marketing for the month")})
    worst = {"lab/sage": Decimal("0.02"), "lab/swift": Decimal("0.001")}
    ruled = apply(ASKED, ALL, Ground(rules=Rules(), budget=word, worst=lambda each: worst[each.name]))
    assert labels(ruled) == ["Swift", "Pine", "Fern"]
    assert ruled.removed[0].reason == "The budget of Marketing for the month leaves $0.01."
    unpriced = apply(ASKED, (SAGE, PINE), Ground(rules=Rules(), budget=word, worst=lambda _each: None))
    assert labels(unpriced) == ["Pine"]
    off = Ground(rules=Rules(budget=False), budget=word, worst=lambda _each: None)
    assert labels(apply(ASKED, ALL, off)) == ["Sage", "Swift", "Pine", "Fern"]


def test_a_model_that_is_down_too_small_or_unable_is_passed_over_with_its_reason():
    paused = card("Sage", Place.CLOUD, status=ModelStatus.PAUSED, status_reason="Paused after 5 failures.")
    small = card("Pine", Place.LOCAL, context_tokens=10)
    unable = card("Fern", Place.PRIVATE, capabilities=frozenset({Capability.TOOLS}))
    ground = Ground(rules=Rules(), tokens=lambda text, _model: len(text), needs=frozenset({Capability.JSON}))
    ruled = apply(ASKED, (paused, SWIFT, small, unable), ground)
    assert labels(ruled) == ["Swift"]
    assert {each.label: each.reason for each in ruled.removed} == {
        "Sage": "Paused after 5 failures.",
        "Pine": "The prompt has about 13 tokens; it takes 10.",
        "Fern": "It does not do json.",
    }


def test_a_cut_network_leaves_what_is_inside():
    ruled = apply(ASKED, ALL, Ground(rules=Rules(), cut="Nothing outside answers."))
    assert labels(ruled) == ["Pine", "Fern"]
    assert {each.reason for each in ruled.removed} == {"Nothing outside answers."}
    assert [each.reason for each in ruled.spoke] == ["Nothing outside answers. Runs go on inside."]


def test_each_rule_takes_from_what_the_one_before_it_left():
    down = card("Pine", Place.LOCAL, status=ModelStatus.DOWN)
    ground = Ground(rules=Rules(), project_inside=True)
    ruled = apply(replace(ASKED, project="P", strategy=Strategy.OFFLINE), (SAGE, down), ground)
    assert labels(ruled) == []
    assert [(each.label, each.rule) for each in ruled.removed] == [("Sage", Rule.INSIDE), ("Pine", Rule.UP)]
