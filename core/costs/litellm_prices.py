"""Prices from the map that ships with litellm, read as a file: the last list asked, and the widest.

litellm itself is never imported for this (3–6 s and 160 MB). Its map has no history, and writes 0 where a price is
not known; both are why it comes last and why a zero there is no price.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from core.costs.ledger import UNIT_STEP
from core.costs.quote import bare_name, complete
from core.domain.money import PriceSource, TokenClass, UnitPrice

MAP_FILE = "model_prices_and_context_window_backup.json"
FIELDS = {
    TokenClass.INPUT: "input_cost_per_token",
    TokenClass.CACHED_INPUT: "cache_read_input_token_cost",
    TokenClass.CACHE_WRITE_5M: "cache_creation_input_token_cost",
    TokenClass.CACHE_WRITE_1H: "cache_creation_input_token_cost_above_1hr",
    TokenClass.OUTPUT: "output_cost_per_token",
    TokenClass.REASONING: "output_cost_per_reasoning_token",
    TokenClass.REQUEST: "input_cost_per_request",
}
TIER = re.compile(r"^(?P<field>\w+?)_above_(?P<thousands>\d+)k_tokens$")
KEPT = frozenset({"litellm_provider", "tiered_pricing", "off_peak_pricing", *FIELDS.values()})
CHAT_NAMES = {"bedrock": "bedrock_converse", "cohere": "cohere_chat"}
"""Providers whose chat models the map books under a second name; `vertex_ai-…` is told by its prefix."""

ZERO_IS_A_PRICE = frozenset({TokenClass.CACHED_INPUT})


class PriceMap(NamedTuple):
    """The entries of the map by name, each with its cost fields alone, and which edition it is."""

    entries: Mapping[str, Mapping[str, Any]]
    revision: str


@cache
def read_map() -> PriceMap:
    """Read the map of the installed litellm once; floats become the Decimal that is written in the file."""
    spec = find_spec("litellm")
    if spec is None or not spec.submodule_search_locations:
        return PriceMap({}, "")
    content = (Path(spec.submodule_search_locations[0]) / MAP_FILE).read_bytes()
    raw = json.loads(content, parse_float=Decimal, parse_int=Decimal)
    entries = {
        name: {field: value for field, value in entry.items() if field in KEPT or _is_tier(field)}
        for name, entry in raw.items()
        if isinstance(entry, dict)
    }
    return PriceMap(entries, f"{version('litellm')}+{hashlib.sha256(content).hexdigest()[:8]}")


class LitellmPrices:
    """litellm's bundled map as a price list."""

    def unit_prices(
        self, model: str, provider: str, *, at: datetime, input_tokens: int
    ) -> tuple[UnitPrice, ...] | None:
        """Give the unit prices for a request of that many input tokens at that time of day, or None where unknown."""
        entries, revision = read_map()
        entry = _entry(entries, model, provider)
        if entry is None:
            return None
        rates = _rates(entry, at=at, input_tokens=input_tokens)
        prices = tuple(
            UnitPrice(
                token_class=token_class,
                per_unit=Decimal(rates[field]).quantize(UNIT_STEP),
                source=PriceSource.LITELLM,
                revision=revision,
            )
            for token_class, field in FIELDS.items()
            if _says_something(rates.get(field), token_class)
        )
        return prices if complete(prices) else None


def _is_tier(field: str) -> bool:
    match = TIER.match(field)
    return match is not None and match["field"] in FIELDS.values()


def _entry(entries: Mapping[str, Mapping[str, Any]], model: str, provider: str) -> Mapping[str, Any] | None:
    """Find a model under its full or its bare name, but only where the map says it is this provider's."""
    for name in (model, f"{provider}/{model}", bare_name(model, provider)):
        entry = entries.get(name)
        if entry is not None and _same_provider(str(entry.get("litellm_provider", "")), provider):
            return entry
    return None


def _same_provider(listed: str, provider: str) -> bool:
    return listed == provider or listed.startswith(f"{provider}-") or listed == CHAT_NAMES.get(provider)


def _rates(entry: Mapping[str, Any], *, at: datetime, input_tokens: int) -> dict[str, Any]:
    """Give the entry's plain fields with the tier and the hour laid over them; a tier reprices the whole request."""
    rates = dict(entry)
    bands = [band for band in entry.get("tiered_pricing") or () if band.get("range")]
    rates.update(next((band for band in bands if input_tokens <= band["range"][1]), bands[-1] if bands else {}))
    reached = sorted(
        (int(match["thousands"]), match["field"], value)
        for field, value in entry.items()
        if (match := TIER.match(field)) and input_tokens > int(match["thousands"]) * 1000
    )
    rates.update({field: value for _, field, value in reached})
    off_peak = entry.get("off_peak_pricing")
    if off_peak and any(_inside(window, at) for window in off_peak.get("windows", ())):
        rates.update(off_peak)
    return rates


def _inside(window: Mapping[str, Any], at: datetime) -> bool:
    hours = window.get("hours_utc", ())
    days = window.get("weekdays")
    return (not days or at.isoweekday() in days) and any(
        _between(at.time(), span) for span in ([hours] if isinstance(hours, str) else hours)
    )


def _between(moment: time, span: str) -> bool:
    start, _, end = (part.strip() for part in span.partition("-"))
    begins, ends = time.fromisoformat(start), time.fromisoformat(end)
    if ends <= begins:  # "10:00-00:00" runs to midnight or beyond
        return moment >= begins or moment < ends
    return begins <= moment < ends


def _says_something(value: Any, token_class: TokenClass) -> bool:
    return isinstance(value, Decimal) and (value > 0 or (value == 0 and token_class in ZERO_IS_A_PRICE))
