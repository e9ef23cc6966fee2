"""Prices: the team's own first, then the lists at the time of the call, then honestly unknown."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.costs.ledger import cost_of
from core.costs.litellm_prices import LitellmPrices, read_map
from core.costs.prices import Prices
from core.domain.model import ModelCard, Place, PriceState
from core.domain.money import CostState, PriceSource, TokenClass, UnitPrice
from core.domain.usage import Usage

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
JANUARY = NOW.replace(month=1)


@pytest.fixture
def database(sqlite_database):
    return sqlite_database


@pytest.fixture
def prices(database):
    return Prices(database)


def cost(prices, model, provider, usage, *, at=NOW, place=Place.CLOUD):
    quote = prices.quote(model, provider, place, at=at, input_tokens=usage.input_tokens)
    return cost_of(usage, quote.prices, place_free=quote.free)


def unit(quote, token_class):
    return next(price.per_unit for price in quote.prices if price.token_class is token_class)


def test_a_run_of_may_2025_is_priced_as_in_may_2025(prices):
    usage = Usage(input_tokens=1000, output_tokens=100)
    then = cost(prices, "openai/o3", "openai", usage, at=datetime(2025, 5, 15, tzinfo=UTC))
    today = cost(prices, "openai/o3", "openai", usage)
    assert (then.amount, today.amount) == (Decimal("0.0140"), Decimal("0.0028"))


def test_one_token_over_the_tier_reprices_the_whole_request(prices):
    def of(tokens):
        return cost(prices, "gemini/gemini-2.5-pro", "gemini", Usage(input_tokens=tokens)).amount

    assert of(199_999) == Decimal("0.24999875")
    assert of(200_000) == Decimal("0.25")
    assert of(200_001) == Decimal("0.5000025")


def test_cached_tokens_of_gpt_4o_mini_cost_half(prices):
    quote = prices.quote("openai/gpt-4o-mini", "openai", Place.CLOUD, at=NOW)
    usage = Usage(input_tokens=1000, output_tokens=100, cached_input_tokens=800)
    assert cost_of(usage, quote.prices).amount == Decimal("9e-5") + Decimal("6e-5")
    assert (quote.state, quote.source) == (PriceState.PRICED, PriceSource.GENAI_PRICES)
    assert quote.revision == "0.2.3"


def test_claude_cache_writes_for_five_minutes_and_for_an_hour(prices):
    def of(**tokens):
        usage = Usage(input_tokens=100_000, **tokens)
        return cost(prices, "anthropic/claude-sonnet-4-5", "anthropic", usage).amount

    assert of(cache_write_5m_tokens=100_000) == Decimal("0.375")
    assert of(cache_write_1h_tokens=100_000) == Decimal("0.6")
    assert of(cached_input_tokens=100_000) == Decimal("0.03")
    assert of() == Decimal("0.3")


def test_some_models_cost_less_at_other_hours(prices):
    usage = Usage(input_tokens=1000)
    dear = cost(prices, "deepseek/deepseek-flash", "deepseek", usage, at=NOW.replace(hour=2)).amount
    cheap = cost(prices, "deepseek/deepseek-flash", "deepseek", usage, at=NOW.replace(hour=5)).amount
    assert (dear, cheap) == (Decimal("0.0003"), Decimal("0.00015"))


def test_what_the_first_list_does_not_know_is_asked_of_litellms_map(database):
    only_map = Prices(database, lists=(LitellmPrices(),))
    quote = only_map.quote("gemini/gemini-2.5-pro", "gemini", Place.CLOUD, at=NOW, input_tokens=200_001)
    assert quote.source is PriceSource.LITELLM
    assert unit(quote, TokenClass.INPUT) == Decimal("0.0000025")
    assert unit(quote, TokenClass.OUTPUT) == Decimal("0.000015")
    assert quote.revision.startswith("1.106.2+")


def test_both_lists_agree_on_models_that_do_not_change(database):
    lists = Prices(database), Prices(database, lists=(LitellmPrices(),))
    usage = Usage(input_tokens=10_000, output_tokens=500, cached_input_tokens=4000)
    for model, provider in (
        ("openai/gpt-4o-mini", "openai"),
        ("anthropic/claude-sonnet-4-5", "anthropic"),
        ("gemini/gemini-2.5-flash", "gemini"),
    ):
        first, second = (cost(each, model, provider, usage) for each in lists)
        assert first == second


def test_litellms_map_has_bands_and_hours_too(database):
    only_map = Prices(database, lists=(LitellmPrices(),))

    def of(model, provider, tokens, at=NOW):
        quote = only_map.quote(model, provider, Place.CLOUD, at=at, input_tokens=tokens)
        return unit(quote, TokenClass.INPUT)

    assert of("dashscope/qwen3-max", "dashscope", 32_000) == Decimal("0.0000012")
    assert of("dashscope/qwen3-max", "dashscope", 32_001) == Decimal("0.0000024")
    assert of("dashscope/qwen3-max", "dashscope", 999_999) == Decimal("0.000003")
    friday, saturday = NOW.replace(hour=2), NOW.replace(day=21, hour=2)
    assert of("deepseek/deepseek-flash", "deepseek", 10, friday) == Decimal("3e-7")
    assert of("deepseek/deepseek-flash", "deepseek", 10, friday.replace(hour=23)) == Decimal("1.5e-7")
    assert of("deepseek/deepseek-flash", "deepseek", 10, saturday) == Decimal("1.5e-7")


def test_prices_of_the_map_are_the_decimals_in_the_file():
    rates = read_map().entries["gpt-4o-mini"]
    assert rates["output_cost_per_token"] == Decimal("6e-07")


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("lab/gpt-4o-mini", "openai-compatible"),
        ("gpt-4o-mini", "openai-compatible"),
        ("openai/gpt-4o-mini", "openai-compatible"),
        ("openai/no-such-model", "openai"),
        ("ollama_chat/gpt-oss:120b-cloud", "ollama"),
        ("simulated/nobody", "simulated"),
        ("anything", ""),
    ],
)
def test_a_price_nobody_knows_is_unknown_and_never_zero(prices, model, provider):
    quote = prices.quote(model, provider, Place.CLOUD, at=NOW)
    assert (quote.state, quote.prices) == (PriceState.UNPRICED, None)
    assert cost_of(Usage(input_tokens=5, output_tokens=5), quote.prices).amount is None


@pytest.mark.parametrize("place", [Place.LOCAL, Place.PRIVATE])
def test_own_servers_are_declared_free_until_they_are_given_a_price(prices, place):
    usage = Usage(input_tokens=1000, output_tokens=2000)
    free = cost(prices, "lab/qwen3", "openai-compatible", usage, place=place)
    assert (free.state, free.amount) == (CostState.FREE, Decimal(0))

    enter(prices, "lab/qwen3", TokenClass.OUTPUT, "0.0000004")
    paid = cost(prices, "lab/qwen3", "openai-compatible", usage, place=place)
    assert (paid.state, paid.amount) == (CostState.PRICED, Decimal("0.0008"))


def enter(prices, model, token_class, per_unit, *, valid_from=JANUARY):
    prices.overrides.enter(
        model=model,
        token_class=token_class,
        per_unit=None if per_unit is None else Decimal(per_unit),
        valid_from=valid_from,
        now=NOW,
        person="Cara",
    )


def test_the_teams_own_price_comes_first_for_its_token_class_alone(prices):
    enter(prices, "openai/gpt-4o-mini", TokenClass.INPUT, "0.0000001")
    quote = prices.quote("openai/gpt-4o-mini", "openai", Place.CLOUD, at=NOW)
    by_class = {price.token_class: price for price in quote.prices}
    assert quote.source is PriceSource.OVERRIDE
    assert (by_class[TokenClass.INPUT].per_unit, by_class[TokenClass.INPUT].revision) == (
        Decimal("0.0000001"),
        "override-1",
    )
    assert by_class[TokenClass.OUTPUT].source is PriceSource.GENAI_PRICES


def test_a_teams_price_holds_from_its_day_and_can_be_replaced_and_taken_back(prices):
    for month, per_unit in ((3, "0.000001"), (6, "0.000002"), (9, None)):
        for token_class in (TokenClass.INPUT, TokenClass.OUTPUT):
            enter(prices, "lab/m", token_class, per_unit, valid_from=datetime(2026, month, 1, tzinfo=UTC))

    def state(month):
        quote = prices.quote("lab/m", "openai-compatible", Place.CLOUD, at=datetime(2026, month, 15, tzinfo=UTC))
        return unit(quote, TokenClass.INPUT) if quote.prices else quote.state

    assert [state(month) for month in (2, 4, 7, 10)] == [
        PriceState.UNPRICED,
        Decimal("0.000001"),
        Decimal("0.000002"),
        PriceState.UNPRICED,
    ]


def test_half_a_price_is_no_price(prices):
    enter(prices, "lab/m", TokenClass.INPUT, "0.000001")
    assert prices.quote("lab/m", "openai-compatible", Place.CLOUD, at=NOW).state is PriceState.UNPRICED


class FixedList:
    def unit_prices(self, model, provider, *, at, input_tokens):
        if model != "simulated/sage":
            return None
        return tuple(
            UnitPrice(token_class=each, per_unit=Decimal("0.000003"), source=PriceSource.SIMULATED, revision="demo")
            for each in (TokenClass.INPUT, TokenClass.OUTPUT)
        )


def test_simulated_models_have_a_list_of_their_own_and_the_inside_ones_are_free(database):
    prices = Prices(database, simulated=FixedList())
    sage = prices.quote("simulated/sage", "simulated", Place.CLOUD, at=NOW)
    assert (sage.state, sage.source) == (PriceState.PRICED, PriceSource.SIMULATED)
    assert prices.quote("simulated/pine", "simulated", Place.LOCAL, at=NOW).state is PriceState.FREE


def test_a_card_gets_its_price_for_a_million_tokens(prices):
    def card(name, provider, place):
        return prices.priced(ModelCard(name=name, label=name, place=place, provider=provider), at=NOW)

    mini = card("openai/gpt-4o-mini", "openai", Place.CLOUD)
    assert (mini.price_state, str(mini.input_price), str(mini.output_price)) == (PriceState.PRICED, "0.15", "0.6")
    own = card("ollama_chat/qwen3", "ollama", Place.LOCAL)
    assert (own.price_state, own.input_price) == (PriceState.FREE, Decimal(0))
    lost = card("lab/x", "openai-compatible", Place.CLOUD)
    assert (lost.price_state, lost.input_price) == (PriceState.UNPRICED, None)
