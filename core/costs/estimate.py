"""What a run will cost and how long it will take, before it is sent: from the prompt and each model's past answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from core.costs.ledger import EXACT, PICO_DOLLAR, ZERO
from core.costs.past_answers import History, PastAnswers
from core.costs.prices import Prices
from core.costs.tokens import count_tokens
from core.domain.model import ModelCard, PriceState
from core.domain.money import TokenClass
from core.domain.run import ShotSettings
from core.store.database import Database

LONG_PROMPT = 100_000
"""Input tokens from which some models have another price than the card says."""

MILLION = Decimal(1_000_000)
SECONDS_AN_HOUR = 3600
LONGEST_SECONDS = 600.0
"""How long one answer may take of an own server that is paid by the hour: the engine gives a shot no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEstimate:
    """What one model's shots will take together. Sums are USD, None where no price is known.

    `output_tokens` is of one answer. `past_answers` says how many the figures rest on. `free` models cost exactly 0.
    """

    model: str
    input_tokens: int
    output_tokens: int
    amount: Decimal | None
    low: Decimal | None
    high: Decimal | None
    worst_case: Decimal | None
    seconds: float | None
    past_answers: int
    over_context: bool
    free: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEstimate:
    """What a run will take. Sums are USD over the models with a price; `unpriced` names those without.

    `low` to `high` is what four of five such runs cost: answers of one run tend to be long or short together, so
    the spreads add up. `worst_case` is the prompt and every answer at its longest. Shots run side by side, so
    `seconds` is the slowest model's median; None where no model has a past.
    """

    amount: Decimal
    low: Decimal
    high: Decimal
    worst_case: Decimal
    seconds: float | None
    per_model: tuple[ModelEstimate, ...]
    unpriced: tuple[str, ...]
    input_tokens: int
    over_context: tuple[str, ...]


class Estimates:
    """Estimates for one workspace; cheap enough to follow typing."""

    def __init__(self, database: Database, *, prices: Prices | None = None) -> None:
        """`prices` is asked only for prompts so long that the card's price may not hold."""
        self._history = History(database)
        self._prices = prices

    def tokens_of(self, text: str, model: str) -> int:
        """Estimate the tokens of a text for a model, by what it counted in past prompts; never raises."""
        return count_tokens(text, characters_per_token=self._history.characters_per_token(model))

    def usual_seconds(self) -> dict[str, float]:
        """Give the median seconds of a whole answer for each model that has answered here. Raises StoreError."""
        times = {model: self._history.of(model).seconds for model in self._history.models()}
        return {model: seconds for model, seconds in times.items() if seconds is not None}

    def of(
        self,
        *,
        prompt: str,
        models: Sequence[ModelCard],
        shots: int,
        settings: ShotSettings | None = None,
        per_model: Mapping[str, ShotSettings] | None = None,
    ) -> RunEstimate:
        """Estimate a run of so many shots of each model; `per_model` holds the settings that differ by model's name.

        Raises StoreError.
        """
        usual = settings or ShotSettings()
        each = tuple(
            self._of_model(card, prompt=prompt, shots=shots, settings=(per_model or {}).get(card.name, usual))
            for card in models
        )
        times = [estimate.seconds for estimate in each if estimate.seconds is not None]
        return RunEstimate(
            amount=_sum(estimate.amount for estimate in each),
            low=_sum(estimate.low for estimate in each),
            high=_sum(estimate.high for estimate in each),
            worst_case=_sum(estimate.worst_case for estimate in each),
            seconds=max(times) if times else None,
            per_model=each,
            unpriced=tuple(estimate.model for estimate in each if estimate.amount is None),
            input_tokens=max((estimate.input_tokens for estimate in each), default=0),
            over_context=tuple(estimate.model for estimate in each if estimate.over_context),
        )

    def _of_model(self, card: ModelCard, *, prompt: str, shots: int, settings: ShotSettings) -> ModelEstimate:
        past = self._history.of(card.name)
        sent = f"{settings.system}\n{prompt}" if settings.system else prompt
        input_tokens = count_tokens(sent, characters_per_token=past.characters_per_token)
        longest = min(settings.max_tokens, card.max_output_tokens or settings.max_tokens)
        rates, an_hour = self._rates(card, input_tokens), self._per_hour(card)
        usual_seconds = _seconds(past, card)

        def cost(output_tokens: int, seconds: float) -> Decimal | None:
            if rates is None:
                return None
            one = input_tokens * rates[0] + min(output_tokens, longest) * rates[1]
            machine = EXACT.divide(an_hour * Decimal(str(seconds)), Decimal(SECONDS_AN_HOUR))
            return ((one / MILLION + machine) * shots).quantize(PICO_DOLLAR, context=EXACT)

        return ModelEstimate(
            model=card.name,
            input_tokens=input_tokens,
            output_tokens=min(past.middle, longest),
            amount=cost(past.middle, usual_seconds or 0.0),
            low=cost(past.low, usual_seconds or 0.0),
            high=cost(past.high, usual_seconds or 0.0),
            worst_case=cost(longest, LONGEST_SECONDS),
            seconds=usual_seconds,
            past_answers=past.answers,
            over_context=card.context_tokens is not None and input_tokens > card.context_tokens,
            free=card.price_state is PriceState.FREE and not an_hour,
        )

    def _per_hour(self, card: ModelCard) -> Decimal:
        """Give USD for an hour of the own server that answers; nothing where it has no such price."""
        if self._prices is None or not card.place.inside:
            return ZERO
        held = self._prices.servers.per_hour(card.name, at=datetime.now(UTC))
        return held[0] if held else ZERO

    def _rates(self, card: ModelCard, input_tokens: int) -> tuple[Decimal, Decimal] | None:
        """Give USD per million input and output tokens, or None where no price is known."""
        if card.price_state is PriceState.FREE:
            return ZERO, ZERO
        if card.price_state is PriceState.UNPRICED or card.input_price is None or card.output_price is None:
            return None
        if self._prices is None or input_tokens <= LONG_PROMPT:
            return card.input_price, card.output_price
        quote = self._prices.quote(
            card.name, card.provider, card.place, at=datetime.now(UTC), input_tokens=input_tokens
        )
        by_class = {price.token_class: price.per_unit * MILLION for price in quote.prices or ()}
        return (
            by_class.get(TokenClass.INPUT, card.input_price),
            by_class.get(TokenClass.OUTPUT, card.output_price),
        )


def _seconds(past: PastAnswers, card: ModelCard) -> float | None:
    return past.seconds if past.seconds is not None else card.median_seconds


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), ZERO)
