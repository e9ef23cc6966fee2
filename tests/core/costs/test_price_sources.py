"""Prices that no list knows: discounts, own servers by the hour, currencies, today's prices; and known ones."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from core.costs.currency import Rates
from core.costs.ledger import charge, total
from core.costs.price_check import disagreements
from core.costs.price_view import PriceView, price_rows, repriced
from core.costs.prices import Prices
from core.costs.review import Reviews
from core.domain.model import ModelCard, Place, PriceState
from core.domain.money import CostState, PriceSource, TokenClass, UnitPrice
from core.domain.run import AttemptState
from core.domain.usage import Usage
from core.errors import InputError, NotFound
from core.runs.pricing import Pricing
from core.store.shot_records import AttemptEnd
from tests.random_ledger import Ledger

NOW = datetime(2026, 11, 20, tzinfo=UTC)
MINI = ("openai/gpt-4o-mini", "openai", Place.CLOUD)
PINE = ("ollama_chat/pine", "ollama_chat", Place.LOCAL)


def per_unit(quote, token_class=TokenClass.INPUT):
    return next(price.per_unit for price in quote.prices if price.token_class is token_class)


def test_a_discount_holds_for_its_period_and_says_what_it_is_taken_off(database):
    prices = Prices(database)
    listed = prices.quote(*MINI, at=NOW)
    number = prices.discounts.enter(
        provider="openai", percent=Decimal("12.5"), valid_from=NOW, valid_until=NOW + timedelta(days=30)
    )
    off = prices.quote(*MINI, at=NOW)
    assert per_unit(off) == per_unit(listed) * Decimal("0.875")
    assert (off.source, off.state) == (PriceSource.DISCOUNT, PriceState.PRICED)
    assert off.prices[0].revision == f"discount-{number} of {listed.source} {listed.revision}"
    for at in (NOW - timedelta(seconds=1), NOW + timedelta(days=30)):
        assert prices.quote(*MINI, at=at).source is listed.source
    prices.discounts.end(number)
    assert prices.quote(*MINI, at=NOW) == listed
    with pytest.raises(NotFound):
        prices.discounts.end(number)


def test_a_discount_is_never_taken_off_what_the_team_entered(database):
    prices = Prices(database)
    for token_class in (TokenClass.INPUT, TokenClass.OUTPUT):
        prices.overrides.enter(
            model=MINI[0], token_class=token_class, per_unit=Decimal("0.001"), valid_from=NOW, now=NOW
        )
    prices.discounts.enter(provider="openai", percent=Decimal(50), valid_from=NOW)
    assert per_unit(prices.quote(*MINI, at=NOW)) == Decimal("0.001")


@pytest.mark.parametrize("percent", ["0", "100", "-1", "1.234"])
def test_a_discount_that_cannot_be_is_refused(database, percent):
    with pytest.raises(InputError):
        Prices(database).discounts.enter(provider="openai", percent=Decimal(percent), valid_from=NOW)


def ended(seconds):
    return AttemptEnd(
        shot_id=1, run_id=1, number=1, state=AttemptState.DONE, started_at=NOW, finished_at=NOW, provider="ollama_chat",
        total_us=int(seconds * 1_000_000), usage=Usage(input_tokens=10, output_tokens=5), usage_known=True,
    )  # fmt: skip


def test_an_own_server_is_free_until_it_has_a_price_an_hour(database):
    prices = Prices(database)
    pricing = Pricing(prices, lambda text, _model: len(text))
    assert pricing.settle(ended(9), PINE[0], Place.LOCAL).cost_state is CostState.FREE
    prices.servers.enter(model=PINE[0], per_hour=Decimal(2), valid_from=NOW)
    end = pricing.settle(ended(9), PINE[0], Place.LOCAL)
    assert (end.cost_state, end.cost) == (CostState.PRICED, Decimal("0.005"))
    assert end.cost == total(end.charges)
    (time,) = [each for each in end.charges if each.token_class is TokenClass.MACHINE_TIME]
    assert (time.quantity, time.source) == (9000, PriceSource.OVERRIDE)
    prices.servers.enter(model=PINE[0], per_hour=None, valid_from=NOW)
    assert prices.quote(*PINE, at=NOW).free


def test_unpriced_free_estimated_and_priced_attempts_stand_side_by_side_and_are_never_mixed_up(database):
    pricing = Pricing(Prices(database), lambda text, _model: len(text))

    def settled(model, provider, place, **more):
        end = replace(ended(1), provider=provider, **more)
        found = pricing.settle(end, model, place)
        return found.cost_state, found.cost, bool(found.charges)

    price = Decimal("0.15") / 1_000_000 * 10 + Decimal("0.6") / 1_000_000 * 5
    ours = Usage(input_tokens=10, output_tokens=5, estimated=True)
    assert settled("lab/new", "lab", Place.CLOUD) == (CostState.UNPRICED, None, False)
    assert settled(PINE[0], PINE[1], Place.LOCAL) == (CostState.FREE, 0, True)
    assert settled(*MINI, usage=ours, usage_known=False) == (CostState.ESTIMATED, price, True)
    assert settled(*MINI) == (CostState.PRICED, price, True)
    silent = settled(*MINI, usage=Usage(), usage_known=False)
    assert silent == (CostState.ESTIMATED, 0, False)


def test_every_model_shows_where_its_price_is_from(database):
    prices = Prices(database)
    since = NOW - timedelta(days=3)
    prices.overrides.enter(
        model=MINI[0], token_class=TokenClass.INPUT, per_unit=Decimal("0.001"), valid_from=since, now=NOW
    )
    cards = [ModelCard(name=name, label=name, provider=provider, place=place) for name, provider, place in (
        MINI, PINE, ("lab/new", "lab", Place.CLOUD),
    )]  # fmt: skip
    rows = {(row.model, row.token_class): row for row in price_rows(prices, cards, at=NOW)}
    entered = rows[MINI[0], "input"]
    assert (entered.source, entered.valid_from, entered.per_unit) == (PriceSource.OVERRIDE, since, Decimal("0.001"))
    assert rows[MINI[0], "output"].source is PriceSource.GENAI_PRICES
    assert rows[PINE[0], "input"].state is PriceState.FREE
    assert (rows["lab/new", ""].state, rows["lab/new", ""].per_unit) == (PriceState.UNPRICED, None)


def test_a_period_at_todays_prices_says_what_kept_its_price(database):
    prices = Prices(database)
    unit = per_unit(prices.quote(*MINI, at=NOW))
    day = date(2026, 10, 1)
    rows = [
        (day, "openai", MINI[0], "input", 1_000_000, Decimal(5)),
        (day, "lab", "lab/new", "input", 1000, Decimal("0.25")),
    ]
    found = repriced(rows, prices, places={}, at=NOW)
    assert found.as_run == Decimal("5.25")
    assert found.amount == unit * 1_000_000 + Decimal("0.25")
    assert (found.unchanged, found.by_model["lab/new"]) == (Decimal("0.25"), Decimal("0.25"))


def test_an_entered_price_can_be_undone_and_says_who_entered_it(database):
    prices = Prices(database)
    listed = prices.quote(*MINI, at=NOW)
    for amount in ("0.001", "0.002"):
        prices.overrides.enter(
            model=MINI[0], token_class=TokenClass.INPUT, per_unit=Decimal(amount), valid_from=NOW, now=NOW,
            person="Cara",
        )  # fmt: skip
    newest, first = prices.overrides.entered()
    assert (newest.per_unit, newest.by, newest.at, newest.valid_from) == (Decimal("0.002"), "Cara", NOW, NOW)
    prices.overrides.undo(newest.id, person="Ben")
    assert per_unit(prices.quote(*MINI, at=NOW)) == Decimal("0.001")
    prices.overrides.undo(first.id)
    assert prices.quote(*MINI, at=NOW) == listed
    assert prices.overrides.entered() == ()
    for wrong in (lambda: prices.overrides.undo(first.id), lambda: prices.servers.undo(99)):
        with pytest.raises(NotFound):
            wrong()
    for amount in (-1, 10):
        with pytest.raises(InputError):
            prices.overrides.enter(
                model=MINI[0], token_class=TokenClass.INPUT, per_unit=Decimal(amount), valid_from=NOW, now=NOW
            )


def test_a_price_an_hour_can_be_undone(database):
    prices = Prices(database)
    prices.servers.enter(model=PINE[0], per_hour=Decimal(2), valid_from=NOW, person="Cara")
    (price,) = prices.servers.all()
    assert (price.per_hour, price.by) == (2, "Cara")
    prices.servers.undo(price.id, person="Cara")
    assert prices.quote(*PINE, at=NOW).free


def card(name, provider, place=Place.CLOUD):
    return ModelCard(name=name, label=name, provider=provider, place=place)


def test_a_price_says_from_when_it_holds_where_that_is_known(database):
    prices = Prices(database)
    june = datetime(2025, 6, 10, tzinfo=UTC)

    def since(*of, at=NOW):
        return price_rows(prices, [card(*of)], at=at)[0].valid_from

    assert since("openai/o3", "openai") == june
    assert since("openai/o3", "openai", at=june - timedelta(days=1)) is None
    assert since(*MINI) is None
    prices.discounts.enter(provider="openai", percent=Decimal(5), valid_from=NOW - timedelta(days=2))
    assert since(*MINI) == NOW - timedelta(days=2)
    prices.servers.enter(model=PINE[0], per_hour=Decimal(2), valid_from=NOW - timedelta(days=1))
    assert since(*PINE) == NOW - timedelta(days=1)


class Listed:
    def __init__(self, **prices):
        self.prices = prices

    def unit_prices(self, model, provider, *, at, input_tokens):
        return tuple(
            UnitPrice(token_class=TokenClass(name), per_unit=Decimal(amount), source=PriceSource.LITELLM, revision="x")
            for name, amount in self.prices.items()
        )


def test_lists_that_disagree_are_told_and_models_inside_are_left_out():
    lists = {"first": Listed(input="2", output="8"), "second": Listed(input="2", output="10", cached_input="1")}
    cards = [card(*MINI), card("home/pine", "home", Place.LOCAL), card("simulated/sage", "simulated")]
    (found,) = disagreements(cards, at=NOW, **lists)
    assert (found.model, found.token_class, found.used, found.other, found.apart) == (
        MINI[0], TokenClass.OUTPUT, 8, 10, 0.25,
    )  # fmt: skip
    assert disagreements([card("openai/gpt-4o-mini", "openai")], at=NOW) == ()


def test_an_own_servers_hours_are_repriced_too(database):
    prices = Prices(database)
    rows = [(date(2026, 10, 1), "ollama_chat", PINE[0], "machine_time", 3_600_000, Decimal(1))]
    prices.servers.enter(model=PINE[0], per_hour=Decimal(3), valid_from=NOW)
    found = repriced(rows, prices, places={PINE[0]: Place.LOCAL}, at=NOW)
    assert (found.as_run, found.unchanged) == (1, 0)
    assert round(found.amount, 6) == 3


def test_what_was_used_without_a_price_is_listed_whole_and_a_month_as_run_is_the_ledgers(database):
    Ledger(database, 4).happen(30)
    first, last = date(2026, 10, 1), date(2026, 12, 31)
    view, (total, _) = PriceView(database, Prices(database)), Reviews(database).spent(first, last)
    used = view.unpriced(first, last)
    assert (sum(use.attempts for use in used), sum(use.tokens for use in used)) == (
        total.unpriced_attempts, total.unpriced_tokens,
    )  # fmt: skip
    assert {use.model for use in used} == set(total.unpriced_models)
    assert [use.tokens for use in used] == sorted((use.tokens for use in used), reverse=True)
    assert view.at_todays_prices(first, last, [], at=NOW).as_run == total.amount
    assert view.unpriced(date(2025, 1, 1), date(2025, 1, 31)) == ()


def test_a_currency_is_shown_by_the_newest_rate_of_its_day_or_before(database):
    rates = Rates(database)
    rates.enter(currency="eur", day=date(2026, 11, 2), usd=Decimal("1.25"), source="ECB")
    rates.enter(currency="EUR", day=date(2026, 11, 9), usd=Decimal("1.2"), source="ECB")
    rates.enter(currency="EUR", day=date(2026, 11, 9), usd=Decimal("1.6"), source="corrected")
    assert rates.at("EUR", date(2026, 11, 8)).shown(Decimal(10)) == 8
    assert rates.at("eur", date(2026, 12, 1)).source == "corrected"
    assert rates.at("EUR", date(2026, 11, 1)) is None
    for wrong in ({"currency": "EURO"}, {"usd": Decimal(0)}):
        with pytest.raises(InputError):
            rates.enter(**{"currency": "EUR", "day": date(2026, 1, 1), "usd": Decimal(1), "source": ""} | wrong)


def cost(prices, model, provider, usage, at):
    quote = prices.quote(model, provider, Place.CLOUD, at=at, input_tokens=usage.input_tokens)
    return total(charge(usage, quote.prices))


def test_known_prices_are_those_of_the_time_and_the_size(database):
    prices = Prices(database)
    o3 = Usage(input_tokens=1000, output_tokens=100)
    assert cost(prices, "openai/o3", "openai", o3, datetime(2025, 5, 15, tzinfo=UTC)) == Decimal("0.014")
    assert cost(prices, "openai/o3", "openai", o3, NOW) == Decimal("0.0028")
    for tokens, expected in ((199_999, "0.24999875"), (200_001, "0.5000025")):
        usage = Usage(input_tokens=tokens)
        assert cost(prices, "gemini/gemini-2.5-pro", "gemini", usage, NOW) == Decimal(expected)
    sonnet = ("anthropic/claude-sonnet-4-5", "anthropic")
    for field, rate in (
        ("cached_input_tokens", "0.0000003"), ("cache_write_5m_tokens", "0.00000375"),
        ("cache_write_1h_tokens", "0.000006"),
    ):  # fmt: skip
        usage = Usage(input_tokens=1000, **{field: 1000})
        assert cost(prices, *sonnet, usage, NOW) == Decimal(rate) * 1000
