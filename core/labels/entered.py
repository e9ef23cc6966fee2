"""Patterns and schemas that a person enters: used so that neither can hang the app or reach out of it.

The standard library's `re` cannot be stopped, so patterns run in `regex` under a time limit, those inside a schema too.
"""

import json
import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import regex

from core.errors import InputError

LONGEST_PATTERN = 1_000
MOST_REPEATED = 10_000
"""Largest product of a pattern's {…} bounds: nested ones are laid out whole, and a few take all memory there is."""
PATTERN_SECONDS = 0.25

_BOUNDS = regex.compile(r"\{\s*(\d*)\s*(?:,\s*(\d*)\s*)?\}")


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Any:
    """Give a pattern ready to use. Raises InputError where it is none, or too long."""
    if len(pattern) > LONGEST_PATTERN:
        raise InputError(
            f"A pattern of {len(pattern):,} characters is too long.", next_step=f"Keep it below {LONGEST_PATTERN:,}."
        )
    bounds = (max(int(low or 0), int(high or 0), 1) for low, high in _BOUNDS.findall(pattern))
    if math.prod(bounds) > MOST_REPEATED:
        raise InputError(
            "The pattern repeats too much.", next_step=f"Keep all its repeats below {MOST_REPEATED:,} together."
        )
    try:
        return regex.compile(pattern)
    except (regex.error, OverflowError, RecursionError) as error:
        raise InputError(f"This is no pattern: {error}.", next_step="Correct it at the place named.") from error


def search(pattern: str, text: str) -> bool:
    """Tell whether a pattern is found. Raises TimeoutError after a quarter of a second."""
    # Other threads go on meanwhile.
    return compiled(pattern).search(text, timeout=PATTERN_SECONDS, concurrent=True) is not None


def load_json(text: str) -> Any:
    """Give a JSON value. Raises ValueError for anything else, NaN too, and RecursionError where it is too deep."""
    return json.loads(text, parse_constant=_no_constant)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def _patterns_in(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for part in schema:
            yield from _patterns_in(part)
    elif isinstance(schema, dict):
        for name, part in schema.items():
            if name == "pattern" and isinstance(part, str):
                yield part
            else:
                yield from _patterns_in(part)


@lru_cache(maxsize=64)
def validator(schema: str) -> Any:
    """Give a validator of a JSON Schema that loads nothing. Raises InputError where it is none."""
    from jsonschema import Draft202012Validator, validators  # noqa: PLC0415
    from jsonschema.exceptions import SchemaError, ValidationError  # noqa: PLC0415
    from referencing import Registry  # noqa: PLC0415

    def guarded(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[Any]:
        if isinstance(instance, str) and not search(pattern, instance):
            yield ValidationError(f"{instance[:100]!r} does not match {pattern!r}")

    try:
        parsed = load_json(schema)
        kind = validators.validator_for(parsed, default=Draft202012Validator)
        kind.check_schema(parsed)
        for pattern in _patterns_in(parsed):
            compiled(pattern)
    except (ValueError, RecursionError, AttributeError, TypeError) as error:
        raise InputError(f"This is no JSON: {error}.", next_step="Paste a JSON Schema.") from error
    except SchemaError as error:
        raise InputError(f"This is no JSON Schema: {error.message}", next_step="Correct it.") from error
    if "patternProperties" in schema:
        raise InputError("Schemas with patternProperties are not taken.", next_step="Name the properties instead.")
    # An empty registry: nothing is ever loaded from an address that a schema names.
    return validators.extend(kind, {"pattern": guarded})(parsed, registry=Registry())
