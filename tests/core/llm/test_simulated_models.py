from decimal import Decimal

import pytest

from core.domain.model import ModelStatus, Place, PriceState
from core.domain.money import PriceSource, TokenClass
from core.errors import UnknownModel
from core.llm.simulated_models import connection_for, simulated_cards, simulated_model, simulated_prices


def test_there_is_a_model_for_every_place() -> None:
    places = {card.label: card.place for card in simulated_cards()}
    assert places == {
        "Sage": Place.CLOUD,
        "Swift": Place.CLOUD,
        "Grand": Place.CLOUD,
        "Pine": Place.LOCAL,
        "Fern": Place.PRIVATE,
    }


def test_cards_are_up_and_say_whether_a_price_is_known_or_nothing_is_charged() -> None:
    cards = {card.name: card for card in simulated_cards()}
    assert all(card.status is ModelStatus.UP for card in cards.values())
    assert cards["simulated/sage"].price_state is PriceState.PRICED
    assert cards["simulated/pine"].price_state is PriceState.FREE
    assert cards["simulated/pine"].input_price is None


def test_a_unit_price_is_the_cards_price_for_one_token() -> None:
    card = next(card for card in simulated_cards() if card.label == "Grand")
    prices = {price.token_class: price for price in simulated_prices("simulated/grand") or ()}
    assert prices[TokenClass.INPUT].per_unit * 1_000_000 == card.input_price
    assert prices[TokenClass.OUTPUT].per_unit * 1_000_000 == card.output_price
    assert prices[TokenClass.OUTPUT].source is PriceSource.SIMULATED
    assert prices[TokenClass.OUTPUT].revision


def test_own_models_have_no_price_at_all() -> None:
    assert simulated_prices("pine") is None
    assert simulated_prices("simulated/fern") is None


def test_grand_is_the_dearest_and_swift_was_dearer_once() -> None:
    dear = max(
        (card for card in simulated_cards() if card.output_price), key=lambda card: card.output_price or Decimal(0)
    )
    swift = simulated_model("swift")
    assert dear.label == "Grand"
    assert swift.price
    assert swift.earlier_price
    assert swift.earlier_price.output > swift.price.output


def test_a_connection_leads_nowhere_and_needs_no_key() -> None:
    connection = connection_for("simulated/pine")
    assert (connection.model, connection.provider, connection.place) == ("simulated/pine", "simulated", Place.LOCAL)
    assert connection.api_base is None
    assert not connection.needs_key


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UnknownModel, match="oak"):
        connection_for("simulated/oak")
