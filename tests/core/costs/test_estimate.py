"""The estimate on the Run button: from the prompt, the models' prices and their past answers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

import sqlalchemy as sa

from core.costs import past_answers
from core.costs.estimate import LONGEST_SECONDS, Estimates
from core.costs.past_answers import percentile
from core.costs.prices import Prices
from core.domain.model import ModelCard, Place, PriceState
from core.domain.run import ShotSettings
from core.errors import StoreError
from core.runs.limits import Patience
from core.store.database import table
from core.store.tables import Run, Shot

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NUMBERS = count()


def card(name="cloud/a", *, state=PriceState.PRICED, context=None, **more):
    prices = {"input_price": Decimal(2), "output_price": Decimal(10)} if state is PriceState.PRICED else {}
    return ModelCard(
        name=name, label=name, place=Place.CLOUD, provider="cloud", price_state=state, context_tokens=context,
        **(prices | more),
    )  # fmt: skip


def remember(database, model, answers, *, prompt="p" * 400, input_tokens=100, seconds=2.0, state="done"):
    """Record one run with one shot for each of the output token counts."""
    with database.write() as connection:
        for output_tokens in answers:
            run_id = connection.execute(
                sa.insert(table(Run)).values(
                    public_id=f"run{next(NUMBERS)}", origin="page", state="done",
                    created_at=NOW, visibility="team", strategy="hybrid", prompt=prompt, settings={"system": ""},
                )
            ).inserted_primary_key[0]  # fmt: skip
            connection.execute(
                sa.insert(table(Shot)).values(
                    run_id=run_id, ordinal=1, model=model, label=model, shot_index=1, place="cloud", state=state,
                    queued_at=NOW, finished_at=NOW + timedelta(seconds=seconds), total_us=round(seconds * 1e6),
                    input_tokens=input_tokens, output_tokens=output_tokens,
                )
            )  # fmt: skip


def test_without_a_past_the_usual_answer_is_assumed_and_no_time_is_promised(database):
    estimate = Estimates(database).of(prompt="p" * 400, models=[card()], shots=2)
    assert (estimate.input_tokens, estimate.seconds) == (100, None)
    # 2 shots x (100 tokens at $2 + 300, 100 and 1000 tokens at $10 a million)
    assert (estimate.amount, estimate.low, estimate.high) == (Decimal("0.0064"), Decimal("0.0024"), Decimal("0.0204"))


def test_past_answers_of_the_model_give_length_spread_and_time(database):
    remember(database, "cloud/a", range(100, 1100, 10), seconds=3.5)
    remember(database, "cloud/a", [9999] * 50, state="failed")
    estimate = Estimates(database).of(prompt="p" * 400, models=[card()], shots=1)
    (only,) = estimate.per_model
    assert (only.output_tokens, only.past_answers, estimate.seconds) == (590, 100, 3.5)
    tokens = [(amount * 1_000_000 - 200) / 10 for amount in (estimate.low, estimate.amount, estimate.high)]
    assert tokens == [190, 590, 990]


def test_two_answers_are_too_few_for_a_narrow_spread(database):
    remember(database, "cloud/a", [300, 300])
    estimate = Estimates(database).of(prompt="p", models=[card()], shots=1)
    assert estimate.low < estimate.amount / 2
    assert estimate.high > estimate.amount * 2


def test_models_run_side_by_side_so_the_slowest_sets_the_time(database):
    remember(database, "cloud/a", [100] * 6, seconds=2)
    remember(database, "cloud/b", [100] * 6, seconds=7)
    models = [card("cloud/a"), card("cloud/b"), card("cloud/new", median_seconds=1.0)]
    assert Estimates(database).of(prompt="p", models=models, shots=3).seconds == 7


def test_a_model_without_a_price_is_named_and_adds_nothing(database):
    models = [card(), card("lab/x", state=PriceState.UNPRICED), card("own/y", state=PriceState.FREE)]
    estimate = Estimates(database).of(prompt="p" * 400, models=models, shots=1)
    assert estimate.unpriced == ("lab/x",)
    assert [each.amount for each in estimate.per_model] == [Decimal("0.0032"), None, Decimal(0)]
    assert [each.free for each in estimate.per_model] == [False, False, True]
    assert estimate.amount == Decimal("0.0032")


def test_the_worst_case_is_the_prompt_and_every_answer_at_its_longest(database):
    models = [card(), card("cloud/short", max_output_tokens=500)]
    settings = ShotSettings(max_tokens=4000)
    estimate = Estimates(database).of(prompt="p" * 400, models=models, shots=3, settings=settings)
    assert [each.worst_case for each in estimate.per_model] == [Decimal("0.1206"), Decimal("0.0156")]
    assert estimate.worst_case == Decimal("0.1362")


def test_no_answer_is_expected_to_be_longer_than_allowed(database):
    settings = ShotSettings(max_tokens=50)
    own = {"cloud/b": ShotSettings(max_tokens=20)}
    estimate = Estimates(database).of(
        prompt="p" * 400, models=[card(), card("cloud/b")], shots=1, settings=settings, per_model=own
    )
    assert [each.amount for each in estimate.per_model] == [Decimal("0.0007"), Decimal("0.0004")]
    assert estimate.high == estimate.worst_case


def test_the_system_prompt_is_sent_and_paid_too(database):
    plain = Estimates(database).of(prompt="p" * 400, models=[card()], shots=1)
    longer = Estimates(database).of(
        prompt="p" * 400, models=[card()], shots=1, settings=ShotSettings(system="s" * 4000)
    )
    assert longer.input_tokens == plain.input_tokens + 1000


def test_a_prompt_over_the_context_names_the_models_it_does_not_fit(database):
    models = [card("cloud/small", context=99), card("cloud/large", context=100)]
    assert Estimates(database).of(prompt="p" * 400, models=models, shots=1).over_context == ("cloud/small",)


def test_tokens_follow_what_the_model_counted_in_this_workspace(database):
    remember(database, "cloud/a", [100] * 19, prompt="p" * 300, input_tokens=100)
    assert Estimates(database).tokens_of("x" * 1200, "cloud/a") == 300
    remember(database, "cloud/a", [100], prompt="p" * 300, input_tokens=100)
    estimates = Estimates(database)
    assert estimates.tokens_of("x" * 1200, "cloud/a") == 400
    assert estimates.of(prompt="x" * 1200, models=[card()], shots=1).input_tokens == 400
    assert estimates.tokens_of("x" * 1200, "cloud/other") == 300


def test_estimates_follow_typing_without_asking_the_database_each_time(database, monkeypatch):
    reads = []
    monkeypatch.setattr(
        past_answers.History, "_read", lambda self, model: reads.append(model) or past_answers.PastAnswers()
    )
    estimates = Estimates(database)
    for length in range(100):
        estimates.of(prompt="p" * length, models=[card("a"), card("b")], shots=1)
        estimates.tokens_of("p" * length, "a")
    assert reads == ["a", "b"]


def test_a_minute_later_the_past_is_read_again(database, monkeypatch):
    estimates = Estimates(database)
    assert estimates.of(prompt="p", models=[card()], shots=1).seconds is None
    remember(database, "cloud/a", [100] * 6, seconds=2)
    assert estimates.of(prompt="p", models=[card()], shots=1).seconds is None
    monkeypatch.setattr(past_answers, "SECONDS_FRESH", -1.0)
    assert estimates.of(prompt="p", models=[card()], shots=1).seconds == 2


def test_counting_tokens_survives_a_database_that_is_away(database, monkeypatch):
    def refuse(self, model):
        raise StoreError("gone")

    monkeypatch.setattr(past_answers.History, "_read", refuse)
    assert Estimates(database).tokens_of("x" * 400, "cloud/a") == 100


def test_a_long_prompt_is_priced_as_a_long_prompt(database):
    prices = Prices(database)
    gemini = prices.priced(
        ModelCard(name="gemini/gemini-2.5-pro", label="G", place=Place.CLOUD, provider="gemini"), at=NOW
    )
    settings = ShotSettings(max_tokens=1)
    estimates = Estimates(database, prices=prices)
    short, long = (
        estimates.of(prompt="x" * 4 * tokens, models=[gemini], shots=1, settings=settings).amount
        for tokens in (199_999, 200_001)
    )
    assert (short, long) == (Decimal("0.25000875"), Decimal("0.5000175"))


def test_percentiles_are_values_that_occurred():
    assert [percentile([5, 1, 4, 2, 3], percent) for percent in (10, 50, 90)] == [1, 3, 5]
    assert percentile([7], 10) == 7


def test_an_own_server_with_a_price_an_hour_may_cost_as_long_as_a_shot_may_take(database):
    prices = Prices(database)
    own = card("home/pine", state=PriceState.FREE)
    own = replace(own, place=Place.LOCAL, provider="home")
    remember(database, "home/pine", [100] * 6, seconds=3.6)
    assert Estimates(database, prices=prices).of(prompt="p", models=[own], shots=2).per_model[0].free
    prices.servers.enter(model="home/pine", per_hour=Decimal(2), valid_from=NOW.replace(year=2020))
    found = Estimates(database, prices=prices).of(prompt="p", models=[own], shots=2)
    assert found.amount == Decimal("0.004")
    assert round(found.worst_case, 6) == Decimal("0.666667")
    assert not found.per_model[0].free
    assert Patience().total <= LONGEST_SECONDS
