"""Charges: every token once, to the pico-dollar, and four states that are never mixed up."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.costs.ledger import charge, cost_of, live_cost, total
from core.domain.money import CostState, PriceSource, TokenClass, UnitPrice, from_pico, to_pico
from core.domain.usage import Usage


def price(token_class: TokenClass, per_million: str) -> UnitPrice:
    return UnitPrice(
        token_class=token_class,
        per_unit=Decimal(per_million) / 1_000_000,
        source=PriceSource.LITELLM,
        revision="r1",
    )


MINI = (
    price(TokenClass.INPUT, "0.15"),
    price(TokenClass.CACHED_INPUT, "0.075"),
    price(TokenClass.OUTPUT, "0.6"),
)
CLAUDE = (
    price(TokenClass.INPUT, "3"),
    price(TokenClass.CACHED_INPUT, "0.3"),
    price(TokenClass.CACHE_WRITE_5M, "3.75"),
    price(TokenClass.CACHE_WRITE_1H, "6"),
    price(TokenClass.OUTPUT, "15"),
)


def amounts(usage: Usage, prices: tuple[UnitPrice, ...]) -> dict[TokenClass, tuple[int, Decimal]]:
    return {each.token_class: (each.quantity, each.amount) for each in charge(usage, prices)}


def test_cached_tokens_are_taken_out_of_the_input_and_charged_at_their_own_price():
    usage = Usage(input_tokens=1000, output_tokens=100, cached_input_tokens=800)
    assert amounts(usage, MINI) == {
        TokenClass.INPUT: (200, Decimal("0.00003")),
        TokenClass.CACHED_INPUT: (800, Decimal("0.00006")),
        TokenClass.OUTPUT: (100, Decimal("0.00006")),
    }
    assert cost_of(usage, MINI).amount == Decimal("0.00015")


def test_five_minute_and_one_hour_cache_writes_have_their_own_prices():
    usage = Usage(
        input_tokens=10_000,
        output_tokens=10,
        cached_input_tokens=1000,
        cache_write_5m_tokens=2000,
        cache_write_1h_tokens=3000,
    )
    assert amounts(usage, CLAUDE) == {
        TokenClass.INPUT: (4000, Decimal("0.012")),
        TokenClass.CACHED_INPUT: (1000, Decimal("0.0003")),
        TokenClass.CACHE_WRITE_5M: (2000, Decimal("0.0075")),
        TokenClass.CACHE_WRITE_1H: (3000, Decimal("0.018")),
        TokenClass.OUTPUT: (10, Decimal("0.00015")),
    }


def test_cached_tokens_without_a_cache_price_cost_as_much_as_other_input():
    prices = (price(TokenClass.INPUT, "2"), price(TokenClass.OUTPUT, "4"))
    usage = Usage(input_tokens=1000, cached_input_tokens=400, cache_write_1h_tokens=100)
    assert cost_of(usage, prices).amount == Decimal("0.002")


def test_thinking_is_output_unless_it_has_a_price_of_its_own():
    usage = Usage(input_tokens=0, output_tokens=100, thinking_tokens=60)
    plain = (price(TokenClass.INPUT, "1"), price(TokenClass.OUTPUT, "10"))
    assert amounts(usage, plain) == {TokenClass.OUTPUT: (100, Decimal("0.001"))}
    dear = (*plain, price(TokenClass.REASONING, "20"))
    assert amounts(usage, dear) == {
        TokenClass.OUTPUT: (40, Decimal("0.0004")),
        TokenClass.REASONING: (60, Decimal("0.0012")),
    }


def test_a_fee_for_the_call_is_charged_once_and_only_where_something_was_used():
    prices = (*MINI, UnitPrice(
        token_class=TokenClass.REQUEST, per_unit=Decimal("0.005"), source=PriceSource.LITELLM, revision="r1"
    ))  # fmt: skip
    assert amounts(Usage(input_tokens=1), prices)[TokenClass.REQUEST] == (1, Decimal("0.005"))
    assert charge(Usage(), prices) == ()


def test_a_charge_is_rounded_half_to_even_to_a_whole_pico_dollar():
    half = UnitPrice(
        token_class=TokenClass.INPUT, per_unit=Decimal("5E-13"), source=PriceSource.LITELLM, revision=""
    )  # half a pico-dollar a token
    assert [to_pico(total(charge(Usage(input_tokens=count), (half,)))) for count in (1, 2, 3, 5)] == [0, 1, 2, 2]


def test_a_cost_that_the_provider_reports_wins_over_the_price_list():
    usage = Usage(input_tokens=1000, output_tokens=100, reported_cost=Decimal("0.0123"))
    cost = cost_of(usage, MINI)
    assert (cost.state, cost.amount) == (CostState.PRICED, Decimal("0.0123"))
    (only,) = charge(usage, MINI)
    assert (only.source, only.quantity, only.amount) == (PriceSource.PROVIDER, 1, Decimal("0.0123"))
    assert cost_of(usage, None).state is CostState.PRICED


def test_the_four_states_are_never_mixed_up():
    usage = Usage(input_tokens=1000, output_tokens=100)
    guessed = Usage(input_tokens=1000, output_tokens=100, estimated=True)
    assert cost_of(usage, MINI).state is CostState.PRICED
    assert cost_of(guessed, MINI).state is CostState.ESTIMATED
    assert cost_of(guessed, MINI).amount == cost_of(usage, MINI).amount
    free = cost_of(guessed, None, place_free=True)
    assert (free.state, free.amount) == (CostState.FREE, Decimal(0))
    for unknown in (usage, guessed):
        cost = cost_of(unknown, None)
        assert (cost.state, cost.amount) == (CostState.UNPRICED, None)


def test_a_price_list_without_an_output_price_is_no_price_list_for_an_answer():
    only_input = (price(TokenClass.INPUT, "1"),)
    assert cost_of(Usage(input_tokens=10), only_input).state is CostState.PRICED
    assert cost_of(Usage(input_tokens=10, output_tokens=1), only_input).state is CostState.UNPRICED
    with pytest.raises(LookupError, match="output"):
        charge(Usage(input_tokens=10, output_tokens=1), only_input)


def test_the_live_cost_of_a_stream_equals_what_the_same_counts_settle_to():
    settled = cost_of(Usage(input_tokens=300, output_tokens=77, thinking_tokens=20), MINI).amount
    assert live_cost(MINI, 300, 77, thinking_tokens=20) == settled
    assert live_cost(None, 300, 77) == 0


TOKENS = st.integers(min_value=0, max_value=5_000_000)
USAGES = st.builds(
    Usage,
    input_tokens=TOKENS,
    output_tokens=TOKENS,
    cached_input_tokens=TOKENS,
    cache_write_5m_tokens=TOKENS,
    cache_write_1h_tokens=TOKENS,
    thinking_tokens=TOKENS,
)


@given(USAGES, st.booleans())
def test_every_token_is_charged_exactly_once_whatever_the_provider_claims(usage, own_price):
    prices = (*CLAUDE, price(TokenClass.REASONING, "20")) if own_price else CLAUDE
    charged = charge(usage, prices)
    assert sum(each.quantity for each in charged) == usage.input_tokens + usage.output_tokens
    assert all(each.quantity > 0 for each in charged)


@given(
    st.integers(min_value=1, max_value=2_000_000),
    st.decimals(min_value=0, max_value=Decimal("0.01"), places=18, allow_nan=False),
)
def test_a_stored_charge_reads_back_as_quantity_times_unit_price(quantity, per_unit):
    unit = UnitPrice(token_class=TokenClass.INPUT, per_unit=per_unit, source=PriceSource.OVERRIDE, revision="")
    (only,) = charge(Usage(input_tokens=quantity), (unit,)) or (None,)
    stored_unit = from_pico(to_pico(only.unit_price * 1_000_000)).scaleb(-6)
    assert stored_unit == only.unit_price
    assert from_pico(to_pico(only.amount)) == only.amount
    assert abs(only.amount - stored_unit * quantity) <= Decimal("5E-13")


@pytest.mark.parametrize("amount", ["0", "0.5", "9", "12.345678901234", "1234.5"])
def test_a_reported_cost_of_any_size_can_be_stored_and_stays_exact(amount):
    (found,) = charge(Usage(reported_cost=Decimal(amount)), ())
    assert found.amount == Decimal(amount)
    assert to_pico(found.unit_price * 1_000_000) >= 0
    assert abs(found.unit_price * found.quantity - found.amount) < Decimal("1e-12")
    assert found.quantity == 1 or Decimal(amount) >= 9
