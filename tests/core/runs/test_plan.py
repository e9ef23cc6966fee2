"""What is refused before anything is written or sent, and with which words."""

from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.model import ModelCard, ModelStatus, Place
from core.domain.run import RunPlan, ShotSettings, Strategy
from core.errors import (
    CostNeedsConsent,
    EmptyPrompt,
    InputError,
    MissingVariable,
    NoModelChosen,
    PromptTooLong,
    TextTooLarge,
    UnknownModel,
)
from core.runs.plan import check, check_cost, fill, variables_of

CARDS = {
    "lab/one": ModelCard(name="lab/one", label="One", place=Place.CLOUD, provider="lab", context_tokens=100),
    "home/two": ModelCard(name="home/two", label="Two", place=Place.LOCAL, provider="home"),
    "far/three": ModelCard(
        name="far/three", label="Three", place=Place.CLOUD, provider="far", status=ModelStatus.NO_KEY
    ),
}
PLAN = RunPlan(prompt="Hello", models=("lab/one",))


def words(text: str, _model: str) -> int:
    return len(text.split())


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"prompt": " \n "}, EmptyPrompt),
        ({"prompt": "x" * 5_000_000}, TextTooLarge),
        ({"models": ()}, NoModelChosen),
        ({"models": ("lab/none",)}, UnknownModel),
        ({"models": ("far/three",)}, UnknownModel),
        ({"prompt": "word " * 101}, PromptTooLong),
        ({"shots_per_model": 0}, InputError),
        ({"models": ("lab/one", "lab/one")}, InputError),
        ({"settings": ShotSettings(temperature=9)}, InputError),
        ({"settings": ShotSettings(max_tokens=0)}, InputError),
        ({"strategy": Strategy.OFFLINE}, InputError),
    ],
)
def test_what_cannot_be_sent_is_refused_with_a_next_step(change, error):
    with pytest.raises(error) as refused:
        check(replace(PLAN, **change), CARDS, count=words)
    assert refused.value.message
    assert refused.value.next_step


def test_offline_lets_models_inside_pass():
    check(replace(PLAN, models=("home/two",), strategy=Strategy.OFFLINE), CARDS, count=words)


def test_the_cards_come_in_the_order_of_the_plan():
    names = ("home/two", "lab/one")
    assert tuple(card.name for card in check(replace(PLAN, models=names), CARDS, count=words)) == names


def test_variables_are_found_once_each_in_order():
    assert variables_of("Dear {{ name }}, order {{order no}} of {{name}}; {not one} {{}}") == ("name", "order no")


def test_variables_are_filled_in_as_typed():
    assert fill("Order {{order}}!", {"order": r"48\1 {{x}}"}) == r"Order 48\1 {{x}}!"


def test_an_empty_variable_is_named():
    with pytest.raises(MissingVariable, match="order"):
        fill("{{order}} {{name}}", {"name": "Ada", "order": " "})


@pytest.mark.parametrize(
    ("shown", "estimate", "consented", "asks"),
    [
        ("0.10", "0.30", False, True),
        ("0.10", "0.30", True, False),
        ("0.20", "0.30", False, False),
        ("0.001", "0.20", False, False),
        (None, "9.00", False, False),
    ],
)
def test_only_a_sum_far_above_the_button_and_the_limit_asks(shown, estimate, consented, asks):
    plan = replace(PLAN, shown_estimate=Decimal(shown) if shown else None, consented=consented)
    try:
        check_cost(plan, Decimal(estimate), ask_above=Decimal("0.25"))
        asked = False
    except CostNeedsConsent:
        asked = True
    assert asked is asks
