"""A plan checked before anything is written or sent: prompt, models, places, context."""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from core.domain.model import ModelCard, ModelStatus
from core.domain.run import RunPlan, Strategy
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

LARGEST_PROMPT_BYTES = 4_000_000
MOST_SHOTS = 20
MOST_CALLS = 400
VARIABLE = re.compile(r"\{\{\s*([A-Za-z_][\w .-]{0,40}?)\s*\}\}")


def variables_of(template: str) -> tuple[str, ...]:
    """Give the names in {{double braces}}, each once, in order."""
    return tuple(dict.fromkeys(VARIABLE.findall(template)))


def fill(template: str, values: Mapping[str, str]) -> str:
    """Give the template with every variable replaced. Raises MissingVariable naming those without a value."""
    missing = [name for name in variables_of(template) if not values.get(name, "").strip()]
    if missing:
        raise MissingVariable(f"No value for {', '.join(missing)}.")
    return VARIABLE.sub(lambda found: values[found.group(1)], template)


def check(plan: RunPlan, cards: Mapping[str, ModelCard], *, count: Callable[[str, str], int]) -> tuple[ModelCard, ...]:
    """Give the cards of the plan's models, in its order.

    Raises EmptyPrompt, TextTooLarge, NoModelChosen, UnknownModel, PromptTooLong, or InputError for settings that no
    model takes and for models that the strategy rules out.
    """
    check_prompt(plan.prompt)
    if not plan.models:
        raise NoModelChosen("No model is chosen.")
    _check_numbers(plan)
    chosen = tuple(_card(name, cards) for name in plan.models)
    _check_places(plan, chosen)
    for card in chosen:
        _check_context(plan, card, count)
    return chosen


def check_prompt(prompt: str) -> None:
    """Raise EmptyPrompt or TextTooLarge where a text cannot be a prompt."""
    if not prompt.strip():
        raise EmptyPrompt("The prompt is empty.")
    size = len(prompt.encode("utf-8", "surrogatepass"))
    if size > LARGEST_PROMPT_BYTES:
        raise TextTooLarge(
            f"The prompt has {size / 1e6:.1f} MB; the most that can be sent is {LARGEST_PROMPT_BYTES / 1e6:.0f} MB."
        )


def check_cost(plan: RunPlan, estimate: Decimal, *, ask_above: Decimal) -> None:
    """Raise CostNeedsConsent where the run would cost over twice what the button showed, and over the limit."""
    shown = plan.shown_estimate
    if plan.consented or shown is None or estimate <= ask_above or estimate <= 2 * shown:
        return
    raise CostNeedsConsent(f"This run would cost about ${estimate:.2f}, more than the ${shown:.4f} shown.")


def _check_numbers(plan: RunPlan) -> None:
    if not 1 <= plan.shots_per_model <= MOST_SHOTS:
        raise InputError(f"Shots per model: 1 to {MOST_SHOTS}.", next_step="Choose a number in between.")
    if len(set(plan.models)) != len(plan.models):
        raise InputError("A model is chosen twice.", next_step="Choose more shots per model instead.")
    calls = len(plan.models) * plan.shots_per_model
    if calls > MOST_CALLS:
        raise InputError(f"{calls} shots are more than the {MOST_CALLS} of one run.", next_step="Choose fewer.")
    for settings in (plan.settings, *(settings for _, settings in plan.per_model)):
        if not 0 <= settings.temperature <= 2:
            raise InputError("The temperature must lie between 0 and 2.", next_step="Change it under More.")
        if not 1 <= settings.max_tokens <= 1_000_000:
            raise InputError("The longest answer must be 1 token or more.", next_step="Change it under More.")


def _card(name: str, cards: Mapping[str, ModelCard]) -> ModelCard:
    card = cards.get(name)
    if card is None:
        raise UnknownModel(f"The model {name!r} is not connected here.")
    if card.status is ModelStatus.NO_KEY:
        raise UnknownModel(
            f"No key is known for {card.label}.", next_step="Connect it under Settings, Models and keys."
        )
    return card


def _check_places(plan: RunPlan, chosen: Iterable[ModelCard]) -> None:
    if plan.strategy is not Strategy.OFFLINE:
        return
    outside = [card.label for card in chosen if not card.place.inside]
    if outside:
        raise InputError(
            f"Offline is on, and {', '.join(outside)} would be asked outside.",
            next_step="Choose models on this machine or our network, or switch to Hybrid.",
        )


def _check_context(plan: RunPlan, card: ModelCard, count: Callable[[str, str], int]) -> None:
    if card.context_tokens is None:
        return
    tokens = count(plan.prompt, card.name) + count(plan.settings_for(card.name).system, card.name)
    if tokens > card.context_tokens:
        raise PromptTooLong(
            f"The prompt has about {tokens:,} tokens; {card.label} takes {card.context_tokens:,} in all."
        )
