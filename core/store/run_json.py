"""How a run's settings, variables and models stand in its JSON columns; one place for writer and reader."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from core.domain.run import ShotSettings


def settings_to_json(settings: ShotSettings) -> dict[str, Any]:
    """Give settings as an object for a JSON column."""
    return asdict(settings)


def settings_from_json(value: Mapping[str, Any] | None) -> ShotSettings:
    """Read settings; what is missing has the default, what is unknown (of a later version) is left out."""
    known = ShotSettings.__dataclass_fields__
    return ShotSettings(**{name: given for name, given in (value or {}).items() if name in known})


def pairs_to_json(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Give name and value pairs as a list, which keeps their order on every database."""
    return [[name, value] for name, value in pairs]


def pairs_from_json(value: Any) -> tuple[tuple[str, str], ...]:
    """Read name and value pairs from a list of pairs or from an object."""
    return tuple((str(name), str(given)) for name, given in _items(value))


def per_model_to_json(pairs: Iterable[tuple[str, ShotSettings]]) -> dict[str, dict[str, Any]]:
    """Give the settings of single models as an object by the model's name."""
    return {model: settings_to_json(settings) for model, settings in pairs}


def per_model_from_json(value: Any) -> tuple[tuple[str, ShotSettings], ...]:
    """Read the settings of single models from an object or from a list of pairs."""
    return tuple((str(model), settings_from_json(given)) for model, given in _items(value))


def _items(value: Any) -> Iterable[tuple[Any, Any]]:
    return value.items() if isinstance(value, Mapping) else (value or ())
