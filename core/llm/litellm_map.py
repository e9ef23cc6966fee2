"""What litellm's bundled map knows of models: read as a file, because importing litellm takes seconds and 160 MB.

Only names, sizes and abilities are kept; prices are the business of costs.
"""

import importlib.util
import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from core.domain.model import Capability

MAP_FILE = "model_prices_and_context_window_backup.json"
ABILITIES = {
    "supports_reasoning": Capability.THINKING,
    "supports_vision": Capability.VISION,
    "supports_function_calling": Capability.TOOLS,
    "supports_response_schema": Capability.JSON,
}

NOT_FOR_TEXT = re.compile(r"audio|lyria|realtime|-guard|container|transcri|-tts|robotics")


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedModel:
    """One chat model of the map. `name` begins with the provider's id."""

    name: str
    provider: str
    context_tokens: int | None
    max_output_tokens: int | None
    capabilities: frozenset[Capability]


@cache
def chat_models() -> dict[str, tuple[MappedModel, ...]]:
    """Give the chat models of each provider by name, those left out that are fine-tunes or gone by their own date.

    Empty where litellm is not installed.
    """
    path = _map_path()
    if path is None:
        return {}
    with path.open("rb") as file:
        entries = json.load(file, object_pairs_hook=_keep_what_is_needed)
    today = datetime.now(UTC).date()
    found: dict[str, dict[str, MappedModel]] = {}
    for name, entry in entries.items():
        if isinstance(entry, dict) and _usable(name, entry, today):
            model = _model(name, entry)
            found.setdefault(model.provider, {}).setdefault(model.name, model)
    return {provider: tuple(models[name] for name in sorted(models)) for provider, models in found.items()}


@cache
def mapped(name: str) -> MappedModel | None:
    """Give one model by its full name, where the map knows it."""
    provider = name.partition("/")[0]
    return next((model for model in chat_models().get(provider, ()) if model.name == name), None)


NEEDED = frozenset(
    {"litellm_provider", "mode", "max_input_tokens", "max_output_tokens", "max_tokens", "deprecation_date", *ABILITIES}
)


def _keep_what_is_needed(pairs: list[tuple[str, Any]]) -> Any:
    """Thin each object out while it is parsed, so that the whole map never stands in memory."""
    if any(name == "litellm_provider" for name, _ in pairs):
        return {name: value for name, value in pairs if name in NEEDED}
    return dict(pairs) if any(isinstance(value, dict) for _, value in pairs) else None


def _map_path() -> Path | None:
    spec = importlib.util.find_spec("litellm")
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    path = Path(places[0]) / MAP_FILE if places else None
    return path if path is not None and path.is_file() else None


def _usable(name: str, entry: dict[str, Any], today: date) -> bool:
    if entry.get("mode") != "chat" or name.startswith("ft:") or NOT_FOR_TEXT.search(name):
        return False
    try:
        return date.fromisoformat(str(entry.get("deprecation_date"))) > today
    except ValueError:
        return True


def _model(name: str, entry: dict[str, Any]) -> MappedModel:
    provider = str(entry.get("litellm_provider", ""))
    return MappedModel(
        name=name if name.startswith(f"{provider}/") else f"{provider}/{name}",
        provider=provider,
        context_tokens=_count(entry.get("max_input_tokens") or entry.get("max_tokens")),
        max_output_tokens=_count(entry.get("max_output_tokens")),
        capabilities=frozenset(ability for field, ability in ABILITIES.items() if entry.get(field)),
    )


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and value > 0 else None
