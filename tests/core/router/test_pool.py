from dataclasses import replace
from decimal import Decimal

from core.domain.model import ModelCard, ModelStatus, Place, PriceState
from core.router.pool import FEWEST, MOST, pool


def card(name: str, price: str | None, place: Place = Place.CLOUD) -> ModelCard:
    amount = None if price is None else Decimal(price)
    return ModelCard(
        name=name, label=name, place=place, provider="lab", status=ModelStatus.UP,
        price_state=PriceState.PRICED if amount else PriceState.UNPRICED, input_price=amount, output_price=amount,
    )  # fmt: skip


CATALOGUE = [card(f"lab/{number:03}", str(number + 1)) for number in range(300)]
DEAREST_FAIR = Decimal(225)


def names(cards: tuple[ModelCard, ...]) -> list[str]:
    return [each.name for each in cards]


def test_few_models_are_all_weighed() -> None:
    assert pool(CATALOGUE[:MOST], {}) == tuple(CATALOGUE[:MOST])


def test_of_hundreds_those_asked_here_are_weighed_in_the_order_of_the_list() -> None:
    asked = {f"lab/{number:03}": number for number in (7, 290, 30, 12, 200, 55, 41)}
    assert names(pool(CATALOGUE, asked)) == sorted(asked)


def test_of_very_many_asked_the_ones_asked_most_stay() -> None:
    asked = {each.name: number for number, each in enumerate(CATALOGUE)}
    assert names(pool(CATALOGUE, asked)) == names(tuple(CATALOGUE[-MOST:]))


def test_where_nobody_asked_any_the_dearest_are_no_guess_of_ours() -> None:
    found = pool(CATALOGUE, {})
    assert len(found) == FEWEST
    assert max(each.output_price or 0 for each in found) == DEAREST_FAIR
    assert min(each.output_price or 0 for each in found) < DEAREST_FAIR / 4


def test_models_inside_come_in_before_strangers_outside() -> None:
    own = [card("home/a", None, Place.LOCAL), card("home/b", None, Place.PRIVATE)]
    found = pool([*CATALOGUE, *own], {"lab/007": 3})
    assert {"lab/007", "home/a", "home/b"} <= set(names(found))
    assert len(found) == FEWEST


def test_a_catalogue_without_any_price_gives_what_was_asked_and_what_is_inside() -> None:
    bare = [replace(each, output_price=None, input_price=None) for each in CATALOGUE]
    assert names(pool([*bare, card("home/a", None, Place.LOCAL)], {"lab/003": 1})) == ["lab/003", "home/a"]
    assert len(pool(bare, {})) == FEWEST
